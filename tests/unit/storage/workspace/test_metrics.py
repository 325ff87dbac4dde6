"""Samples of rates: kept by second, thinned to minutes, dropped when old."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.metrics import (
    MINUTE_MS,
    MINUTES_KEPT_MS,
    SECONDS_KEPT_MS,
    MetricsStore,
    RateSample,
)

NOW = 1_800_000_000_000


def _sample(at_ms: int, value: float = 1.0, node: int = 1) -> RateSample:
    return RateSample(at_ms, node, value, value * 2, value * 3, value * 4, value * 5)


def test_samples_come_back_in_order_and_within_bounds() -> None:
    store = MetricsStore(WorkspaceDatabase.in_memory())
    samples = [_sample(NOW + offset * 1000, offset) for offset in (3, 1, 2)]
    store.add("local", samples)
    store.add("other", [_sample(NOW + 2000, 99)])
    assert store.between("local", NOW + 1000, NOW + 3000) == [samples[2], samples[0]]


def test_the_same_second_twice_keeps_the_later() -> None:
    store = MetricsStore(WorkspaceDatabase.in_memory())
    store.add("local", [_sample(NOW)])
    store.add("local", [replace(_sample(NOW), bytes_in=7.0)])
    assert [sample.bytes_in for sample in store.between("local", 0, NOW)] == [7.0]


@given(st.lists(st.tuples(st.integers(1, 300), st.floats(0, 1e9)), min_size=1, max_size=40, unique_by=lambda p: p[0]))
def test_a_minute_is_the_mean_of_its_seconds(points: list[tuple[int, float]]) -> None:
    store = MetricsStore(WorkspaceDatabase.in_memory())
    start = NOW // MINUTE_MS * MINUTE_MS
    store.add("local", [_sample(start + second * 1000, value) for second, value in points])
    store.thin_out(start + 301_000)
    minutes = {sample.at_ms: sample for sample in store.between("local", 0, start + 600_000, MINUTE_MS)}
    wanted: dict[int, list[float]] = {}
    for second, value in points:
        wanted.setdefault(start + -(-second // 60) * MINUTE_MS, []).append(value)
    assert minutes.keys() == wanted.keys()
    for at_ms, values in wanted.items():
        mean = sum(values) / len(values)
        assert abs(minutes[at_ms].bytes_in - mean) <= 1e-6 * max(1.0, mean)


def test_an_unfinished_minute_is_not_thinned_and_thinning_twice_changes_nothing() -> None:
    store = MetricsStore(WorkspaceDatabase.in_memory())
    start = NOW // MINUTE_MS * MINUTE_MS
    store.add("local", [_sample(start + 1000, 4), _sample(start + MINUTE_MS + 1000, 8)])
    store.thin_out(start + MINUTE_MS + 30_000)
    first = store.between("local", 0, NOW * 2, MINUTE_MS)
    assert [sample.bytes_in for sample in first] == [4.0]
    store.thin_out(start + MINUTE_MS + 31_000)
    assert store.between("local", 0, NOW * 2, MINUTE_MS) == first


def test_what_is_too_old_goes() -> None:
    store = MetricsStore(WorkspaceDatabase.in_memory())
    now = NOW + 10_000
    old = now - SECONDS_KEPT_MS - 120_000
    ancient = now - MINUTES_KEPT_MS - 120_000
    store.add("local", [_sample(ancient), _sample(old), _sample(now - 5000)])
    store.thin_out(now)
    assert [sample.at_ms for sample in store.between("local", 0, now)] == [now - 5000]
    kept = [sample.at_ms for sample in store.between("local", 0, now, MINUTE_MS)]
    assert len(kept) == 1 and kept[0] > old - MINUTE_MS
    store.forget("local")
    assert store.between("local", 0, now) == []
