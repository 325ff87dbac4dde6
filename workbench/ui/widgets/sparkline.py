"""A curve of steps without axes: 1 pixel line, 18 % fill; gaps stay gaps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from workbench.ui.theme import theme


def paint_spark(painter: QPainter, rect: QRectF, values: Sequence[float | None], color: QColor) -> None:
    """Paints `values`, oldest first, from 0 to their largest, over the whole width of `rect`."""
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return
    top = max(max(known), 1e-9) * 1.1
    step = rect.width() / len(values)
    faint = QColor(color)
    faint.setAlphaF(0.18)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    pen = QPen(color, 1)
    pen.setCosmetic(True)
    last_y: float | None = None
    for place, value in enumerate(values):
        if value is None:
            last_y = None
            continue
        x = rect.left() + place * step
        y = rect.bottom() - value / top * rect.height()
        left, right = round(x), round(x + step)
        painter.fillRect(QRect(left, round(y), right - left, round(rect.bottom()) - round(y)), faint)
        painter.setPen(pen)
        if last_y is not None and round(last_y) != round(y):
            painter.drawLine(left, round(last_y), left, round(y))
        painter.drawLine(left, round(y), max(left, right - 1), round(y))
        last_y = y
    painter.setPen(Qt.PenStyle.NoPen)
    painter.restore()


class Sparkline(QWidget):
    """A sparkline as a widget in a series colour."""

    def __init__(self, rank: int, width: int = 54, height: int = 34) -> None:
        super().__init__()
        self._rank = rank
        self._values: tuple[float | None, ...] = ()
        self.setFixedSize(QSize(theme().px(width), theme().px(height)))
        theme().changed.connect(self.update)

    def show_values(self, values: Sequence[float | None]) -> None:
        """Shows other values, oldest first."""
        fresh = tuple(values)
        if fresh != self._values:
            self._values = fresh
            self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints the curve."""
        painter = QPainter(self)
        paint_spark(painter, QRectF(self.rect()), self._values, theme().series(self._rank))
        painter.end()
