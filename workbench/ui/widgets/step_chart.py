"""One chart of steps: crisp lines of a pixel, three or four horizontal lines, gaps where there is no data.

Painted here, without a plotting library: one would take a third of a second to import when the pane is first opened,
all of it on the window's thread. Where several seconds share a pixel, the pixel shows their smallest and largest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.chart_scale import time_lines, value_lines, value_text
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.legend import Legend

HEADROOM = 1.15
LEFT_PX, BOTTOM_PX, TOP_PX, LEAST_PX, TIME_LABEL_PX = 56, 22, 6, 56, 90
GRID_ALPHA = 0.5


@dataclass(frozen=True, slots=True)
class Curve:
    """A value for each second, NaN for gaps; `rank` is the series of its colour."""

    name: str
    rank: int
    values: Sequence[float]


class StepChart(QFrame):
    """`cursor_moved` carries seconds since the epoch, None when the pointer leaves."""

    cursor_moved = Signal(object)

    def __init__(self, title: str, unit: str) -> None:
        super().__init__()
        self.setAccessibleName(f"{title}, {unit}")
        self._legend = Legend()
        name = ElidedLabel(title, font=theme().text(12, QFont.Weight.Medium))
        head = row(name, label(unit, "dim"), None, self._legend, margins=(12, 4, 12, 0), gap=6)
        self.plot = StepPlot(self)
        self.setLayout(column(panel(head), self.plot, gap=0))

    def show_times(self, shown: bool) -> None:
        """Whether the clock stands under this chart."""
        self.plot.show_times(shown)

    def show_cursor(self, at_s: float | None) -> None:
        """A vertical line at a time, or none."""
        self.plot.show_cursor(at_s)

    def show_curves(self, first_s: float, curves: Sequence[Curve]) -> None:
        """Shows these curves, whose first values are of the second `first_s` since the epoch."""
        self.plot.show_curves(first_s, curves)
        self._legend.show_entries([(curve.name, curve.rank) for curve in curves])
        last = [curve.values[-1] for curve in curves if curve.values and not math.isnan(curve.values[-1])]
        self.setAccessibleDescription(f"now {sum(last):,.1f}" if last else units.no_data())


class StepPlot(QWidget):
    """The painted part of a chart."""

    def __init__(self, chart: StepChart) -> None:
        super().__init__(chart)
        self._chart = chart
        self._curves: Sequence[Curve] = ()
        self._first_s, self._seconds, self._top = 0.0, 1, 1.0
        self._cursor_s: float | None = None
        self._has_times = False
        self.setMouseTracking(True)
        self.setMinimumHeight(theme().px(LEAST_PX))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        theme().changed.connect(self.update)

    def show_times(self, shown: bool) -> None:
        """Whether the clock stands under it."""
        self._has_times = shown
        self.update()

    def show_cursor(self, at_s: float | None) -> None:
        """A vertical line at a time, or none."""
        if at_s != self._cursor_s:
            self._cursor_s = at_s
            self.update()

    def show_curves(self, first_s: float, curves: Sequence[Curve]) -> None:
        """Shows other curves, from 0 to somewhat above their largest value."""
        self._curves, self._first_s = curves, first_s
        self._seconds = max((len(curve.values) for curve in curves), default=1)
        known = (value for curve in curves for value in curve.values if not math.isnan(value))
        self._top = max(max(known, default=0.0) * HEADROOM, 1.0)
        self.update()

    # -- places -------------------------------------------------------------------------------------------------

    def _area(self) -> QRectF:
        px = theme().px
        bottom = px(BOTTOM_PX) if self._has_times else px(4)
        return QRectF(self.rect()).adjusted(px(LEFT_PX), px(TOP_PX), 0, -bottom)

    def _x_of(self, area: QRectF, at_s: float) -> float:
        return area.left() + (at_s - self._first_s) / self._seconds * area.width()

    def _y_of(self, area: QRectF, value: float) -> float:
        return area.bottom() - value / self._top * area.height()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells which time the pointer is at."""
        area = self._area()
        share = (event.position().x() - area.left()) / max(1.0, area.width())
        self._chart.cursor_moved.emit(self._first_s + share * self._seconds)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self._chart.cursor_moved.emit(None)

    # -- painting -----------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paints lines and numbers, then the curves, then the cursor."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.fillRect(self.rect(), theme().color("base"))
        area = self._area()
        self._paint_lines(painter, area)
        painter.setClipRect(area.adjusted(0, -1, 0, 1))
        for curve in self._curves:
            painter.setPen(QPen(theme().series(curve.rank), 1))
            for points in self._polylines(area, curve.values):
                painter.drawPolyline(points)
        if self._cursor_s is not None:
            painter.setPen(QPen(theme().color("t2"), 1))
            x = round(self._x_of(area, self._cursor_s))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        painter.end()

    def _paint_lines(self, painter: QPainter, area: QRectF) -> None:
        px = theme().px
        faint = QColor(theme().color("line"))
        faint.setAlphaF(GRID_ALPHA)
        painter.setFont(theme().text(11))
        height = px(14)
        for value in value_lines(self._top):
            y = round(self._y_of(area, value))
            painter.setPen(QPen(faint, 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(theme().color("t3"))
            place = QRectF(0, y - height / 2, area.left() - px(6), height)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, value_text(value))
        times, step = time_lines(
            self._first_s, self._first_s + self._seconds, max(1, int(area.width() / px(TIME_LABEL_PX)))
        )
        for at_s in times:
            x = round(self._x_of(area, at_s))
            painter.setPen(QPen(faint, 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
            words = units.clock(at_s * 1000)
            place = QRectF(x - px(TIME_LABEL_PX) / 2, area.bottom(), px(TIME_LABEL_PX), px(BOTTOM_PX))
            if self._has_times and place.right() <= self.width():
                painter.setPen(theme().color("t3"))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words if step < 60 else words[:5])

    def _polylines(self, area: QRectF, values: Sequence[float]) -> Iterator[QPolygonF]:
        """The steps of each stretch without a gap."""
        width = area.width() / self._seconds
        bucket = max(1, math.ceil(1 / width)) if width > 0 else len(values)
        points: list[QPointF] = []
        for at in range(0, len(values), bucket):
            known = [value for value in values[at : at + bucket] if not math.isnan(value)]
            if not known:
                if points:
                    yield QPolygonF(points)
                    points = []
                continue
            left, right = round(area.left() + at * width), round(area.left() + (at + bucket) * width)
            low, high = round(self._y_of(area, min(known))), round(self._y_of(area, max(known)))
            points += (QPointF(left, low), QPointF(left, high)) if low != high else (QPointF(left, low),)
            points.append(QPointF(right, high))
        if points:
            yield QPolygonF(points)
