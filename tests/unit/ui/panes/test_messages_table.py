"""The table of records: painting, selecting, copying, columns."""

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from workbench.client.browse.batch_rows import rows_of
from workbench.client.model import RecordRow
from workbench.records import BatchView, NewRecord, build_batch
from workbench.ui.item_models.records_model import ListedRows, PagedRows
from workbench.ui.panes.messages_columns import messages_columns
from workbench.ui.panes.messages_table import MessagesTable
from workbench.ui.view_models.messages_rows import RowDecoding


def records(count: int = 50) -> list[RecordRow]:
    made = [NewRecord(1_773_320_000_000 + at, b"k%d" % at, b'{"n": %d, "s": "x"}' % at) for at in range(count)]
    return list(rows_of(BatchView(build_batch(made)), "orders", 1))


@pytest.fixture
def table(qtbot) -> MessagesTable:  # type: ignore[no-untyped-def]
    decoding = RowDecoding()
    decoding.learn(records())
    made = MessagesTable("Messages")
    qtbot.addWidget(made)
    made.resize(800, 400)
    made.show_columns(messages_columns(decoding))
    source = ListedRows()
    source.add(records())
    made.show_source(source)
    made.show()
    return made


def test_it_paints_every_kind_of_row(table: MessagesTable) -> None:
    odd = [NewRecord(-1, None, None), NewRecord(5, b"\xff", b"\x00\x01"), NewRecord(5, b"k", b"x" * 100_000)]
    control = build_batch([NewRecord(5, b"\x00\x00\x00\x01", b"")], control=True)
    source = ListedRows()
    source.add([*rows_of(BatchView(build_batch(odd)), "orders", 0), *rows_of(BatchView(control), "orders", 0)])
    table.show_source(source)
    table.selectRow(0)
    assert not table.grab().isNull()
    texts = [table.columns[-2].text(row) for row in (source.row(at) for at in range(4)) if row is not None]
    assert texts[0] == "null (tombstone)"
    assert texts[3] == "control record: COMMIT"


def test_rows_still_to_be_read_are_marked(table: MessagesTable) -> None:
    asked: list[int] = []
    table.show_source(PagedRows(10_000_000, True, lambda page, *_: asked.append(page)))
    QApplication.processEvents()
    table.verticalScrollBar().setValue(5_000_000)
    table.grab()
    assert 50_000 in asked


def test_the_cursor_tells_the_record_and_enter_opens_it(table: MessagesTable) -> None:
    chosen: list[object] = []
    opened: list[object] = []
    table.chosen.connect(chosen.append)
    table.opened.connect(opened.append)
    table.setFocus()
    table.selectRow(3)
    QTest.keyClick(table, Qt.Key.Key_Down)
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert [row.offset for row in chosen if isinstance(row, RecordRow)] == [3, 4]
    assert isinstance(opened[0], RecordRow) and opened[0].offset == 4
    assert table.current_record() is opened[0]


def test_many_can_be_selected_and_copied(table: MessagesTable) -> None:
    counted: list[int] = []
    table.selection_counted.connect(counted.append)
    model = table.records
    selection = QItemSelection(model.index(2, 0), model.index(4, 0))
    flags = QItemSelectionModel.SelectionFlag
    table.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)
    assert counted[-1] == 3
    assert [row.offset for row in table.selected_records()] == [2, 3, 4]
    QTest.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().splitlines() == [f'{{"n": {at}, "s": "x"}}' for at in (2, 3, 4)]


def test_columns_fit_what_they_hold_and_the_value_takes_the_rest(table: MessagesTable) -> None:
    table.fit_to_rows(records(20))
    names = [column.id for column in table.columns]
    widths = {name: table.columnWidth(at) for at, name in enumerate(names)}
    assert widths["partition"] < widths["timestamp"] < widths["value"]
    assert sum(widths.values()) == table.viewport().width()
    table.resize(1_200, 400)
    assert sum(table.columnWidth(at) for at in range(len(names))) == table.viewport().width()


def test_other_columns_keep_cursor_and_place(table: MessagesTable) -> None:
    table.selectRow(30)
    top = table.verticalScrollBar().value()
    decoding = RowDecoding()
    table.show_columns(messages_columns(decoding, with_date=True))
    assert table.currentIndex().row() == 30
    assert table.verticalScrollBar().value() == top
    row = table.current_record()
    assert row is not None
    stamp = next(column for column in table.columns if column.id == "timestamp")
    assert stamp.text(row)[:3] == "03-"


def test_a_click_on_the_timestamps_turns_the_order(table: MessagesTable) -> None:
    asked: list[bool] = []
    table.order_wanted.connect(lambda: asked.append(True))
    at = [column.id for column in table.columns].index("timestamp")
    table.horizontalHeader().sectionClicked.emit(at)
    table.horizontalHeader().sectionClicked.emit(0)
    assert asked == [True]
    table.show_order(False)
    table.grab()
