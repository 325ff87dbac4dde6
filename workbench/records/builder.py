"""Makes record batches (magic 2).

Invariants: what is built parses with BatchView and passes its CRC; offsets of the records are base_offset, +1, ...;
max timestamp is the largest of the records' (or of LogAppendTime the one given).
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.records import layout
from workbench.records.checksum import crc32c
from workbench.records.compression import Compression, compress
from workbench.records.record import NO_TIMESTAMP, NewRecord, Record
from workbench.records.varints import append_varint


def build_batch(
    records: Sequence[NewRecord | Record],
    *,
    base_offset: int = 0,
    leader_epoch: int = -1,
    compression: Compression = Compression.NONE,
    compression_level: int | None = None,
    timestamp_type: int = 0,
    append_time_ms: int | None = None,
    producer_id: int = -1,
    producer_epoch: int = -1,
    base_sequence: int = -1,
    transactional: bool = False,
    control: bool = False,
) -> bytearray:
    """One batch holding `records` at consecutive offsets from `base_offset` (offsets of Record are not looked at).

    `timestamp_type` 1 is LogAppendTime: readers then see `append_time_ms` (default: the largest timestamp) for all.
    """
    base_timestamp = records[0].timestamp if records else NO_TIMESTAMP
    max_timestamp = max((record.timestamp for record in records), default=NO_TIMESTAMP)
    if timestamp_type == 1 and append_time_ms is not None:
        max_timestamp = append_time_ms
    payload = encode_records(records, base_timestamp)
    attributes = (
        int(compression)
        | (layout.LOG_APPEND_TIME_BIT if timestamp_type == 1 else 0)
        | (layout.TRANSACTIONAL_BIT if transactional else 0)
        | (layout.CONTROL_BIT if control else 0)
    )
    body = payload if compression is Compression.NONE else compress(compression, payload, compression_level)
    batch = bytearray(layout.HEADER_BYTES)
    layout.HEADER.pack_into(
        batch,
        0,
        base_offset,
        layout.MIN_BATCH_LENGTH + len(body),
        leader_epoch,
        layout.MAGIC_V2,
        0,
        attributes,
        max(0, len(records) - 1),
        base_timestamp,
        max_timestamp,
        producer_id,
        producer_epoch,
        base_sequence,
        len(records),
    )
    batch += body
    seal(batch)
    return batch


def seal(batch: bytearray) -> None:
    """Writes the CRC of a batch whose attributes or anything behind them has been changed."""
    crc = crc32c(memoryview(batch)[layout.ATTRIBUTES_AT :])
    batch[layout.CRC_AT : layout.ATTRIBUTES_AT] = crc.to_bytes(4, "big")


def encode_records(records: Sequence[NewRecord | Record], base_timestamp: int) -> bytearray:
    """The uncompressed payload: each record with its offset delta = its place."""
    out = bytearray()
    for delta, record in enumerate(records):
        body = bytearray(1)  # attributes: unused
        append_varint(body, record.timestamp - base_timestamp)
        append_varint(body, delta)
        _append_bytes(body, record.key)
        _append_bytes(body, record.value)
        append_varint(body, len(record.headers))
        for key, value in record.headers:
            _append_bytes(body, key.encode())
            _append_bytes(body, value)
        append_varint(out, len(body))
        out += body
    return out


def _append_bytes(out: bytearray, data: bytes | None) -> None:
    if data is None:
        out.append(1)  # -1
    else:
        append_varint(out, len(data))
        out += data
