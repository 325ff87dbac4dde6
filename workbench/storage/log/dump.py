"""A decoded view of the files of a log, for the command line and the segments pane.

Invariants: reads only, and only as far as it is asked to go on; what does not parse is one entry with its `problem`
and byte range, never an exception. Entries come in the order in which they lie in the file.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

from workbench.records import BatchView, CorruptBatchError, Record, UnsupportedMagicError, layout
from workbench.records.control import decode_control
from workbench.storage.log import file_names
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.producer_snapshot import decode_snapshot
from workbench.system.disk import Disk, DiskFile
from workbench.system.quick_dataclass import dataclass

_OFFSET_ENTRY = struct.Struct(">ii")
_TIME_ENTRY = struct.Struct(">qi")
_TRANSACTION_ENTRY = struct.Struct(">hqqqq")
_WINDOW_ENTRIES = 4096

Decoder = Callable[[Record], Any]


@dataclass(frozen=True, slots=True)
class DumpedEntry:
    """One thing in a file: `kind` is batch, record, offset index, time index, aborted transaction, producer or problem.

    `fields` are by Kafka's names; `position` and `size_bytes` tell where it lies (a record: inside its batch's bytes,
    so both are those of the batch).
    """

    kind: str
    position: int
    size_bytes: int
    fields: dict[str, Any] = field(default_factory=dict)
    problem: str | None = None


def dump_file(
    disk: Disk, path: str, *, with_records: bool = False, start: int = 0, decoder: Decoder | None = None
) -> Iterator[DumpedEntry]:
    """The entries of a .log, .checkpoint (quorum snapshot), .index, .timeindex, .txnindex or .snapshot file.

    `start` is the position of an entry to begin with. `decoder` is asked for the meaning of each data record, which
    then is the field `decoded`. Raises ValueError for another kind of file, OSError.
    """
    name = path
    for suffix in (file_names.DELETED_SUFFIX, file_names.CLEANED_SUFFIX, file_names.SWAP_SUFFIX):
        name = name.removesuffix(suffix)
    file = disk.open_read_only(path)
    try:
        if name.endswith((file_names.LOG_SUFFIX, ".checkpoint")):
            yield from _batches(file, start, with_records, decoder)
        elif name.endswith(file_names.OFFSET_INDEX_SUFFIX):
            yield from _entries(file, start, _OFFSET_ENTRY, "offset index", ("offset", "position"), _base_of(path))
        elif name.endswith(file_names.TIME_INDEX_SUFFIX):
            yield from _entries(file, start, _TIME_ENTRY, "time index", ("timestamp", "offset"), _base_of(path))
        elif name.endswith(file_names.TRANSACTION_INDEX_SUFFIX):
            names = ("version", "producerId", "firstOffset", "lastOffset", "lastStableOffset")
            yield from _entries(file, start, _TRANSACTION_ENTRY, "aborted transaction", names, 0)
        elif name.endswith(file_names.PRODUCER_SNAPSHOT_SUFFIX):
            yield from _producers(file, path)
        else:
            raise ValueError(f"{path} is no file of a log")
    finally:
        file.close()


def _base_of(path: str) -> int:
    name = path.replace("\\", "/").rsplit("/", 1)[-1]
    return file_names.offset_of(name) or 0


def _batches(file: DiskFile, start: int, with_records: bool, decoder: Decoder | None) -> Iterator[DumpedEntry]:
    position, end = start, file.size_bytes()
    while position < end:
        left = end - position
        frame = file.read(position, layout.HEADER_BYTES)
        size = int.from_bytes(frame[layout.LENGTH_AT : layout.FRAME_BYTES], "big", signed=True) + layout.FRAME_BYTES
        if len(frame) < layout.HEADER_BYTES or size < layout.HEADER_BYTES or size > left:
            yield DumpedEntry("problem", position, left, problem=f"no whole batch in the last {left} bytes")
            return
        try:
            view = BatchView(file.read(position, size))
        except (CorruptBatchError, UnsupportedMagicError) as error:
            yield DumpedEntry("problem", position, left, problem=str(error))
            return
        yield _batch_entry(view, position)
        if with_records:
            yield from _records(view, position, decoder)
        position += size


def _batch_entry(view: BatchView, position: int) -> DumpedEntry:
    codec = view.attributes & layout.COMPRESSION_MASK
    valid = view.crc_is_valid()
    fields = {
        "baseOffset": view.base_offset,
        "lastOffset": view.last_offset,
        "count": view.record_count,
        "baseSequence": view.base_sequence,
        "lastSequence": view.last_sequence,
        "producerId": view.producer_id,
        "producerEpoch": view.producer_epoch,
        "partitionLeaderEpoch": view.leader_epoch,
        "isTransactional": view.is_transactional,
        "isControl": view.is_control,
        "deleteHorizonMs": view.delete_horizon_ms,
        "timestampType": "LogAppendTime" if view.timestamp_type else "CreateTime",
        "maxTimestamp": view.max_timestamp,
        "magic": view.magic,
        "compressType": ("none", "gzip", "snappy", "lz4", "zstd", "5", "6", "7")[codec],
        "crc": view.crc,
    }
    return DumpedEntry("batch", position, view.size_bytes, fields, None if valid else "CRC does not fit")


def _records(view: BatchView, position: int, decoder: Decoder | None) -> Iterator[DumpedEntry]:
    try:
        for record in view.records():
            fields: dict[str, Any] = {
                "offset": record.offset,
                "timestamp": record.timestamp,
                "key": record.key,
                "value": record.value,
                "headers": record.headers,
            }
            if view.is_control:
                fields["control"] = decode_control(record.key, record.value)
            elif decoder is not None:
                fields["decoded"] = decoder(record)
            yield DumpedEntry("record", position, view.size_bytes, fields)
    except CorruptBatchError as error:
        yield DumpedEntry("problem", position, view.size_bytes, problem=error.reason)


def _entries(
    file: DiskFile, start: int, entry: struct.Struct, kind: str, names: tuple[str, ...], base_offset: int
) -> Iterator[DumpedEntry]:
    end = file.size_bytes()
    position = start
    while end - position >= entry.size:
        window = file.read(position, min(end - position, entry.size * _WINDOW_ENTRIES))
        for at in range(0, len(window) - entry.size + 1, entry.size):
            values = entry.unpack_from(window, at)
            if kind != "aborted transaction" and not any(values):
                # Preallocated by a Kafka that still has it open, or that was killed.
                yield DumpedEntry("problem", position, end - position, problem="zeros behind the last entry")
                return
            fields = dict(zip(names, values, strict=True))
            if kind != "aborted transaction":
                fields["offset"] += base_offset
            yield DumpedEntry(kind, position, entry.size, fields)
            position += entry.size
    if position < end:
        yield DumpedEntry("problem", position, end - position, problem="last entry is cut")


def _producers(file: DiskFile, path: str) -> Iterator[DumpedEntry]:
    size = file.size_bytes()
    try:
        entries = decode_snapshot(file.read(0, size), path)
    except CorruptFileError as error:
        yield DumpedEntry("problem", error.position, error.size_bytes, problem=error.reason)
        return
    for place, entry in enumerate(entries):
        producer_id, epoch, last_sequence, last_offset, delta, timestamp, coordinator_epoch, first = entry.snapshot()
        fields = {
            "producerId": producer_id,
            "producerEpoch": epoch,
            "lastSequence": last_sequence,
            "lastOffset": last_offset,
            "offsetDelta": delta,
            "timestamp": timestamp,
            "coordinatorEpoch": coordinator_epoch,
            "currentTxnFirstOffset": first,
        }
        yield DumpedEntry("producer", 10 + place * 46, 46, fields)
