"""A histogram of durations: 8 buckets for each doubling, so a percentile is at most 9 % off.

Durations under a microsecond count as one; those above about 19 hours as the largest bucket.
"""

from __future__ import annotations

_SUB_BITS = 3
_SUB_BUCKETS = 1 << _SUB_BITS
_BUCKETS = 37 * _SUB_BUCKETS


def _bucket(microseconds: int) -> int:
    shift = microseconds.bit_length() - 1 - _SUB_BITS
    if shift <= 0:
        return microseconds
    return (shift << _SUB_BITS) + (microseconds >> shift)


def _lower_bound(bucket: int) -> int:
    if bucket < 2 * _SUB_BUCKETS:
        return bucket
    shift = (bucket >> _SUB_BITS) - 1
    return (_SUB_BUCKETS + (bucket & (_SUB_BUCKETS - 1))) << shift


class LatencyHistogram:
    """Observations since the last `take`."""

    __slots__ = ("_counts", "count", "max_s")

    def __init__(self) -> None:
        self._counts = [0] * _BUCKETS
        self.count = 0
        self.max_s = 0.0

    def observe(self, seconds: float) -> None:
        bucket = _bucket(int(seconds * 1e6))
        self._counts[min(bucket, _BUCKETS - 1)] += 1
        self.count += 1
        if seconds > self.max_s:
            self.max_s = seconds

    def percentile_ms(self, fraction: float) -> float:
        """Milliseconds under which `fraction` of the observations stay; 0 if there are none."""
        wanted = fraction * self.count
        seen = 0
        for bucket, count in enumerate(self._counts):
            seen += count
            if count and seen >= wanted:
                return _lower_bound(bucket) / 1000
        return 0.0

    def clear(self) -> None:
        if self.count:
            self._counts = [0] * _BUCKETS
            self.count = 0
            self.max_s = 0.0
