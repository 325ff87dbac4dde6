"""What a Produce request must hold for a partition: one whole batch in the present format, and nothing that looks like
another. Kafka checks this before the log does, with answers of its own (ProduceRequest, ByteBufferLogInputStream)."""

from __future__ import annotations

import struct

from workbench.wire.error_codes import ErrorCode

_SIZE_AND_LATER = struct.Struct(">qiib")
_HEADER_UP_TO_MAGIC = 17
_LOG_OVERHEAD = 12
_SMALLEST_RECORD = 14
_MAGIC = 2
_LARGEST_INT32 = 2**31 - 1


def is_one_batch(data: memoryview) -> bool:
    """The usual case, told by two fields: the batch's length is that of the data, and the format is the present one."""
    return len(data) > _HEADER_UP_TO_MAGIC and data[16] == _MAGIC and int.from_bytes(data[8:12]) == len(data) - 12


def header_fault(data: memoryview, position: int = 0) -> tuple[ErrorCode, str | None] | None:
    """What is wrong with the header of a batch at `position`, as Kafka throws it when it reads on."""
    if len(data) - position < _HEADER_UP_TO_MAGIC:
        return None
    _, length, _, magic = _SIZE_AND_LATER.unpack_from(data, position)
    if length > _LARGEST_INT32 - _LOG_OVERHEAD:
        return ErrorCode.UNKNOWN_SERVER_ERROR, None
    if length < _SMALLEST_RECORD:
        return (
            ErrorCode.CORRUPT_MESSAGE,
            f"Record size {length} is less than the minimum record overhead ({_SMALLEST_RECORD})",
        )
    if not 0 <= magic <= _MAGIC:
        return ErrorCode.CORRUPT_MESSAGE, f"Invalid magic found in record: {magic}"
    return None


def batches_fault(data: memoryview) -> ErrorCode | None:
    """Why data whose first header is in order is not one batch; None where only spare bytes follow a good one."""
    position, found = 0, 0
    while len(data) - position >= _HEADER_UP_TO_MAGIC:
        fault = header_fault(data, position)
        if fault is not None:
            return fault[0]
        _, length, _, magic = _SIZE_AND_LATER.unpack_from(data, position)
        if length + _LOG_OVERHEAD > len(data) - position:
            break
        if magic != _MAGIC or found:
            return ErrorCode.INVALID_RECORD
        found += 1
        position += length + _LOG_OVERHEAD
    return None if found else ErrorCode.INVALID_RECORD
