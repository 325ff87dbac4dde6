"""Volume over time and the brush on it."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from workbench.client.browse.view_spec import Histogram
from workbench.ui.panes.messages_histogram import MessagesHistogram

EDGES = tuple(range(1_000_000, 1_101_000, 1_000))
FIRST, LAST = EDGES[0], EDGES[-1]


@pytest.fixture
def histogram(qtbot) -> MessagesHistogram:  # type: ignore[no-untyped-def]
    made = MessagesHistogram()
    qtbot.addWidget(made)
    made.resize(624, 82)
    made.show_counts(Histogram(EDGES, (5,) * 100))
    made.show()
    return made


def drag(histogram: MessagesHistogram, from_x: int, to_x: int) -> list[object]:
    brushed: list[object] = []
    histogram.brushed.connect(brushed.append)
    QTest.mousePress(histogram, Qt.MouseButton.LeftButton, pos=QPoint(from_x, 40))
    QTest.mouseMove(histogram, QPoint((from_x + to_x) // 2, 40))
    QTest.mouseMove(histogram, QPoint(to_x, 40))
    QTest.mouseRelease(histogram, Qt.MouseButton.LeftButton, pos=QPoint(to_x, 40))
    histogram.brushed.disconnect(brushed.append)
    return brushed


def near(value: float, expected: float) -> bool:
    return abs(value - expected) < (LAST - FIRST) / 100


def test_drawing_moving_and_taking_away_the_brush(histogram: MessagesHistogram) -> None:
    (brush,) = drag(histogram, 12 + 150, 12 + 300)
    assert isinstance(brush, tuple)
    assert near(brush[0], FIRST + 25_000) and near(brush[1], FIRST + 50_000)
    (wider,) = drag(histogram, 12 + 300, 12 + 450)
    assert isinstance(wider, tuple)
    assert wider[0] == brush[0] and near(wider[1], FIRST + 75_000)
    (moved,) = drag(histogram, 12 + 200, 12 + 260)
    assert isinstance(moved, tuple)
    assert moved[1] - moved[0] == wider[1] - wider[0] and moved[0] > wider[0]
    assert drag(histogram, 12 + 590, 12 + 590) == [None]


def test_the_keyboard_does_it_too(histogram: MessagesHistogram) -> None:
    brushed: list[object] = []
    histogram.brushed.connect(brushed.append)
    histogram.setFocus()
    QTest.keyClick(histogram, Qt.Key.Key_Left)
    QTest.keyClick(histogram, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(histogram, Qt.Key.Key_Escape)
    first, second, third = brushed
    assert isinstance(first, tuple) and isinstance(second, tuple)
    assert second[0] == first[0] and second[1] < first[1]
    assert third is None


def test_what_is_scanned(histogram: MessagesHistogram) -> None:
    histogram.show_scan((), scanning=True, scanned_to_ms=FIRST + 90_000, newest_first=True)
    assert histogram._is_scanned(95) and not histogram._is_scanned(50)
    histogram.show_scan((), scanning=True, scanned_to_ms=FIRST + 10_000, newest_first=False)
    assert histogram._is_scanned(5) and not histogram._is_scanned(50)
    histogram.show_scan((), scanning=True, scanned_to_ms=None, newest_first=True)
    assert not histogram._is_scanned(99)
    histogram.show_scan([1] * 100, scanning=False, scanned_to_ms=None, newest_first=True)
    assert histogram._is_scanned(0)


def test_it_paints_and_tells_what_is_under_the_mouse(histogram: MessagesHistogram) -> None:
    histogram.show_scan([2] * 100, scanning=False, scanned_to_ms=None, newest_first=True)
    histogram.show_brush((FIRST + 10_000, FIRST + 20_000))
    picture = histogram.grab().toImage()
    assert picture.width() > 0
    assert "5 messages, 2 match" in histogram._words_at(300)
    assert " to " in histogram.accessibleDescription()


def test_nothing_to_show_is_not_shown(histogram: MessagesHistogram) -> None:
    histogram.show_counts(None)
    assert histogram.isHidden()
    histogram.grab()
