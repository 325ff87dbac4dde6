"""The .index file: at which byte of the segment a batch lies, one entry for about every index.interval.bytes.

Entries are int32 offset relative to the segment's base (of the batch's last record) and int32 position, big-endian.

Invariant: offsets and positions strictly increase.
"""

from __future__ import annotations

import operator
import sys
from array import array
from bisect import bisect_left, bisect_right
from itertools import islice

from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.index_file import IndexFile, entries_before_zeros
from workbench.system.disk import Disk

ENTRY_BYTES = 8


class OffsetIndex(IndexFile):
    """Position of batches by their last offset."""

    __slots__ = ("_positions",)

    def __init__(self, disk: Disk, path: str, max_bytes: int) -> None:
        super().__init__(disk, path, max_bytes, ENTRY_BYTES)
        self._positions = array("i")

    @property
    def is_full(self) -> bool:
        return len(self._offsets) >= self.max_entries

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
        # Position 0 never is in an index.
        count = entries_before_zeros(len(positions), lambda place: not positions[place])
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
        self._loaded(len(data))

    def append(self, relative_offset: int, position: int) -> None:
        self._positions.append(position)
        self._offsets.append(relative_offset)

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

    def _cut(self, count: int) -> None:
        super()._cut(count)
        del self._positions[count:]

    def _encode(self, start: int, end: int) -> bytes:
        values = array("i", bytes(ENTRY_BYTES * (end - start)))
        values[0::2] = self._offsets[start:end]
        values[1::2] = self._positions[start:end]
        if sys.byteorder == "little":
            values.byteswap()
        return values.tobytes()
