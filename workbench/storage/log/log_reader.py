"""Reading a log: by offset, by time, and which transactions in a range were aborted.

Invariants: reads give whole stored bytes without looking at records; offsets are found by index and a short scan of
headers, or at the tail from what was appended last. An index that proves bad is made anew once, and reported.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from workbench.records import BatchView, CorruptBatchError
from workbench.storage.log.errors import CorruptFileError, CorruptionReport, OffsetOutOfRangeError
from workbench.storage.log.log_read import FileRegion, LazyRead, LogRead, TimestampOffset
from workbench.storage.log.segment import LogSegment
from workbench.storage.log.segmented_log import SegmentedLog
from workbench.storage.log.transaction_index import AbortedTransaction

_Found = TypeVar("_Found")


class ReadableLog(SegmentedLog):
    """A log that can be read."""

    def read(
        self, offset: int, max_bytes: int, *, upper_bound: int | None = None, min_one_message: bool = True
    ) -> LogRead:
        """Stored bytes from the batch holding `offset` on, below `upper_bound` (default: the log's end).

        At most `max_bytes`, the last batch cut there; with `min_one_message` the first batch comes whole whatever its
        size (KIP-74). Raises OffsetOutOfRangeError, CorruptBatchError.
        """
        found, segment = self._locate(offset, max_bytes, upper_bound, min_one_message)
        if segment is None:
            return found
        data = segment.read(found.position, found.size_bytes)
        return found._replace(data=[data], size_bytes=len(data))

    def read_lazily(
        self, offset: int, max_bytes: int, *, upper_bound: int, min_one_message: bool, lazily_from: int
    ) -> LazyRead:
        """As `read`, but data of at least `lazily_from` bytes is a region, read by whoever sends it."""
        found, segment = self._locate(offset, max_bytes, upper_bound, min_one_message)
        if segment is None:
            return LazyRead([], found, 0)
        size = found.size_bytes
        if size >= lazily_from:
            return LazyRead([FileRegion(segment, found.position, size)], found, size)
        data = segment.read(found.position, size)
        return LazyRead([data], found, len(data))

    def _locate(
        self, offset: int, max_bytes: int, upper_bound: int | None, min_one_message: bool
    ) -> tuple[LogRead, LogSegment | None]:
        """Where the bytes lie, without data; no segment where there are none to read."""
        end_offset = self.log_end_offset
        if offset > end_offset or offset < self.log_start_offset:
            raise OffsetOutOfRangeError(offset, self.log_start_offset, end_offset)
        if upper_bound is None or upper_bound > end_offset:
            upper_bound = end_offset
        if offset >= upper_bound:
            return LogRead([], offset, 0), None
        segments = self.segments
        segment = self.active_segment
        place = len(segments) - 1
        if offset < segment.base_offset:
            place = bisect_right(segments, offset, key=_base_offset) - 1
            segment = segments[max(place, 0)]
        while True:
            found = self._position_of(segment, offset)
            if found is not None:
                break
            place += 1  # the rest of this segment was compacted away
            if place >= len(segments):
                return LogRead([], offset, 0), None
            segment = segments[place]
        position, first_size = found
        end = segment.size_bytes
        if upper_bound != end_offset or segment is not self.active_segment:
            next_base = segments[place + 1].base_offset if place + 1 < len(segments) else end_offset
            if upper_bound < next_base:
                limit = self._position_of(segment, upper_bound)
                if limit is not None:
                    end = limit[0]
        size = end - position
        if size <= 0:
            return LogRead([], offset, 0, segment.base_offset, position), None
        if max_bytes < size:
            size = max_bytes
            if size < first_size:
                if not min_one_message:
                    return LogRead([], offset, 0, segment.base_offset, position, True), None
                size = first_size
        return LogRead([], offset, size, segment.base_offset, position), segment

    def _position_of(self, segment: LogSegment, offset: int) -> tuple[int, int] | None:
        """Looks a position up; an index that proves bad is made anew once, and that is reported."""
        try:
            return segment.position_of(offset)
        except (CorruptFileError, CorruptBatchError, FileNotFoundError) as error:
            self._rebuild_indexes(segment, error)
            return segment.position_of(offset)

    def _rebuild_indexes(self, segment: LogSegment, error: Exception) -> None:
        position = getattr(error, "position", 0)
        size = getattr(error, "size_bytes", 0)
        self.reports.append(CorruptionReport(segment.offset_index.path, position, size, str(error), "rebuilt"))
        with self._maintenance:
            segment.rebuild_indexes()

    def _with_indexes(self, segment: LogSegment, look: Callable[[], _Found]) -> _Found:
        try:
            return look()
        except (CorruptFileError, CorruptBatchError, FileNotFoundError) as error:
            self._rebuild_indexes(segment, error)
            return look()

    def _place_of(self, offset: int) -> int:
        """Place of the segment that would hold the offset."""
        return max(0, bisect_right(self.segments, offset, key=_base_offset) - 1)

    def offset_for_timestamp(self, timestamp: int) -> TimestampOffset | None:
        """The first record with at least this timestamp; None if there is none. Raises CorruptBatchError."""
        start_offset = self.log_start_offset
        for segment in self.segments[self._place_of(start_offset) :]:
            if self._with_indexes(segment, segment.largest_timestamp) < timestamp:
                continue
            found = self._with_indexes(segment, partial(segment.offset_for_timestamp, timestamp, start_offset))
            if found is None:
                return None
            view, record = found
            return TimestampOffset(record.timestamp, record.offset, _epoch_of(view))
        return None

    def offset_of_max_timestamp(self) -> TimestampOffset | None:
        """The first record with the largest timestamp in the log; None where none has one."""
        best: LogSegment | None = None
        for segment in self.segments:
            self._with_indexes(segment, segment.load_indexes)
            if best is None or segment.max_timestamp > best.max_timestamp:
                best = segment
        if best is None or best.max_timestamp < 0:
            return None
        view = self._with_indexes(best, best.batch_of_max_timestamp)
        offset = None if view is None else view.offset_of_max_timestamp()
        if view is None or offset is None:
            return None
        return TimestampOffset(view.max_timestamp, offset, _epoch_of(view))

    def collect_aborted_transactions(self, start_offset: int, upper_bound: int) -> list[AbortedTransaction]:
        """Aborted transactions with records in [start_offset, upper_bound), for a read_committed reader."""
        found: list[AbortedTransaction] = []
        for segment in self.segments[self._place_of(start_offset) :]:
            entries, complete = segment.transaction_index.collect(start_offset, upper_bound)
            found.extend(entries)
            if complete:
                break
        return found

    def upper_bound_of(self, read: LogRead) -> int:
        """An offset at or behind the last that a read holds, found by index alone (for aborted transactions)."""
        place = self._place_of(read.segment_base_offset)
        segment = self.segments[place]
        bound = segment.offset_index.offset_behind(read.position + read.size_bytes)
        if bound is not None:
            return segment.base_offset + bound
        return self.segments[place + 1].base_offset if place + 1 < len(self.segments) else self.log_end_offset


def _base_offset(segment: LogSegment) -> int:
    return segment.base_offset


def _epoch_of(view: BatchView) -> int | None:
    return view.leader_epoch if view.leader_epoch >= 0 else None
