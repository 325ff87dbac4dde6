"""The order in which Java's HashMap walks over strings, where Kafka's answer depends on it."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.embedded_broker.coordinators.placement import java_string_hash


def hash_map_order(keys: Sequence[str]) -> list[str]:
    """`keys`, given in order of insertion, as a HashMap that grew with them holds them.

    Holds for maps whose buckets stay lists (fewer than 8 keys in one bucket).
    """
    slots = 16
    while len(keys) > slots * 3 // 4:
        slots *= 2

    def slot(key: str) -> int:
        value = java_string_hash(key) & 0xFFFFFFFF
        return (value ^ value >> 16) & slots - 1

    return sorted(keys, key=slot)
