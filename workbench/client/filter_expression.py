"""A filter compiled: does a record match, and what must stand in its bytes if it does?

A missing field equals nothing: `==`, `<`, `contains` and the like are false for it, `!=` is true. Kinds are kept
apart: 1 is not "1" and not true.
"""

from __future__ import annotations

import json
import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.client.field_samples import FieldSamples
from workbench.client.filter_syntax import (
    ANY,
    DEEP,
    NUMBER_ROOTS,
    Both,
    Comparison,
    Either,
    FilterError,
    Literal,
    Node,
    Not,
    Path,
    TextSearch,
    parse_filter,
)
from workbench.client.needles import Needle, needles_of

__all__ = ["CompiledFilter", "FilterError", "FilterRecord", "compile_filter"]

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()
_UNSET: Any = object()


class FilterRecord:
    """What a test sees of a record; JSON is decoded when first asked for."""

    __slots__ = ("_key_json", "_value_json", "headers", "key", "offset", "partition", "timestamp_ms", "value")

    def __init__(
        self,
        partition: int,
        offset: int,
        timestamp_ms: int,
        key: bytes | None,
        value: bytes | None,
        headers: tuple[tuple[str, bytes | None], ...] = (),
    ) -> None:
        self.partition = partition
        self.offset = offset
        self.timestamp_ms = timestamp_ms
        self.key = key
        self.value = value
        self.headers = headers
        self._key_json: Any = _UNSET
        self._value_json: Any = _UNSET

    def value_json(self) -> Any:
        """The value decoded, or MISSING where it is no JSON."""
        if self._value_json is _UNSET:
            self._value_json = _decode(self.value)
        return self._value_json

    def key_json(self) -> Any:
        """The key decoded, or MISSING where it is no JSON."""
        if self._key_json is _UNSET:
            self._key_json = _decode(self.key)
        return self._key_json


def _decode(data: bytes | None) -> Any:
    if data is None:
        return MISSING
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return MISSING


@dataclass(frozen=True, slots=True)
class CompiledFilter:
    """`test` may be called from any thread."""

    text: str
    node: Node
    test: Callable[[FilterRecord], bool]
    needles: tuple[Needle, ...]


def compile_filter(text: str, samples: FieldSamples | None = None) -> CompiledFilter | None:
    """None for a blank filter; raises FilterError, also for fields and kinds that no sampled value has."""
    node = parse_filter(text)
    if node is None:
        return None
    if samples is not None:
        _check_fields(node, samples)
    return CompiledFilter(text, node, _compile(node), tuple(needles_of(node)))


# -- what the samples know --------------------------------------------------------------------------------------


def _check_fields(node: Node, samples: FieldSamples) -> None:
    if isinstance(node, Both | Either):
        _check_fields(node.left, samples)
        _check_fields(node.right, samples)
    elif isinstance(node, Not):
        _check_fields(node.inner, samples)
    elif isinstance(node, Comparison) and node.path.root == "value" and node.path.steps:
        unknown = samples.unknown_step(node.path)
        if unknown is not None:
            name, near = unknown
            hint = f"; did you mean `{near}`?" if near else _known(samples)
            raise FilterError(f"`{name}` is not a field here{hint}", node.path.start, node.path.length)
        _check_kinds(node, samples)


def _known(samples: FieldSamples) -> str:
    fields = samples.fields()[:6]
    return f"; there are {', '.join(fields)}." if fields else "."


