"""The coordinators' time in a broker: the running event loop and the machine's clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from workbench.system.clock import Clock


class LoopScheduler:
    """`Scheduler` over the event loop that runs when it is made."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._clock = clock or Clock()

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def call_soon(self, callback: Callable[[], None]) -> None:
        self._loop.call_soon(callback)

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> asyncio.Handle:
        """A delay of 0 runs in the next turn of the loop."""
        if delay_ms <= 0:
            return self._loop.call_soon(callback)
        return self._loop.call_later(delay_ms / 1000, callback)
