"""The only source of time, so that tests can hold it still.

Invariants: `now_ms` is wall-clock time since 1970, as written into records; `monotonic_ms` never goes back and is what
timers and timeouts count with.
"""

from __future__ import annotations

import time


class Clock:
    """The machine's clocks."""

    __slots__ = ()

    def now_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        """Milliseconds since some moment before the start of the process."""
        return time.monotonic_ns() // 1_000_000


class ManualClock(Clock):
    """A clock that stands still until `advance` is called; both readings move together."""

    __slots__ = ("_now_ms",)

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self._now_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> int:
        return self._now_ms

    def advance(self, milliseconds: int) -> None:
        """Moves time forward."""
        self._now_ms += milliseconds