def _check_kinds(node: Comparison, samples: FieldSamples) -> None:
    steps = tuple(ANY if isinstance(step, int) else step for step in node.path.steps)
    kinds = samples.kinds(steps) - {"null"}
    operands = node.operand if isinstance(node.operand, tuple) else (node.operand,)
    if not kinds or DEEP in steps or node.operator in ("exists", "is null", "is not null"):
        return
    name = node.path.steps[-1] if node.path.steps[-1] not in (ANY, DEEP) else str(node.path)
    start, length = node.operand_start, node.operand_length
    for operand in operands:
        wanted = {bool: "boolean", int: "number", float: "number", str: "text"}.get(type(operand))
        if wanted is None or wanted in kinds:
            continue
        if node.operator == "contains" and kinds & {"list", "object"}:
            continue
        if node.operator in ("contains", "startswith", "endswith", "matches"):
            raise FilterError(f"`{name}` is a {_one(kinds)} here; `{node.operator}` needs text.", start, length)
        if wanted == "number" and kinds == {"text"}:
            raise FilterError(f'`{name}` is text here, not a number; write "{operand}".', start, length)
        if wanted == "text" and kinds == {"number"}:
            raise FilterError(f"`{name}` is a number here; write it without quotes.", start, length)
        if kinds <= {"object", "list"}:
            raise FilterError(f"`{name}` is a {_one(kinds)} here; test a field inside it.", start, length)
        raise FilterError(f"`{name}` is {_one(kinds)} here, never {wanted}.", start, length)


def _one(kinds: frozenset[str]) -> str:
    return " or ".join(sorted(kinds))


# -- evaluation -------------------------------------------------------------------------------------------------

Test = Callable[[FilterRecord], bool]


def _compile(node: Node) -> Test:
    if isinstance(node, Both):
        first, second = _compile(node.left), _compile(node.right)
        return lambda record: first(record) and second(record)
    if isinstance(node, Either):
        first, second = _compile(node.left), _compile(node.right)
        return lambda record: first(record) or second(record)
    if isinstance(node, Not):
        inner = _compile(node.inner)
        return lambda record: not inner(record)
    if isinstance(node, TextSearch):
        return _text_test(node)
    return _comparison_test(node)


def _text_test(node: TextSearch) -> Test:
    sensitive = node.is_case_sensitive
    needle = node.text.encode() if sensitive else node.text.lower().encode()
    ascii_only = node.text.isascii()

    def found(data: bytes | None) -> bool:
        if not data:
            return False
        if sensitive:
            return needle in data
        if ascii_only:
            return needle in data.lower()
        return node.text.lower() in data.decode("utf-8", "replace").lower()

    def test(record: FilterRecord) -> bool:
        if found(record.value) or found(record.key):
            return True
        return any(found(name.encode()) or found(value) for name, value in record.headers)

    return test


def _comparison_test(node: Comparison) -> Test:
    values = _reader(node.path)
    matches = _matcher(node)
    if not any(step in (ANY, DEEP) for step in node.path.steps) and node.path.root != "headers":
        return lambda record: matches(next(values(record)))
    if node.operator == "!=":
        return lambda record: all(matches(value) for value in values(record))
    if node.operator == "is null":
        return lambda record: any(matches(value) for value in values(record))
    return lambda record: any(value is not MISSING and matches(value) for value in values(record))


def _reader(path: Path) -> Callable[[FilterRecord], Iterator[Any]]:
    """Yields what stands at the path, exactly one thing unless it has wildcards or is a header."""
    steps = path.steps
    if path.root == "headers":
        return lambda record: _header_values(record, steps)
    if path.root in NUMBER_ROOTS:
        name = {"timestamp": "timestamp_ms"}.get(path.root, path.root)
        if path.root == "size":
            return lambda record: iter((len(record.value or b""),))
        return lambda record: iter((getattr(record, name),))
    if not steps:
        of_value = path.root == "value"
        return lambda record: iter((_whole(record.value if of_value else record.key),))
    if path.root == "value":
        return lambda record: _walk(record.value_json(), steps)
    return lambda record: _walk(record.key_json(), steps)


def _whole(data: bytes | None) -> Any:
    return None if data is None else data.decode("utf-8", "replace")


def _header_values(record: FilterRecord, steps: tuple[str | int, ...]) -> Iterator[Any]:
    """The same header may stand several times; none at all is one missing value."""
    found = False
    wanted = steps[0] if steps else ANY
    for name, value in record.headers:
        if wanted == ANY or name == wanted:
            found = True
            text = _whole(value)
            yield from _walk(_decode(value), steps[1:]) if len(steps) > 1 else (text,)
    if not found:
        yield MISSING


