"""Which partition of an internal topic a key belongs to, computed as Java does."""

from __future__ import annotations


def java_string_hash(text: str) -> int:
    """`String.hashCode()`: signed 32 bits over UTF-16 code units, so a character beyond the BMP counts twice."""
    units = text.encode("utf-16-be", "surrogatepass")
    value = 0
    for index in range(0, len(units), 2):
        value = (31 * value + (units[index] << 8 | units[index + 1])) & 0xFFFFFFFF
    return value - 0x1_0000_0000 if value & 0x8000_0000 else value


def partition_for(key: str, partition_count: int) -> int:
    """The partition of a topic with `partition_count` partitions that coordinates `key`.

    The absolute value of the smallest integer is taken as 0, as Kafka's `Utils.abs` does.
    """
    value = java_string_hash(key)
    return (0 if value == -0x8000_0000 else abs(value)) % partition_count
