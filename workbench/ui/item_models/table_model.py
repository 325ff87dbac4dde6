"""One adapter from a changing list of frozen rows to a table that sorts, keeps its selection and never flickers.

A column is a function from a row to a `Cell`: plain values that the delegate paints. `set_rows` compares by key:
equal rows cost nothing, changed rows emit `dataChanged`, and only a different set of keys changes the layout.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.system.quick_dataclass import dataclass

Row = TypeVar("Row")
CELL_ROLE = Qt.ItemDataRole.UserRole + 1
ROW_ROLE = Qt.ItemDataRole.UserRole + 2
_ROOT = QModelIndex()
RESET_FROM = 5_000
"""So many rows more or less are a new table: comparing would cost more than painting."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in one place of a table; `tone` is a colour token, `rank` a series.

    `bar` is the filled fraction of a bar before the text, `spark` values of a sparkline, `badge` a broker's
    number in its series colour, `pill` the tone of a pill around the text, `struck` an old value before the text.
    """

    text: str = ""
    tone: str = "t1"
    mono: bool = False
    strong: bool = False
    icon: str = ""
    icon_tone: str = "t3"
    bar: float | None = None
    rank: int | None = None
    spark: tuple[float | None, ...] | None = None
    badges: tuple[tuple[int, int], ...] = ()
    pill: str = ""
    tip: str = ""


@dataclass(frozen=True)
class Column(Generic[Row]):  # without slots: `Column[Row](...)` sets an attribute on the instance
    """One column; `width` in design pixels, 0 takes what is left; `order` gives what to sort by."""

    title: str
    cell: Callable[[Row], Cell]
    width: int = 0
    right: bool = False
    order: Callable[[Row], Any] | None = None
    tip: str = ""


class TableModel(QAbstractTableModel, Generic[Row]):
    """A table of `Row`s, each known by `key(row)`."""

    def __init__(
        self, columns: Sequence[Column[Row]], key: Callable[[Row], Hashable], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self._key = key
        self._rows: list[Row] = []
        self._sort_column = -1
        self._descending = False

    @property
    def rows(self) -> Sequence[Row]:
        """The rows in the order shown."""
        return self._rows

    def row_at(self, index: QModelIndex | QPersistentModelIndex) -> Row | None:
        """The row of an index, None for an invalid one."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def place_of(self, key: Hashable) -> int | None:
        """Where the row with a key stands now."""
        return next((place for place, row in enumerate(self._rows) if self._key(row) == key), None)

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Shows other rows; selection and scroll place stay with the rows they belong to."""
        fresh = self._sorted(list(rows))
        old_keys = [self._key(row) for row in self._rows]
        new_keys = [self._key(row) for row in fresh]
        if old_keys == new_keys:
            self._replace(fresh)
            return
        if abs(len(old_keys) - len(new_keys)) > RESET_FROM:
            self.beginResetModel()
            self._rows = fresh
            self.endResetModel()
            return
        self._remove_missing(set(new_keys))
        by_key = dict(zip(new_keys, fresh, strict=True))
        staying = {self._key(row) for row in self._rows}
        kept = [key for key in new_keys if key in staying]
        if kept != [self._key(row) for row in self._rows]:
            self._reorder([by_key[key] for key in kept], kept)
        else:
            self._replace([by_key[key] for key in kept])
        self._insert_missing(fresh, new_keys, staying)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sorts by a column that has an order, and keeps later rows sorted."""
        self._sort_column = column if 0 <= column < len(self.columns) and self.columns[column].order else -1
        self._descending = order is Qt.SortOrder.DescendingOrder
        fresh = self._sorted(list(self._rows))
        self._reorder(fresh, [self._key(row) for row in fresh])

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Rows at the root."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = _ROOT) -> int:
        """Columns at the root."""
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The cell under CELL_ROLE, its text for display and accessibility, the row under ROW_ROLE."""
        row = self.row_at(index)
        if row is None:
            return None
        if role == ROW_ROLE:
            return row
        column = self.columns[index.column()]
        if role == CELL_ROLE:
            return column.cell(row)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.cell(row).text
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.cell(row).tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation is Qt.Orientation.Vertical or not 0 <= section < len(self.columns):
            return None
        column = self.columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.title
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.tip or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _sorted(self, rows: list[Row]) -> list[Row]:
        if self._sort_column < 0:
            return rows
        order = self.columns[self._sort_column].order
        if order is None:
            return rows

        def unknown_last(row: Row) -> tuple[bool, Any]:
            value = order(row)
            return ((value is None) != self._descending, 0 if value is None else value)

        return sorted(rows, key=unknown_last, reverse=self._descending)

    def _replace(self, fresh: list[Row]) -> None:
        last = len(self.columns) - 1
        for place, (old, new) in enumerate(zip(self._rows, fresh, strict=True)):
            if old != new:
                self._rows[place] = new
                self.dataChanged.emit(self.index(place, 0), self.index(place, last))

    def _remove_missing(self, wanted: set[Hashable]) -> None:
        last = len(self._rows) - 1
        while last >= 0:
            if self._key(self._rows[last]) in wanted:
                last -= 1
                continue
            first = last
            while first > 0 and self._key(self._rows[first - 1]) not in wanted:
                first -= 1
            self.beginRemoveRows(_ROOT, first, last)
            del self._rows[first : last + 1]
            self.endRemoveRows()
            last = first - 1

    def _insert_missing(self, fresh: list[Row], keys: list[Hashable], present: set[Hashable]) -> None:
        place = 0
        while place < len(fresh):
            if keys[place] in present:
                place += 1
                continue
            last = place
            while last + 1 < len(fresh) and keys[last + 1] not in present:
                last += 1
            self.beginInsertRows(_ROOT, place, last)
            self._rows[place:place] = fresh[place : last + 1]
            self.endInsertRows()
            place = last + 1

    def _reorder(self, fresh: list[Row], new_keys: list[Hashable]) -> None:
        self.layoutAboutToBeChanged.emit()
        old_keys = [self._key(row) for row in self._rows]
        places = {key: place for place, key in enumerate(new_keys)}
        before = self.persistentIndexList()
        after = [self.createIndex(places[old_keys[index.row()]], index.column()) for index in before]
        self._rows = fresh
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()
