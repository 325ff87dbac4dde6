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
            headers: tuple[Header, ...] = ()
            if payload[position]:
                headers, position = _read_headers(payload, position, end)
            else:
                position += 1
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


def _read_headers(payload: bytes | memoryview, position: int, end: int) -> tuple[tuple[Header, ...], int]:
    count, position = read_varint(payload, position)
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


def payload_is_sound(payload: bytes | memoryview, count: int, *, in_order: bool) -> bool:
    """Whether `count` records parse and end where the payload ends; `in_order` also wants offset deltas 0, 1, 2, ...

    Makes no records: this is for the leader, which looks into small batches on its hot path.
    """
    position, end = 0, len(payload)
    try:
        for place in range(count):
            length = payload[position]
            position += 1
            if length >= 0x80 or length & 1:
                length, position = read_varint(payload, position - 1)
            else:
                length >>= 1
            stop = position + length
            if length < 6 or stop > end:
                return False
            position += 1  # attributes
            while payload[position] & 0x80:  # timestamp delta
                position += 1
            position += 1
            delta = payload[position]
            position += 1
            if delta & 0x80:
                delta, position = read_varint(payload, position - 1)
                delta <<= 1
            if in_order and delta != place << 1:
                return False
            for _ in (0, 1):  # key, value
                size = payload[position]
                position += 1
                if size & 0x80:
                    size, position = read_varint(payload, position - 1)
                    if size < -1:
                        return False
                    position += max(size, 0)
                elif not size & 1:
                    position += size >> 1
                elif size != 1:
                    return False
            headers = payload[position]
            position += 1
            if headers:
                _, position = _read_headers(payload, position - 1, stop)
            if position != stop:
                return False
    except (ValueError, IndexError):
        return False
    return position == end
