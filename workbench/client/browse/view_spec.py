"""What is browsed, and what the browser answers: values that cross to its process."""

from __future__ import annotations

import pickle
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import field
from enum import StrEnum

from workbench.client.model import RecordRow
from workbench.system.quick_dataclass import dataclass


class BoundKind(StrEnum):
    """Where a view begins or ends."""

    EARLIEST = "earliest"
    LATEST = "latest"
    OFFSET = "offset"
    TIMESTAMP = "timestamp"
    NEWEST = "newest"
    """The last so many rows, merged over the partitions; a beginning only."""


@dataclass(frozen=True, slots=True)
class Bound:
    """`value` is an offset, milliseconds since 1970, or a number of rows. As an end both are exclusive."""

    kind: BoundKind
    value: int = 0


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """A topic or some partitions of it (None: all), between two bounds fixed when the view opens."""

    bootstrap_servers: tuple[str, ...]
    topic: str
    partitions: tuple[int, ...] | None = None
    start: Bound = Bound(BoundKind.EARLIEST)
    end: Bound = Bound(BoundKind.LATEST)
    committed: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ViewInfo:
    """What the view covers: offsets per partition, `total` of them, and all partitions that the topic has."""

    topic_partitions: tuple[int, ...]
    starts: Mapping[int, int]
    ends: Mapping[int, int]
    total: int
    span_ms: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Histogram:
    """`counts[i]` rows lie from `edges_ms[i]` to `edges_ms[i + 1]`, from the brokers' time indexes, unread."""

    edges_ms: tuple[int, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PackedRows:
    """Rows as pickled bytes, unpacked when they are looked at: tens of thousands of matches cost the window nothing.

    `timestamps_ms` (an int64 array's bytes) are at hand without unpacking.
    """

    count: int
    timestamps_ms: bytes
    packed: bytes

    @staticmethod
    def of(rows: Sequence[RecordRow]) -> PackedRows:
        """Packs rows."""
        times = array("q", (row.timestamp_ms for row in rows))
        return PackedRows(len(rows), times.tobytes(), pickle.dumps(list(rows), pickle.HIGHEST_PROTOCOL))

    def times(self) -> array[int]:
        """Timestamps in the rows' order."""
        times = array("q")
        times.frombytes(self.timestamps_ms)
        return times

    def rows(self) -> list[RecordRow]:
        """The rows themselves."""
        unpacked: list[RecordRow] = pickle.loads(self.packed)
        return unpacked
