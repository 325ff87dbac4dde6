"""Batches that already have their offsets: what a follower copies from its leader, and what a quorum leader appends.

Invariants: every batch returned is whole, passes its CRC and follows the one before it; positions are those inside
the buffer. Nothing is changed.
"""

from __future__ import annotations

from workbench.records import BatchView, CorruptBatchError, UnsupportedMagicError, iterate_batches
from workbench.storage.log.batch_scan import ScannedBatch
from workbench.storage.log.errors import AppendError
from workbench.wire.error_codes import ErrorCode


def read_assigned(
    buffer: memoryview, log_end_offset: int, leader_epoch: int | None, *, exact_epoch: bool
) -> list[ScannedBatch]:
    """The whole batches in the buffer; a cut one at the end is left out.

    With `exact_epoch` all must be of `leader_epoch` (INVALID_RECORD), else those of a later epoch end the list.
    Raises AppendError: CORRUPT_MESSAGE, UNKNOWN_SERVER_ERROR for offsets below the log's end or out of order.
    """
    batches: list[ScannedBatch] = []
    next_offset = log_end_offset
    try:
        for view in iterate_batches(buffer):
            if leader_epoch is not None and view.leader_epoch != leader_epoch:
                if exact_epoch:
                    raise AppendError(
                        ErrorCode.INVALID_RECORD, f"batch has leader epoch {view.leader_epoch}, not {leader_epoch}"
                    )
                if view.leader_epoch > leader_epoch:
                    break
            view.check_crc()
            if view.base_offset < next_offset or view.last_offset_delta < 0:
                raise AppendError(
                    ErrorCode.UNKNOWN_SERVER_ERROR,
                    f"batch {view.base_offset}..{view.last_offset} does not follow offset {next_offset - 1}",
                )
            next_offset = view.last_offset + 1
            batches.append(_scanned(view))
    except (CorruptBatchError, UnsupportedMagicError) as error:
        raise AppendError(ErrorCode.CORRUPT_MESSAGE, str(error)) from error
    return batches


def _scanned(view: BatchView) -> ScannedBatch:
    return ScannedBatch(
        view.position,
        view.size_bytes,
        view.base_offset,
        view.last_offset,
        view.leader_epoch,
        view.attributes,
        view.max_timestamp,
        view.producer_id,
        view.producer_epoch,
        view.base_sequence,
        view.record_count,
    )
