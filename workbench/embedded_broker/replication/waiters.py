"""Requests that wait for data or for replication.

A waiter is told when something it waits for may have happened; it looks for itself and is done once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class FetchWaiter:
    """A fetch that found too little. `wake` may be called often; the check runs once per turn of the event loop.

    `check` returns True when the fetch was answered.
    """

    __slots__ = ("_check", "_expire", "_forget", "_loop", "_scheduled", "_timer", "done")

    def __init__(self, check: Callable[[], bool], expire: Callable[[], object], max_wait_s: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._check = check
        self._expire = expire
        self._forget: Callable[[], None] | None = None
        self._scheduled = False
        self.done = False
        self._timer = self._loop.call_later(max_wait_s, self._timed_out)

    def on_done(self, forget: Callable[[], None]) -> None:
        self._forget = forget

    def wake(self) -> None:
        if not self._scheduled and not self.done:
            self._scheduled = True
            self._loop.call_soon(self._look)

    def _look(self) -> None:
        self._scheduled = False
        if not self.done and self._check():
            self._finish()

    def _timed_out(self) -> None:
        if not self.done:
            self._finish()
            self._expire()

    def cancel(self) -> None:
        if not self.done:
            self._finish()

    def _finish(self) -> None:
        self.done = True
        self._timer.cancel()
        if self._forget is not None:
            self._forget()
            self._forget = None
