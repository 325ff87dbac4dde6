"""The strip of events: each at its time, no words over others, the rest in the tip."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from workbench.ui.theme import theme
from workbench.ui.view_models.timeline_lanes import TimelineEvent
from workbench.ui.widgets.event_strip import GAP_PX, EventStrip, placed


def _width(words: str) -> float:
    return 10.0 * len(words)


def _placed(*events: tuple[int, str], right: float = 400.0) -> list[tuple[float, int, float | None]]:
    given = [TimelineEvent(at_ms, words, "err") for at_ms, words in events]
    return [(one.x, one.line, one.words_x) for one in placed(given, float, _width, 0.0, right)]


def test_words_stand_at_the_right_and_at_the_left_where_the_edge_is_near() -> None:
    assert _placed((100, "kill")) == [(100.0, 0, 100.0 + GAP_PX)]
    assert _placed((390, "kill")) == [(390.0, 0, 390.0 - GAP_PX - 40)]


def test_words_that_would_lie_over_others_go_to_the_left_the_second_line_or_the_tip() -> None:
    assert _placed((100, "kill"), (110, "fenced")) == [(100.0, 0, 108.0), (110.0, 1, 118.0)]
    crowded = _placed((100, "kill"), (110, "fenced"), (115, "elected"))
    assert crowded[2] == (115.0, 1, None)
    assert _placed((330, "kill"), (375, "started"))[1] == (375.0, 1, 375.0 - GAP_PX - 70)
    assert _placed((330, "kill"), (335, "fenced and gone"), (375, "started"))[2] == (375.0, 1, None), "not over words"


def test_what_is_outside_is_left_out() -> None:
    assert _placed((401, "later")) == []


def test_the_strip_is_there_only_with_events(qtbot: QtBot) -> None:
    strip = EventStrip()
    qtbot.addWidget(strip)
    strip.resize(600, strip.sizeHint().height())
    strip.show_events([TimelineEvent(5_000, "kill broker 2", "err")], 0, 10_000, 100.0, 500.0)
    assert strip.isVisible() and "kill broker 2" in strip.accessibleDescription()
    assert strip.words_at(QPoint(300, 10)).endswith("kill broker 2") and strip.words_at(QPoint(400, 10)) == ""
    image, wanted = strip.grab().toImage(), theme().color("err").rgb()
    assert {x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted} >= {299, 300}
    strip.show_events([], 0, 10_000, 100.0, 500.0)
    assert not strip.isVisible()
