"""The .snapshot file: what the log remembers of its producers as of the offset in the file's name.

int16 version 1, uint32 CRC32C of all that follows it, int32 count, 46 bytes an entry; big-endian.

Invariant: what `encode_snapshot` writes `decode_snapshot` reads; anything else raises CorruptFileError.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable

from workbench.records.checksum import crc32c
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.producer_entry import ProducerEntry

VERSION = 1
_HEAD = struct.Struct(">hI")
_COUNT = struct.Struct(">i")
# producer id, epoch, last sequence, last offset, offset delta, timestamp, coordinator epoch, transaction's first offset
_ENTRY = struct.Struct(">qhiqiqiq")


def encode_snapshot(entries: Iterable[ProducerEntry]) -> bytes:
    packed = [_ENTRY.pack(*entry.snapshot()) for entry in entries]
    body = _COUNT.pack(len(packed)) + b"".join(packed)
    return _HEAD.pack(VERSION, crc32c(body)) + body


def decode_snapshot(data: bytes, file: str) -> list[ProducerEntry]:
    """Raises CorruptFileError, naming `file`."""
    if len(data) < _HEAD.size + _COUNT.size:
        raise CorruptFileError(file, "snapshot is cut", size_bytes=len(data))
    version, crc = _HEAD.unpack_from(data)
    if version != VERSION:
        raise CorruptFileError(file, f"snapshot of version {version}", size_bytes=_HEAD.size)
    if crc32c(memoryview(data)[_HEAD.size :]) != crc:
        raise CorruptFileError(file, "CRC does not fit", size_bytes=len(data))
    (count,) = _COUNT.unpack_from(data, _HEAD.size)
    start = _HEAD.size + _COUNT.size
    if count < 0 or start + count * _ENTRY.size != len(data):
        raise CorruptFileError(file, f"snapshot of {count} entries", position=start, size_bytes=len(data) - start)
    entries = []
    for fields in _ENTRY.iter_unpack(memoryview(data)[start:]):
        producer_id, epoch, last_sequence, last_offset, delta, timestamp, coordinator_epoch, first = fields
        entry = ProducerEntry(producer_id, epoch, coordinator_epoch, timestamp, first if first >= 0 else -1)
        if last_offset >= 0:
            entry.add_batch(epoch, last_sequence, last_offset, delta, timestamp)
        entries.append(entry)
    return entries
