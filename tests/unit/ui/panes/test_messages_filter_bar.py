"""The filter bar: verdict while typing, history, stop."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from workbench.ui.panes.messages_filter_bar import MessagesFilterBar
from workbench.ui.view_models.messages_model import FilterValidity


def verdict(text: str) -> FilterValidity:
    if not text:
        return FilterValidity()
    return FilterValidity("err", "wrong there", 2, 3) if "bad" in text else FilterValidity("ok", "valid")


@pytest.fixture
def bar(qtbot) -> MessagesFilterBar:  # type: ignore[no-untyped-def]
    made = MessagesFilterBar(verdict)
    qtbot.addWidget(made)
    made.resize(700, 40)
    made.show()
    return made


@pytest.fixture
def ran(bar: MessagesFilterBar) -> list[str]:
    made: list[str] = []
    bar.run.connect(made.append)
    return made


def test_the_verdict_comes_soon_after_typing(qtbot, bar: MessagesFilterBar) -> None:  # type: ignore[no-untyped-def]
    QTest.keyClicks(bar.field, "bad one")
    qtbot.waitUntil(lambda: bar.field.property("state") == "err", timeout=2_000)
    assert bar.field.accessibleDescription() == "wrong there"
    assert bar.field.text() == "bad one", "underlining leaves the text alone"
    bar.set_text("good")
    assert bar.field.property("state") == "ok"
    bar.set_text("")
    assert bar.field.property("state") == ""
    bar.grab()


def test_enter_runs_what_is_valid(bar: MessagesFilterBar, ran: list[str]) -> None:
    for text in ("bad", " good ", ""):
        bar.field.setText(text)
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
    assert ran == ["good", ""]


def test_up_and_down_bring_back_what_ran(bar: MessagesFilterBar, ran: list[str]) -> None:
    for text in ("first", "second", "second"):
        bar.field.setText(text)
        QTest.keyClick(bar.field, Qt.Key.Key_Return)
    seen = []
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(bar.field, key)
        seen.append(bar.field.text())
    assert seen == ["second", "first", "first", "second", ""]


def test_the_button_runs_or_stops(bar: MessagesFilterBar, ran: list[str]) -> None:
    stopped: list[bool] = []
    bar.stop.connect(lambda: stopped.append(True))
    bar.field.setText("good")
    bar.button.click()
    bar.show_running(True, "good")
    assert bar.button.text() == "Stop"
    bar.button.click()
    bar.show_running(False, "good")
    assert (ran, stopped, bar.button.text()) == (["good"], [True], "Run")


def test_escape_takes_the_filter_away(bar: MessagesFilterBar, ran: list[str]) -> None:
    bar.show_running(False, "good")
    bar.field.setText("good")
    QTest.keyClick(bar.field, Qt.Key.Key_Escape)
    assert (bar.field.text(), ran) == ("", [""])


def test_a_long_verdict_leaves_room_for_the_text(bar: MessagesFilterBar) -> None:
    bar.field.setText("x" * 200)
    bar.field.show_validity(FilterValidity("err", "y" * 300, 0, 1))
    assert bar.field._verdict.width() <= bar.field.width() * 0.6
