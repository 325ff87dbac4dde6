"""Walks one partition's rows upwards or downwards from an offset, reading ahead in growing steps.

Invariants: rows come in strictly rising (falling) order of offset and lie inside [start, end); `head` is the next row
or None once the span is exhausted. Offsets without a record (compacted, aborted and skipped) are passed over.
"""

from __future__ import annotations

from collections import deque

from workbench.client.browse.aborted import AbortedFilter
from workbench.client.browse.batch_rows import rows_of
from workbench.client.browse.cluster_reader import EARLIEST, READ_COMMITTED, READ_UNCOMMITTED, ClusterReader
from workbench.client.errors import ClientError
from workbench.client.model import RecordRow
from workbench.records import iterate_batches

_LEAST_BYTES = 32 << 10
_MOST_BYTES = 4 << 20
_ASSUMED_ROW_BYTES = 512


class PartitionCursor:
    """`wanted` is a guess at how many rows will be taken; `committed` leaves out aborted transactions."""

    def __init__(
        self,
        reader: ClusterReader,
        partition: int,
        start: int,
        end: int,
        *,
        at: int,
        upwards: bool,
        wanted: int,
        cut_bytes: int,
        committed: bool = False,
    ) -> None:
        self._reader = reader
        self.partition = partition
        self._start, self._end = start, end
        self._next = at
        self._upwards = upwards
        self._wanted = max(1, wanted)
        self._cut_bytes = cut_bytes
        self._isolation = READ_COMMITTED if committed else READ_UNCOMMITTED
        self._rows: deque[RecordRow] = deque()
        self._row_bytes = _ASSUMED_ROW_BYTES

    @property
    def head(self) -> RecordRow | None:
        """The next row, read if need be."""
        while not self._rows and (self._next < self._end if self._upwards else self._next > self._start):
            if self._upwards:
                self._read_up()
            else:
                self._read_down()
            self._wanted = min(self._wanted * 2, 4_000)
        return self._rows[0] if self._rows else None

    def take(self) -> RecordRow:
        """Removes and returns the head, which must exist."""
        return self._rows.popleft()

    def _budget(self) -> int:
        return max(_LEAST_BYTES, min(_MOST_BYTES, self._wanted * self._row_bytes * 3 // 2))

    def _read_up(self) -> None:
        rows, reached = self._read(self._next, min(self._end, self._next + self._wanted))
        self._rows.extend(rows)
        self._next = reached

    def _read_down(self) -> None:
        low = max(self._start, self._next - self._wanted)
        found: list[RecordRow] = []
        at = low
        while at < self._next:
            rows, at = self._read(at, self._next)
            found += rows
        self._rows.extend(reversed(found))
        self._next = low

    def _read(self, first: int, end: int) -> tuple[list[RecordRow], int]:
        """Rows of [first, end) as far as one fetch went, and where the next one must begin."""
        try:
            fetched = self._reader.fetch(
                self.partition, first, self._budget(), max_wait_ms=0, isolation_level=self._isolation
            )
        except ClientError as error:
            if error.code != "OFFSET_OUT_OF_RANGE":
                raise
            # Retention or a purge took the beginning since the bounds were asked for.
            earliest = self._reader.offsets([self.partition], EARLIEST)[self.partition]
            return [], end if earliest is None or earliest <= first else min(earliest, end)
        batches = list(iterate_batches(fetched.records))
        transactions = fetched.aborted
        if self._isolation == READ_UNCOMMITTED and any(batch.is_transactional for batch in batches):
            transactions = self._reader.aborted_transactions(self.partition, first, self._budget())
        aborted = AbortedFilter(transactions)
        rows: list[RecordRow] = []
        reached = first
        for batch in batches:
            if batch.base_offset >= end:
                return rows, end
            reached = batch.next_offset
            skipped = aborted.skips(batch)
            if reached > first and not (skipped and self._isolation == READ_COMMITTED):
                rows += rows_of(
                    batch,
                    self._reader.topic,
                    self.partition,
                    first=first,
                    end=end,
                    cut_bytes=self._cut_bytes,
                    aborted=skipped,
                )
            if reached >= end:
                break
        if rows:
            self._row_bytes = max(64, sum(row.size_bytes for row in rows) // len(rows) + 16)
        if reached == first:
            # Nothing at or after `first` below the end of the log: the rest was compacted away.
            return rows, end
        return rows, min(reached, end)
