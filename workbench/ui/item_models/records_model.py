"""Records as a table of any length: rows come from a source that loads pages when they are looked at.

`PagedRows` is a whole view of millions, a page at a time, with only the latest pages kept; `PackedMatches` are what a
scan found, `ListedRows` what arrives. Offsets that hold no record shorten their page once it is read.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from workbench.client.browse.view_spec import PackedRows
from workbench.client.model import RecordRow

RECORD_ROLE = Qt.ItemDataRole.UserRole + 1
PAGE_ROWS = 100
KEPT_PAGES = 300
KEPT_PARTS = 40
_ROOT = QModelIndex()

Index = QModelIndex | QPersistentModelIndex


class PageLengths:
    """How many rows each page has, with sums by halves, so that a row's page is found in log time."""

    def __init__(self, total: int, page_rows: int = PAGE_ROWS) -> None:
        self.page_rows = page_rows
        self.pages = -(-total // page_rows)
        self._full_total = total
        self._missing: dict[int, int] = {}
        self._missing_total = 0
        self._tree = [0] * (self.pages + 1)

    @property
    def total(self) -> int:
        """Rows in all pages as far as known."""
        return self._full_total - self._missing_total

    def nominal(self, page: int) -> int:
        """Rows of a page that misses none."""
        return min(self.page_rows, self._full_total - page * self.page_rows)

    def length(self, page: int) -> int:
        """Rows of a page as far as known."""
        return self.nominal(page) - self._missing.get(page, 0)

    def shorten(self, page: int, length: int) -> int:
        """Sets the rows of a page; returns how many fewer they are than before."""
        less = self.length(page) - length
        if less:
            self._missing[page] = self._missing.get(page, 0) + less
            self._missing_total += less
            at = page + 1
            while at <= self.pages:
                self._tree[at] += less
                at += at & -at
        return less

    def first_row(self, page: int) -> int:
        """Where a page begins."""
        missing, at = 0, page
        while at:
            missing += self._tree[at]
            at -= at & -at
        return page * self.page_rows - missing

    def find(self, row: int) -> tuple[int, int]:
        """Page of a row, and the row's place in it."""
        if not self._missing_total:
            return divmod(row, self.page_rows)
        low, high = row // self.page_rows, self.pages - 1
        while low < high:
            middle = (low + high + 1) // 2
            if self.first_row(middle) <= row:
                low = middle
            else:
                high = middle - 1
        return low, row - self.first_row(low)


class RowSource(QObject):
    """What the model shows. `loaded(first, last)` when rows changed, `shrunk`/`grown` around changes of number."""

    loaded = Signal(int, int)
    about_to_remove = Signal(int, int)
    removed = Signal()
    about_to_insert = Signal(int, int)
    inserted = Signal()

    @property
    def count(self) -> int:
        """Rows now."""
        raise NotImplementedError

    def row(self, place: int) -> RecordRow | None:
        """The row at a place, None while it is being read."""
        raise NotImplementedError

    def at_hand(self, place: int) -> RecordRow | None:
        """The row at a place if it has been read; asking reads nothing."""
        return self.row(place)


class PagedRows(RowSource):
    """`fetch(position, count)` is asked for spans of ascending positions; `give` brings them."""

    def __init__(self, total: int, newest_first: bool, fetch: Callable[[int, int, int], None]) -> None:
        super().__init__()
        self._total = total
        self._newest_first = newest_first
        self._fetch = fetch
        self._lengths = PageLengths(total)
        self._pages: OrderedDict[int, list[RecordRow]] = OrderedDict()
        self._asked: set[int] = set()

    @property
    def count(self) -> int:
        return self._lengths.total

    def row(self, place: int) -> RecordRow | None:
        page, inside = self._lengths.find(place)
        rows = self._pages.get(page)
        if rows is None:
            self._ask(page)
            return None
        self._pages.move_to_end(page)
        return rows[inside] if inside < len(rows) else None

    def at_hand(self, place: int) -> RecordRow | None:
        page, inside = self._lengths.find(place)
        rows = self._pages.get(page)
        return rows[inside] if rows is not None and inside < len(rows) else None

    def _ask(self, page: int) -> None:
        if page not in self._asked:
            self._asked.add(page)
            self._fetch(page, *self.span(page))

    def span(self, page: int) -> tuple[int, int]:
        """First ascending position of a page, and how many it spans."""
        first, count = page * PAGE_ROWS, self._lengths.nominal(page)
        return (self._total - first - count, count) if self._newest_first else (first, count)

    def give(self, page: int, rows: Sequence[RecordRow]) -> None:
        """A page was read; `rows` ascending."""
        self._asked.discard(page)
        shown = list(reversed(rows)) if self._newest_first else list(rows)
        first, before = self._lengths.first_row(page), self._lengths.length(page)
        self._pages[page] = shown
        if len(shown) < before:
            self.about_to_remove.emit(first + len(shown), first + before - 1)
            self._lengths.shorten(page, len(shown))
            self.removed.emit()
        while len(self._pages) > KEPT_PAGES:
            self._pages.popitem(last=False)
        if shown:
            self.loaded.emit(first, first + len(shown) - 1)

    def refuse(self, page: int) -> None:
        """A page was not read; looking at it asks again."""
        self._asked.discard(page)

    @property
    def loaded_rows(self) -> list[RecordRow]:
        """What is at hand, for guesses."""
        return [row for rows in self._pages.values() for row in rows]


class ListedRows(RowSource):
    """Rows that are all at hand. With `newest_on_top`, `add` puts them at the top, and at most `limit` stay."""

    def __init__(self, *, newest_on_top: bool = False, limit: int | None = None) -> None:
        super().__init__()
        self._rows: list[RecordRow] = []
        self._newest_on_top = newest_on_top
        self._limit = limit

    @property
    def count(self) -> int:
        return len(self._rows)

    @property
    def rows(self) -> Sequence[RecordRow]:
        """All of them, in storing order."""
        return self._rows

    def row(self, place: int) -> RecordRow | None:
        # Stored oldest first even when shown newest first: adding at the end of a list costs nothing.
        at = len(self._rows) - 1 - place if self._newest_on_top else place
        return self._rows[at] if 0 <= at < len(self._rows) else None

    def add(self, rows: Sequence[RecordRow]) -> None:
        """`rows` in the order they came."""
        if not rows:
            return
        if self._limit is not None and len(rows) > self._limit:
            rows = rows[-self._limit :]
        first = 0 if self._newest_on_top else len(self._rows)
        self.about_to_insert.emit(first, first + len(rows) - 1)
        self._rows.extend(rows)
        self.inserted.emit()
        over = len(self._rows) - self._limit if self._limit is not None else 0
        if over > 0:
            first = len(self._rows) - over if self._newest_on_top else 0
            self.about_to_remove.emit(first, first + over - 1)
            del self._rows[:over]
            self.removed.emit()


class PackedMatches(RowSource):
    """Matches in the order found, kept packed; those in sight are unpacked."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[PackedRows] = []
        self._starts: list[int] = []
        self._count = 0
        self._unpacked: OrderedDict[int, list[RecordRow]] = OrderedDict()

    @property
    def count(self) -> int:
        return self._count

    @property
    def parts(self) -> Sequence[PackedRows]:
        """All of them, packed."""
        return self._parts

    def row(self, place: int) -> RecordRow | None:
        if not 0 <= place < self._count:
            return None
        part = bisect_right(self._starts, place) - 1
        rows = self._unpacked.get(part)
        if rows is None:
            rows = self._unpacked[part] = self._parts[part].rows()
            if len(self._unpacked) > KEPT_PARTS:
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(part)
        return rows[place - self._starts[part]]

    def add(self, parts: Sequence[PackedRows]) -> None:
        """More matches."""
        added = sum(part.count for part in parts)
        if not added:
            return
        self.about_to_insert.emit(self._count, self._count + added - 1)
        for part in parts:
            self._starts.append(self._count)
            self._parts.append(part)
            self._count += part.count
        self.inserted.emit()


class RecordsModel(QAbstractTableModel):
    """`columns` are (title, text of a row) pairs; the delegate paints from RECORD_ROLE."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._source: RowSource = ListedRows()
        self._columns: Sequence[tuple[str, Callable[[RecordRow], str], bool]] = ()
        self._connected: tuple[tuple[Any, Callable[..., None]], ...] = ()

    @property
    def source(self) -> RowSource:
        """What is shown."""
        return self._source

    def set_source(self, source: RowSource) -> None:
        """Shows other rows."""
        self.beginResetModel()
        for signal, slot in self._connected:
            signal.disconnect(slot)
        self._source = source
        self._connected = (
            (source.loaded, self._loaded),
            (source.about_to_remove, self._begin_remove),
            (source.removed, self.endRemoveRows),
            (source.about_to_insert, self._begin_insert),
            (source.inserted, self.endInsertRows),
        )
        for signal, slot in self._connected:
            signal.connect(slot)
        self.endResetModel()

    def set_columns(self, columns: Sequence[tuple[str, Callable[[RecordRow], str], bool]]) -> None:
        """Title, text of a row, whether it stands at the right."""
        self.beginResetModel()
        self._columns = tuple(columns)
        self.endResetModel()

    def record_at(self, index: Index) -> RecordRow | None:
        """The record of a row, None while it is being read."""
        return self._source.row(index.row()) if index.isValid() and index.row() < self._source.count else None

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Rows at the root."""
        return 0 if parent.isValid() else self._source.count

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Columns at the root."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The record itself, or a column's text for accessibility and copying."""
        if role not in (RECORD_ROLE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        row = self.record_at(index)
        if row is None or role == RECORD_ROLE:
            return row
        return self._columns[index.column()][1](row)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation is Qt.Orientation.Vertical or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section][0]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if self._columns[section][2] else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def _loaded(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, max(0, len(self._columns) - 1)))

    def _begin_remove(self, first: int, last: int) -> None:
        self.beginRemoveRows(_ROOT, first, last)

    def _begin_insert(self, first: int, last: int) -> None:
        self.beginInsertRows(_ROOT, first, last)
