"""An answer that is known at once or comes later, so that what needs no waiting costs no task."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

R = TypeVar("R")
A = TypeVar("A")


class PendingAnswer(Generic[R]):
    """Answered once; later answers are dropped, as a request that failed may still be answered by its group."""

    __slots__ = ("_answer", "_future", "is_answered")

    def __init__(self) -> None:
        self.is_answered = False
        self._answer: R | None = None
        self._future: asyncio.Future[R] | None = None

    def answer(self, response: R) -> None:
        if self.is_answered:
            return
        self.is_answered = True
        self._answer = response
        if self._future is not None and not self._future.done():
            self._future.set_result(response)

    def outcome(self) -> R | asyncio.Future[R]:
        """The answer if it is there, else what it will come through."""
        if self.is_answered:
            assert self._answer is not None
            return self._answer
        if self._future is None:
            self._future = asyncio.get_running_loop().create_future()
        return self._future


def then(outcome: R | asyncio.Future[R], finish: Callable[[R], A]) -> A | Awaitable[A]:
    """`finish` of the outcome, now or when it is there."""
    if not isinstance(outcome, asyncio.Future):
        return finish(outcome)
    future = outcome

    async def later() -> A:
        return finish(await future)

    return later()
