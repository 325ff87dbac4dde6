"""Record batches written and read by hand, byte by byte, so that every field of one can also be wrong.

This is the tests' own reading of the batch format (magic 2), independent of `workbench.records`.
"""

from __future__ import annotations

import dataclasses
import gzip
import struct
from collections.abc import Sequence
from typing import Any

import cramjam
import crc32c

CODECS = {"none": 0, "gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
_HEADER = struct.Struct(">qiibIhiqqqhii")
HEADER_SIZE = 61
XERIAL_HEADER = b"\x82SNAPPY\x00" + struct.pack(">ii", 1, 1)


@dataclasses.dataclass(frozen=True, slots=True)
class TestRecord:
    """One record to be written; `offset_delta` None takes its place in the batch."""

    __test__ = False
    key: bytes | None = None
    value: bytes | None = b""
    headers: Sequence[tuple[str, bytes | None]] = ()
    timestamp_delta: int = 0
    offset_delta: int | None = None


def zigzag(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def unzigzag(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (value >> 1) ^ -(value & 1), position
        shift += 7


def _sized(data: bytes | None) -> bytes:
    return zigzag(-1) if data is None else zigzag(len(data)) + data


def record_bytes(record: TestRecord, place: int) -> bytes:
    delta = place if record.offset_delta is None else record.offset_delta
    body = b"\0" + zigzag(record.timestamp_delta) + zigzag(delta) + _sized(record.key) + _sized(record.value)
    body += zigzag(len(record.headers))
    for name, value in record.headers:
        body += _sized(name.encode()) + _sized(value)
    return zigzag(len(body)) + body


def compress(codec: str, data: bytes) -> bytes:
    if codec == "gzip":
        return gzip.compress(data, mtime=0)
    if codec == "snappy":
        block = bytes(cramjam.snappy.compress_raw(data))
        return XERIAL_HEADER + struct.pack(">i", len(block)) + block
    if codec == "lz4":
        # Kafka refuses frames whose blocks depend on each other, which is what cramjam makes unless told.
        frame = cramjam.lz4.Compressor(block_linked=False)
        frame.compress(data)
        return bytes(frame.finish())
    if codec == "zstd":
        return bytes(cramjam.zstd.compress(data))
    return data


def decompress(codec: int, data: bytes) -> bytes:
    if codec == 1:
        return gzip.decompress(data)
    if codec == 2:
        if not data.startswith(XERIAL_HEADER[:8]):
            return bytes(cramjam.snappy.decompress_raw(data))
        out, position = b"", len(XERIAL_HEADER)
        while position < len(data):
            (size,) = struct.unpack_from(">i", data, position)
            out += bytes(cramjam.snappy.decompress_raw(data[position + 4 : position + 4 + size]))
            position += 4 + size
        return out
    if codec == 3:
        return bytes(cramjam.lz4.decompress(data))
    if codec == 4:
        return bytes(cramjam.zstd.decompress(data))
    return data


def batch(
    records: Sequence[TestRecord | bytes],
    *,
    codec: str = "none",
    timestamp: int = 1_700_000_000_000,
    producer_id: int = -1,
    producer_epoch: int = -1,
    base_sequence: int = -1,
    attributes: int = 0,
    base_offset: int = 0,
    leader_epoch: int = -1,
    magic: int = 2,
    count: int | None = None,
    last_offset_delta: int | None = None,
    max_timestamp: int | None = None,
    crc: int | None = None,
    length: int | None = None,
) -> bytes:
    """One batch; a keyword given replaces the right value of that field by a wrong one."""
    whole = [TestRecord(value=record) if isinstance(record, bytes) else record for record in records]
    payload = compress(codec, b"".join(record_bytes(record, place) for place, record in enumerate(whole)))
    deltas = [place if record.offset_delta is None else record.offset_delta for place, record in enumerate(whole)]
    latest = timestamp + max((record.timestamp_delta for record in whole), default=0)
    after_crc = (
        struct.pack(
            ">hiqqqhii",
            attributes | CODECS[codec],
            last_offset_delta if last_offset_delta is not None else max(deltas, default=0),
            timestamp,
            latest if max_timestamp is None else max_timestamp,
            producer_id,
            producer_epoch,
            base_sequence,
            len(whole) if count is None else count,
        )
        + payload
    )
    checksum = crc32c.crc32c(after_crc) if crc is None else crc
    size = 9 + len(after_crc) if length is None else length
    return struct.pack(">qiibI", base_offset, size, leader_epoch, magic, checksum) + after_crc


def old_message_set(magic: int, value: bytes) -> bytes:
    """A message set of magic 0 or 1, as clients before 0.11 sent it."""
    import zlib

    body = struct.pack(">bb", magic, 0) + (struct.pack(">q", 1_700_000_000_000) if magic else b"")
    body += struct.pack(">i", -1) + struct.pack(">i", len(value)) + value
    message = struct.pack(">I", zlib.crc32(body)) + body
    return struct.pack(">qi", 0, len(message)) + message


def describe(data: bytes | None) -> Any:
    """The batches in a fetched record set as plain values, the checksum checked; cut bytes are told by their number."""
    if not data:
        return data if data is None else []
    batches: list[Any] = []
    position = 0
    while position < len(data):
        rest = len(data) - position
        size = struct.unpack_from(">i", data, position + 8)[0] + 12 if rest >= 12 else HEADER_SIZE
        if rest < max(size, HEADER_SIZE):
            batches.append(f"{rest} bytes of a batch that is cut")
            break
        batches.append(_describe_batch(data[position : position + size]))
        position += size
    return batches


def _describe_batch(data: bytes) -> dict[str, Any]:
    (base, _, epoch, magic, crc, attributes, last, first_time, max_time, pid, p_epoch, sequence, count) = (
        _HEADER.unpack_from(data)
    )
    described: dict[str, Any] = {
        "base_offset": base,
        "last_offset": base + last,
        "count": count,
        "size": len(data),
        "leader_epoch": epoch,
        "magic": magic,
        "crc": "right" if crc32c.crc32c(data[21:]) == crc else "WRONG",
        "attributes": attributes,
        "base_timestamp": first_time,
        "max_timestamp": max_time,
    }
    if attributes & 7:
        described["size"] = "compressed"  # a recompressing broker and the recorded one may pack differently
    if (pid, p_epoch, sequence) != (-1, -1, -1):
        described |= {"producer_id": pid, "producer_epoch": p_epoch, "base_sequence": sequence}
    described["records"] = list(_describe_records(decompress(attributes & 7, data[HEADER_SIZE:]), base, count))
    return described


def _describe_records(data: bytes, base: int, count: int) -> Any:
    position = 0
    for _ in range(count):
        _, position = unzigzag(data, position)
        position += 1
        time_delta, position = unzigzag(data, position)
        delta, position = unzigzag(data, position)
        key, position = _read_sized(data, position)
        value, position = _read_sized(data, position)
        header_count, position = unzigzag(data, position)
        headers = []
        for _ in range(header_count):
            name, position = _read_sized(data, position)
            content, position = _read_sized(data, position)
            headers.append((name, content))
        described: dict[str, Any] = {"offset": base + delta, "time_delta": time_delta, "key": key, "value": value}
        if headers:
            described["headers"] = [f"{name!r}: {content!r}" for name, content in headers]
        yield described


def _read_sized(data: bytes, position: int) -> tuple[bytes | None, int]:
    size, position = unzigzag(data, position)
    return (None, position) if size < 0 else (data[position : position + size], position + size)
