"""From, to, partitions, decoders, order."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from workbench.client.browse.view_spec import Bound, BoundKind
from workbench.ui.panes.messages_range_bar import MessagesRangeBar
from workbench.ui.view_models.messages_model import Asked, Order


@pytest.fixture
def bar(qtbot) -> MessagesRangeBar:  # type: ignore[no-untyped-def]
    made = MessagesRangeBar()
    qtbot.addWidget(made)
    made.resize(900, 40)
    made.show_asked(Asked(), range(6))
    made.show()
    return made


@pytest.fixture
def changes(bar: MessagesRangeBar) -> list[tuple[str, object]]:
    made: list[tuple[str, object]] = []
    bar.changed.connect(lambda name, value: made.append((name, value)))
    return made


def choose(bar: MessagesRangeBar, field: str, text: str) -> None:
    combo = getattr(bar, field).choice
    place = combo.findText(text)
    assert place >= 0, [combo.itemText(at) for at in range(combo.count())]
    combo.setCurrentIndex(place)
    combo.activated.emit(place)


def test_ready_bounds_apply_at_once(bar: MessagesRangeBar, changes: list[tuple[str, object]]) -> None:
    choose(bar, "start", "Newest 1,000")
    choose(bar, "start", "Earliest")
    assert changes == [("start", Bound(BoundKind.NEWEST, 1_000)), ("start", Bound(BoundKind.EARLIEST))]


def test_typed_bounds_apply_with_enter_once_they_make_sense(
    bar: MessagesRangeBar, changes: list[tuple[str, object]]
) -> None:
    choose(bar, "start", "Offset…")
    field = bar.start.text
    assert not field.isHidden()
    QTest.keyClicks(field, "12x")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.property("state") == "err" and changes == []
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert changes == [("start", Bound(BoundKind.OFFSET, 12))]
    choose(bar, "end", "Time…")
    QTest.keyClicks(bar.end.text, "2026-03-12T13:52:00+00:00")
    QTest.keyClick(bar.end.text, Qt.Key.Key_Return)
    assert changes[-1] == ("end", Bound(BoundKind.TIMESTAMP, 1_773_323_520_000))


def test_what_is_in_force_is_shown(bar: MessagesRangeBar) -> None:
    asked = Asked(
        start=Bound(BoundKind.NEWEST, 77), end=Bound(BoundKind.TIMESTAMP, 1_773_323_520_000), partitions=(1, 2, 4)
    )
    bar.show_asked(asked, range(6))
    assert bar.start.choice.currentText() == "Newest…" and bar.start.text.text() == "77"
    assert bar.end.text.text().startswith("2026-03-12 ")
    assert bar.partitions.currentText() == "1,2, 4"
    bar.show_asked(Asked(order=Order.LIVE), range(6))
    assert bar.start.text.isHidden() and not bar.end.isEnabled()
    assert bar.order.value() == "live"


def test_partitions_from_the_list_or_typed(bar: MessagesRangeBar, changes: list[tuple[str, object]]) -> None:
    field = bar.partitions
    assert field.currentText() == "All 6"
    field.activated.emit(3)
    field.setEditText("0, 3-4")
    field.lineEdit().editingFinished.emit()
    field.setEditText("nonsense")
    field.lineEdit().editingFinished.emit()
    assert field.currentText() == "0, 3,4"
    field.setEditText("0-5")
    field.lineEdit().editingFinished.emit()
    assert [value for _, value in changes] == [(2,), (0, 3, 4), None]
    assert field.currentText() == "All 6"


def test_decoders_show_what_was_guessed(bar: MessagesRangeBar) -> None:
    chosen: list[tuple[object, object]] = []
    bar.decoders_chosen.connect(lambda key, value: chosen.append((key, value)))
    bar.value_decoder.show_decoder("auto", "json")
    assert bar.value_decoder.currentText() == "Auto: JSON"
    bar.value_decoder.activated.emit(bar.value_decoder.findData("hex"))
    bar.key_decoder.activated.emit(bar.key_decoder.findData("int64"))
    assert chosen == [(None, "hex"), ("int64", None)]
    bar.grab()


def test_captions_go_where_it_is_narrow(bar: MessagesRangeBar) -> None:
    assert not any(caption.isHidden() for caption in bar._spare_captions)
    bar.resize(700, 40)
    QApplication.processEvents()
    assert all(caption.isHidden() for caption in bar._spare_captions)
