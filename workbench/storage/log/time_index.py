"""The .timeindex file: from which offset on timestamps may be larger than a given one.

Entries are int64 timestamp and int32 offset relative to the segment's base, big-endian: "up to this offset, no record
has a later timestamp". One entry with each offset index entry where the maximum grew, and one at roll and close.

Invariant: timestamps strictly increase, offsets do not fall.
"""

from __future__ import annotations

import operator
import struct
from array import array
from bisect import bisect_right
from itertools import islice

from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.index_file import IndexFile, entries_before_zeros
from workbench.system.disk import Disk

ENTRY_BYTES = 12
_ENTRY = struct.Struct(">qi")


class TimeIndex(IndexFile):
    """Offsets by the largest timestamp up to them."""

    __slots__ = ("_timestamps",)

    def __init__(self, disk: Disk, path: str, max_bytes: int) -> None:
        super().__init__(disk, path, max_bytes, ENTRY_BYTES)
        self._timestamps = array("q")

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
            count = entries_before_zeros(len(offsets), lambda place: not timestamps[place] and not offsets[place])
            del timestamps[count:]
            del offsets[count:]
        if not all(map(operator.lt, timestamps, islice(timestamps, 1, None))):
            raise CorruptFileError(self.path, "timestamps do not increase", size_bytes=len(data))
        if not all(map(operator.le, offsets, islice(offsets, 1, None))) or (offsets and offsets[0] < 0):
            raise CorruptFileError(self.path, "offsets fall", size_bytes=len(data))
        self._timestamps, self._offsets = timestamps, offsets
        self._loaded(len(data))

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

    def _cut(self, count: int) -> None:
        super()._cut(count)
        del self._timestamps[count:]

    def _encode(self, start: int, end: int) -> bytes:
        return b"".join(map(_ENTRY.pack, self._timestamps[start:end], self._offsets[start:end]))
