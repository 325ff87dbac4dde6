"""The .txnindex file: the aborted transactions whose markers lie in this segment.

Entries of 34 bytes: int16 version 0, producer id, first offset, last offset (the marker's), last stable offset at the
time of the marker; big-endian.

Invariants: last offsets strictly increase; the file exists only once there is an entry. Entries are written to the
file at once (aborts are rare), synced with the segment.
"""

from __future__ import annotations

import struct
import threading
from typing import NamedTuple

from workbench.storage.log.errors import CorruptFileError
from workbench.system.disk import Disk

_ENTRY = struct.Struct(">hqqqq")
ENTRY_BYTES = _ENTRY.size


class AbortedTransaction(NamedTuple):
    """Offsets of one aborted transaction in this partition."""

    producer_id: int
    first_offset: int
    last_offset: int
    last_stable_offset: int


class TransactionIndex:
    """Aborted transactions of one segment."""

    __slots__ = ("_disk", "_entries", "_lock", "_needs_sync", "path")

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        self._entries: list[AbortedTransaction] = []
        self._needs_sync = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def load(self, base_offset: int) -> None:
        """Reads the file; no file is no entries. Raises CorruptFileError."""
        try:
            data = self._disk.read_file(self.path)
        except FileNotFoundError:
            self._entries = []
            return
        entries = []
        last = base_offset - 1
        for position in range(0, len(data) - len(data) % ENTRY_BYTES, ENTRY_BYTES):
            version, *numbers = _ENTRY.unpack_from(data, position)
            entry = AbortedTransaction(*numbers)
            if version != 0 or entry.last_offset <= last or entry.first_offset > entry.last_offset:
                raise CorruptFileError(
                    self.path, f"entry {entry} of version {version}", position=position, size_bytes=ENTRY_BYTES
                )
            last = entry.last_offset
            entries.append(entry)
        if len(data) % ENTRY_BYTES:
            raise CorruptFileError(
                self.path,
                "last entry is cut",
                position=len(entries) * ENTRY_BYTES,
                size_bytes=len(data) % ENTRY_BYTES,
            )
        self._entries = entries

    def append(self, entry: AbortedTransaction) -> None:
        """Raises OSError; the entry is then kept in memory and written with the next one."""
        with self._lock:
            self._entries.append(entry)
            self._needs_sync = True
            file = self._disk.open(self.path, create=True)
            try:
                if file.size_bytes() == (len(self._entries) - 1) * ENTRY_BYTES:
                    file.append(_ENTRY.pack(0, *entry))
                else:  # an earlier append failed half way
                    file.truncate(0)
                    file.append(b"".join(_ENTRY.pack(0, *each) for each in self._entries))
            finally:
                file.close()

    def collect(self, fetch_offset: int, upper_bound: int) -> tuple[list[AbortedTransaction], bool]:
        """Aborted transactions that overlap [fetch_offset, upper_bound), and whether later segments can be left out."""
        found = []
        for entry in self._entries:
            if entry.last_offset >= fetch_offset and entry.first_offset < upper_bound:
                found.append(entry)
            if entry.last_stable_offset >= upper_bound:
                return found, True
        return found, False

    def entries(self) -> list[AbortedTransaction]:
        return list(self._entries)

    def truncate(self, offset: int) -> None:
        """Drops the transactions whose marker is at or above the offset. Raises OSError."""
        keep = sum(entry.last_offset < offset for entry in self._entries)
        if keep == len(self._entries):
            return
        with self._lock:
            del self._entries[keep:]
            self._needs_sync = True
            file = self._disk.open(self.path, create=True)
            try:
                file.truncate(keep * ENTRY_BYTES)
            finally:
                file.close()

    def clear(self) -> None:
        """Forgets every entry and empties the file."""
        with self._lock:
            self._entries = []
            if self._disk.exists(self.path):
                self._needs_sync = True
                file = self._disk.open(self.path)
                try:
                    file.truncate(0)
                finally:
                    file.close()

    def sync(self) -> None:
        with self._lock:
            if not self._needs_sync:
                return
            self._needs_sync = False
        self._disk.sync_file(self.path)
