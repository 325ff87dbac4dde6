"""Appending to a partition's log.

Theory: the common case (a producer's one batch, stored as it came) is one pass over the header, one CRC, one write.
Whatever a setting or an odd batch calls for beyond that goes through `validation.py`. The order is always: check,
write, then note (end offset, epoch, producers), so that a refused or failed append changes nothing.

Invariants: those of `segmented_log.py`; a failed write is cut off again, and if even that fails, the log refuses
further appends (`failure`).
"""

from __future__ import annotations

from pathlib import Path

from workbench.records import BatchView, Compression, CorruptBatchError, decompress, layout
from workbench.records.checksum import crc32c
from workbench.records.control import EndTxnMarker, decode_control
from workbench.records.parsing import payload_is_sound
from workbench.records.record import NO_TIMESTAMP
from workbench.storage.log.append_result import AppendOrigin, AppendResult
from workbench.storage.log.assigned_batches import read_assigned
from workbench.storage.log.batch_scan import ScannedBatch
from workbench.storage.log.errors import AppendError, CorruptionReport
from workbench.storage.log.log_reader import ReadableLog
from workbench.storage.log.producer_entry import BatchMetadata
from workbench.storage.log.segment import LogSegment
from workbench.storage.log.transaction_index import AbortedTransaction
from workbench.storage.log.validation import only_batch, validate_batch
from workbench.system.platform_files import Buffer
from workbench.wire.error_codes import ErrorCode

_UNPACK_HEADER = layout.HEADER.unpack_from
_HEADER_BYTES = layout.HEADER_BYTES
_MAX_RELATIVE_OFFSET = 0x7FFFFFFF
_UNUSUAL_ATTRIBUTES = ~(layout.COMPRESSION_MASK | layout.TRANSACTIONAL_BIT)
_CHECKED_RECORDS = 8  # batches of no more records are looked into; larger ones are trusted for their CRC


