"""What a leader checks in a batch before it gives it offsets, and how it changes it where the topic asks for that.

The common case never comes here: `PartitionLog.append_as_leader` checks headers alone where no setting needs more.

Invariants: nothing is changed before every check has passed; the result has its offsets, leader epoch and (with
LogAppendTime) time set, and a valid CRC. Codes are those that Apache Kafka answers (semantics 1 to 4).
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.records import (
    BatchView,
    Compression,
    CorruptBatchError,
    DecompressionError,
    NewRecord,
    Record,
    UnsupportedMagicError,
    build_batch,
    layout,
)
from workbench.records.builder import seal
from workbench.records.record import NO_TIMESTAMP
from workbench.storage.log.append_result import AppendOrigin
from workbench.storage.log.errors import AppendError, RecordFault
from workbench.storage.log.log_config import LogConfig
from workbench.system.platform_files import Buffer
from workbench.wire.error_codes import ErrorCode

_FAULTS_SHOWN = 3


class ValidatedBatch(NamedTuple):
    """A batch ready to be written; `log_append_time_ms` is -1 with CreateTime."""

    data: bytearray
    view: BatchView
    log_append_time_ms: int


def only_batch(buffer: Buffer) -> BatchView:
    """The one batch that a Produce request may hold for a partition.

    Cut bytes behind it are passed over, as Kafka does. Raises AppendError: INVALID_RECORD for none, two, or an old
    format, CORRUPT_MESSAGE for a length that cannot be.
    """
    size = len(buffer)
    if size < layout.MAGIC_AT + 1:
        raise AppendError(ErrorCode.INVALID_RECORD, "there is no record batch")
    length = int.from_bytes(buffer[layout.LENGTH_AT : layout.FRAME_BYTES], "big", signed=True)
    magic = buffer[layout.MAGIC_AT]
    if length < layout.MIN_MESSAGE_LENGTH or magic > layout.MAGIC_V2:
        raise AppendError(ErrorCode.CORRUPT_MESSAGE, f"batch of length {length}, magic {magic}")
    end = layout.FRAME_BYTES + length
    if end > size:
        raise AppendError(ErrorCode.INVALID_RECORD, "there is no whole record batch")
    if magic != layout.MAGIC_V2:
        raise AppendError(ErrorCode.INVALID_RECORD, f"a batch of magic {magic} is not taken, only 2")
    if end < layout.HEADER_BYTES:
        raise AppendError(ErrorCode.CORRUPT_MESSAGE, f"batch of {end} bytes is smaller than its header")
    if _another_follows(buffer, end):
        raise AppendError(ErrorCode.INVALID_RECORD, "there is more than one record batch")
    try:
        return BatchView(buffer)
    except (CorruptBatchError, UnsupportedMagicError) as error:
        raise AppendError(ErrorCode.CORRUPT_MESSAGE, str(error)) from error


def _another_follows(buffer: Buffer, position: int) -> bool:
    left = len(buffer) - position
    if left < layout.MAGIC_AT + 1:
        return False
    length = int.from_bytes(buffer[position + layout.LENGTH_AT : position + layout.FRAME_BYTES], "big", signed=True)
    if length < layout.MIN_MESSAGE_LENGTH or buffer[position + layout.MAGIC_AT] > layout.MAGIC_V2:
        raise AppendError(ErrorCode.CORRUPT_MESSAGE, f"batch length {length} behind the first batch")
    return left >= layout.FRAME_BYTES + length


def validate_batch(
    view: BatchView,
    config: LogConfig,
    *,
    first_offset: int,
    leader_epoch: int,
    now_ms: int,
    origin: AppendOrigin,
    partition: str,
) -> ValidatedBatch:
    """Checks the batch and gives it its offsets; `partition` is named in messages. Raises AppendError."""
    if origin is AppendOrigin.CLIENT and view.base_offset != 0:
        raise AppendError(ErrorCode.INVALID_RECORD, f"base offset should be 0, but is {view.base_offset}")
    check_size(view.size_bytes, config)
    if not view.crc_is_valid():
        raise AppendError(ErrorCode.CORRUPT_MESSAGE, f"CRC is not {view.crc:#010x}")
    if origin is AppendOrigin.CLIENT:
        _check_header(view)
    try:
        source = view.compression
    except CorruptBatchError as error:
        raise AppendError(ErrorCode.UNKNOWN_SERVER_ERROR, str(error)) from error
    target = config.target_compression(source)
    # Control batches are never compressed unless they came so.
    in_place = source is target or (view.is_control and source is Compression.NONE)
    try:
        records = list(view.records())
    except DecompressionError as error:
        raise AppendError(ErrorCode.UNKNOWN_SERVER_ERROR, str(error)) from error
    except CorruptBatchError as error:
        raise AppendError(ErrorCode.INVALID_RECORD, str(error)) from error
    _check_records(view, records, config, now_ms, partition)
    append_time = now_ms if config.uses_log_append_time else -1
    if in_place and source is not Compression.NONE:
        _check_order(view, records)
    if in_place:
        data = _assign_in_place(view, records, first_offset, leader_epoch, append_time)
    else:
        data = _build_anew(view, records, first_offset, leader_epoch, append_time, target, config)
        check_size(len(data), config)
    return ValidatedBatch(data, BatchView(data), append_time)


def check_size(size_bytes: int, config: LogConfig) -> None:
    """Raises AppendError MESSAGE_TOO_LARGE."""
    if size_bytes > config.max_message_bytes:
        raise AppendError(
            ErrorCode.MESSAGE_TOO_LARGE,
            f"batch of {size_bytes} bytes is larger than max.message.bytes {config.max_message_bytes}",
        )


def _check_header(view: BatchView) -> None:
    count_by_offsets = view.last_offset_delta + 1
    if count_by_offsets <= 0:
        raise AppendError(ErrorCode.INVALID_RECORD, f"last offset delta {view.last_offset_delta}")
    if view.record_count <= 0:
        raise AppendError(ErrorCode.INVALID_RECORD, f"record count {view.record_count}")
    if count_by_offsets != view.record_count:
        raise AppendError(ErrorCode.INVALID_RECORD, f"{view.record_count} records for {count_by_offsets} offsets")
    if view.is_control:
        raise AppendError(ErrorCode.INVALID_RECORD, "clients may not write control records")
    if view.has_producer_id and view.base_sequence < 0:
        raise AppendError(ErrorCode.INVALID_RECORD, f"sequence {view.base_sequence} of producer {view.producer_id}")


def _check_records(view: BatchView, records: list[Record], config: LogConfig, now_ms: int, partition: str) -> None:
    """Faults are told in Kafka's words: clients show them to people, who look for them."""
    faults: list[RecordFault] = []
    earliest = now_ms - config.message_timestamp_before_max_ms
    latest = now_ms + config.message_timestamp_after_max_ms
    bad_time = False
    for place, record in enumerate(records):
        if config.compact and record.key is None:
            reason = f"Compacted topic cannot accept message without key in topic partition {partition}"
            faults.append(RecordFault(place, reason))
        elif not config.uses_log_append_time and record.timestamp != NO_TIMESTAMP:
            if not earliest <= record.timestamp <= latest:
                bad_time = True
                reason = f"Timestamp {record.timestamp} of message with offset {record.offset} is out of range."
                faults.append(RecordFault(place, f"{reason} The timestamp should be within [{earliest}, {latest}]"))
        elif view.timestamp_type == 1:
            bad_time = True
            faults.append(RecordFault(place, "Producer should not set timestamp type to LogAppendTime."))
    if not faults:
        return
    if bad_time:
        raise AppendError(
            ErrorCode.INVALID_TIMESTAMP,
            "One or more records have been rejected due to invalid timestamp",
            faults,
            tell_message=True,
        )
    raise AppendError(
        ErrorCode.INVALID_RECORD,
        f"One or more records have been rejected due to {len(faults)} record errors in total, "
        f"and only showing the first three errors at most: [{', '.join(map(_show, faults[:_FAULTS_SHOWN]))}]",
        faults,
        tell_message=True,
    )


