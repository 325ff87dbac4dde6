"""The clock as the fault rules have it: what it says of the time of day is off, what timers count with is not."""

from __future__ import annotations

from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.system.clock import Clock


class SkewedClock(Clock):
    __slots__ = ("_injector",)

    def __init__(self, injector: FaultInjector) -> None:
        self._injector = injector

    def now_ms(self) -> int:
        return super().now_ms() + self._injector.clock_skew_ms
