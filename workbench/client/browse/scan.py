"""Looks for the records that match a filter, in order of time, inside bounds fixed at its start.

Partitions are read in turns, always the one that is furthest behind in time, so that matches can be given out in order
while the scan goes on: a match waits until every other partition has passed its time. The next fetch is on its way
while the last one is searched.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from workbench.client.browse.aborted import AbortedFilter
from workbench.client.browse.chunk import BatchPlace, batch_places, search_chunk
from workbench.client.browse.cluster_reader import EARLIEST, READ_COMMITTED, READ_UNCOMMITTED, ClusterReader, Stopped
from workbench.client.errors import ClientError
from workbench.client.filter_expression import CompiledFilter
from workbench.client.model import RecordRow, ScanProgress
from workbench.records.layout import TRANSACTIONAL_BIT

FIRST_FETCH_BYTES = 256 << 10
MOST_FETCH_BYTES = 4 << 20
REPORT_EVERY_S = 0.1
_ASSUMED_ROW_BYTES = 256
_FOREVER = 1 << 62


class ScanControl:
    """Pause, resume and cancel, from any thread."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._running.set()
        self._cancelled = False

    @property
    def cancelled(self) -> bool:
        """Whether the scan shall end."""
        return self._cancelled

    @property
    def paused(self) -> bool:
        """Whether it shall wait."""
        return not self._running.is_set()

    def pause(self) -> None:
        """Holds the scan before its next fetch."""
        self._running.clear()

    def resume(self) -> None:
        """Lets it go on."""
        self._running.set()

    def cancel(self) -> None:
        """Ends it, also while paused."""
        self._cancelled = True
        self._running.set()

    def wait(self) -> None:
        """Blocks while paused."""
        self._running.wait()