def _check_order(view: BatchView, records: list[Record]) -> None:
    """Kafka means to renumber the records of such a batch, as old clients needed, but fails in doing so."""
    for place, record in enumerate(records):
        if record.offset != view.base_offset + place:
            raise AppendError(
                ErrorCode.UNKNOWN_SERVER_ERROR, f"record {place} of a compressed batch has offset {record.offset}"
            )


def _show(fault: RecordFault) -> str:
    return f"RecordError(batchIndex={fault.batch_index}, message='{fault.message}')"


def _assign_in_place(
    view: BatchView, records: list[Record], first_offset: int, leader_epoch: int, append_time: int
) -> bytearray:
    data = bytearray(memoryview(view.buffer)[view.position : view.position + view.size_bytes])
    data[: layout.LENGTH_AT] = first_offset.to_bytes(8, "big")
    data[layout.LEADER_EPOCH_AT : layout.MAGIC_AT] = leader_epoch.to_bytes(4, "big", signed=True)
    time_bit, max_timestamp = layout.LOG_APPEND_TIME_BIT, append_time
    if append_time < 0:
        time_bit, max_timestamp = 0, max((record.timestamp for record in records), default=NO_TIMESTAMP)
        max_timestamp = max(max_timestamp, NO_TIMESTAMP)
    if time_bit != view.attributes & layout.LOG_APPEND_TIME_BIT or max_timestamp != view.max_timestamp:
        # Bits that mean nothing are kept only where nothing is changed.
        attributes = view.attributes & layout.KNOWN_BITS & ~layout.LOG_APPEND_TIME_BIT | time_bit
        data[layout.ATTRIBUTES_AT : layout.LAST_OFFSET_DELTA_AT] = attributes.to_bytes(2, "big", signed=True)
        data[layout.MAX_TIMESTAMP_AT : layout.PRODUCER_ID_AT] = max_timestamp.to_bytes(8, "big", signed=True)
        seal(data)
    return data


def _build_anew(
    view: BatchView,
    records: list[Record],
    first_offset: int,
    leader_epoch: int,
    append_time: int,
    target: Compression,
    config: LogConfig,
) -> bytearray:
    if append_time < 0 and any(record.timestamp < NO_TIMESTAMP for record in records):
        raise AppendError(ErrorCode.UNKNOWN_SERVER_ERROR, "a record with a negative time cannot be compressed anew")
    if view.has_producer_id and view.producer_epoch == layout.NO_PRODUCER_EPOCH:
        raise AppendError(ErrorCode.UNKNOWN_SERVER_ERROR, "a producer without an epoch cannot be compressed anew")
    return build_batch(
        [NewRecord(record.timestamp, record.key, record.value, record.headers) for record in records],
        base_offset=first_offset,
        leader_epoch=leader_epoch,
        compression=target,
        compression_level=config.compression_level(target),
        timestamp_type=1 if append_time >= 0 else 0,
        append_time_ms=append_time if append_time >= 0 else None,
        producer_id=view.producer_id,
        producer_epoch=view.producer_epoch,
        base_sequence=view.base_sequence,
        transactional=view.is_transactional,
        control=view.is_control,
    )
