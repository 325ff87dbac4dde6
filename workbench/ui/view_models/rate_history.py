"""A cluster's rates over time: the last hour in memory, everything in the workspace.

Invariants: samples are in order of time for each broker; a second without a sample is a gap. What is in memory
was either sampled in this run or loaded once at start.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from workbench.storage.workspace.metrics import MetricsStore, RateSample

KEPT_SECONDS = 3_600
FLUSH_EVERY = 15


class RateHistory(QObject):
    """Samples of one cluster by broker; `sampled` after each new one."""

    sampled = Signal()

    def __init__(self, cluster: str, store: MetricsStore | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cluster = cluster
        self._store = store
        self._by_node: dict[int, deque[RateSample]] = {}
        self._unwritten: list[RateSample] = []

    @property
    def nodes(self) -> tuple[int, ...]:
        """Brokers that ever sent a sample."""
        return tuple(sorted(self._by_node))

    def load(self, now_ms: int) -> None:
        """Brings the last hour back from the workspace; called once, from any thread, before the first `add`."""
        if self._store is None:
            return
        for sample in self._store.between(self._cluster, now_ms - KEPT_SECONDS * 1000, now_ms):
            self._of(sample.node_id).append(sample)

    def add(self, sample: RateSample) -> None:
        """A new sample."""
        self._of(sample.node_id).append(sample)
        self._unwritten.append(sample)
        self.sampled.emit()

    def take_unwritten(self, *, all_of_them: bool = False) -> Sequence[RateSample]:
        """Samples to be written now: none until enough have come, to spare the disk."""
        if not all_of_them and len(self._unwritten) < FLUSH_EVERY:
            return ()
        batch, self._unwritten = self._unwritten, []
        return batch

    def write(self, samples: Sequence[RateSample]) -> None:
        """Writes samples; may be called from a worker thread."""
        if self._store is not None and samples:
            self._store.add(self._cluster, samples)

    def of(self, node_id: int) -> Sequence[RateSample]:
        """A broker's samples in memory, oldest first."""
        return self._by_node.get(node_id, ())

    def recent(self, node_id: int, field: str, seconds: int, now_ms: int) -> tuple[float | None, ...]:
        """One value a second for the last `seconds`, oldest first; None where no sample came.

        A single missing second between two samples is the sampler's jitter, not a gap: it takes the value before.
        """
        values: list[float | None] = [None] * seconds
        for sample in reversed(self._by_node.get(node_id, ())):
            place = seconds - 1 - (now_ms - sample.at_ms) // 1000
            if place < 0:
                break
            if place < seconds:
                values[place] = getattr(sample, field)
        for place in range(1, seconds - 1):
            if values[place] is None and values[place + 1] is not None:
                values[place] = values[place - 1]
        return tuple(values)

    def latest(self, now_ms: int, fresh_ms: int = 5_000) -> dict[int, RateSample]:
        """The newest sample of each broker that has one not older than `fresh_ms`."""
        newest = {node: samples[-1] for node, samples in self._by_node.items() if samples}
        return {node: sample for node, sample in newest.items() if now_ms - sample.at_ms <= fresh_ms}

    def _of(self, node_id: int) -> deque[RateSample]:
        return self._by_node.setdefault(node_id, deque(maxlen=KEPT_SECONDS))