def _walk(value: Any, steps: tuple[str | int, ...]) -> Iterator[Any]:
    for at, step in enumerate(steps):
        if step in (ANY, DEEP):
            inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            rest = steps[at + 1 :]
            if step == DEEP:
                yield from _walk(value, rest)
                for item in inner:
                    yield from _walk(item, steps[at:])
                return
            for item in inner:
                yield from _walk(item, rest)
            return
        if isinstance(step, int):
            if not isinstance(value, list) or not -len(value) <= step < len(value):
                yield MISSING
                return
            value = value[step]
        else:
            if not isinstance(value, dict) or step not in value:
                yield MISSING
                return
            value = value[step]
    yield value


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _matcher(node: Comparison) -> Callable[[Any], bool]:
    name = node.operator
    if name == "exists":
        # A whole key or value is there unless it is null; a field is there even if it is null.
        whole = not node.path.steps
        return lambda value: value is not MISSING and not (whole and value is None)
    if name == "is null":
        return lambda value: value is None
    if name == "is not null":
        return lambda value: value is not None and value is not MISSING
    operand = _operand(node)
    if name == "in":
        return lambda value: any(_equal(value, item) for item in operand)
    if name == "==":
        return lambda value: _equal(value, operand)
    if name == "!=":
        return lambda value: not _equal(value, operand)
    if name in _ORDERS:
        compare = _ORDERS[name]
        return lambda value: _kind(value) == _kind(operand) in ("number", "text") and compare(value, operand)
    if name == "contains":
        return lambda value: _contains(value, operand)
    if name == "matches":
        expression = _regular_expression(node)
        return lambda value: isinstance(value, str) and expression.search(value) is not None
    text = str(operand)
    if name == "startswith":
        return lambda value: isinstance(value, str) and value.startswith(text)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "number"
    return "text" if isinstance(value, str) else "other"


def _equal(value: Any, operand: Any) -> bool:
    if value is MISSING:
        return False
    return value is operand if operand is None else _kind(value) == _kind(operand) and bool(value == operand)


def _contains(value: Any, operand: Any) -> bool:
    if isinstance(value, str):
        return str(operand) in value
    if isinstance(value, list):
        return any(_equal(item, operand) for item in value)
    return isinstance(value, dict) and operand in value


def _regular_expression(node: Comparison) -> re.Pattern[str]:
    try:
        return re.compile(str(node.operand))
    except re.error as error:
        raise FilterError(
            f"That is no regular expression: {error.msg}.", node.operand_start, node.operand_length
        ) from None


def _operand(node: Comparison) -> Any:
    """Times may be written as text; whole keys and values are text, so a number there means its digits."""
    operand = node.operand
    items = operand if isinstance(operand, tuple) else (operand,)
    if node.path.root == "timestamp":
        items = tuple(_timestamp(item, node) for item in items)
    elif node.path.root in NUMBER_ROOTS:
        for item in items:
            if _kind(item) != "number":
                raise FilterError(
                    f"`{node.path.root}` is a number; write it without quotes.", node.operand_start, node.operand_length
                )
    elif not node.path.steps or node.path.root == "headers":
        items = tuple(str(item) if _kind(item) == "number" else item for item in items)
    return items if isinstance(operand, tuple) else items[0]


def _timestamp(item: Literal, node: Comparison) -> float:
    if isinstance(item, str):
        try:
            return datetime.fromisoformat(item).timestamp() * 1_000
        except ValueError:
            raise FilterError(
                'A time is written "2026-03-12T13:00:00" or as milliseconds.', node.operand_start, node.operand_length
            ) from None
    if item is None or isinstance(item, bool):
        raise FilterError("A timestamp is a time or milliseconds.", node.operand_start, node.operand_length)
    return float(item)