class Scan:
    """`run` blocks until the end; `on_matches` and `on_progress` are called from its thread."""

    def __init__(
        self,
        reader: ClusterReader,
        starts: Mapping[int, int],
        ends: Mapping[int, int],
        wanted: CompiledFilter,
        *,
        newest_first: bool,
        control: ScanControl,
        on_matches: Callable[[list[RecordRow]], None],
        on_progress: Callable[[ScanProgress], None],
        cut_bytes: int = 64 << 10,
        committed: bool = False,
        pause_every: int = 100_000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._control = control
        self._on_matches = on_matches
        self._on_progress = on_progress
        self._newest_first = newest_first
        self._pause_every = pause_every
        self._clock = clock
        self._parts = [
            _PartitionScan(reader, p, starts[p], ends[p], wanted, newest_first, cut_bytes, committed)
            for p in sorted(starts)
            if ends[p] > starts[p]
        ]
        self._total = sum(part.left for part in self._parts)
        self._matches = 0
        self._given_at = self._pause_every
        self._bytes = 0
        self._elapsed = 0.0
        self._ready: list[RecordRow] = []

    def run(self) -> None:
        """Raises `ClientError` when the brokers stay away; ends early when cancelled."""
        reported = self._clock()
        try:
            while not self._control.cancelled:
                part = self._furthest_behind()
                if part is None:
                    break
                started = self._clock()
                part.fetch()
                following = self._furthest_behind()
                if following is not None:
                    following.fetch_ahead()
                self._bytes += part.search()
                self._collect()
                self._elapsed += self._clock() - started
                if self._clock() - reported >= REPORT_EVERY_S:
                    reported = self._clock()
                    self._report()
                if self._matches >= self._given_at:
                    self._given_at += self._pause_every
                    self._control.pause()
                if self._control.paused:
                    self._report()
                    self._control.wait()
        except Stopped:
            pass
        self._collect()
        self._report(finished=True)

    def _furthest_behind(self) -> _PartitionScan | None:
        unfinished = [part for part in self._parts if part.left]
        if not unfinished:
            return None
        if self._newest_first:
            return max(unfinished, key=lambda part: part.frontier_ms)
        return min(unfinished, key=lambda part: part.frontier_ms)

    def _collect(self) -> None:
        """Gives out matches that no other partition can still precede."""
        unfinished = [part.frontier_ms for part in self._parts if part.left]
        sign = -1 if self._newest_first else 1
        bound = min((sign * frontier for frontier in unfinished), default=_FOREVER)
        heap = [(sign * part.matches[0].timestamp_ms, index) for index, part in enumerate(self._parts) if part.matches]
        heapq.heapify(heap)
        while heap and heap[0][0] <= bound:
            _, index = heap[0]
            matches = self._parts[index].matches
            self._ready.append(matches.popleft())
            self._matches += 1
            if matches:
                heapq.heapreplace(heap, (sign * matches[0].timestamp_ms, index))
            else:
                heapq.heappop(heap)

    def _reached_ms(self) -> int | None:
        part = self._furthest_behind()
        return part.frontier_ms if part is not None and abs(part.frontier_ms) != _FOREVER else None

    def _report(self, finished: bool = False) -> None:
        if self._ready:
            rows, self._ready = self._ready, []
            self._on_matches(rows)
        left = sum(part.left for part in self._parts)
        scanned = self._total - left
        rate = scanned / self._elapsed if self._elapsed > 0 else 0.0
        self._on_progress(
            ScanProgress(
                scanned=scanned,
                total=self._total,
                matches=self._matches,
                rate_per_second=rate,
                left_seconds=left / rate if rate else None,
                finished=finished,
                paused=self._control.paused and not finished,
                bytes_read=self._bytes,
                reached_ms=self._reached_ms(),
            )
        )


class _PartitionScan:
    """One partition's share: a span still to read, the time reached, matches not yet given out (in scan order)."""

    def __init__(
        self,
        reader: ClusterReader,
        partition: int,
        start: int,
        end: int,
        wanted: CompiledFilter,
        newest_first: bool,
        cut_bytes: int,
        committed: bool,
    ) -> None:
        self._reader = reader
        self._partition = partition
        self._low, self._high = start, end
        self._wanted = wanted
        self._newest_first = newest_first
        self._cut_bytes = cut_bytes
        self._isolation = READ_COMMITTED if committed else READ_UNCOMMITTED
        self._fetch_bytes = FIRST_FETCH_BYTES
        self._row_bytes = float(_ASSUMED_ROW_BYTES)
        self._span: tuple[int, int] | None = None
        self._fetched: list[tuple[memoryview, list[BatchPlace], AbortedFilter | None]] = []
        # Unread, it may hold the very next record, whatever its time.
        self.frontier_ms = _FOREVER if newest_first else -_FOREVER
        self.matches: deque[RecordRow] = deque()

    @property
    def left(self) -> int:
        """Offsets not yet read."""
        return max(0, self._high - self._low)

    def _next_place(self) -> int:
        if not self._newest_first:
            return self._low
        return max(self._low, self._high - max(1, int(self._fetch_bytes / self._row_bytes)))

    def fetch_ahead(self) -> None:
        """Asks for what `fetch` will want next."""
        if self._isolation == READ_UNCOMMITTED:
            self._reader.fetch_ahead(self._partition, self._next_place(), self._fetch_bytes)

    def fetch(self) -> None:
        """Reads the next span and moves the frontier by the batches' headers; the search comes later."""
        at = self._next_place()
        self._fetched = []
        if self._newest_first:
            reached = at
            while reached < self._high:
                reached = self._fetch_once(reached, self._high)
            first_places = self._fetched[0][1] if self._fetched else []
            if first_places and first_places[0].base_offset < at:
                # The batch came whole: its earlier records are searched now, not fetched again.
                at = max(self._low, first_places[0].base_offset)
            span = (at, self._high)
            self._high = at
        else:
            reached = self._fetch_once(at, self._high)
            span = (at, min(reached, self._high))
            self._low = reached
        self._span = span
        times = [place for _, places, _ in self._fetched for place in places if place.next_offset > span[0]]
        size = sum(place.size_bytes for place in times)
        if times:
            if self._newest_first:
                self.frontier_ms = times[0].base_timestamp
            else:
                self.frontier_ms = times[-1].max_timestamp
            self._row_bytes = max(16.0, size / max(1, times[-1].next_offset - times[0].base_offset))
        self._fetch_bytes = min(MOST_FETCH_BYTES, self._fetch_bytes * 2)

    def _fetch_once(self, at: int, end: int) -> int:
        try:
            fetched = self._reader.fetch(
                self._partition, at, self._fetch_bytes, max_wait_ms=0, isolation_level=self._isolation
            )
        except ClientError as error:
            if error.code != "OFFSET_OUT_OF_RANGE":
                raise
            # Retention or a purge took the beginning since the scan began.
            earliest = self._reader.offsets([self._partition], EARLIEST)[self._partition]
            return end if earliest is None or earliest <= at else min(earliest, end)
        places = batch_places(fetched.records)
        transactions = fetched.aborted
        transactional = any(place.attributes & TRANSACTIONAL_BIT for place in places)
        if transactional and self._isolation == READ_UNCOMMITTED:
            transactions = self._reader.aborted_transactions(self._partition, at, self._fetch_bytes)
        aborted = AbortedFilter(transactions) if transactional else None
        self._fetched.append((fetched.records, places, aborted))
        # No batch at or after `at`: the rest of the span was compacted away.
        return places[-1].next_offset if places and places[-1].next_offset > at else end

    def search(self) -> int:
        """Searches what was fetched; returns its bytes."""
        assert self._span is not None
        first, end = self._span
        size = 0
        found: list[RecordRow] = []
        for records, places, aborted in self._fetched:
            size += len(records)
            found += search_chunk(
                records,
                places,
                self._wanted,
                self._reader.topic,
                self._partition,
                first=first,
                end=end,
                cut_bytes=self._cut_bytes,
                aborted=aborted,
                keep_aborted=self._isolation == READ_UNCOMMITTED,
            )
        self._fetched = []
        self.matches.extend(reversed(found) if self._newest_first else found)
        return size
