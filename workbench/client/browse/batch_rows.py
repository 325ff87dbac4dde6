"""Turns batches into rows: all of a batch, or only those of its records that a span of offsets asks for."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.client.model import BatchFacts, RecordRow
from workbench.records import BatchView, decompress
from workbench.records.compression import Compression
from workbench.records.control import ControlRecordType
from workbench.records.parsing import decode_records

TIMESTAMP_TYPES = ("CreateTime", "LogAppendTime")


def payload_of(batch: BatchView) -> bytes | memoryview:
    """The batch's records, decompressed; a view where they are stored plain."""
    codec = batch.compression
    return batch.payload if codec is Compression.NONE else decompress(codec, batch.payload)


def facts_of(batch: BatchView, payload_bytes: int) -> BatchFacts:
    """What the inspector tells of a batch; its CRC is checked here."""
    return BatchFacts(
        base_offset=batch.base_offset,
        last_offset=batch.last_offset,
        record_count=batch.record_count,
        leader_epoch=batch.leader_epoch,
        producer_id=batch.producer_id,
        producer_epoch=batch.producer_epoch,
        base_sequence=batch.base_sequence,
        codec=batch.compression.config_name,
        compressed_size_bytes=len(batch.payload),
        uncompressed_size_bytes=payload_bytes,
        crc=batch.crc,
        crc_valid=batch.crc_is_valid(),
        is_transactional=batch.is_transactional,
        is_control=batch.is_control,
    )


def rows_of(
    batch: BatchView,
    topic: str,
    partition: int,
    *,
    first: int = 0,
    end: int = 1 << 62,
    cut_bytes: int = 1 << 40,
    aborted: bool = False,
) -> Iterator[RecordRow]:
    """Rows with `first` <= offset < `end`; keys and values longer than `cut_bytes` come cut."""
    payload = payload_of(batch)
    facts = facts_of(batch, len(payload))
    fixed = batch.max_timestamp if batch.timestamp_type else None
    timestamp_type = TIMESTAMP_TYPES[batch.timestamp_type]
    records = decode_records(payload, batch.record_count, batch.base_offset, batch.base_timestamp, fixed)
    for position, record in enumerate(records):
        if record.offset >= end:
            return
        if record.offset < first:
            continue
        key, value = record.key, record.value
        yield RecordRow(
            topic=topic,
            partition=partition,
            offset=record.offset,
            timestamp_ms=record.timestamp,
            timestamp_type=timestamp_type,
            key=key[:cut_bytes] if key is not None else None,
            value=value[:cut_bytes] if value is not None else None,
            headers=record.headers,
            batch=facts,
            position_in_batch=position,
            key_length=len(key or b""),
            value_length=len(value or b""),
            control_type=_control_type(key) if batch.is_control else None,
            aborted=aborted,
        )


def _control_type(key: bytes | None) -> str:
    """A control record's key is a version and a type, two bytes each (KIP-98)."""
    number = int.from_bytes((key or b"")[2:4], "big")
    try:
        return ControlRecordType(number).name
    except ValueError:
        return f"CONTROL {number}"
