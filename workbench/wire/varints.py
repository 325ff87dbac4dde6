"""Variable-length integers: unsigned (compact lengths, tags) and zigzag (records). Source: KIP-482, ByteUtils."""

from __future__ import annotations

from workbench.wire.errors import WireError

Buffer = bytes | bytearray | memoryview


def append_unsigned_varint(out: bytearray, value: int) -> None:
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)


def unsigned_varint_rest(buffer: Buffer, position: int, first: int) -> tuple[int, int]:
    """Value and end of a varint whose first byte, already read, had its continuation bit set.

    Raises WireError past five bytes and IndexError at the end of the buffer.
    """
    value = first & 0x7F
    for shift in (7, 14, 21, 28):
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value & 0xFFFFFFFF, position
    raise WireError("a varint is longer than five bytes")


def read_unsigned_varint(buffer: Buffer, position: int) -> tuple[int, int]:
    """Value and the position behind it."""
    byte = buffer[position]
    position += 1
    if byte & 0x80:
        return unsigned_varint_rest(buffer, position, byte)
    return byte, position


def append_varint(out: bytearray, value: int) -> None:
    """Zigzag form, 32 or 64 bits alike."""
    append_unsigned_varint(out, (value << 1) ^ (value >> 63))


def read_varint(buffer: Buffer, position: int) -> tuple[int, int]:
    """Zigzag form of up to ten bytes; raises WireError past them and IndexError at the end of the buffer."""
    value = shift = 0
    while True:
        byte = buffer[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), position
        shift += 7
        if shift > 63:
            raise WireError("a varint is longer than ten bytes")
