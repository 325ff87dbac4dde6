"""Time."""

import time

from workbench.system.clock import Clock, ManualClock


def test_the_real_clock_tells_the_time() -> None:
    clock = Clock()
    assert abs(clock.now_ms() - time.time() * 1000) < 1000
    assert clock.monotonic_ms() <= clock.monotonic_ms()


def test_the_manual_clock_stands_still() -> None:
    clock = ManualClock(100)
    assert (clock.now_ms(), clock.monotonic_ms()) == (100, 100)
    clock.advance(5)
    assert (clock.now_ms(), clock.monotonic_ms()) == (105, 105)
