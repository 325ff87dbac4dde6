"""The records inside a batch's payload, decoded or only checked.

Invariants: every length is checked against the bytes left; a payload with bytes over, or with fewer records than the
header says, is corrupt. Decoding is one loop with the integer reading written out: this is what a browser of millions
of messages spends its time in.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.records.errors import CorruptBatchError
from workbench.records.record import Header, Record
from workbench.records.varints import read_varint


def decode_records(
    payload: bytes | memoryview, count: int, base_offset: int, base_timestamp: int, fixed_timestamp: int | None
) -> Iterator[Record]:
    """Yields `count` records; `fixed_timestamp` replaces their own (LogAppendTime). Raises CorruptBatchError."""
    position = 0
    try:
        for _ in range(count):
            start = position
            length, position = read_varint(payload, position)
            end = position + length
            if length < 0 or end > len(payload):
                raise ValueError(f"record of {length} bytes where {len(payload) - position} are left")
            position += 1  # attributes: unused
            timestamp_delta, position = read_varint(payload, position)
            offset_delta, position = read_varint(payload, position)
            key, position = _read_bytes(payload, position, end)
            value, position = _read_bytes(payload, position, end)
            header_count, position = read_varint(payload, position)
            if header_count:
                headers, position = _read_headers(payload, position, end, header_count)
            else:
                headers = ()
            if position != end:
                raise ValueError(f"record of {length} bytes holds {position - start} bytes of fields")
            timestamp = base_timestamp + timestamp_delta if fixed_timestamp is None else fixed_timestamp
            yield Record(base_offset + offset_delta, timestamp, key, value, headers)
    except (ValueError, IndexError) as error:
        raise CorruptBatchError(f"record does not parse: {error}", position=position) from error
    if position != len(payload):
        raise CorruptBatchError(
            f"{len(payload) - position} bytes behind the last of {count} records",
            position=position,
            size_bytes=len(payload) - position,
        )


def _read_bytes(payload: bytes | memoryview, position: int, end: int) -> tuple[bytes | None, int]:
    size = payload[position]
    if size < 0x80:
        position += 1
        size = (size >> 1) ^ -(size & 1)
    else:
        size, position = read_varint(payload, position)
    if size < 0:
        if size != -1:
            raise ValueError(f"field of {size} bytes")
        return None, position
    stop = position + size
    if stop > end:
        raise ValueError(f"field of {size} bytes where {end - position} are left")
    return bytes(payload[position:stop]), stop


def _read_headers(payload: bytes | memoryview, position: int, end: int, count: int) -> tuple[tuple[Header, ...], int]:
    if count < 0 or count > end - position:
        raise ValueError(f"{count} headers in {end - position} bytes")
    headers: list[Header] = []
    for _ in range(count):
        key, position = _read_bytes(payload, position, end)
        if key is None:
            raise ValueError("header key is null")
        value, position = _read_bytes(payload, position, end)
        headers.append((key.decode("utf-8", "replace"), value))
    return tuple(headers), position


def payload_is_plausible(payload: bytes | memoryview, count: int) -> bool:
    """Whether `count` records can be walked through the payload by their lengths, ending where it ends."""
    position, end = 0, len(payload)
    try:
        for _ in range(count):
            length, position = read_varint(payload, position)
            if length < 6:  # attributes, four one-byte integers, header count
                return False
            position += length
    except ValueError:
        return False
    return position == end
