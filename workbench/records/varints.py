"""Zig-zag variable-length integers of the record format.

Invariant: at most 10 bytes; a longer or cut one raises ValueError.
"""

from __future__ import annotations


def append_varint(out: bytearray, value: int) -> None:
    """Appends `value` (32 or 64 bits, signed)."""
    raw = (value << 1) ^ (value >> 63)
    while raw > 0x7F:
        out.append((raw & 0x7F) | 0x80)
        raw >>= 7
    out.append(raw)


def read_varint(data: bytes | bytearray | memoryview, position: int) -> tuple[int, int]:
    """Returns the value and the position behind it."""
    raw = shift = 0
    while True:
        if position >= len(data):
            raise ValueError("variable-length integer is cut")
        byte = data[position]
        position += 1
        raw |= (byte & 0x7F) << shift
        if byte < 0x80:
            return (raw >> 1) ^ -(raw & 1), position
        shift += 7
        if shift > 63:
            raise ValueError("variable-length integer is too long")
