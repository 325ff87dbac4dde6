"""Counted things in words: "1 partition", "3 partitions", never "1 partitions"."""

from __future__ import annotations


def counted(count: int, one: str, many: str, *others: object) -> str:
    """`one` where the count is 1, else `many`; the number fills the first {} of either, `others` those after it.

    Both texts are whole, so that verbs agree and a translation may turn them around; who translates does so before.
    """
    return (one if count == 1 else many).format(f"{count:,}", *others)
