"""Bytes that must stand in a record for a filter to be true of it, found without decoding anything.

A needle may find too much, never too little. JSON may spell text with `\\u` escapes, so each place of an escape counts
as a place of a needle that comes from a JSON name or text; a `literal` needle is looked for in the raw bytes anyway.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.client.filter_syntax import ANY, DEEP, NUMBER_ROOTS, Both, Comparison, Either, Node, TextSearch

_ESCAPE = b"\\u"
_SPELT_ALIKE = re.compile(r"[A-Za-z0-9 _.:;,@+=#~^*()\[\]{}!?$%&|-]+")
"""Characters that JSON writes as themselves (or, hardly ever, as `\\u` escapes)."""
_NUMBER = re.compile(rb"\s*:\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)")
_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class TextNeedle:
    """One of `alternatives`, in the lower-case copy of the payload if `folded`."""

    alternatives: tuple[bytes, ...]
    folded: bool = False
    literal: bool = False

    @property
    def strength(self) -> int:
        """Longer texts are rarer."""
        return min(len(alternative) for alternative in self.alternatives)

    def places(self, payload: bytes, folded: bytes) -> list[int]:
        """Where it stands."""
        data = folded if self.folded else payload
        found = _places(data, self.alternatives[0])
        for alternative in self.alternatives[1:]:
            found += _places(data, alternative)
        return found


@dataclass(frozen=True, slots=True)
class NumberNeedle:
    """A field of that name whose number passes, at whatever depth it stands."""

    field: bytes
    compare: Callable[[Any, Any], bool]
    operand: float
    folded: bool = False
    literal: bool = False

    @property
    def strength(self) -> int:
        """Weaker than any text: the name stands in every record."""
        return 0

    def places(self, payload: bytes, folded: bytes) -> list[int]:
        """Where such a field begins."""
        compare, operand, match = self.compare, self.operand, _NUMBER.match
        width = len(self.field)
        found = []
        for place in _places(payload, self.field):
            number = match(payload, place + width)
            if number is not None and compare(float(number.group(1)), operand):
                found.append(place)
        return found


Needle = TextNeedle | NumberNeedle


def _places(data: bytes, wanted: bytes) -> list[int]:
    found = []
    at = data.find(wanted)
    while at >= 0:
        found.append(at)
        at = data.find(wanted, at + 1)
    return found


def hits_of(needles: tuple[Needle, ...], payload: bytes) -> list[list[int]] | None:
    """Rising places of each needle; None if one has none, so that nothing in the payload can match."""
    folded = payload.lower() if any(needle.folded for needle in needles) else b""
    escapes: list[int] | None = None
    hits = []
    for needle in needles:
        places = needle.places(payload, folded)
        if not needle.literal:
            if escapes is None:
                escapes = _places(payload, _ESCAPE)
            places += escapes
        if not places:
            return None
        places.sort()
        hits.append(places)
    return hits


def needles_of(node: Node) -> list[Needle]:
    """All that must stand in a matching record, the rarest first; empty where nothing must."""
    found = _needles(node)
    texts = [needle for needle in found if isinstance(needle, TextNeedle)]
    # Numbers cost as much to look at as a few records to decode, so they count only where no text is asked for.
    return sorted(texts or found, key=lambda needle: -needle.strength)


def _needles(node: Node) -> list[Needle]:
    if isinstance(node, Both):
        return _needles(node.left) + _needles(node.right)
    if isinstance(node, Either):
        return _either(_needles(node.left), _needles(node.right))
    if isinstance(node, TextSearch):
        if node.is_case_sensitive:
            return [TextNeedle((node.text.encode(),), literal=True)]
        return [TextNeedle((node.text.encode(),), folded=True, literal=True)] if node.text.isascii() else []
    if isinstance(node, Comparison):
        return _of_comparison(node)
    return []


def _either(left: list[Needle], right: list[Needle]) -> list[Needle]:
    """One of two texts must stand there; other kinds do not join."""
    firsts = [needle for needle in left if isinstance(needle, TextNeedle)]
    seconds = [needle for needle in right if isinstance(needle, TextNeedle)]
    if not firsts or not seconds:
        return []
    first = max(firsts, key=lambda needle: needle.strength)
    second = max(seconds, key=lambda needle: needle.strength)
    if first.folded != second.folded:
        return []
    return [TextNeedle(first.alternatives + second.alternatives, first.folded, first.literal and second.literal)]


def _of_comparison(node: Comparison) -> list[Needle]:
    operand = node.operand
    items = operand if isinstance(operand, tuple) else (operand,)
    if node.path.root in NUMBER_ROOTS:
        return []
    if node.operator in ("==", "in", "contains", "startswith", "endswith"):
        parts = tuple(_longest_plain(item) for item in items if isinstance(item, str))
        if len(parts) == len(items):
            return [TextNeedle(parts)] if all(parts) else []
    name = node.path.steps[-1] if node.path.steps else None
    is_number = isinstance(operand, int | float) and not isinstance(operand, bool)
    if not is_number or node.path.root == "headers" or not isinstance(name, str) or name in (ANY, DEEP):
        return []
    if node.operator not in _ORDERS or not _SPELT_ALIKE.fullmatch(name):
        return []
    assert isinstance(operand, int | float)
    return [NumberNeedle(f'"{name}"'.encode(), _ORDERS[node.operator], float(operand))]


def _longest_plain(text: str) -> bytes:
    return max(_SPELT_ALIKE.findall(text), key=len, default="").encode()
