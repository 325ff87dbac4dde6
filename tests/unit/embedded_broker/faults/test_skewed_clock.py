"""A wrong clock tells a wrong time of day; what counts intervals goes on as it did."""

from __future__ import annotations

from workbench.broker_contract.messages import FaultKind, FaultRule
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.faults.skewed_clock import SkewedClock
from workbench.system.clock import Clock


def test_the_time_of_day_is_off_by_what_the_rules_say() -> None:
    injector = FaultInjector()
    clock, real = SkewedClock(injector), Clock()
    assert abs(clock.now_ms() - real.now_ms()) < 1_000
    injector.set_rules((FaultRule("f", FaultKind.CLOCK_SKEW, delay_ms=3_600_000),))
    assert abs(clock.now_ms() - real.now_ms() - 3_600_000) < 1_000
