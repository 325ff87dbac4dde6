"""The legend of a chart in words: a line in the series colour and the name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from workbench.ui.theme import theme

DASH_PX, GAP_PX = 12, 14


class Legend(QWidget):
    """Right of a chart's title."""

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[tuple[str, int]] = []
        self.setFont(theme().text(11))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme().changed.connect(self.update)

    def show_entries(self, entries: Sequence[tuple[str, int]]) -> None:
        """(name, series) in order."""
        if list(entries) != self._entries:
            self._entries = list(entries)
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As wide as its words."""
        metrics, px = QFontMetrics(self.font()), theme().px
        width = sum(metrics.horizontalAdvance(name) + px(DASH_PX + 5 + GAP_PX) for name, _rank in self._entries)
        return QSize(width, px(16))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints dashes and names."""
        painter = QPainter(self)
        painter.setFont(self.font())
        metrics, px = QFontMetrics(self.font()), theme().px
        left = px(GAP_PX)
        for name, rank in self._entries:
            painter.fillRect(QRect(left, self.height() // 2, px(DASH_PX), max(1, px(1.5))), theme().series(rank))
            left += px(DASH_PX + 5)
            width = metrics.horizontalAdvance(name)
            painter.setPen(theme().color("t2"))
            painter.drawText(QRect(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
            left += width + px(GAP_PX)
        painter.end()
