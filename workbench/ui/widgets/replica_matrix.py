"""The matrix of partitions by broker: a row of 19 pixels for each partition, a column under each broker's card.

Paints only the rows that are visible; arrow keys move a cursor, Enter or a double click opens the topic.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from workbench.ui.theme import theme
from workbench.ui.view_models.replica_rows import ReplicaCell, ReplicaRow
from workbench.ui.widgets.badge import ReplicaMark, paint_replica

ROW_PX = 19
NAME_PX = 108
BAR_PX, BAR_HEIGHT_PX = 104, 5
GAP_PX = 8


def column_rects(width: int, count: int) -> list[tuple[int, int]]:
    """Left edge and width of each broker's column; cards and matrix share them."""
    current = theme()
    name, gap, pad = current.px(NAME_PX), current.px(GAP_PX), current.px(12)
    if count == 0:
        return []
    space = width - name - 2 * pad - gap * (count - 1)
    each = max(current.px(120), min(current.px(360), space // count))
    return [(name + pad + place * (each + gap), each) for place in range(count)]


class ReplicaMatrix(QWidget):
    """`opened` carries a topic's name."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[ReplicaRow, ...] = ()
        self._ranks: tuple[int, ...] = ()
        self._cursor = -1
        self.setAccessibleName(self.tr("Partitions by broker"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        theme().changed.connect(self.update)

    def show_rows(self, rows: Sequence[ReplicaRow], ranks: Sequence[int]) -> None:
        """Shows other rows; `ranks` are the series of the brokers in column order."""
        fresh = tuple(rows)
        if fresh == self._rows and tuple(ranks) == self._ranks:
            return
        resized = len(fresh) != len(self._rows)
        self._rows, self._ranks = fresh, tuple(ranks)
        self._cursor = min(self._cursor, len(fresh) - 1)
        if resized:
            self.setMinimumHeight(self.sizeHint().height())
            self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """As high as all rows."""
        return QSize(400, theme().px(ROW_PX) * len(self._rows) + 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the rows in the exposed part."""
        painter = QPainter(self)
        height = theme().px(ROW_PX)
        first = max(0, event.rect().top() // height)
        last = min(len(self._rows) - 1, event.rect().bottom() // height)
        columns = column_rects(self.width(), len(self._ranks))
        for place in range(first, last + 1):
            self._paint_row(painter, place, place * height, height, columns)
        painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move, Enter opens."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 20, Qt.Key.Key_PageUp: -20}.get(
            Qt.Key(event.key())
        )
        if step is not None and self._rows:
            self._cursor = max(0, min(len(self._rows) - 1, self._cursor + step))
            row = self._rows[self._cursor]
            self.setAccessibleDescription(self._words(row))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and 0 <= self._cursor < len(self._rows):
            self.opened.emit(self._rows[self._cursor].topic)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Moves the cursor."""
        self._cursor = self._place_at(event.position().toPoint())
        self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Opens the topic."""
        place = self._place_at(event.position().toPoint())
        if place >= 0:
            self.opened.emit(self._rows[place].topic)

    def event(self, event: QEvent) -> bool:
        """Tells a row in words under the pointer."""
        if isinstance(event, QHelpEvent):
            place = self._place_at(event.pos())
            if place >= 0:
                QToolTip.showText(event.globalPos(), self._words(self._rows[place]), self)
            return True
        return super().event(event)

    def _place_at(self, point: QPoint) -> int:
        place = point.y() // theme().px(ROW_PX)
        return place if 0 <= place < len(self._rows) else -1

    def _words(self, row: ReplicaRow) -> str:
        cells = [cell for cell in row.cells if cell is not None]
        return f"{row.topic}-{row.partition}: " + ", ".join(
            f"{cell.mark} {cell.text} {cell.note}".strip() for cell in cells
        )

    def _paint_row(self, painter: QPainter, place: int, top: int, height: int, columns: list[tuple[int, int]]) -> None:
        current = theme()
        row = self._rows[place]
        if place == self._cursor and self.hasFocus():
            painter.fillRect(QRect(0, top, self.width(), height), current.color("sel"))
        if row.first and place:
            painter.fillRect(QRect(0, top, self.width(), 1), current.color("line"))
        pad = current.px(12)
        if row.first:
            painter.setFont(current.text(12, QFont.Weight.Medium))
            painter.setPen(current.color("t1"))
            space = QRect(pad, top, current.px(NAME_PX) - pad - current.px(16), height)
            words = QFontMetrics(painter.font()).elidedText(row.topic, Qt.TextElideMode.ElideMiddle, space.width())
            painter.drawText(space, Qt.AlignmentFlag.AlignVCenter, words)
        painter.setFont(current.mono(11))
        painter.setPen(current.color("t3"))
        number = QRect(current.px(NAME_PX) - current.px(30), top, current.px(30), height)
        painter.drawText(number, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, str(row.partition))
        for (left, width), cell, rank in zip(columns, row.cells, self._ranks, strict=False):
            self._paint_cell(painter, QRect(left, top, width, height), cell, rank)

    def _paint_cell(self, painter: QPainter, space: QRect, cell: ReplicaCell | None, rank: int) -> None:
        current = theme()
        side = current.px(16)
        left = space.left() + current.px(9)
        middle = space.center().y() + 1
        if cell is None:
            painter.setFont(current.text(12))
            painter.setPen(current.color("t3"))
            painter.drawText(QRect(left, space.top(), side, space.height()), Qt.AlignmentFlag.AlignCenter, "-")
            return
        badge = QRectF(left, middle - side // 2, side, side)
        paint_replica(painter, badge, ReplicaMark(cell.mark), rank)
        left += side + current.px(7)
        text_px = current.px(74)
        bar_width = min(current.px(BAR_PX), space.right() - left - text_px)
        if bar_width > current.px(16):
            bar = QRect(left, middle - current.px(BAR_HEIGHT_PX) // 2, bar_width, current.px(BAR_HEIGHT_PX))
            self._paint_bar(painter, bar, cell, rank)
            left = bar.right() + current.px(9)
        painter.setFont(current.text(12))
        painter.setPen(current.color(cell.tone))
        words = QRect(left, space.top(), space.right() - left, space.height())
        metrics = QFontMetrics(painter.font())
        text = metrics.elidedText(cell.text, Qt.TextElideMode.ElideRight, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, text)
        if cell.note and metrics.horizontalAdvance(f"{text}  {cell.note}") <= words.width():
            painter.setPen(current.color("warn"))
            side = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(words.adjusted(0, 0, -current.px(6), 0), side, cell.note)

    def _paint_bar(self, painter: QPainter, bar: QRect, cell: ReplicaCell, rank: int) -> None:
        current = theme()
        if cell.fraction is None:
            pen = QPen(current.color(cell.tone), 1, Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([2, 2])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(bar.adjusted(0, 0, -1, -1))
            return
        painter.fillRect(bar, current.color("hover"))
        color = QColor(current.color("warn") if cell.mark == "out of sync" else current.series(rank))
        if cell.mark != "leader":
            color.setAlphaF(0.45)
        painter.fillRect(QRect(bar.left(), bar.top(), round(bar.width() * cell.fraction), bar.height()), color)
