"""The .index file: at which byte of the segment a batch lies, one entry for about every index.interval.bytes.

Entries are int32 offset relative to the segment's base (of the batch's last record) and int32 position, big-endian.

Invariants: offsets and positions strictly increase. Entries live in two arrays and are written to the file only by
`write_pending` (on roll, flush and close), which is enough: whatever lies above the recovery point is indexed anew
after a crash. Arrays are appended to by the log's thread alone; `write_pending` may run in another.
"""

from __future__ import annotations

import operator
import sys
import threading
from array import array
from bisect import bisect_left, bisect_right
from itertools import islice

from workbench.storage.log.errors import CorruptFileError
from workbench.system.disk import Disk

ENTRY_BYTES = 8


class OffsetIndex:
    """Index of one segment; `path` need not exist before the first write."""

    __slots__ = ("_disk", "_lock", "_needs_sync", "_offsets", "_positions", "_written", "max_entries", "path")

    def __init__(self, disk: Disk, path: str, max_bytes: int) -> None:
        self._disk = disk
        self.path = path
        self.max_entries = max(1, max_bytes // ENTRY_BYTES)
        self._offsets = array("i")
        self._positions = array("i")
        self._written = 0
        self._needs_sync = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._positions)

    @property
    def is_full(self) -> bool:
        return len(self._positions) >= self.max_entries

    def load(self, segment_bytes: int) -> None:
        """Reads the file, leaving out the zeros that a killed Kafka leaves behind the last entry.

        Raises CorruptFileError for entries out of order or beyond the segment, FileNotFoundError without a file.
        """
        data = self._disk.read_file(self.path)
        whole = len(data) - len(data) % ENTRY_BYTES
        values = array("i")
        values.frombytes(data[:whole])
        if sys.byteorder == "little":
            values.byteswap()
        offsets, positions = values[0::2], values[1::2]
        count = _without_zeros(positions)
        del offsets[count:]
        del positions[count:]
        for numbers, what in ((offsets, "offsets"), (positions, "positions")):
            if not all(map(operator.lt, numbers, islice(numbers, 1, None))):
                raise CorruptFileError(self.path, f"{what} do not increase", size_bytes=len(data))
        if count and (offsets[0] < 0 or positions[0] < 0 or positions[-1] >= segment_bytes):
            raise CorruptFileError(
                self.path, f"entry points behind the segment's {segment_bytes} bytes", size_bytes=len(data)
            )
        self._offsets, self._positions = offsets, positions
        # A file longer than its entries must be cut before anything is appended to it.
        self._written = count if count * ENTRY_BYTES == len(data) else -1

    def append(self, relative_offset: int, position: int) -> None:
        self._offsets.append(relative_offset)
        self._positions.append(position)

    def lookup(self, relative_offset: int) -> tuple[int, int]:
        """The last entry that ends at or before the offset: (last offset, position); (-1, 0) if there is none."""
        place = bisect_right(self._offsets, relative_offset)
        return (self._offsets[place - 1], self._positions[place - 1]) if place else (-1, 0)

    def offset_behind(self, position: int) -> int | None:
        """Relative offset of the first indexed batch at or behind the position; None if there is none."""
        place = bisect_left(self._positions, position)
        return self._offsets[place] if place < len(self._positions) else None

    def last_position(self) -> int:
        """Position of the last indexed batch; 0 if there is none."""
        return self._positions[-1] if self._positions else 0

    def entries(self) -> list[tuple[int, int]]:
        return list(zip(self._offsets, self._positions, strict=True))

    def truncate(self, relative_offset: int) -> None:
        """Drops the entries at and above the offset."""
        self._keep(bisect_right(self._offsets, relative_offset - 1))

    def clear(self) -> None:
        """Forgets every entry; the file is written anew whatever it held."""
        self._keep(0)
        self._written = -1

    def _keep(self, count: int) -> None:
        if count == len(self._positions):
            return
        with self._lock:
            del self._offsets[count:]
            del self._positions[count:]
            if self._written > count:
                self._written = -1

    def write_pending(self) -> None:
        """Brings the file up to the entries. Raises OSError."""
        with self._lock:
            count = len(self._positions)
            if self._written == count:
                return
            rewrite = self._written < 0
            start = 0 if rewrite else self._written
            values = array("i", bytes(ENTRY_BYTES * (count - start)))
            values[0::2] = self._offsets[start:count]
            values[1::2] = self._positions[start:count]
            if sys.byteorder == "little":
                values.byteswap()
            _write_entries(self._disk, self.path, values.tobytes(), start * ENTRY_BYTES)
            self._written = count
            self._needs_sync = True

    def sync(self) -> None:
        """Syncs what `write_pending` wrote."""
        if self._needs_sync:
            self._needs_sync = False
            self._disk.sync_file(self.path)

    def ensure_file(self) -> None:
        """Kafka rebuilds a segment whose .index file is missing, so an empty one must exist."""
        if not self._disk.exists(self.path):
            self._disk.write_file(self.path, b"")
            self._needs_sync = True


def _without_zeros(positions: array[int]) -> int:
    """Number of entries before the zero ones at the end; position 0 never is in an index."""
    low, high = 0, len(positions)
    while low < high:
        middle = (low + high) // 2
        if positions[middle]:
            low = middle + 1
        else:
            high = middle
    return low


def _write_entries(disk: Disk, path: str, data: bytes, start: int) -> None:
    """Puts `data` at `start`, which must be the file's end unless it lies before it."""
    file = disk.open(path, create=True)
    try:
        if file.size_bytes() != start:
            file.truncate(start)
        if data:
            file.append(data)
    finally:
        file.close()
