"""Control-channel messages as single lines of JSON.

Invariants: `decode_line(encode_line(m), kinds) == m` for every message; a line that is not a message of `kinds`
gives None and never an exception, because a newer peer, or a stray print, may have written it.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, cast

MAX_LINE_BYTES = 16 * 1024 * 1024
"""Longest line either side reads; ten thousand connections or topics fit."""


def encode_line(message: object) -> bytes:
    """The message as one line, newline included."""
    body = {"type": type(message).__name__, **cast(dict[str, Any], _plain(message))}
    return json.dumps(body, separators=(",", ":"), ensure_ascii=True).encode() + b"\n"


def decode_line(line: bytes, kinds: Sequence[type]) -> object | None:
    """The message in `line` if it is one of `kinds`, else None."""
    if not line.lstrip().startswith(b"{"):
        return None
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict):
        return None
    kind = next((kind for kind in kinds if kind.__name__ == body.get("type")), None)
    if kind is None:
        return None
    try:
        return cast(object, _reader(kind)(body))
    except (TypeError, ValueError, KeyError, AttributeError):
        return None


def _plain(value: object) -> object:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


@cache
def _reader(annotation: Any) -> Callable[[Any], Any]:
    """A function that makes a value of the annotated type out of parsed JSON."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is types.UnionType or origin is typing.Union:
        inner = _reader(next(argument for argument in arguments if argument is not type(None)))
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        item = _reader(arguments[0])
        return lambda values: tuple(item(value) for value in _expect(values, list))
    if origin is not None and issubclass(origin, Mapping):
        item = _reader(arguments[1])
        return lambda values: {key: item(value) for key, value in _expect(values, dict).items()}
    if is_dataclass(annotation):
        return _dataclass_reader(cast(type, annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return annotation
    if annotation is float:
        return lambda value: float(_expect(value, (int, float)))
    return lambda value: _expect(value, annotation)


def _dataclass_reader(kind: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name]) for field in fields(kind)}

    def read(body: Any) -> Any:
        known = {name: readers[name](value) for name, value in _expect(body, dict).items() if name in readers}
        return kind(**known)

    return read


def _expect(value: Any, kind: Any) -> Any:
    wrong_bool = isinstance(value, bool) and kind is not bool
    if wrong_bool or not isinstance(value, kind):
        raise TypeError(f"{value!r} where {kind} belongs")
    return value
