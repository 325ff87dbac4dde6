"""What the offset index and the time index have in common: entries in memory, and a file that is brought up to them.

Invariants: the file holds a beginning of the entries, or is written anew; it is cut before it grows where it holds
more, such as the zeros that a killed Kafka leaves behind the last entry. Entries are written by `write_pending` alone
(on roll, flush and close), which is enough: whatever lies above the recovery point is indexed anew after a crash. They
are appended by the log's thread alone, `_offsets` last; `write_pending` may run in another.
"""

from __future__ import annotations

import threading
from array import array
from bisect import bisect_right
from collections.abc import Callable

from workbench.system.disk import Disk

_ANEW = -1


class IndexFile:
    """Index of one segment; `path` need not exist before the first write.

    A kind of index adds its other column, which `_cut` and `_encode` take along.
    """

    __slots__ = ("_disk", "_entry_bytes", "_lock", "_needs_sync", "_offsets", "_written", "max_entries", "path")

    def __init__(self, disk: Disk, path: str, max_bytes: int, entry_bytes: int) -> None:
        self.path = path
        self.max_entries = max(1, max_bytes // entry_bytes)
        self._disk = disk
        self._entry_bytes = entry_bytes
        self._offsets = array("i")
        self._written = 0
        self._needs_sync = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._offsets)

    def _cut(self, count: int) -> None:
        """Takes away the entries from `count` on."""
        del self._offsets[count:]

    def _encode(self, start: int, end: int) -> bytes:
        """The entries from `start` up to `end` as they stand in the file."""
        raise NotImplementedError

    def _loaded(self, size_bytes: int) -> None:
        """The entries are those of a file of that size; what else is in it goes with the next write."""
        count = len(self._offsets)
        self._written = count if count * self._entry_bytes == size_bytes else _ANEW

    def truncate(self, relative_offset: int) -> None:
        """Drops the entries at and above the offset."""
        self._keep(bisect_right(self._offsets, relative_offset - 1))

    def clear(self) -> None:
        """Forgets every entry; the file is written anew whatever it held."""
        self._keep(0)
        self._written = _ANEW

    def _keep(self, count: int) -> None:
        if count == len(self._offsets):
            return
        with self._lock:
            self._cut(count)
            if self._written > count:
                self._written = _ANEW

    def write_pending(self) -> None:
        """Brings the file up to the entries. Raises OSError."""
        with self._lock:
            count = len(self._offsets)
            if self._written == count:
                return
            start = max(0, self._written)
            self._write(self._encode(start, count), start * self._entry_bytes)
            self._written = count
            self._needs_sync = True

    def _write(self, data: bytes, end: int) -> None:
        file = self._disk.open(self.path, create=True)
        try:
            if file.size_bytes() != end:
                file.truncate(end)
            if data:
                file.append(data)
        finally:
            file.close()

    def sync(self) -> None:
        """Syncs what `write_pending` wrote. Raises OSError."""
        if self._needs_sync:
            self._needs_sync = False
            self._disk.sync_file(self.path)

    def ensure_file(self) -> None:
        """Kafka rebuilds a segment whose index file is missing, so an empty one must exist. Raises OSError."""
        if not self._disk.exists(self.path):
            self._disk.write_file(self.path, b"")
            self._needs_sync = True


def entries_before_zeros(count: int, is_zero: Callable[[int], bool]) -> int:
    """How many of `count` entries stand before the zeros at the end."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if is_zero(middle):
            high = middle
        else:
            low = middle + 1
    return low
