"""Paints the cells of a table from plain values: text, icon, bar, sparkline, broker badges, pill."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from workbench.ui.item_models.table_model import CELL_ROLE, Cell
from workbench.ui.theme import theme
from workbench.ui.widgets.badge import paint_number
from workbench.ui.widgets.pill import paint_pill, pill_width
from workbench.ui.widgets.sparkline import paint_spark

_SPARK_PX, _BAR_PX = 54, 80


class CellDelegate(QStyledItemDelegate):
    """Draws `Cell`s; selection is a background, the hairline stands under each row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are of fixed height; only the width matters."""
        cell = index.data(CELL_ROLE)
        width = QFontMetrics(option.font).horizontalAdvance(cell.text) if isinstance(cell, Cell) else 40
        return QSize(width + theme().px(24), theme().px(24))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Paints one cell."""
        current = theme()
        rect = QRectF(option.rect)
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        if selected:
            focused = bool(state & QStyle.StateFlag.State_Active) and option.widget.hasFocus()
            painter.fillRect(rect, current.color("sel" if focused else "selin"))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, current.color("hover"))
        painter.setPen(QPen(current.color("line"), 1))
        painter.drawLine(option.rect.bottomLeft(), option.rect.bottomRight())
        cell = index.data(CELL_ROLE)
        if isinstance(cell, Cell):
            right = bool(index.data(Qt.ItemDataRole.TextAlignmentRole) & Qt.AlignmentFlag.AlignRight.value)
            first = index.column() == 0
            edge = current.px(12 if first else 8)
            _paint_cell(painter, rect.adjusted(edge, 0, -current.px(8), -1), cell, right, selected)
        painter.restore()


def _paint_cell(painter: QPainter, rect: QRectF, cell: Cell, right: bool, selected: bool) -> None:
    current = theme()
    ratio = painter.device().devicePixelRatioF()
    series = None if cell.rank is None else current.series(cell.rank)
    middle = rect.center().y()
    for node_id, rank in cell.badges:
        width = current.px(max(16, 8 + 7 * len(str(node_id))))
        box = QRectF(rect.left(), round(middle - current.px(8)), width, current.px(16))
        paint_number(painter, box, str(node_id), current.series(rank), current.ink_on_series(rank))
        rect.setLeft(box.right() + current.px(4))
    if series is not None and cell.bar is None and cell.spark is None:
        box = QRectF(rect.left(), round(middle - current.px(4)), current.px(8), current.px(8))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(series)
        painter.drawRoundedRect(box, 2, 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        rect.setLeft(box.right() + current.px(7))
    if cell.spark is not None:
        box = QRectF(rect.left(), round(middle - current.px(7)), current.px(_SPARK_PX), current.px(14))
        paint_spark(painter, box, cell.spark, series or current.color("t3"))
        rect.setLeft(box.right() + current.px(8))
    if cell.bar is not None:
        box = QRectF(rect.left(), round(middle - current.px(2.5)), current.px(_BAR_PX), current.px(5))
        painter.fillRect(box, current.color("hover"))
        box.setWidth(round(box.width() * min(1.0, max(0.0, cell.bar))))
        painter.fillRect(box, series or current.color(cell.icon_tone))
        rect.setLeft(rect.left() + current.px(_BAR_PX + 8))
    if cell.pill:
        width = pill_width(QFontMetrics(current.text(11)).horizontalAdvance(cell.text), bool(cell.icon))
        box = QRectF(rect.left(), round(middle - current.px(9)), width, current.px(18))
        paint_pill(painter, box, cell.text, cell.pill, cell.icon)
        return
    if cell.icon:
        picture = current.pixmap(cell.icon, cell.icon_tone, 14, ratio)
        painter.drawPixmap(round(rect.left()), round(middle - current.px(7)), picture)
        rect.setLeft(rect.left() + current.px(21))
    weight = QFont.Weight.Medium if cell.strong else QFont.Weight.Normal
    font = current.mono(12, weight) if cell.mono else current.text(12, weight)
    painter.setFont(font)
    painter.setPen(_ink(cell.tone, selected))
    text = QFontMetrics(font).elidedText(cell.text, Qt.TextElideMode.ElideRight, int(rect.width()))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, text)


def _ink(tone: str, selected: bool) -> QColor:
    return theme().color("t2" if selected and tone == "t3" else tone)
