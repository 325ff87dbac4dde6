"""Walks the batches of a segment file, headers only or with their CRC checked.

Invariants: reads go forward in windows, so that tiny batches cost no system call each and huge ones are not read when
only their header is wanted. `scan_headers` trusts lengths and stops at what cannot be a whole batch; `scan_checked`
raises CorruptBatchError with the file and byte range of the first thing that is not a valid batch.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import NamedTuple

from workbench.records import CorruptBatchError, UnsupportedMagicError, layout
from workbench.records.checksum import crc32c
from workbench.system.disk import DiskFile

_UNPACK = layout.HEADER.unpack_from
_HEADER_BYTES = layout.HEADER_BYTES
HEADER_WINDOW_BYTES = 64 * 1024
CHECK_WINDOW_BYTES = 4 * 1024 * 1024


class ScannedBatch(NamedTuple):
    """One batch's place and header."""

    position: int
    size_bytes: int
    base_offset: int
    last_offset: int
    leader_epoch: int
    attributes: int
    max_timestamp: int
    producer_id: int
    producer_epoch: int
    base_sequence: int
    record_count: int

    @property
    def is_control(self) -> bool:
        return bool(self.attributes & layout.CONTROL_BIT)

    @property
    def is_transactional(self) -> bool:
        return bool(self.attributes & layout.TRANSACTIONAL_BIT)

    @property
    def last_offset_delta(self) -> int:
        return self.last_offset - self.base_offset

    @property
    def last_sequence(self) -> int:
        return layout.last_sequence_of(self.base_sequence, self.last_offset - self.base_offset)


def scan_headers(
    file: DiskFile, start: int, end: int, *, window_bytes: int = HEADER_WINDOW_BYTES
) -> Iterator[ScannedBatch]:
    """The batches between two positions (`start` must be a batch's), without looking at CRC or records.

    Stops before a batch that is cut by `end`. Raises CorruptBatchError for an impossible header.
    """
    position = start
    window = b""
    window_start = start
    while end - position >= _HEADER_BYTES:
        at = position - window_start
        if at + _HEADER_BYTES > len(window):
            window = file.read(position, min(window_bytes, end - position))
            window_start, at = position, 0
            if len(window) < _HEADER_BYTES:
                return
        base, length, epoch, magic, _, attributes, delta, _, max_ts, pid, pid_epoch, seq, count = _UNPACK(window, at)
        size = length + layout.FRAME_BYTES
        if magic != layout.MAGIC_V2 or size < _HEADER_BYTES or delta < 0:
            raise _impossible(file, position, end, magic, size, window[at:])
        if position + size > end:
            return
        yield ScannedBatch(position, size, base, base + delta, epoch, attributes, max_ts, pid, pid_epoch, seq, count)
        position += size


def scan_checked(file: DiskFile, start: int, end: int) -> Iterator[ScannedBatch]:
    """As `scan_headers`, but checks every CRC, and a cut batch at the end is an error too.

    Raises UnsupportedMagicError for a valid batch in an old format, which must not be taken for garbage.
    """
    position = start
    window = memoryview(b"")
    window_start = start
    while position < end:
        at = position - window_start
        left = len(window) - at
        if left < _HEADER_BYTES and window_start + len(window) < end:
            window = memoryview(file.read(position, min(CHECK_WINDOW_BYTES, end - position)))
            window_start, at, left = position, 0, len(window)
        if left < _HEADER_BYTES:
            raise not_a_batch(file, position, end, "batch header is cut", window[at:])
        base, length, epoch, magic, crc, attributes, delta, _, max_ts, pid, pid_epoch, seq, count = _UNPACK(window, at)
        size = length + layout.FRAME_BYTES
        if magic != layout.MAGIC_V2 or size < _HEADER_BYTES or delta < 0:
            raise not_a_batch(file, position, end, f"no batch header (magic {magic}, {size} bytes)", window[at:])
        if position + size > end:
            raise not_a_batch(
                file, position, end, f"batch of {size} bytes where {end - position} are left", window[at:]
            )
        if size > left:
            window = memoryview(file.read(position, min(max(CHECK_WINDOW_BYTES, size), end - position)))
            window_start, at = position, 0
            if len(window) < size:
                raise not_a_batch(file, position, end, "file is shorter than it was", window)
        if crc32c(window[at + layout.ATTRIBUTES_AT : at + size]) != crc:
            raise not_a_batch(file, position, end, f"CRC of the batch at offset {base} does not fit", window[at:])
        yield ScannedBatch(position, size, base, base + delta, epoch, attributes, max_ts, pid, pid_epoch, seq, count)
        position += size


def _impossible(
    file: DiskFile, position: int, end: int, magic: int, size: int, start_of_it: bytes
) -> CorruptBatchError | UnsupportedMagicError:
    return not_a_batch(file, position, end, f"no batch header (magic {magic}, {size} bytes)", memoryview(start_of_it))


def not_a_batch(
    file: DiskFile, position: int, end: int, reason: str, found: memoryview
) -> CorruptBatchError | UnsupportedMagicError:
    """The error for what lies at `position`: `found` is the start of it, as far as it was read."""
    magic = found[layout.MAGIC_AT] if len(found) > layout.MAGIC_AT else 255
    if magic < layout.MAGIC_V2 and _is_old_message(file, position, end):
        return UnsupportedMagicError(magic)
    return CorruptBatchError(reason, position=position, size_bytes=end - position, file=file.path)


def _is_old_message(file: DiskFile, position: int, end: int) -> bool:
    """Whether a whole magic 0 or 1 message with a valid CRC-32 lies there."""
    frame = file.read(position, layout.FRAME_BYTES + 4)
    if len(frame) < layout.FRAME_BYTES + 4:
        return False
    length = int.from_bytes(frame[layout.LENGTH_AT : layout.FRAME_BYTES], "big", signed=True)
    if length < layout.MIN_MESSAGE_LENGTH or position + layout.FRAME_BYTES + length > end:
        return False
    body = file.read(position + layout.FRAME_BYTES + 4, length - 4)
    return zlib.crc32(body) == int.from_bytes(frame[layout.FRAME_BYTES :], "big")
