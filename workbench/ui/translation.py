"""QT_TRANSLATE_NOOP with a type: marks a text of a table for Qt's translation without translating it yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from PySide6 import QtCore

QT_TRANSLATE_NOOP: Callable[[str, str], str] = cast(Any, QtCore).QT_TRANSLATE_NOOP
"""(context, text) -> text."""
