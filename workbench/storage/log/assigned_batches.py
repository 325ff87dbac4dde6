"""Batches that already have their offsets: what a follower copies from its leader, and what a quorum leader appends.

Invariants: every batch returned is whole, passes its CRC and follows the one before it; positions are those inside
the buffer. Nothing is changed.
"""

from __future__ import annotations

from workbench.records import layout
from workbench.records.checksum import crc32c
from workbench.storage.log.batch_scan import ScannedBatch
from workbench.storage.log.errors import AppendError
from workbench.wire.error_codes import ErrorCode

_UNPACK = layout.HEADER.unpack_from


def read_assigned(
    buffer: memoryview, log_end_offset: int, leader_epoch: int | None, *, exact_epoch: bool
) -> list[ScannedBatch]:
    """The whole batches in the buffer; a cut one at the end is left out.

    With `exact_epoch` all must be of `leader_epoch` (INVALID_RECORD), else those of a later epoch end the list.
    Raises AppendError: CORRUPT_MESSAGE, UNKNOWN_SERVER_ERROR for offsets below the log's end or out of order.
    """
    batches: list[ScannedBatch] = []
    next_offset = log_end_offset
    position, end = 0, len(buffer)
    while end - position > layout.MAGIC_AT:
        length = int.from_bytes(buffer[position + layout.LENGTH_AT : position + layout.FRAME_BYTES], "big", signed=True)
        size = length + layout.FRAME_BYTES
        magic = buffer[position + layout.MAGIC_AT]
        if magic != layout.MAGIC_V2 or size < layout.HEADER_BYTES:
            raise AppendError(ErrorCode.CORRUPT_MESSAGE, f"batch of magic {magic} and {size} bytes at byte {position}")
        if position + size > end:
            break
        base, _, epoch, _, crc, attributes, delta, _, max_timestamp, producer_id, producer_epoch, sequence, count = (
            _UNPACK(buffer, position)
        )
        if leader_epoch is not None and epoch != leader_epoch:
            if exact_epoch:
                raise AppendError(ErrorCode.INVALID_RECORD, f"batch has leader epoch {epoch}, not {leader_epoch}")
            if epoch > leader_epoch:
                break
        if crc32c(buffer[position + layout.ATTRIBUTES_AT : position + size]) != crc:
            raise AppendError(ErrorCode.CORRUPT_MESSAGE, f"CRC of the batch at offset {base} does not fit")
        if base < next_offset or delta < 0:
            raise AppendError(
                ErrorCode.UNKNOWN_SERVER_ERROR,
                f"batch {base}..{base + delta} does not follow offset {next_offset - 1}",
            )
        batches.append(
            ScannedBatch(
                position,
                size,
                base,
                base + delta,
                epoch,
                attributes,
                max_timestamp,
                producer_id,
                producer_epoch,
                sequence,
                count,
            )
        )
        next_offset = base + delta + 1
        position += size
    return batches
