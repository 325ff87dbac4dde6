"""The few flexible-version fields (KIP-482) that the values of control records are made of.

Invariant: reads are bounds-checked and raise CorruptBatchError; unknown tagged fields are skipped. Full message
classes live in `wire`, which stands above this package: control records must be readable without it.
"""

from __future__ import annotations

from workbench.records.errors import CorruptBatchError


class CompactWriter:
    """Appends fields to `data`."""

    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data = bytearray()

    def integer(self, value: int, size_bytes: int) -> None:
        self.data += value.to_bytes(size_bytes, "big", signed=True)

    def unsigned(self, value: int, size_bytes: int) -> None:
        self.data += value.to_bytes(size_bytes, "big")

    def uvarint(self, value: int) -> None:
        while value > 0x7F:
            self.data.append((value & 0x7F) | 0x80)
            value >>= 7
        self.data.append(value)

    def count(self, items: int) -> None:
        """Length of a compact array."""
        self.uvarint(items + 1)

    def string(self, text: str) -> None:
        encoded = text.encode()
        self.uvarint(len(encoded) + 1)
        self.data += encoded

    def no_tags(self) -> None:
        self.data.append(0)


class CompactReader:
    """Reads fields from the start of `data`."""

    __slots__ = ("_data", "_position")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._position = 0

    def take(self, size_bytes: int) -> bytes:
        end = self._position + size_bytes
        if end > len(self._data):
            raise CorruptBatchError("control record is cut", position=self._position, size_bytes=len(self._data))
        taken = self._data[self._position : end]
        self._position = end
        return taken

    def integer(self, size_bytes: int) -> int:
        return int.from_bytes(self.take(size_bytes), "big", signed=True)

    def unsigned(self, size_bytes: int) -> int:
        return int.from_bytes(self.take(size_bytes), "big")

    def uvarint(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 28:
                raise CorruptBatchError("control record holds a variable-length integer of more than 5 bytes")

    def count(self) -> int:
        items = self.uvarint() - 1
        if items < 0 or items > len(self._data) - self._position:
            raise CorruptBatchError(f"control record holds an array of {items} items")
        return items

    def string(self) -> str:
        return self.take(self.count()).decode("utf-8", "replace")

    def skip_tags(self) -> None:
        for _ in range(self.uvarint()):
            self.uvarint()
            self.take(self.uvarint())
