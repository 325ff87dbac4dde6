"""The record inspector: value, raw, headers, batch, for every kind of record."""

import json

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from workbench.client.browse.batch_rows import rows_of
from workbench.client.model import RecordRow
from workbench.records import BatchView, NewRecord, build_batch
from workbench.ui.panes.messages_inspector import RecordInspector

popping_up = pytest.mark.qt_log_ignore("This plugin does not support")


def row(value: bytes | None, key: bytes | None = b"k", cut_bytes: int = 1 << 30, **batch: object) -> RecordRow:
    record = NewRecord(5, key, value, (("trace", b"1"), ("none", None)))
    return next(rows_of(BatchView(build_batch([record], **batch)), "orders", 3, cut_bytes=cut_bytes))  # type: ignore[arg-type]


@pytest.fixture
def inspector(qtbot) -> RecordInspector:  # type: ignore[no-untyped-def]
    made = RecordInspector()
    qtbot.addWidget(made)
    made.resize(330, 700)
    made.show()
    return made


def test_json_is_a_tree(inspector: RecordInspector) -> None:
    inspector.show_record(row(b'{"a": {"b": [1, 2]}, "c": "x"}'), "auto")
    assert inspector.value_stack.currentWidget() is inspector.tree
    assert inspector.tree.values.rowCount() == 2
    assert inspector.tree.isExpanded(inspector.tree.values.index(0, 0))
    assert inspector.kind_words == "JSON, 30 B"
    assert inspector.tabs.tabText(2) == "Headers 2"
    inspector.grab()


@pytest.mark.parametrize(
    ("record", "words", "shown"),
    [
        (row("Grüße".encode()), "text, 7 B", "Grüße"),
        (row(None), "null", "null"),
        (row(b"\xff\x00A"), "bytes, 3 B", "000000 ff 00 41"),
        (row(b"", b"\x00\x00\x00\x00", control=True), "control record", "ABORT"),
    ],
)
def test_what_is_no_json(inspector: RecordInspector, record: RecordRow, words: str, shown: str) -> None:
    inspector.show_record(record, "auto")
    assert inspector.kind_words == words
    assert inspector.value_stack.currentWidget() is inspector.text
    assert inspector.text.toPlainText().startswith(shown)


def test_a_decoder_that_fails_says_why(inspector: RecordInspector) -> None:
    inspector.show_record(row(b"{broken"), "json")
    assert inspector._trouble.words().startswith("not JSON: ")
    inspector.show_record(row(b"{}"), "json")
    assert inspector._trouble.words() == ""


def test_long_values_are_cut_and_say_so(inspector: RecordInspector) -> None:
    inspector.show_record(row(b"y" * 1_000_000), "auto")
    assert len(inspector.text.toPlainText()) < 100_000
    assert "Copy takes all of it" in inspector._trouble.words()
    inspector.show_record(row(b"y" * 1_000, cut_bytes=10), "auto")
    assert inspector._trouble.words() == "Reading the whole value …"


def test_raw_bytes_are_made_when_looked_at(inspector: RecordInspector) -> None:
    inspector.show_record(row(b"ABC", b"key"), "auto")
    assert inspector.raw.toPlainText() == ""
    inspector.tabs.setCurrentIndex(1)
    text = inspector.raw.toPlainText()
    assert "key  3 B" in text and "41 42 43" in text
    inspector.show_record(row(b"XYZ", None), "auto")
    assert "58 59 5a" in inspector.raw.toPlainText() and "key  null" in inspector.raw.toPlainText()


def test_headers_and_batch(inspector: RecordInspector) -> None:
    inspector.show_record(row(b"{}"), "auto")
    assert ("trace", "1", "") in inspector.header_list._facts
    assert ("none", "null", "") in inspector.header_list._facts
    assert any(name == "CRC-32C" and tone == "ok" for name, _, tone in inspector.batch_list._facts)
    for place in (2, 3):
        inspector.tabs.setCurrentIndex(place)
        inspector.grab()


def test_sections_fold(inspector: RecordInspector) -> None:
    inspector.show_record(row(b"{}"), "auto")
    section = inspector._batch
    QTest.mouseClick(section.layout().itemAt(0).widget(), Qt.MouseButton.LeftButton)
    assert section.facts.isHidden()


def lines_of_menu(inspector: RecordInspector) -> dict[str, object]:
    menu = inspector.findChildren(QMenu)[-1]
    found = {action.text(): action for action in menu.actions() if action.text()}
    menu.hide()
    return found


@popping_up
def test_a_field_becomes_a_filter_or_a_column(inspector: RecordInspector) -> None:
    filters: list[str] = []
    columns: list[object] = []
    inspector.filter_wanted.connect(filters.append)
    inspector.column_wanted.connect(columns.append)
    inspector.show_record(row(json.dumps({"a b": {"c": "x"}, "list": [None]}).encode()), "auto")
    values = inspector.tree.values
    inner = values.node_of(values.index(0, 0, values.index(0, 0)))
    inspector._tree_menu(inner, QPoint(0, 0))
    actions = lines_of_menu(inspector)
    for words in ('Filter: value["a b"].c == "x"', "Show as column", "Copy path"):
        actions[words].trigger()  # type: ignore[attr-defined]
    assert filters == ['value["a b"].c == "x"']
    assert columns == [("a b", "c")]
    assert QGuiApplication.clipboard().text() == 'value["a b"].c'
    element = values.node_of(values.index(0, 0, values.index(1, 0)))
    inspector._tree_menu(element, QPoint(0, 0))
    actions = lines_of_menu(inspector)
    assert "Show as column" not in actions
    actions["Filter: value.list[0] is null"].trigger()  # type: ignore[attr-defined]
    assert filters[-1] == "value.list[0] is null"


@popping_up
def test_copying(inspector: RecordInspector) -> None:
    inspector.show_record(row(b'{"a": 1}', b"key"), "auto")
    inspector._copy_menu()
    actions = lines_of_menu(inspector)
    for words, expected in (("Value", '{"a": 1}'), ("Key", "key"), ("Value as hex", "7b 22 61 22 3a 20 31 7d")):
        actions[words].trigger()  # type: ignore[attr-defined]
        assert QGuiApplication.clipboard().text() == expected


def test_sending_again_is_asked_for_or_explained_away(inspector: RecordInspector) -> None:
    wanted: list[tuple[str, RecordRow]] = []
    inspector.resend_wanted.connect(lambda record: wanted.append(("resend", record)))
    inspector.edit_wanted.connect(lambda record: wanted.append(("edit", record)))
    record = row(b"{}")
    inspector.show_record(record, "auto")
    inspector._edit.click()
    inspector._resend.click()
    assert wanted == [("edit", record), ("resend", record)]
    inspector.explain_writing("local is stopped.")
    assert not inspector._resend.isEnabled() and inspector._resend.toolTip() == "local is stopped."
