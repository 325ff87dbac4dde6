"""Which fields the values of a topic have, learnt from those already read, so that a mistyped name can be told.

Lists are entered under `[*]`. Names are kept up to a depth and a number, since a sample is for guessing, not storage.
"""

from __future__ import annotations

import difflib
from collections import Counter, defaultdict
from collections.abc import Iterable

from workbench.client.filter_syntax import ANY, DEEP, Path

_DEEPEST = 6
_MOST_FIELDS = 2_000
_MOST_ELEMENTS = 20

KINDS = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null", dict: "object", list: "list"}

FieldPath = tuple[str, ...]


class FieldSamples:
    """Grows by `add`; asking an empty one forbids nothing."""

    def __init__(self) -> None:
        self.count = 0
        self._kinds: dict[FieldPath, Counter[str]] = defaultdict(Counter)

    def add(self, value: object) -> None:
        """Counts a decoded value."""
        self.count += 1
        self._enter((), value)

    def _enter(self, path: FieldPath, value: object) -> None:
        if len(self._kinds) > _MOST_FIELDS and path not in self._kinds:
            return
        if path:
            self._kinds[path][KINDS.get(type(value), "text")] += 1
        if len(path) >= _DEEPEST:
            return
        if isinstance(value, dict):
            for name, inner in value.items():
                self._enter((*path, str(name)), inner)
        elif isinstance(value, list):
            for inner in value[:_MOST_ELEMENTS]:
                self._enter((*path, ANY), inner)

    def kinds(self, path: FieldPath) -> frozenset[str]:
        """Kinds of value seen there, `null` among them."""
        return frozenset(self._kinds.get(path, ()))

    def fields(self, below: FieldPath = ()) -> tuple[str, ...]:
        """Names seen directly below a path, the most frequent first."""
        seen = [(path, sum(kinds.values())) for path, kinds in self._kinds.items() if path[:-1] == below]
        return tuple(path[-1] for path, _ in sorted(seen, key=lambda item: -item[1]) if path[-1] != ANY)

    def field_paths(self) -> Iterable[FieldPath]:
        """Every path seen."""
        return tuple(self._kinds)

    def unknown_step(self, path: Path) -> tuple[str, str | None] | None:
        """The first name in a path of the value that no sample has, and the nearest that they do have."""
        if not self._kinds:
            return None
        below: FieldPath = ()
        for step in path.steps:
            if step in (DEEP, ANY) or isinstance(step, int):
                below = (*below, ANY)
                if step == DEEP or not self.kinds(below):
                    return None
                continue
            known = self.fields(below)
            if step not in known:
                if not known:
                    return None if below and not self.kinds(below) else (step, None)
                near = difflib.get_close_matches(step, known, 1, 0.6)
                return step, near[0] if near else None
            below = (*below, step)
        return None
