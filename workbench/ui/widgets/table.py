"""The table of the design: no grid, a hairline under each row, fixed heights, sorting by header, Enter opens."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from workbench.ui.item_models.table_model import TableModel
from workbench.ui.theme import theme
from workbench.ui.widgets.cells import CellDelegate

Row = TypeVar("Row")
MIN_STRETCH_PX = 120


class Table(QTableView, Generic[Row]):
    """A view of a `TableModel`; `opened` at double click or Enter, `chosen` when the selection moves."""

    opened = Signal(object)
    chosen = Signal(object)
    menu_wanted = Signal(object, QPoint)

    def __init__(
        self,
        model: TableModel[Row],
        name: str,
        *,
        row_px: int = 24,
        sortable: bool = True,
        stretch_px: int = MIN_STRETCH_PX,
    ) -> None:
        """`name` is the accessible name; `row_px` the height of a row in design pixels."""
        super().__init__()
        self.table_model = model
        self.setModel(model)
        if model.parent() is None:
            model.setParent(self)  # goes with its view, on the window's thread
        self.setAccessibleName(name)
        self.setItemDelegate(CellDelegate(self))
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setMouseTracking(True)
        self.setTabKeyNavigation(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        vertical = self.verticalHeader()
        vertical.hide()
        vertical.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        vertical.setMinimumSectionSize(theme().px(19))
        vertical.setDefaultSectionSize(theme().px(row_px))
        header = self.horizontalHeader()
        header.setFixedHeight(theme().px(24))
        header.setHighlightSections(False)
        header.setMinimumSectionSize(theme().px(28))
        header.setFont(theme().text(11))
        header.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        header.setSortIndicatorClearable(True)
        self._stretch_px = stretch_px
        self._stretched = [place for place, column in enumerate(model.columns) if column.width == 0]
        for place, column in enumerate(model.columns):
            if column.width:
                self.setColumnWidth(place, theme().px(column.width))
        if not self._stretched:
            header.setStretchLastSection(True)  # so that hairlines and header end where the table does
        if sortable:
            header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
            self.setSortingEnabled(True)
        self.doubleClicked.connect(self._open)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._ask_menu)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit(self.current_row()))

    def current_row(self) -> Row | None:
        """The row with the cursor, if it is selected."""
        rows = self.selected_rows()
        return rows[0] if rows else None

    def selected_rows(self) -> list[Row]:
        """All selected rows in the order shown."""
        found = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [row for row in (self.table_model.row_at(index) for index in found) if row is not None]

    def select_place(self, place: int) -> None:
        """Moves cursor and selection to a row, whatever keys are held down."""
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.selectionModel().setCurrentIndex(self.table_model.index(place, 0), flags)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Gives the columns of width 0 what is left."""
        super().resizeEvent(event)
        self.fit_columns()

    def fit_columns(self) -> None:
        """Shares out the width that fixed columns leave."""
        if not self._stretched:
            return
        fixed = sum(
            self.columnWidth(place) for place in range(len(self.table_model.columns)) if place not in self._stretched
        )
        share = (self.viewport().width() - fixed) // len(self._stretched)
        for place in self._stretched:
            self.setColumnWidth(place, max(theme().px(self._stretch_px), share))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens the row."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._open(self.currentIndex())
            return
        super().keyPressEvent(event)

    def _open(self, index: QModelIndex) -> None:
        row = self.table_model.row_at(index)
        if row is not None:
            self.opened.emit(row)

    def _ask_menu(self, place: QPoint) -> None:
        row = self.table_model.row_at(self.indexAt(place))
        if row is not None:
            self.menu_wanted.emit(row, self.viewport().mapToGlobal(place))
