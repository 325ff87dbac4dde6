"""Controls: what they show, what they emit, that they paint in both themes."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.theme import ThemeChoice, theme
from workbench.ui.view_models.broker_cards import BrokerCardData
from workbench.ui.view_models.group_rows import GroupPartitionRow, MemberBox
from workbench.ui.view_models.replica_rows import ReplicaCell, ReplicaRow
from workbench.ui.widgets.assignment_links import AssignmentLinks
from workbench.ui.widgets.badge import BrokerBadge, ReplicaBadge, ReplicaMark
from workbench.ui.widgets.broker_card import BrokerCard
from workbench.ui.widgets.buttons import Button, IconButton, Segmented
from workbench.ui.widgets.code_block import CodeBlock
from workbench.ui.widgets.colour_choice import ColourChoice
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel
from workbench.ui.widgets.layouts import clear, column, focus_next
from workbench.ui.widgets.legend import Legend
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.pill import TONES, Pill
from workbench.ui.widgets.replica_matrix import ROW_PX, ReplicaMatrix, column_rects
from workbench.ui.widgets.sparkline import Sparkline, paint_spark
from workbench.ui.widgets.table import Table
from workbench.ui.widgets.toast import Toast


def _painted(widget: QWidget, qtbot: QtBot, width: int = 600, height: int = 200) -> QImage:
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    return widget.grab().toImage()


def _colours(image: QImage) -> set[int]:
    return {image.pixel(x, y) for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)}


def test_a_button_says_why_it_is_disabled(qtbot: QtBot) -> None:
    pressed: list[int] = []
    button = Button("Delete", "delete", on_click=lambda: pressed.append(1))
    qtbot.addWidget(button)
    button.explain("Choose a topic first.")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [] and button.toolTip() == "Choose a topic first."
    assert button.accessibleName() == "Delete" and button.accessibleDescription() == "Choose a topic first."
    button.explain("")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert pressed == [1]
    icon = IconButton("close", "Close")
    qtbot.addWidget(icon)
    icon.explain("It is pinned.")
    assert icon.toolTip() == "Close: It is pinned." and not icon.isEnabled()


def test_segments_choose_one(qtbot: QtBot) -> None:
    segments = Segmented((("a", "A"), ("b", "B")), "a", "Which")
    qtbot.addWidget(segments)
    chosen: list[str] = []
    segments.chosen.connect(chosen.append)
    buttons = segments.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
    qtbot.mouseClick(buttons[1], Qt.MouseButton.LeftButton)
    assert chosen == ["b"] and segments.value() == "b"
    segments.choose("a")
    assert segments.value() == "a" and chosen == ["b"]
    assert [button.accessibleName() for button in buttons] == ["Which: A", "Which: B"]


def test_code_is_copied_as_it_is_shown(qtbot: QtBot) -> None:
    block = CodeBlock((("Shell", "kafka-topics.sh --list"), ("Python", "print(1)  # one")), "By hand")
    qtbot.addWidget(block)
    block.tabs.setCurrentIndex(1)
    block.copy()
    assert QGuiApplication.clipboard().text() == "print(1)  # one"
    block.set_texts((("Shell", "x"), ("Python", "print(2)")))
    assert block.code.toPlainText() == "print(2)"


def test_a_notice_shows_code_and_remedy_and_hides_when_empty(qtbot: QtBot) -> None:
    notice = Notice("Careful.", "warn")
    qtbot.addWidget(notice)
    done: list[int] = []
    notice.set_remedy("Start it", lambda: done.append(1))
    assert notice.button is not None
    qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert done == [1] and notice.accessibleName() == "Careful."
    notice.show_text("", "err")
    assert notice.isHidden()


def test_an_empty_state_changes_words_and_buttons(qtbot: QtBot) -> None:
    state = EmptyState("topic", "No topics yet", "Make one.", [Button("Make"), Button("Learn")])
    qtbot.addWidget(state)
    assert len(state.findChildren(Button)) == 2
    state.set_buttons([Button("Other")])
    assert [button.text() for button in state.findChildren(Button)] == ["Other"]


def test_an_elided_label_gives_its_full_text_as_tool_tip(qtbot: QtBot) -> None:
    label = ElidedLabel("a very long name of a topic that does not fit")
    _painted(label, qtbot, 60, 20)
    assert label.toolTip() == label.text()
    label.resize(900, 20)
    label.grab()
    assert label.toolTip() == ""


def test_a_toast_offers_undo(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.resize(500, 300)
    undone: list[int] = []
    toast = Toast(parent, "Deleted", ("Undo", lambda: undone.append(1)))
    button = toast.findChild(Button)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert undone == [1]


def test_a_layout_is_emptied_with_all_in_it(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    inner = column(Button("a"))
    outer = column(Button("b"))
    outer.addLayout(inner)
    host.setLayout(outer)
    clear(outer)
    assert outer.count() == 0 and host.findChildren(Button) == []


@pytest.mark.parametrize("choice", [ThemeChoice.LIGHT, ThemeChoice.DARK])
def test_marks_are_painted_and_differ(choice: ThemeChoice, qtbot: QtBot) -> None:
    theme().choose(choice)
    pictures = []
    for mark in ReplicaMark:
        image = _painted(ReplicaBadge(mark, 1), qtbot, 16, 16)
        assert len(_colours(image)) > 1
        pictures.append(image)
    assert all(one != other for place, one in enumerate(pictures) for other in pictures[:place])
    assert len(_colours(_painted(BrokerBadge(12, 3), qtbot))) > 1
    for tone in TONES:
        assert len(_colours(_painted(Pill("running", tone, "ok"), qtbot))) > 2


def test_a_sparkline_leaves_gaps_open(qtbot: QtBot) -> None:
    image = QImage(100, 20, QImage.Format.Format_RGB32)
    image.fill(theme().color("base"))
    painter = QPainter(image)
    paint_spark(painter, QRectF(0, 0, 100, 20), [5.0, 5.0, None, None, 5.0], theme().series(0))
    painter.end()
    ground = theme().color("base").rgb()
    assert image.pixel(10, 18) != ground and image.pixel(90, 18) != ground
    assert image.pixel(50, 18) == ground
    line = Sparkline(0)
    line.show_values([1.0, 2.0])
    assert len(_colours(_painted(line, qtbot))) > 1


def test_a_card_shows_the_switches_that_fit(qtbot: QtBot) -> None:
    pressed: list[tuple[str, int]] = []
    card = BrokerCard(2, 1, lambda what, node: pressed.append((what, node)))
    qtbot.addWidget(card)
    card.resize(320, 112)
    card.show()

    def data(**more: Any) -> BrokerCardData:
        values: dict[str, Any] = {
            "node_id": 2, "rank": 1, "state": "running", "tone": "ok", "icon": "ok", "is_controller": False,
            "lines": ("<b>1</b> leader",), "foot": "port 9092", "spark": (), "embedded": True, "has_process": True,
            "paused": False, "alarm": False,
        }  # fmt: skip
        return BrokerCardData(**{**values, **more})

    def visible() -> list[str]:
        found = [*card.findChildren(Button), *card.findChildren(IconButton)]
        return sorted(button.accessibleName() for button in found if button.isVisible())

    card.show_data(data())
    assert visible() == ["Kill broker 2, as kill -9 does", "Pause broker 2", "Stop broker 2"]
    card.show_data(data(has_process=False, state="killed", tone="err", alarm=True))
    assert visible() == ["Show last log lines", "Start"]
    start = next(button for button in card.findChildren(Button) if button.accessibleName() == "Start")
    qtbot.mouseClick(start, Qt.MouseButton.LeftButton)
    assert pressed == [("broker.start", 2)]
    card.show_data(data(embedded=False))
    assert visible() == []


def test_columns_of_cards_and_matrix_never_overlap(qtbot: QtBot) -> None:
    for count in range(1, 6):
        rects = column_rects(1100, count)
        assert len(rects) == count
        assert all(left + width <= after for (left, width), (after, _w) in itertools.pairwise(rects))


def test_the_matrix_moves_its_cursor_and_opens(qtbot: QtBot) -> None:
    matrix = ReplicaMatrix()
    cells = (ReplicaCell("leader", 1.0, "10", "t1"), ReplicaCell("out of sync", None, "behind", "warn"), None)
    rows = [ReplicaRow(name, 0, True, cells) for name in ("a", "b", "c")]
    matrix.show_rows(rows, (0, 1, 2))
    image = _painted(matrix, qtbot, 900, 100)
    assert len(_colours(image)) > 4
    opened: list[str] = []
    matrix.opened.connect(opened.append)
    for _ in range(2):
        qtbot.keyClick(matrix, Qt.Key.Key_Down)
    assert "b-0" in matrix.accessibleDescription()
    qtbot.keyClick(matrix, Qt.Key.Key_Return)
    qtbot.mouseDClick(matrix, Qt.MouseButton.LeftButton, pos=QPoint(20, theme().px(ROW_PX) * 2 + 5))
    assert opened == ["b", "c"]


def test_links_tell_who_reads_what(qtbot: QtBot) -> None:
    links = AssignmentLinks()
    parts = [
        GroupPartitionRow("t", number, "m" if number else "", 4 if number else None, 1, 5, 4, 1.0, "", ())
        for number in range(2)
    ]
    links.show_group(parts, [MemberBox("1", "m", "host", "", 4, (("t", 1),))])
    image = _painted(links, qtbot, 800, 120)
    alone = AssignmentLinks()
    alone.show_group(parts, [])
    without = _painted(alone, qtbot, 800, 120)
    assert any(image.pixel(400, y) != without.pixel(400, y) for y in range(120)), "a curve runs through the middle"
    qtbot.keyClick(links, Qt.Key.Key_Down)
    assert "t-0 is read by nobody" in links.accessibleDescription()


def test_a_colour_is_chosen_by_keys(qtbot: QtBot) -> None:
    choice = ColourChoice((3, 5, 6))
    _painted(choice, qtbot)
    assert choice.value() == 3
    qtbot.keyClick(choice, Qt.Key.Key_Left)
    assert choice.value() == 6
    qtbot.mouseClick(choice, Qt.MouseButton.LeftButton, pos=QPoint(theme().px(30), 10))
    assert choice.value() == 5


def test_headers_and_legends_paint(qtbot: QtBot) -> None:
    header = PaneHeader("Topics", "topic", (Button("Create"),))
    header.show_facts("3 topics")
    assert len(_colours(_painted(header, qtbot))) > 3
    legend = Legend()
    legend.show_entries([("broker 1", 0), ("broker 2", 1)])
    assert legend.sizeHint().width() > 100 and len(_colours(_painted(legend, qtbot))) > 3


def test_a_table_paints_every_kind_of_cell_and_opens_with_enter(qtbot: QtBot) -> None:
    cells = (
        Cell("plain"),
        Cell("mono", mono=True, tone="t3"),
        Cell("icon", icon="topic", strong=True),
        Cell("80", bar=0.8, rank=2),
        Cell("steady", spark=(1.0, 2.0, None)),
        Cell("running", pill="ok", icon="ok"),
        Cell(badges=((1, 0), (2, 1))),
        Cell("member", rank=5),
    )
    columns = tuple(Column[int](str(place), lambda _row, cell=cell: cell, 90) for place, cell in enumerate(cells))  # type: ignore[misc]
    model: TableModel[int] = TableModel(columns, lambda row: row)
    model.set_rows([1, 2, 3])
    table: Table[int] = Table(model, "Everything")
    image = _painted(table, qtbot, 900, 200)
    assert len(_colours(image)) > 12
    opened: list[int] = []
    table.opened.connect(opened.append)
    table.select_place(1)
    assert table.current_row() == 2
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert opened == [2]
    model.set_rows([2, 3])
    assert table.selected_rows() == [2], "the selection stays with its row"


def test_a_notice_with_words_waits_for_its_place(qtbot: QtBot) -> None:
    notice = Notice("It is read-only.", "warn")
    qtbot.addWidget(notice)
    assert not notice.isVisible(), "it would be a window of its own"
    pane = QWidget()
    qtbot.addWidget(pane)
    pane.setLayout(column(notice, Notice()))
    pane.show()
    assert notice.isVisible()
    assert [found.isVisible() for found in pane.findChildren(Notice)] == [True, False]


def test_a_notice_keeps_its_button_while_it_says_the_same(qtbot: QtBot) -> None:
    notice, pressed = Notice("It is stopped."), []
    qtbot.addWidget(notice)
    notice.set_remedy("Start", lambda: pressed.append("old"))
    button = notice.button
    notice.set_remedy("Start", lambda: pressed.append("new"))
    assert notice.button is button and button is not None
    button.click()
    assert pressed == ["new"]
    notice.set_remedy("Try again", lambda: None)
    assert notice.button is not None and notice.button.text() == "Try again"
    notice.drop_remedy()
    assert notice.button is None


def test_what_was_made_later_takes_its_place_in_the_order_of_the_tab_key(qtbot: QtBot) -> None:
    first, last, made_later = Button("first"), Button("last"), Button("later")
    pane, box = QWidget(), column(first, last)
    qtbot.addWidget(pane)
    pane.setLayout(box)
    part = QWidget(pane)
    part.setLayout(column(made_later))
    box.insertWidget(1, part)
    pane.show()
    focus_next(first, part)
    order, widget = [], first.nextInFocusChain()
    while widget is not first:
        if isinstance(widget, Button):
            order.append(widget.text())
        widget = widget.nextInFocusChain()
    assert order == ["later", "last"]


def test_a_notice_is_as_high_as_its_words_need(qtbot: QtBot) -> None:
    notice, below = (
        Notice("Consumers that have not read them go on where auto.offset.reset says. " * 2, "warn"),
        QWidget(),
    )
    pane = QWidget()
    qtbot.addWidget(pane)
    pane.setLayout(column(notice, below))
    pane.resize(900, 400)
    pane.show()
    qtbot.waitUntil(lambda: notice.height() == notice.heightForWidth(notice.width()))
    high = notice.height()
    pane.resize(300, 400)
    qtbot.waitUntil(lambda: notice.height() == notice.heightForWidth(notice.width()) > high)