class PartitionLog(ReadableLog):
    """One partition's log."""

    def append_as_leader(
        self,
        buffer: Buffer,
        *,
        leader_epoch: int,
        now_ms: int,
        origin: AppendOrigin = AppendOrigin.CLIENT,
        verification_guard: object | None = None,
        transaction_version: int = 0,
    ) -> AppendResult:
        """Gives the one batch in `buffer` its offsets and writes it; a writable buffer is changed in place.

        With RAFT_LEADER the batches already have offsets and epoch. Raises AppendError; nothing is written then.
        """
        view = buffer if type(buffer) is memoryview else memoryview(buffer)
        size = len(view)
        if origin is not AppendOrigin.CLIENT or size < _HEADER_BYTES or size > self._plain_max_bytes:
            return self._append_checked(view, leader_epoch, now_ms, origin, verification_guard, transaction_version)
        (
            base_offset,
            length,
            _,
            magic,
            crc,
            attributes,
            delta,
            _,
            max_timestamp,
            producer_id,
            producer_epoch,
            base_sequence,
            count,
        ) = _UNPACK_HEADER(view, 0)
        if (
            length != size - 12
            or magic != 2
            or base_offset != 0
            or attributes & _UNUSUAL_ATTRIBUTES
            or attributes & 7 > 4
            or count != delta + 1
            or count < 1
            or not NO_TIMESTAMP <= max_timestamp <= now_ms + self._plain_after_max_ms
            or self._failure is not None
            or size > self._segment_size
            or crc32c(view[21:]) != crc
            or (count <= _CHECKED_RECORDS and not _is_sound(view, attributes & 7, count))
        ):
            return self._append_checked(view, leader_epoch, now_ms, origin, verification_guard, transaction_version)
        first_offset = self.log_end_offset
        last_offset = first_offset + delta
        if producer_id >= 0:
            if base_sequence < 0:
                return self._append_checked(view, leader_epoch, now_ms, origin, verification_guard, transaction_version)
            duplicate = self.producers.check_batch(
                producer_id,
                producer_epoch,
                base_sequence,
                delta,
                transactional=attributes & 16 != 0,
                guard=verification_guard,
            )
            if duplicate is not None:
                return self._duplicate_result(duplicate)
        segment = self.active_segment
        rolled = False
        first_timestamp = segment.first_timestamp
        if (
            segment.size_bytes + size > self._segment_size
            or last_offset - segment.base_offset > _MAX_RELATIVE_OFFSET
            or first_timestamp is None
            or first_timestamp < 0
            or max_timestamp - first_timestamp > self._roll_ms - segment.roll_jitter_ms
            or segment.indexes_are_full
        ) and segment.should_roll(now_ms, max_timestamp, last_offset, size, self.config):
            segment = self._roll_for(first_offset, now_ms)
            rolled = True
        if view.readonly:
            view = memoryview(bytearray(view))
        view[0:8] = first_offset.to_bytes(8, "big")
        view[12:16] = leader_epoch.to_bytes(4, "big", signed=True)
        try:
            segment.append(view, first_offset, last_offset, max_timestamp)
        except OSError as error:
            raise self._write_failed(segment, error) from error
        self.log_end_offset = last_offset + 1
        epoch_changed = False
        if leader_epoch != self._latest_epoch:
            epoch_changed = self._assign_epoch(leader_epoch, first_offset)
        if producer_id >= 0:
            self.producers.apply_batch(
                producer_id,
                producer_epoch,
                (base_sequence + delta) & layout.MAX_SEQUENCE,
                first_offset,
                last_offset,
                max_timestamp,
                attributes & 16 != 0,
            )
        return AppendResult(
            first_offset,
            last_offset,
            -1,
            self.log_start_offset,
            False,
            size,
            count,
            max_timestamp,
            epoch_changed,
            rolled,
        )

    def _append_checked(
        self,
        buffer: memoryview,
        leader_epoch: int,
        now_ms: int,
        origin: AppendOrigin,
        guard: object | None,
        transaction_version: int,
    ) -> AppendResult:
        """The same with every check that settings and contents may call for."""
        if self._failure is not None:
            raise AppendError(ErrorCode.KAFKA_STORAGE_ERROR, self._failure)
        if origin is AppendOrigin.RAFT_LEADER:
            return self._append_assigned(buffer, now_ms, leader_epoch, exact_epoch=True)
        first_offset = self.log_end_offset
        batch = validate_batch(
            only_batch(buffer),
            self.config,
            first_offset=first_offset,
            leader_epoch=leader_epoch,
            now_ms=now_ms,
            origin=origin,
            partition=Path(self.directory).name,
        )
        view = batch.view
        if view.size_bytes > self._segment_size:
            raise AppendError(
                ErrorCode.RECORD_LIST_TOO_LARGE,
                f"batch of {view.size_bytes} bytes is larger than a segment of {self._segment_size}",
            )
        marker = self._check_producer(view, origin, guard, transaction_version)
        if isinstance(marker, BatchMetadata):
            return self._duplicate_result(marker)
        segment, rolled = self._segment_for(now_ms, view.max_timestamp, first_offset, view.last_offset, view.size_bytes)
        try:
            segment.append(batch.data, first_offset, view.last_offset, view.max_timestamp)
        except OSError as error:
            raise self._write_failed(segment, error) from error
        self.log_end_offset = view.last_offset + 1
        epoch_changed = self._assign_epoch(leader_epoch, first_offset)
        if view.has_producer_id:
            self._apply_producer(view, marker, segment)
        return AppendResult(
            first_offset,
            view.last_offset,
            batch.log_append_time_ms,
            self.log_start_offset,
            False,
            view.size_bytes,
            view.record_count,
            view.max_timestamp,
            epoch_changed,
            rolled,
        )

    def _check_producer(
        self, view: BatchView, origin: AppendOrigin, guard: object | None, transaction_version: int
    ) -> BatchMetadata | EndTxnMarker | None:
        if not view.has_producer_id:
            return None
        if view.is_control:
            marker = _marker_of(view)
            if marker is not None:
                self.producers.check_marker(
                    view.producer_id,
                    view.producer_epoch,
                    marker.coordinator_epoch,
                    transaction_version=transaction_version,
                )
            return marker
        return self.producers.check_batch(
            view.producer_id,
            view.producer_epoch,
            view.base_sequence,
            view.last_offset_delta,
            transactional=view.is_transactional,
            origin=origin,
            guard=guard,
        )

    def _apply_producer(self, view: BatchView, marker: EndTxnMarker | None, segment: LogSegment) -> None:
        """Notes a written batch of a producer with an id; `marker` is what it holds if it ends a transaction."""
        if marker is not None:
            ended = self.producers.apply_marker(
                view.producer_id,
                view.producer_epoch,
                marker.coordinator_epoch,
                view.base_offset,
                view.max_timestamp,
                not marker.committed,
            )
            if ended is not None and ended[0].aborted:
                done, stable = ended
                self._index_aborted(
                    segment, AbortedTransaction(done.producer_id, done.first_offset, done.last_offset, stable)
                )
        elif not view.is_control:
            self.producers.apply_batch(
                view.producer_id,
                view.producer_epoch,
                view.last_sequence,
                view.base_offset,
                view.last_offset,
                view.max_timestamp,
                view.is_transactional,
            )

    def _index_aborted(self, segment: LogSegment, entry: AbortedTransaction) -> None:
        try:
            segment.transaction_index.append(entry)
        except OSError as error:
            # The marker is in the log and the entry in memory; the file is made whole by the next append or recovery.
            self.reports.append(CorruptionReport(segment.transaction_index.path, 0, 0, str(error), "skipped"))

    def append_as_follower(
        self, buffer: Buffer, *, leader_epoch: int | None = None, now_ms: int | None = None
    ) -> AppendResult:
        """Writes batches as the leader has them; bytes of a cut batch at the end are left out.

        Batches of a later epoch than `leader_epoch` are left out too: the leader they are from is no longer ours
        (KAFKA-18723). Raises AppendError: CORRUPT_MESSAGE, UNKNOWN_SERVER_ERROR for offsets that do not follow.
        """
        if self._failure is not None:
            raise AppendError(ErrorCode.KAFKA_STORAGE_ERROR, self._failure)
        view = memoryview(buffer)
        if self.log_end_offset == self.log_start_offset and len(view) >= _HEADER_BYTES:
            self._begin_with(view, now_ms)
        return self._append_assigned(view, now_ms, leader_epoch, exact_epoch=False)

    def _begin_with(self, buffer: memoryview, now_ms: int | None) -> None:
        """An empty follower whose start lies inside its leader's batch (after DeleteRecords) begins with that batch."""
        first_offset = int.from_bytes(buffer[:8], "big", signed=True)
        last_offset = first_offset + int.from_bytes(buffer[23:27], "big", signed=True)
        if 0 <= first_offset < self.log_end_offset <= last_offset:
            self.truncate_fully_and_start_at(first_offset, now_ms=now_ms or 0, log_start_offset=self.log_start_offset)

    def _append_assigned(
        self, buffer: memoryview, now_ms: int | None, leader_epoch: int | None, *, exact_epoch: bool
    ) -> AppendResult:
        batches = read_assigned(buffer, self.log_end_offset, leader_epoch, exact_epoch=exact_epoch)
        if not batches:
            end = self.log_end_offset
            return AppendResult(end, end - 1, -1, self.log_start_offset)
        rolled = epoch_changed = False
        start = 0
        max_timestamp = max(batch.max_timestamp for batch in batches)
        while start < len(batches):
            # What fits into the segment is written at once; only a batch that does not begins another.
            stop, size = start, 0
            room = self._segment_size - self.active_segment.size_bytes
            while stop < len(batches) and (stop == start or size + batches[stop].size_bytes <= room):
                size += batches[stop].size_bytes
                stop += 1
            group = batches[start:stop]
            newest = max(batch.max_timestamp for batch in group)
            now = newest if now_ms is None else now_ms
            segment, new = self._segment_for(now, newest, group[0].base_offset, group[-1].last_offset, size)
            rolled = rolled or new
            begin = group[0].position
            try:
                segment.append_batches(buffer[begin : begin + size], group)
            except OSError as error:
                raise self._write_failed(segment, error) from error
            self.log_end_offset = group[-1].last_offset + 1
            for batch in group:
                if batch.leader_epoch >= 0 and batch.leader_epoch != self._latest_epoch:
                    epoch_changed = self._assign_epoch(batch.leader_epoch, batch.base_offset) or epoch_changed
                if batch.producer_id >= 0:
                    self._apply_copied(batch, buffer, segment)
            start = stop
        last = batches[-1]
        return AppendResult(
            batches[0].base_offset,
            last.last_offset,
            -1,
            self.log_start_offset,
            False,
            last.position + last.size_bytes - batches[0].position,
            sum(batch.record_count for batch in batches),
            max_timestamp,
            epoch_changed,
            rolled,
        )

    def _apply_copied(self, batch: ScannedBatch, buffer: memoryview, segment: LogSegment) -> None:
        if batch.is_control:
            view = BatchView(buffer, batch.position)
            self._apply_producer(view, _marker_of(view), segment)
        else:
            self.producers.apply_batch(
                batch.producer_id,
                batch.producer_epoch,
                batch.last_sequence,
                batch.base_offset,
                batch.last_offset,
                batch.max_timestamp,
                batch.is_transactional,
            )

    def _duplicate_result(self, duplicate: BatchMetadata) -> AppendResult:
        return AppendResult(
            duplicate.first_offset,
            duplicate.last_offset,
            duplicate.timestamp,
            self.log_start_offset,
            True,
        )

    def _assign_epoch(self, epoch: int, start_offset: int) -> bool:
        changed = epoch >= 0 and self.leader_epochs.assign(epoch, start_offset)
        self._note_latest_epoch()
        return changed

    def _write_failed(self, segment: LogSegment, error: OSError) -> AppendError:
        """Cuts off what a failed write left, so that the log stays as it was."""
        try:
            segment.cut_back()
        except OSError as second:
            self._failure = f"{segment.path}: write failed ({error}), and cutting the file back too ({second})"
        return AppendError(ErrorCode.KAFKA_STORAGE_ERROR, f"{segment.path}: {error}")


def _marker_of(view: BatchView) -> EndTxnMarker | None:
    """The transaction marker that a control batch holds; None for data, other control records and empty batches."""
    if not view.is_control:
        return None
    record = next(view.records(), None)
    control = None if record is None else decode_control(record.key, record.value)
    return control if isinstance(control, EndTxnMarker) else None


def _is_sound(view: memoryview, codec: int, count: int) -> bool:
    """Whether the records of a small batch parse: bad ones from a broken client would poison their readers."""
    payload: bytes | memoryview = view[_HEADER_BYTES:]
    if codec:
        try:
            payload = decompress(Compression(codec), payload)
        except CorruptBatchError:
            return False
    return payload_is_sound(payload, count, in_order=codec != 0)
