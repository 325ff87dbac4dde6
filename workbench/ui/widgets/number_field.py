"""A field for a whole number: typed, or changed with the arrow keys; its text has the margin of other fields."""

from __future__ import annotations

from PySide6.QtWidgets import QSpinBox

from workbench.ui.theme import theme


def number_field(low: int, high: int, name: str, *, value: int | None = None, width_px: int = 96) -> QSpinBox:
    """A field between two bounds; `name` is its accessible name, `value` what it holds at first (the lower bound)."""
    field = QSpinBox()
    field.setRange(low, high)
    field.setValue(low if value is None else value)
    field.setAccessibleName(name)
    field.setFixedWidth(theme().px(width_px))
    # A style sheet's padding does not reach the line edit inside.
    field.lineEdit().setTextMargins(theme().px(6), 0, 0, 0)
    return field
