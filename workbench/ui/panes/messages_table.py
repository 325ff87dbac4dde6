"""The table of records: fixed rows painted by one delegate, columns of JSON marked with {}, any number of rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QItemSelection, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from workbench.client.model import RecordRow
from workbench.ui.item_models.records_model import RECORD_ROLE, Index, RecordsModel, RowSource
from workbench.ui.panes.messages_columns import MessagesColumn
from workbench.ui.theme import theme

ROW_PX = 24
MOST_COPIED = 10_000
_MARK = "{} "


class RecordDelegate(QStyledItemDelegate):
    """Paints coloured segments until the cell is full; text is never laid out beyond what is seen."""

    def __init__(self, table: MessagesTable) -> None:
        super().__init__(table)
        self._table = table
        # Fonts are asked for once: hundreds of cells are painted at a time.
        self._mono, self._plain = theme().mono(), theme().text(12)
        self._mono_metrics, self._plain_metrics = QFontMetricsF(self._mono), QFontMetricsF(self._plain)
        self._ellipsis = self._mono_metrics.horizontalAdvance("…")

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        """Rows are fixed; the width serves double click on a header's edge."""
        column = self._table.columns[index.column()]
        row = index.data(RECORD_ROLE)
        text = column.text(row) if isinstance(row, RecordRow) else ""
        width = self._mono_metrics.horizontalAdvance(text[:120])
        return QSize(min(round(width) + theme().px(20), theme().px(560)), theme().px(ROW_PX))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """One cell."""
        current = theme()
        rect: QRect = option.rect
        state = option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        if selected:
            focused = self._table.hasFocus() and self._table.isActiveWindow()
            painter.fillRect(rect, current.color("sel" if focused else "selin"))
        elif index.row() == self._table.hovered_row:
            painter.fillRect(rect, current.color("hover"))
        painter.setPen(QPen(current.color("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        row = index.data(RECORD_ROLE)
        if isinstance(row, RecordRow):
            column = self._table.columns[index.column()]
            left = current.px(12 if index.column() == 0 else 8)
            inner = QRectF(rect).adjusted(left, 0, -current.px(8), -1)
            self._segments(painter, inner, column, row, dim=selected)
        elif index.column() == 1:
            painter.setPen(current.color("t4"))
            painter.setFont(self._mono)
            painter.drawText(QRectF(rect).adjusted(8, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, "…")

    def _segments(self, painter: QPainter, rect: QRectF, column: MessagesColumn, row: RecordRow, *, dim: bool) -> None:
        current = theme()
        painter.setFont(self._mono if column.mono else self._plain)
        metrics = self._mono_metrics if column.mono else self._plain_metrics
        segments = column.segments(row)
        if column.right:
            text = "".join(part for _, part in segments)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width())
            painter.setPen(current.color(_ink(segments[0][0] if segments else "t1", dim)))
            painter.drawText(rect, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, shown)
            return
        baseline = rect.top() + (rect.height() + metrics.ascent() - metrics.descent()) / 2
        x, room = rect.left(), rect.width()
        for at, (token, text) in enumerate(segments):
            painter.setPen(current.color(_ink(token, dim)))
            width = metrics.horizontalAdvance(text)
            last = at == len(segments) - 1
            # A cut row of segments ends with an ellipsis of its own, for which one letter is kept free.
            spare = 0.0 if last else self._ellipsis
            if width + spare > room:
                shown = metrics.elidedText(text + ("" if last else "  "), Qt.TextElideMode.ElideRight, room)
                painter.drawText(round(x), round(baseline), shown)
                return
            painter.drawText(round(x), round(baseline), text)
            x, room = x + width, room - width


def _ink(token: str, dim: bool) -> str:
    return "t2" if dim and token == "t3" else token


class RecordHeader(QHeaderView):
    """Titles in the small size; columns of JSON carry {} in the key colour."""

    def __init__(self, table: MessagesTable) -> None:
        super().__init__(Qt.Orientation.Horizontal, table)
        self._table = table
        self.setFixedHeight(theme().px(24))
        self.setHighlightSections(False)
        self.setSectionsMovable(False)
        self.setMinimumSectionSize(theme().px(28))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme().changed.connect(self.viewport().update)

    def paintSection(self, painter: QPainter, rect: QRect, section: int) -> None:
        """One title."""
        current = theme()
        painter.save()
        painter.fillRect(rect, current.color("window"))
        painter.setPen(QPen(current.color("line"), 1))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        columns = self._table.columns
        if section < len(columns):
            column = columns[section]
            left = current.px(12 if section == 0 else 8)
            inner = QRectF(rect).adjusted(left, 0, -current.px(8), -1)
            font = current.text(11)
            metrics = QFontMetricsF(font)
            mark = _MARK if column.field is not None else ""
            width = metrics.horizontalAdvance(mark)
            title = metrics.elidedText(column.title, Qt.TextElideMode.ElideRight, inner.width() - width)
            start = inner.right() - metrics.horizontalAdvance(title) - width if column.right else inner.left()
            middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.setFont(font)
            painter.setPen(current.color("key"))
            painter.drawText(QRectF(start, inner.top(), width, inner.height()), middle, mark)
            painter.setPen(current.color("t3"))
            painter.drawText(QRectF(start + width, inner.top(), inner.width(), inner.height()), middle, title)
            if column.id == "timestamp":
                icon = "down" if self._table.newest_first else "caret-up"
                picture = current.pixmap(icon, "t3", 10, self.devicePixelRatioF())
                painter.drawPixmap(round(start + metrics.horizontalAdvance(title)) + 5, rect.center().y() - 4, picture)
        painter.restore()


class MessagesTable(QTableView):
    """`chosen` when another record is current, `opened` on Enter or double click, `menu_wanted` on a right click."""

    chosen = Signal(object)
    opened = Signal(object)
    menu_wanted = Signal(object, object, QPoint)
    header_menu_wanted = Signal(object, QPoint)
    selection_counted = Signal(int)
    order_wanted = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.records = RecordsModel(self)
        self.columns: tuple[MessagesColumn, ...] = ()
        self.hovered_row = -1
        self._widths: dict[str, int] = {}
        self.newest_first = True
        self.setModel(self.records)
        self.setAccessibleName(name)
        self.setItemDelegate(RecordDelegate(self))
        self.setHorizontalHeader(RecordHeader(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setMinimumSectionSize(theme().px(ROW_PX))
        vertical.setDefaultSectionSize(theme().px(ROW_PX))
        header = self.horizontalHeader()
        header.setSectionsClickable(True)
        header.sectionClicked.connect(self._header_clicked)
        header.sectionResized.connect(self._resized)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._ask_header_menu)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.doubleClicked.connect(lambda index: self._open(index))
        theme().changed.connect(self.viewport().update)
        self._fitting = False

    # -- content ------------------------------------------------------------------------------------------------

    def show_source(self, source: RowSource) -> None:
        """Other rows; nothing is selected then."""
        self.records.set_source(source)
        self.selectionModel().clear()
        self.chosen.emit(None)
        self.selection_counted.emit(0)

    def show_order(self, newest_first: bool) -> None:
        """The arrow beside the timestamps."""
        self.newest_first = newest_first
        self.horizontalHeader().viewport().update()

    def show_columns(self, columns: Sequence[MessagesColumn]) -> None:
        """Other columns; widths the user gave stay with their column."""
        current = self.currentIndex()
        place = current.row() if current.isValid() else -1
        top = self.verticalScrollBar().value()
        self.columns = tuple(columns)
        self.records.set_columns([(column.title, column.text, column.right) for column in columns])
        for at, column in enumerate(columns):
            self.setColumnWidth(at, self._widths.get(column.id, theme().px(column.width_px)))
        self._fit()
        if 0 <= place < self.records.rowCount():
            self.setCurrentIndex(self.records.index(place, 0))
        self.verticalScrollBar().setValue(top)

    def fit_to_rows(self, rows: Sequence[RecordRow]) -> None:
        """Widens or narrows columns that the user has not touched to what a few rows hold."""
        metrics = QFontMetricsF(theme().mono())
        small = QFontMetricsF(theme().text(11))
        for at, column in enumerate(self.columns):
            if column.stretches or column.id in self._widths or not rows:
                continue
            widest = max(metrics.horizontalAdvance(column.text(row)[:48]) for row in rows)
            title = small.horizontalAdvance((_MARK if column.field else "") + column.title)
            edges = theme().px(20 if at == 0 else 17)
            most = theme().px(200 if column.id == "key" else 150)
            self._fitting = True
            self.setColumnWidth(at, min(most, max(theme().px(36), round(max(widest, title)) + edges)))
            self._fitting = False
        self._fit()

    def selected_records(self) -> list[RecordRow]:
        """Those among the first `MOST_COPIED` selected rows that have been read, in the order shown."""
        rows: list[RecordRow] = []
        looked_at = 0
        for first, last in sorted(self.selected_spans()):
            for place in range(first, last + 1):
                looked_at += 1
                row = self.records.source.at_hand(place)
                if row is not None:
                    rows.append(row)
                if looked_at >= MOST_COPIED:
                    return rows
        return rows

    def selected_spans(self) -> list[tuple[int, int]]:
        """First and last row of each selected span."""
        selection: Any = self.selectionModel().selection()
        return [(part.top(), part.bottom()) for part in selection]

    def current_record(self) -> RecordRow | None:
        """The record with the cursor."""
        return self.records.record_at(self.currentIndex())

    # -- events -------------------------------------------------------------------------------------------------

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tells which record has the cursor."""
        super().currentChanged(current, previous)
        self.chosen.emit(self.records.record_at(current))

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """Counts what is selected, without walking through it."""
        super().selectionChanged(selected, deselected)
        self.selection_counted.emit(sum(last - first + 1 for first, last in self.selected_spans()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The value takes what is left."""
        super().resizeEvent(event)
        self._fit()

    def leaveEvent(self, event: object) -> None:
        """Nothing is hovered."""
        self._hover(-1)

    def mouseMoveEvent(self, event: object) -> None:
        """The whole row is hovered."""
        super().mouseMoveEvent(event)  # type: ignore[arg-type]
        self._hover(self.rowAt(round(event.position().y())))  # type: ignore[attr-defined]

    def _hover(self, row: int) -> None:
        if row != self.hovered_row:
            self.hovered_row = row
            self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens; copy takes the selected records."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_values()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def copy_values(self) -> None:
        """The values of the selected records, one a line."""
        values = (row.value for row in self.selected_records())
        QGuiApplication.clipboard().setText(
            "\n".join("" if v is None else v.decode("utf-8", "replace") for v in values)
        )

    def _open(self, index: QModelIndex) -> None:
        row = self.records.record_at(index)
        if row is not None:
            self.opened.emit(row)

    def _resized(self, section: int, _old: int, new: int) -> None:
        # Only a drag of the header's edge is the user's own wish.
        if not self._fitting and section < len(self.columns) and QGuiApplication.mouseButtons():
            self._widths[self.columns[section].id] = new
            self._fit()

    def _fit(self) -> None:
        stretched = next((at for at, column in enumerate(self.columns) if column.stretches), None)
        if stretched is None or self._fitting:
            return
        self._fitting = True
        others = sum(self.columnWidth(at) for at in range(len(self.columns)) if at != stretched)
        self.setColumnWidth(stretched, max(theme().px(140), self.viewport().width() - others))
        self._fitting = False

    def _header_clicked(self, section: int) -> None:
        if section < len(self.columns) and self.columns[section].id == "timestamp":
            self.order_wanted.emit()

    def _ask_menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        row = self.records.record_at(index)
        if row is not None:
            self.menu_wanted.emit(row, self.columns[index.column()], self.viewport().mapToGlobal(place))

    def _ask_header_menu(self, place: QPoint) -> None:
        at = self.horizontalHeader().logicalIndexAt(place)
        column = self.columns[at] if 0 <= at < len(self.columns) else None
        self.header_menu_wanted.emit(column, self.horizontalHeader().mapToGlobal(place))


def menu_of(parent: QWidget, lines: Sequence[tuple[str, str, Callable[[], object]] | None]) -> QMenu:
    """A menu of (text, icon, what it does); None is a separator."""
    menu = QMenu(parent)
    for line in lines:
        if line is None:
            menu.addSeparator()
            continue
        text, icon, run = line
        action = menu.addAction(text)
        if icon:
            action.setIcon(theme().icon(icon, "t3"))
        action.triggered.connect(lambda _checked=False, run=run: run())
    return menu
