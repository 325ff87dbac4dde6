"""The .timeindex file: from which offset on timestamps may be larger than a given one.

Entries are int64 timestamp and int32 offset relative to the segment's base, big-endian: "up to this offset, no record
has a later timestamp". One entry with each offset index entry where the maximum grew, and one at roll and close.

Invariants: timestamps strictly increase, offsets do not fall. Written to the file as the offset index is.
"""

from __future__ import annotations

import operator
import struct
import threading
from array import array
from bisect import bisect_right
from itertools import islice

from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.offset_index import _write_entries
from workbench.system.disk import Disk

ENTRY_BYTES = 12
_ENTRY = struct.Struct(">qi")


class TimeIndex:
    """Index of one segment; `path` need not exist before the first write."""

    __slots__ = ("_disk", "_lock", "_needs_sync", "_offsets", "_timestamps", "_written", "max_entries", "path")

    def __init__(self, disk: Disk, path: str, max_bytes: int) -> None:
        self._disk = disk
        self.path = path
        self.max_entries = max(1, max_bytes // ENTRY_BYTES)
        self._timestamps = array("q")
        self._offsets = array("i")
        self._written = 0
        self._needs_sync = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._offsets)

    @property
    def is_full(self) -> bool:
        """One entry is kept for the roll."""
        return len(self._offsets) >= self.max_entries - 1

    def load(self) -> None:
        """Reads the file without the zeros that a killed Kafka leaves.

        Raises CorruptFileError for entries out of order, FileNotFoundError without a file.
        """
        data = self._disk.read_file(self.path)
        whole = len(data) - len(data) % ENTRY_BYTES
        flat = struct.unpack(">" + "qi" * (whole // ENTRY_BYTES), memoryview(data)[:whole])
        timestamps, offsets = array("q", flat[0::2]), array("i", flat[1::2])
        while timestamps and timestamps[-1] == 0 and offsets[-1] == 0:
            keep = _before_zeros(timestamps, offsets)
            del timestamps[keep:]
            del offsets[keep:]
        if not all(map(operator.lt, timestamps, islice(timestamps, 1, None))):
            raise CorruptFileError(self.path, "timestamps do not increase", size_bytes=len(data))
        if not all(map(operator.le, offsets, islice(offsets, 1, None))) or (offsets and offsets[0] < 0):
            raise CorruptFileError(self.path, "offsets fall", size_bytes=len(data))
        self._timestamps, self._offsets = timestamps, offsets
        self._written = len(offsets) if len(offsets) * ENTRY_BYTES == len(data) else -1

    def maybe_append(self, timestamp: int, relative_offset: int) -> None:
        """Adds an entry if the timestamp is larger than the last one."""
        if timestamp > (self._timestamps[-1] if self._timestamps else -1):
            self._timestamps.append(timestamp)
            self._offsets.append(relative_offset)

    def lookup(self, timestamp: int) -> int:
        """Relative offset of the last entry not later than the timestamp; 0 if there is none."""
        place = bisect_right(self._timestamps, timestamp)
        return self._offsets[place - 1] if place else 0

    def last_entry(self) -> tuple[int, int] | None:
        """Timestamp and relative offset."""
        return (self._timestamps[-1], self._offsets[-1]) if self._offsets else None

    def entries(self) -> list[tuple[int, int]]:
        return list(zip(self._timestamps, self._offsets, strict=True))

    def truncate(self, relative_offset: int) -> None:
        """Drops the entries at and above the offset."""
        self._keep(bisect_right(self._offsets, relative_offset - 1))

    def clear(self) -> None:
        """Forgets every entry; the file is written anew whatever it held."""
        self._keep(0)
        self._written = -1

    def _keep(self, count: int) -> None:
        if count == len(self._offsets):
            return
        with self._lock:
            del self._timestamps[count:]
            del self._offsets[count:]
            if self._written > count:
                self._written = -1

    def write_pending(self) -> None:
        """Brings the file up to the entries. Raises OSError."""
        with self._lock:
            count = len(self._offsets)
            if self._written == count:
                return
            start = max(0, self._written)
            data = b"".join(map(_ENTRY.pack, self._timestamps[start:count], self._offsets[start:count]))
            _write_entries(self._disk, self.path, data, start * ENTRY_BYTES)
            self._written = count
            self._needs_sync = True

    def sync(self) -> None:
        """Syncs what `write_pending` wrote."""
        if self._needs_sync:
            self._needs_sync = False
            self._disk.sync_file(self.path)

    def ensure_file(self) -> None:
        """As for the offset index."""
        if not self._disk.exists(self.path):
            self._disk.write_file(self.path, b"")
            self._needs_sync = True


def _before_zeros(timestamps: array[int], offsets: array[int]) -> int:
    low, high = 0, len(timestamps)
    while low < high:
        middle = (low + high) // 2
        if timestamps[middle] or offsets[middle]:
            low = middle + 1
        else:
            high = middle
    return low
