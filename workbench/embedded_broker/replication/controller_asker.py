"""Asks the controller, one request at a time and until it is answered, what some part of replication wants to know.

What is asked and what an answer means is the part's own (`Questions`, without I/O); here is only the way and the
patience. An idle asker has no task.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from workbench.wire.compiler import Message

log = logging.getLogger(__name__)

RETRY_S = 0.05
GIVE_UP_ASKING_S = 5.0

Ask = Callable[["Message", int, float], "Awaitable[Any]"]
"""Request, its version and the seconds it may take; raises BrokerError."""


class Questions(Protocol):
    """What is to be asked. `next_request` is followed by `answered` or `failed`."""

    def next_request(self) -> Message | None:
        """One request for all that waits; None if nothing does."""
        ...

    def answered(self, response: Any) -> bool:
        """Takes a response without an error of its own; True if something must be asked again."""
        ...

    def failed(self) -> None:
        """There was no answer, or none that says anything of what was asked."""
        ...


class ControllerAsker:
    """One part's way to the controller; `subject` is its name in log lines."""

    def __init__(self, questions: Questions, ask: Ask, *, version: int, subject: str) -> None:
        self._questions = questions
        self._ask = ask
        self._version = version
        self._subject = subject
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """There is something to ask."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._ask_all(), name=f"asking for {self._subject}")
            self._task.add_done_callback(_report)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _ask_all(self) -> None:
        # One turn of the loop gathers what comes up together.
        await asyncio.sleep(0)
        while (request := self._questions.next_request()) is not None:
            try:
                response = await self._ask(request, self._version, GIVE_UP_ASKING_S)
            except BrokerError as error:
                log.info("The controller did not take %s: %s", self._subject, error.code.name)
                self._questions.failed()
                await asyncio.sleep(RETRY_S)
                continue
            if response.error_code != ErrorCode.NONE:
                log.info("The controller refused %s: %s", self._subject, ErrorCode(response.error_code).name)
                self._questions.failed()
                await asyncio.sleep(RETRY_S * 4)
                continue
            if self._questions.answered(response):
                await asyncio.sleep(RETRY_S)


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())
