"""Samples in memory: gaps stay gaps, jitter does not, batches reach the disk."""

from __future__ import annotations

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.metrics import MetricsStore, RateSample
from workbench.ui.view_models.rate_history import FLUSH_EVERY, RateHistory

NOW = 1_800_000_000_000


def _sample(at_ms: int, value: float, node: int = 1) -> RateSample:
    return RateSample(at_ms, node, value, 0, 0, 0, 0)


def test_gaps_stay_and_a_single_missing_second_is_filled() -> None:
    history = RateHistory("local", None)
    for ago, value in ((9, 1.0), (7, 2.0), (2, 3.0), (1, 4.0), (0, 5.0)):
        history.add(_sample(NOW - ago * 1000, value))
    assert history.recent(1, "bytes_in", 10, NOW) == (1.0, 1.0, 2.0, None, None, None, None, 3.0, 4.0, 5.0)
    assert history.recent(2, "bytes_in", 3, NOW) == (None, None, None)


def test_only_fresh_samples_are_the_latest() -> None:
    history = RateHistory("local", None)
    history.add(_sample(NOW - 60_000, 1.0, node=1))
    history.add(_sample(NOW - 500, 2.0, node=2))
    assert list(history.latest(NOW)) == [2]
    assert history.nodes == (1, 2)


def test_they_are_written_in_bunches_and_come_back() -> None:
    store = MetricsStore(WorkspaceDatabase.in_memory())
    history = RateHistory("local", store)
    for number in range(FLUSH_EVERY):
        assert history.take_unwritten() == ()
        history.add(_sample(NOW + number * 1000, number))
    batch = history.take_unwritten()
    assert len(batch) == FLUSH_EVERY
    assert history.take_unwritten(all_of_them=True) == []
    history.write(batch)
    again = RateHistory("local", store)
    again.load(NOW + FLUSH_EVERY * 1000)
    assert list(again.of(1)) == list(history.of(1))


def test_it_tells_of_each_sample() -> None:
    history = RateHistory("local", None)
    told: list[int] = []
    history.sampled.connect(lambda: told.append(1))
    history.add(_sample(NOW, 1.0))
    assert told == [1]
