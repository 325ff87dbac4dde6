"""Boxes on the grid of four pixels, hairlines, scrolling columns."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from workbench.ui.theme import theme

Item = QWidget | QLayout | int | None
"""A widget, a layout, a fixed gap in pixels, or None for what stretches."""


def fill(box: QBoxLayout, *items: Item) -> None:
    """Adds items in order: None stretches, a number is a gap."""
    for item in items:
        if item is None:
            box.addStretch(1)
        elif isinstance(item, int):
            box.addSpacing(item)
        elif isinstance(item, QLayout):
            box.addLayout(item)
        else:
            box.addWidget(item)


def row(*items: Item, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """A horizontal box; margins are left, top, right, bottom."""
    box = QHBoxLayout()
    box.setContentsMargins(*margins)
    box.setSpacing(gap)
    fill(box, *items)
    return box


def column(*items: Item, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """A vertical box; margins are left, top, right, bottom."""
    box = QVBoxLayout()
    box.setContentsMargins(*margins)
    box.setSpacing(gap)
    fill(box, *items)
    return box


def panel(layout: QLayout, name: str = "", *, height: int | None = None) -> QFrame:
    """A frame with a layout and an object name for the style sheet; `height` in design pixels."""
    frame = QFrame()
    if name:
        frame.setObjectName(name)
    frame.setLayout(layout)
    if height is not None:
        frame.setFixedHeight(theme().px(height))
    return frame


def hairline() -> QFrame:
    """A horizontal line of one pixel."""
    line = QFrame()
    line.setObjectName("hairline")
    line.setFixedHeight(1)
    return line


class ScrollColumn(QScrollArea):
    """A column that scrolls vertically and is as wide as its place."""

    def __init__(self, *, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)
        self.canvas = QWidget()
        self.canvas.setObjectName("canvas")
        self.canvas.setAutoFillBackground(False)
        self.box = column(gap=gap, margins=margins)
        self.canvas.setLayout(self.box)
        self.setWidget(self.canvas)

    def minimumSizeHint(self) -> QSize:
        """Narrow is allowed; content wraps."""
        return QSize(80, 40)


def clear(box: QLayout) -> None:
    """Takes everything out of a layout and deletes its widgets later."""
    while (item := box.takeAt(0)) is not None:
        widget = item.widget()
        inner = item.layout()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def focus_next(before: QWidget, *parts: QWidget) -> None:
    """Lets the Tab key go from `before` through `parts`, which were made later than what follows them."""
    for part in parts:
        for widget in (part, *part.findChildren(QWidget)):
            if widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                QWidget.setTabOrder(before, widget)
                before = widget


def expanding(widget: QWidget) -> QWidget:
    """Lets a widget take all width that is left."""
    policy = widget.sizePolicy()
    policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)
    widget.setSizePolicy(policy)
    return widget
