"""Headers of a message to produce: a line each for name and value, one more as soon as the last is used."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from workbench.ui.theme import theme
from workbench.ui.widgets.buttons import IconButton
from workbench.ui.widgets.layouts import clear, column, row

_Line = tuple[QLineEdit, QLineEdit]


class HeaderLines(QWidget):
    """`edited` with the lines that have a name or a value."""

    edited = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[_Line] = []
        self._box = column(gap=4)
        self.setLayout(self._box)
        self.show_headers(())

    def headers(self) -> tuple[tuple[str, str | None], ...]:
        """Lines with a name or a value."""
        return tuple((name.text(), value.text()) for name, value in self._lines if name.text() or value.text())

    def show_headers(self, headers: Sequence[tuple[str, str | None]]) -> None:
        """Shows others and one empty line."""
        if headers == self.headers() and self._lines:
            return
        clear(self._box)
        self._lines = []
        for name, value in headers:
            self._add(name, value or "")
        self._add("", "")

    def _add(self, name: str, value: str) -> None:
        left, right = QLineEdit(name), QLineEdit(value)
        for field, words in ((left, self.tr("Header name")), (right, self.tr("Header value"))):
            field.setProperty("mono", True)
            field.setPlaceholderText(words)
            field.setAccessibleName(words)
            field.textEdited.connect(lambda _text: self._typed())
        left.setFixedWidth(theme().px(190))
        line = (left, right)
        remove = IconButton("close", self.tr("Remove this header"), on_click=lambda: self._remove(line))
        holder = row(left, right, remove, gap=6)
        holder.setStretch(1, 1)
        self._box.addLayout(holder)
        self._lines.append(line)

    def _typed(self) -> None:
        name, value = self._lines[-1]
        if name.text() or value.text():
            self._add("", "")
        self.edited.emit(self.headers())

    def _remove(self, line: _Line) -> None:
        kept = [(n.text(), v.text()) for n, v in self._lines if (n, v) != line and (n.text() or v.text())]
        clear(self._box)
        self._lines = []
        for name, value in kept:
            self._add(name, value)
        self._add("", "")
        self.edited.emit(self.headers())
