"""Rates are those of Kafka's SimpleRate: samples of a second, over the time since the oldest of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.replication.throttle import UNLIMITED, ReplicationThrottle, SampledRate


class Clock:
    def __init__(self) -> None:
        self.now_ms = 1_000_000

    def __call__(self) -> int:
        return self.now_ms


def test_the_first_sample_counts_as_a_whole_one() -> None:
    """A burst is not an enormous rate only because it was short."""
    rate = SampledRate()
    assert rate.at(0) == 0
    rate.record(5_000, 0)
    assert rate.at(1) == 5_000
    assert rate.at(500) == 5_000
    assert rate.at(2_000) == 2_500


def test_what_is_older_than_the_window_is_forgotten() -> None:
    rate = SampledRate(samples=3, sample_ms=1_000)
    rate.record(6_000, 0)
    assert rate.at(2_999) == pytest.approx(6_000 * 1000 / 2_999)
    assert rate.at(3_000) == 0


def test_a_sample_takes_a_second_of_records() -> None:
    rate = SampledRate(samples=3, sample_ms=1_000)
    for now_ms in range(0, 10_000, 100):
        rate.record(100, now_ms)
    assert rate.at(9_900) == pytest.approx(1_000, rel=0.1)
    assert len(rate._samples) == 4, "the window's, and one that overlaps it"


@given(
    st.lists(st.tuples(st.integers(0, 3_000), st.integers(1, 1_000_000)), min_size=1, max_size=60),
    st.integers(1, 5),
)
def test_never_more_than_what_was_recorded_in_the_window(steps: list[tuple[int, int]], samples: int) -> None:
    rate = SampledRate(samples=samples, sample_ms=1_000)
    now_ms, recorded = 0, []
    for pause_ms, size_bytes in steps:
        now_ms += pause_ms
        rate.record(size_bytes, now_ms)
        recorded.append((now_ms, size_bytes))
        # A sample is kept while its last record is in the window, so its first may be a sample's length older.
        window = sum(size for at, size in recorded if at > now_ms - (samples + 1) * 1_000)
        assert 0 < rate.at(now_ms) <= window


class TestThrottle:
    def throttle(self) -> tuple[ReplicationThrottle, Clock]:
        clock = Clock()
        return ReplicationThrottle(clock), clock

    def test_nothing_is_throttled_and_no_limit_is_set_at_first(self) -> None:
        throttle, _ = self.throttle()
        assert throttle.is_idle and not throttle.is_throttled("t", 0) and throttle.limit == UNLIMITED
        throttle.record("t", 0, 1 << 40)
        assert not throttle.is_exceeded

    def test_partitions_and_whole_topics(self) -> None:
        throttle, _ = self.throttle()
        throttle.throttle("t", frozenset({0, 2}))
        throttle.throttle("all", None)
        assert [throttle.is_throttled("t", index) for index in range(3)] == [True, False, True]
        assert throttle.is_throttled("all", 17) and not throttle.is_throttled("other", 0)
        throttle.throttle("t", frozenset())
        assert not throttle.is_throttled("t", 0) and not throttle.is_idle
        throttle.release("t")
        throttle.release("all")
        throttle.release("never")
        assert throttle.is_idle

    def test_only_throttled_partitions_count(self) -> None:
        throttle, clock = self.throttle()
        throttle.throttle("t", frozenset({0}))
        throttle.limit = 1_000
        throttle.record("t", 1, 1 << 20)
        assert not throttle.is_exceeded
        throttle.record("t", 0, 4_000)
        assert throttle.is_exceeded
        clock.now_ms += 4_000
        assert not throttle.is_exceeded, "at the limit is within it"
        throttle.limit = 0
        assert throttle.is_exceeded
