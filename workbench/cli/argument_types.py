"""Numbers on the command line, refused with a sentence where they make no sense."""

from __future__ import annotations

from argparse import ArgumentTypeError

LAST_PORT = 65_535


def port(text: str) -> int:
    """A port, or 0 for any that is free."""
    return _number(text, 0, LAST_PORT)


def count(text: str) -> int:
    """How many of something there are to be, at least one."""
    return _number(text, 1, None)


def _number(text: str, least: int, most: int | None) -> int:
    try:
        number = int(text)
    except ValueError:
        number = least - 1
    if number < least or (most is not None and number > most):
        wanted = f"from {least} to {most}" if most is not None else f"from {least} on"
        raise ArgumentTypeError(f"{text!r} is not a whole number {wanted}")
    return number
