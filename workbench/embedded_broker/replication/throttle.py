"""How fast the throttled replicas of one side, leader or follower, are copied; pure, with the clock that it is given.

Theory: what is copied of throttled partitions is counted in samples of a second each. The rate is their sum over the
time since the oldest began, and no more is given or asked for while it is above the limit. What was asked for is
never cut short, so the rate is near the limit only where that is some times as large as a fetch.

Invariant: replicas in sync are counted but never held back: a throttle must not cost a place in the in-sync set.

Source: KIP-73, kafka.server.ReplicationQuotaManager, org.apache.kafka.common.metrics.stats.SimpleRate, SampledStat.
"""

from __future__ import annotations

from collections.abc import Callable

from workbench.system.quick_dataclass import dataclass

UNLIMITED = 2**63 - 1
"""The limit where none is set, in bytes a second."""


@dataclass(slots=True)
class _Sample:
    began_ms: int
    last_ms: int
    size_bytes: int = 0


class SampledRate:
    """Bytes a second over the last `samples` samples of `sample_ms` each."""

    def __init__(self, samples: int = 11, sample_ms: int = 1_000) -> None:
        self._count = samples
        self._sample_ms = sample_ms
        self._samples: list[_Sample] = []
        self._current = 0

    def record(self, size_bytes: int, now_ms: int) -> None:
        if not self._samples:
            self._samples.append(_Sample(now_ms, now_ms))
        sample = self._samples[self._current]
        if now_ms - sample.began_ms >= self._sample_ms:
            sample = self._next(now_ms)
        sample.size_bytes += size_bytes
        sample.last_ms = now_ms

    def _next(self, now_ms: int) -> _Sample:
        # One more than is counted: the oldest one overlaps the window.
        self._current = (self._current + 1) % (self._count + 1)
        sample = _Sample(now_ms, now_ms)
        if self._current < len(self._samples):
            self._samples[self._current] = sample
        else:
            self._samples.append(sample)
        return sample

    def at(self, now_ms: int) -> float:
        """The rate; a single young sample counts as a whole one."""
        expired_ms = now_ms - self._count * self._sample_ms
        for sample in self._samples:
            if sample.last_ms <= expired_ms:
                sample.began_ms = sample.last_ms = now_ms
                sample.size_bytes = 0
        if not self._samples:
            return 0.0
        elapsed_ms = now_ms - min(sample.began_ms for sample in self._samples)
        return sum(sample.size_bytes for sample in self._samples) * 1000 / max(elapsed_ms, self._sample_ms)


class ReplicationThrottle:
    """One side's: which partitions are throttled here, their limit together, and their rate."""

    def __init__(self, now_ms: Callable[[], int], samples: int = 11, sample_ms: int = 1_000) -> None:
        """`now_ms` is any clock that does not go back."""
        self.limit = UNLIMITED
        """In bytes a second."""
        self._now_ms = now_ms
        self._rate = SampledRate(samples, sample_ms)
        self._partitions: dict[str, frozenset[int] | None] = {}

    @property
    def is_idle(self) -> bool:
        """Whether no partition is throttled."""
        return not self._partitions

    def throttle(self, topic: str, partitions: frozenset[int] | None) -> None:
        """Throttles these partitions of `topic` and no others; None for all."""
        self._partitions[topic] = partitions

    def release(self, topic: str) -> None:
        self._partitions.pop(topic, None)

    def is_throttled(self, topic: str, index: int) -> bool:
        if topic not in self._partitions:
            return False
        partitions = self._partitions[topic]
        return partitions is None or index in partitions

    def record(self, topic: str, index: int, size_bytes: int) -> None:
        """Counts what was copied, if the partition is throttled."""
        if self.is_throttled(topic, index):
            self._rate.record(size_bytes, self._now_ms())

    @property
    def is_exceeded(self) -> bool:
        """Whether the rate is above the limit."""
        return self._rate.at(self._now_ms()) > self.limit
