"""What the inspector tells of a record besides its value: headers, batch, raw bytes; and its forms for copying."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import QCoreApplication

from workbench.client.decoders import AUTO, decode, one_line
from workbench.client.model import RecordRow
from workbench.ui import units

RAW_BYTES = 64 << 10


def tr(text: str) -> str:
    """In the inspector's context."""
    return QCoreApplication.translate("RecordInspector", text)


def header_facts(row: RecordRow) -> tuple[tuple[str, str], ...]:
    """Name and value of each header."""
    return tuple((name, one_line(decode(value, AUTO), 2_000)) for name, value in row.headers)


def batch_facts(row: RecordRow) -> tuple[tuple[str, str, str], ...]:
    """Label, text, tone of each fact of the record's batch."""
    batch = row.batch
    producer = tr("none (not idempotent)")
    if batch.producer_id >= 0:
        sequence = batch.base_sequence + row.position_in_batch if batch.base_sequence >= 0 else None
        producer = tr("id {}, epoch {}, seq {}").format(
            batch.producer_id, batch.producer_epoch, "—" if sequence is None else units.number(sequence)
        )
    by_broker = row.timestamp_type == "LogAppendTime"
    codec = batch.codec
    if codec != "none":
        codec = (
            f"{codec}, {units.number(batch.uncompressed_size_bytes)} B → {units.number(batch.compressed_size_bytes)} B"
        )
    else:
        codec = f"{codec}, {units.number(batch.compressed_size_bytes)} B"
    facts = [
        (tr("offsets"), tr("{} to {}").format(units.number(batch.base_offset), units.number(batch.last_offset)), ""),
        (tr("leader epoch"), str(batch.leader_epoch), ""),
        (tr("producer"), producer, ""),
        (tr("codec"), codec, ""),
        (tr("timestamp"), units.date_time(row.timestamp_ms) if row.timestamp_ms >= 0 else units.no_data(), ""),
        (tr("set by"), tr("the broker (LogAppendTime)") if by_broker else tr("the producer (CreateTime)"), ""),
    ]
    if batch.is_transactional:
        facts.append((tr("transaction"), tr("aborted") if row.aborted else tr("part of a transaction"), ""))
    crc = f"0x{batch.crc:08X}"
    facts.append(
        (
            tr("CRC-32C"),
            crc if batch.crc_valid else tr("{} does not fit").format(crc),
            "ok" if batch.crc_valid else "err",
        )
    )
    return tuple(facts)


def hex_dump(data: bytes, limit: int = RAW_BYTES, per_line: int = 16) -> str:
    """Offset, bytes, and what of them is ASCII, a line each."""
    lines = []
    digits = 6 if len(data) < 1 << 24 else 8
    for at in range(0, min(len(data), limit), per_line):
        part = data[at : at + per_line]
        shown = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        halves = [part[half : half + 8].hex(" ").ljust(23) for half in range(0, per_line, 8)]
        lines.append(f"{at:0{digits}x} {'  '.join(halves)} {shown}")
    if len(data) > limit:
        lines.append(tr("… {} more").format(units.size(len(data) - limit)))
    return "\n".join(lines)


def copied_json(row: RecordRow) -> str:
    """The whole record as one JSON object; bytes that are no text become base64 under `..._base64`."""
    import base64

    def put(into: dict[str, Any], name: str, data: bytes | None) -> None:
        if data is None:
            into[name] = None
            return
        try:
            text = data.decode()
        except UnicodeDecodeError:
            into[f"{name}_base64"] = base64.b64encode(data).decode()
            return
        try:
            into[name] = json.loads(text) if text.lstrip()[:1] in ("{", "[") else text
        except ValueError:
            into[name] = text

    record: dict[str, Any] = {
        "topic": row.topic,
        "partition": row.partition,
        "offset": row.offset,
        "timestamp": row.timestamp_ms,
    }
    put(record, "key", row.key)
    put(record, "value", row.value)
    headers = []
    for name, value in row.headers:
        entry: dict[str, Any] = {"name": name}
        put(entry, "value", value)
        headers.append(entry)
    record["headers"] = headers
    return json.dumps(record, ensure_ascii=False, indent=2)
