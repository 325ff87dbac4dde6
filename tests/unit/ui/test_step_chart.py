"""Charts of steps, by the pixels they paint."""

from __future__ import annotations

import math
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from workbench.ui.theme import theme
from workbench.ui.widgets.step_chart import Curve, StepChart

NAN = math.nan
FIRST_S = 1_700_000_000


@pytest.fixture
def chart(qapp: QApplication) -> Iterator[StepChart]:
    made = StepChart("Bytes in", "KiB/s")
    made.resize(456, 200)
    made.show()
    qapp.processEvents()
    yield made
    made.deleteLater()


def painted(chart: StepChart, rank: int) -> set[tuple[int, int]]:
    """Places of pixels in a series' colour, relative to the plot's area."""
    image = chart.plot.grab().toImage()
    area = chart.plot.area()
    wanted = theme().series(rank).rgb()
    return {
        (x - round(area.left()), round(area.bottom()) - y)
        for x in range(image.width())
        for y in range(image.height())
        if image.pixel(x, y) == wanted
    }


def test_each_second_is_a_level_and_a_gap_stays_empty(chart: StepChart) -> None:
    chart.show_curves(FIRST_S, [Curve("broker 1", 0, [10.0, 20.0, NAN, 20.0])])
    places, area = painted(chart, 0), chart.plot.area()
    quarter = area.width() / 4
    levels = [{y for x, y in places if quarter * place + 3 < x < quarter * (place + 1) - 3} for place in range(4)]
    assert [len(level) for level in levels] == [1, 1, 0, 1]
    (low,), (high,), _, (again,) = levels
    assert high == again and low == pytest.approx(high / 2, abs=1)
    riser = {y for x, y in places if abs(x - quarter) <= 1}
    assert riser >= set(range(low, high))
    assert chart.accessibleDescription() == "now 20.0"


def test_an_hour_on_few_pixels_keeps_its_peaks(chart: StepChart) -> None:
    values = [1.0] * 3600
    values[1800] = 100.0
    chart.show_curves(FIRST_S, [Curve("broker 1", 0, values)])
    heights = [y for _x, y in painted(chart, 0)]
    assert max(heights) == pytest.approx(chart.plot.area().height() / 1.15, abs=2)


def test_without_data_it_says_so(chart: StepChart) -> None:
    chart.show_curves(FIRST_S, [Curve("broker 1", 0, [NAN, NAN])])
    assert painted(chart, 0) == set()
    assert chart.accessibleDescription() not in ("", "now 0.0")


def test_the_pointer_tells_its_time_and_the_cursor_is_drawn(chart: StepChart) -> None:
    chart.show_curves(FIRST_S, [Curve("broker 1", 0, [1.0] * 100)])
    told: list[object] = []
    chart.cursor_moved.connect(told.append)
    area = chart.plot.area()
    place = QPointF(area.center().x(), 20)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QMouseEvent.Type.MouseMove, place, place, none, none, Qt.KeyboardModifier.NoModifier)
    chart.plot.mouseMoveEvent(event)
    assert told == [pytest.approx(FIRST_S + 50)]
    before = chart.plot.grab().toImage()
    chart.show_cursor(FIRST_S + 50)
    after = chart.plot.grab().toImage()
    x = round(area.center().x())
    assert before.pixel(x, 30) != after.pixel(x, 30) == theme().color("t2").rgb()
    chart.show_cursor(None)
    assert chart.plot.grab().toImage() == before


def test_the_clock_stands_under_the_last_chart_alone(qapp: QApplication, chart: StepChart) -> None:
    chart.show_curves(FIRST_S, [Curve("broker 1", 0, [1.0] * 100)])
    height = chart.plot.area().height()
    chart.show_times(True)
    qapp.processEvents()
    assert chart.plot.area().height() < height


def test_events_are_dashed_lines_in_the_colour_of_their_tone(qapp: QApplication, chart: StepChart) -> None:
    def marked() -> set[int]:
        image, area = chart.plot.grab().toImage(), chart.plot.area()
        wanted = theme().color("err").rgb()
        columns = [x for x in range(image.width()) for y in range(image.height()) if image.pixel(x, y) == wanted]
        return {round(x - area.left()) for x in columns}

    chart.show_curves(FIRST_S, [Curve("broker 1", 0, [1.0] * 100)])
    chart.show_marks([(FIRST_S + 50.0, "err")])
    qapp.processEvents()
    assert marked() and all(abs(x - chart.plot.area().width() / 2) < 3 for x in marked())
    chart.show_marks([])
    qapp.processEvents()
    assert marked() == set()
