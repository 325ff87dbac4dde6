"""How a conversation is written down: compact, line by line, so that a person reviews it and a diff explains it."""

from __future__ import annotations

from typing import Any

WIDTH = 140


def scalar(value: Any) -> str:
    """One value as it stands in a transcript."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return repr(value)[1:] if len(value) <= 120 else f"({len(value)} bytes)"
    if isinstance(value, str):
        quoted = (
            value == ""
            or value != value.strip()
            or any(mark in value for mark in "{}[],:\n")
            or not value.isprintable()
        )
        return repr(value) if quoted else value
    return str(value)


def inline(value: Any) -> str:
    """A whole value on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {inline(item)}" for name, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(inline(item) for item in value) + "]"
    return scalar(value)


def lines(value: Any) -> list[str]:
    """A value over as many lines as it needs, without indentation in front."""
    if not isinstance(value, dict | list | tuple) or (_is_flat(value) and len(inline(value)) <= WIDTH):
        return [inline(value)]
    written: list[str] = []
    if isinstance(value, dict):
        for name, item in value.items():
            inner = lines(item)
            if len(inner) == 1 and not inner[0].startswith("- "):
                written.append(f"{name}: {inner[0]}")
            else:
                written.append(f"{name}:")
                written += ["  " + line for line in inner]
        return written
    for item in value:
        first, *rest = lines(item)
        written.append("- " + first)
        written += ["  " + line for line in rest]
    return written


def _is_flat(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return all(not isinstance(item, dict | list | tuple) or (not item or _is_scalars(item)) for item in items)


def _is_scalars(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    return all(not isinstance(item, dict | list | tuple) for item in items)
