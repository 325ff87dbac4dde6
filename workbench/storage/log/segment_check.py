"""Reads one segment from its start, checks every batch, and makes its indexes, epochs and producer state anew.

This is what a broker that was killed does before it is ready, so it is one loop without an object for each batch:
a GiB of small batches is a million of them.

Invariants: nothing is written or cut here; what is found is true of all bytes below `end_position`.
"""

from __future__ import annotations

from workbench.records import CorruptBatchError, layout
from workbench.records.checksum import crc32c
from workbench.storage.log import batch_scan
from workbench.storage.log.batch_scan import ScannedBatch, not_a_batch
from workbench.storage.log.leader_epochs import LeaderEpochCache
from workbench.storage.log.producer_snapshots import apply_scanned
from workbench.storage.log.producer_state import ProducerState
from workbench.storage.log.segment import LogSegment
from workbench.system.quick_dataclass import dataclass

_UNPACK = layout.HEADER.unpack_from
_HEADER_BYTES = layout.HEADER_BYTES
_MAX_RELATIVE_OFFSET = 0x7FFFFFFF


@dataclass(frozen=True, slots=True)
class CheckedSegment:
    """`error` is why the check ended before the end of the file; `has_gaps`: offsets are missing between batches."""

    end_offset: int
    end_position: int
    has_gaps: bool
    error: CorruptBatchError | None


def check_segment(
    segment: LogSegment, start_offset: int, state: ProducerState, epochs: LeaderEpochCache
) -> CheckedSegment:
    """Checks the batches of a segment that begins at `start_offset` or later.

    `state` and `epochs` are brought forward to the end. Raises UnsupportedMagicError for a format before Kafka 0.11,
    OSError.
    """
    segment.reset_indexes()
    segment.transaction_index.clear()
    file, end = segment.file(), segment.size_bytes
    base_offset = segment.base_offset
    latest_epoch = -1 if epochs.latest_epoch is None else epochs.latest_epoch
    end_offset, has_gaps = start_offset, False
    position = window_start = 0
    window = memoryview(b"")
    window_size = 0
    index_batch = segment.index_batch
    try:
        while position < end:
            at = position - window_start
            left = window_size - at
            if left < _HEADER_BYTES and window_start + window_size < end:
                window = memoryview(file.read(position, min(batch_scan.CHECK_WINDOW_BYTES, end - position)))
                window_start, at, left = position, 0, len(window)
                window_size = left
            if left < _HEADER_BYTES:
                raise not_a_batch(file, position, end, "batch header is cut", window[at:])
            base, length, epoch, magic, crc, attributes, delta, _, max_ts, pid, pid_epoch, seq, count = _UNPACK(
                window, at
            )
            size = length + 12
            if magic != 2 or size < _HEADER_BYTES or delta < 0:
                raise not_a_batch(file, position, end, f"no batch header (magic {magic}, {size} bytes)", window[at:])
            if size > left:
                if position + size > end:
                    raise not_a_batch(
                        file, position, end, f"batch of {size} bytes where {end - position} are left", window[at:]
                    )
                window = memoryview(file.read(position, min(max(batch_scan.CHECK_WINDOW_BYTES, size), end - position)))
                window_start, at = position, 0
                window_size = len(window)
                if window_size < size:
                    raise not_a_batch(file, position, end, "file is shorter than it was", window)
            if crc32c(window[at + 21 : at + size]) != crc:
                raise not_a_batch(file, position, end, f"CRC of the batch at offset {base} does not fit", window[at:])
            last = base + delta
            if base != end_offset:
                if base < end_offset or last - base_offset > _MAX_RELATIVE_OFFSET:
                    raise CorruptBatchError(
                        f"batch at offset {base} behind one that ends at {end_offset}",
                        position=position,
                        size_bytes=end - position,
                        file=segment.path,
                    )
                has_gaps = has_gaps or position > 0
            if epoch > latest_epoch:
                epochs.assign(epoch, base)
                latest_epoch = epoch
            if pid >= 0:
                batch = ScannedBatch(position, size, base, last, epoch, attributes, max_ts, pid, pid_epoch, seq, count)
                apply_scanned(state, batch, segment, index_aborted=True)
            index_batch(position, size, last, max_ts)
            position += size
            end_offset = last + 1
    except CorruptBatchError as error:
        return CheckedSegment(end_offset, position, has_gaps, error)
    return CheckedSegment(end_offset, position, has_gaps, None)
