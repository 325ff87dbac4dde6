"""All records of some partitions as one list in order of time, any page of which is read without its predecessors.

The list is ascending: by timestamp, then by partition. A row's position counts offsets, not records, so it is known
without reading: where every offset holds a record, positions are row numbers; a compacted log leaves some empty.
Which offsets lie below a position is found by asking the brokers' time indexes (ListOffsets) for a few times at once,
then merging from there. Timestamps that run backwards inside a partition make that order approximate: rows then stay
in the partition's order, and pages far from each other may disagree by the disorder.

Invariant: an anchor maps a position to the offsets, one a partition, that lie before it; their sum is the position.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping

from workbench.client.browse.cluster_reader import ClusterReader
from workbench.client.browse.partition_cursor import PartitionCursor
from workbench.client.model import RecordRow

_NEAR = 1_500
"""Rows that are rather merged through than another time is asked for."""
_EVENLY = 8
_AROUND_GUESS = (32, 256, 2_048, 16_384)
_MOST_ANCHORS = 20_000

Offsets = tuple[int, ...]


class Timeline:
    """`starts` and `ends` (exclusive) bound it for good: what is produced later is not in it."""

    def __init__(
        self,
        reader: ClusterReader,
        starts: Mapping[int, int],
        ends: Mapping[int, int],
        *,
        cut_bytes: int = 64 << 10,
        committed: bool = False,
    ) -> None:
        self._reader = reader
        self.partitions = tuple(sorted(starts))
        self.starts: Offsets = tuple(starts[p] for p in self.partitions)
        self.ends: Offsets = tuple(max(starts[p], ends[p]) for p in self.partitions)
        self._cut_bytes = cut_bytes
        self._committed = committed
        self.total = sum(self.ends) - sum(self.starts)
        self._anchors: dict[int, Offsets] = {0: self.starts, self.total: self.ends}
        self._positions: list[int] = [0] if not self.total else [0, self.total]
        self._times: list[tuple[int, int, Offsets]] = []
        self._span_ms: tuple[int, int] | None = None

    # -- pages --------------------------------------------------------------------------------------------------

    def page(self, position: int, count: int) -> list[tuple[int, RecordRow]]:
        """Rows with `position` <= their position < `position` + `count`, ascending, each with its own."""
        end = min(self.total, position + count)
        if position >= end:
            return []
        below, above = self._around(position, end)
        if position - below > _NEAR and above - end > _NEAR:
            self._approach(position)
            below, above = self._around(position, end)
        if position - below <= above - end:
            return self._merge_up(below, position, end)
        return self._merge_down(above, position, end)

    def _around(self, position: int, end: int) -> tuple[int, int]:
        below = self._positions[bisect_right(self._positions, position) - 1]
        above = self._positions[bisect_left(self._positions, end)]
        return below, above

    def _cursors(self, anchor: Offsets, wanted: int, upwards: bool) -> list[PartitionCursor]:
        share = wanted // len(self.partitions) * 2 + 8
        return [
            PartitionCursor(
                self._reader,
                partition,
                start,
                end,
                at=at,
                upwards=upwards,
                wanted=min(wanted, share),
                cut_bytes=self._cut_bytes,
                committed=self._committed,
            )
            for partition, start, end, at in zip(self.partitions, self.starts, self.ends, anchor, strict=True)
        ]

    def _merge_up(self, anchor: int, position: int, end: int) -> list[tuple[int, RecordRow]]:
        before = list(self._anchors[anchor])
        cursors = self._cursors(self._anchors[anchor], end - anchor, True)
        base = sum(self.starts)
        found: list[tuple[int, RecordRow]] = []
        while True:
            heads = [(row.timestamp_ms, i) for i, cursor in enumerate(cursors) if (row := cursor.head) is not None]
            if not heads:
                self._remember(self.ends)
                return found
            _, index = min(heads)
            row = cursors[index].take()
            here = sum(before) - before[index] + row.offset - base
            if here >= end:
                self._remember(tuple(before))
                return found
            before[index] = row.offset + 1
            if here >= position:
                found.append((here, row))

    def _merge_down(self, anchor: int, position: int, end: int) -> list[tuple[int, RecordRow]]:
        cursors = self._cursors(self._anchors[anchor], anchor - position, False)
        base = sum(self.starts)
        found: list[tuple[int, RecordRow]] = []
        while True:
            rows = [cursor.head for cursor in cursors]
            heads = [(row.timestamp_ms, i) for i, row in enumerate(rows) if row is not None]
            if not heads:
                self._remember(self.starts)
                break
            _, index = max(heads)
            before = [start if row is None else row.offset + 1 for row, start in zip(rows, self.starts, strict=True)]
            here = sum(before) - 1 - base
            if here < position:
                self._remember(tuple(before))
                break
            row = cursors[index].take()
            if here < end:
                found.append((here, row))
        found.reverse()
        return found

    def _remember(self, offsets: Offsets) -> None:
        position = sum(offsets) - sum(self.starts)
        if len(self._anchors) >= _MOST_ANCHORS:
            self._anchors = {0: self.starts, self.total: self.ends}
            self._positions = [0, self.total]
            self._times.clear()
        if position not in self._anchors:
            self._anchors[position] = offsets
            self._positions.insert(bisect_left(self._positions, position), position)

    # -- by time ------------------------------------------------------------------------------------------------

    def span_ms(self) -> tuple[int, int] | None:
        """Times of the first and the last row; None while there are none."""
        if self._span_ms is None and self.total:
            firsts = [c.head for c in self._cursors(self.starts, 1, True)]
            lasts = [c.head for c in self._cursors(self.ends, 1, False)]
            times = [row.timestamp_ms for row in (*firsts, *lasts) if row is not None]
            if times:
                self._span_ms = (min(times), max(times))
        return self._span_ms

    def offsets_at_times(self, times_ms: list[int]) -> list[Offsets]:
        """For each time the offsets of the first record at or after it, inside the bounds; they become anchors."""
        answers = self._reader.offsets_at(self.partitions, times_ms)
        found = []
        for time_ms, answer in zip(times_ms, answers, strict=True):
            offsets = tuple(
                end if (at := answer.get(partition)) is None else min(max(at, start), end)
                for partition, start, end in zip(self.partitions, self.starts, self.ends, strict=True)
            )
            found.append(offsets)
            self._remember(offsets)
            known = (time_ms, sum(offsets) - sum(self.starts), offsets)
            self._times.insert(bisect_left(self._times, known), known)
        return found

    def position_of_time(self, time_ms: int) -> int:
        """How many rows lie before a time."""
        return sum(self.offsets_at_times([time_ms])[0]) - sum(self.starts)

    def offsets_of_position(self, position: int) -> Mapping[int, int]:
        """Offset per partition before which `position` rows lie, exact to the merge."""
        if position not in self._anchors:
            self.page(position, 1)
            self._merge_up(self._around(position, position)[0], position, position)
        below = self._positions[bisect_right(self._positions, position) - 1]
        return dict(zip(self.partitions, self._anchors[below], strict=True))

    def _approach(self, position: int) -> None:
        """Makes an anchor within `_NEAR` rows of the position."""
        if len(self.partitions) == 1:
            self._remember((self.starts[0] + position,))
            return
        span = self.span_ms()
        if span is None:
            return
        low, high = (span[0], 0, self.starts), (span[1] + 1, self.total, self.ends)
        for known in self._times:
            if known[1] <= position:
                low = max(low, known)
            else:
                high = min(high, known)
        while position - low[1] > _NEAR and high[1] - position > _NEAR and high[0] - low[0] > 1:
            times = _times_to_ask(low[0], high[0], (position - low[1]) / (high[1] - low[1]))
            for time_ms, offsets in zip(times, self.offsets_at_times(times), strict=True):
                here = (time_ms, sum(offsets) - sum(self.starts), offsets)
                if here[1] <= position:
                    low = max(low, here)
                else:
                    high = min(high, here)
        if position - low[1] > _NEAR and high[1] - position > _NEAR:
            # One millisecond holds more rows than that: inside it the order is by partition.
            self._remember(self._within(low[2], high[2], position - low[1]))

    def _within(self, low: Offsets, high: Offsets, missing: int) -> Offsets:
        offsets = list(low)
        for index, bound in enumerate(high):
            taken = min(missing, bound - offsets[index])
            offsets[index] += taken
            missing -= taken
        return tuple(offsets)


def _times_to_ask(low_ms: int, high_ms: int, share: float) -> list[int]:
    """Times between two, both excluded, to find the one before which a `share` of the rows lies.

    Some stand evenly, so that whatever the rows' density the span becomes a ninth; the rest stand closer and closer
    around where the time lies if rows are spread evenly, which they often nearly are: then one question is enough.
    """
    span = high_ms - low_ms
    guess = low_ms + round(span * share)
    times = {low_ms + span * place // (_EVENLY + 1) for place in range(1, _EVENLY + 1)}
    for part in _AROUND_GUESS:
        times |= {guess - span // part - 1, guess + span // part + 1}
    return sorted(time_ms for time_ms in times if low_ms < time_ms < high_ms)
