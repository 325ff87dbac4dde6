"""One chart of steps: crisp lines of a pixel, three or four horizontal lines, gaps where there is no data.

Importing pyqtgraph takes a third of a second: `workbench.ui.app` has it done on a thread while the window is already
in use, before its first chart is opened.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import QFrame

from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.view_models.chart_scale import time_lines, value_lines, value_text
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.legend import Legend

HEADROOM = 1.15
LEFT_PX, BOTTOM_PX, LEAST_PX, TIME_LABEL_PX = 56, 22, 56, 90
GRID_ALPHA = 0.25
DASHES = (2, 3)


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

    def show_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Dashed lines at times in seconds since the epoch, each in the colour of a tone."""
        self.plot.show_marks(marks)

    def show_curves(self, first_s: float, curves: Sequence[Curve]) -> None:
        """Shows these curves, whose first values are of the second `first_s` since the epoch."""
        self.plot.show_curves(first_s, curves)
        self._legend.show_entries([(curve.name, curve.rank) for curve in curves])
        last = [curve.values[-1] for curve in curves if curve.values and not math.isnan(curve.values[-1])]
        self.setAccessibleDescription(f"now {sum(last):,.1f}" if last else units.no_data())


class _TimeAxis(pg.AxisItem):  # type: ignore[misc]
    def tickValues(self, first_s: float, last_s: float, size: float) -> list[tuple[float, list[int]]]:
        """Where the clock is written."""
        times, step = time_lines(first_s, last_s, max(1, int(size / theme().px(TIME_LABEL_PX))))
        return [(step, times)]

    def tickStrings(self, values: Sequence[float], _scale: float, spacing: float) -> list[str]:
        """Clock times; seconds only where lines are that close."""
        return [units.clock(value * 1000) if spacing < 60 else units.clock(value * 1000)[:5] for value in values]


class _NumberAxis(pg.AxisItem):  # type: ignore[misc]
    def tickValues(self, _low: float, high: float, _size: float) -> list[tuple[float, list[float]]]:
        """Three or four lines."""
        return [(1.0, list(value_lines(high)))]

    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """Whole numbers with thousands, decimals only where needed."""
        return [value_text(value) for value in values]


class StepPlot(pg.PlotWidget):  # type: ignore[misc]
    """The drawn part of a chart. pyqtgraph is set up here and nowhere else."""

    def __init__(self, chart: StepChart) -> None:
        self._left, self._bottom = _NumberAxis("left"), _TimeAxis("bottom")
        super().__init__(chart, enableMenu=False, axisItems={"left": self._left, "bottom": self._bottom})
        self._chart = chart
        self._drawn: list[Any] = []
        self._marks: list[Any] = []
        self.setAntialiasing(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(theme().px(LEAST_PX))
        item = self.getPlotItem()
        item.hideButtons()
        item.getViewBox().setMouseEnabled(x=False, y=False)
        item.getViewBox().setDefaultPadding(0)
        item.showGrid(x=True, y=True, alpha=GRID_ALPHA)
        self._left.setWidth(theme().px(LEFT_PX))
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self.addItem(self._cursor, ignoreBounds=True)
        self.viewport().setMouseTracking(True)
        self.show_times(False)
        self._color()
        theme().changed.connect(self._color)

    def show_times(self, shown: bool) -> None:
        """Whether the clock stands under it."""
        self._bottom.setStyle(showValues=shown)
        self._bottom.setHeight(theme().px(BOTTOM_PX if shown else 4))

    def show_cursor(self, at_s: float | None) -> None:
        """A vertical line at a time, or none."""
        self._cursor.setVisible(at_s is not None)
        if at_s is not None:
            self._cursor.setValue(at_s)

    def show_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Dashed lines at times, and no others."""
        while len(self._marks) > len(marks):
            self.removeItem(self._marks.pop())
        for at, (at_s, tone) in enumerate(marks):
            if at == len(self._marks):
                self._marks.append(pg.InfiniteLine(angle=90, movable=False))
                self.addItem(self._marks[at], ignoreBounds=True)
            self._marks[at].setPen(pg.mkPen(theme().color(tone), width=1, dash=DASHES))
            self._marks[at].setValue(at_s)

    def show_curves(self, first_s: float, curves: Sequence[Curve]) -> None:
        """Shows other curves, from 0 to somewhat above their largest value."""
        while len(self._drawn) > len(curves):
            self.removeItem(self._drawn.pop())
        top, seconds = 0.0, max((len(curve.values) for curve in curves), default=1)
        for at, curve in enumerate(curves):
            if at == len(self._drawn):
                self._drawn.append(self.plot())
            values = np.asarray(curve.values, dtype=float)
            pen = pg.mkPen(theme().series(curve.rank), width=1)
            self._drawn[at].setData(*_steps(first_s, values), connect="finite", pen=pen)
            top = max(top, float(np.nanmax(values, initial=0.0)))
        high = max(top * HEADROOM, 1.0)
        self.getPlotItem().getViewBox().setRange(
            xRange=(first_s, first_s + seconds), yRange=(0, high), padding=0, disableAutoRange=True
        )

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tells which time the pointer is at."""
        place = self.mapToScene(event.position().toPoint())
        self._chart.cursor_moved.emit(float(self.getPlotItem().getViewBox().mapSceneToView(place).x()))
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """The pointer is gone."""
        self._chart.cursor_moved.emit(None)
        super().leaveEvent(event)

    def area(self) -> QRectF:
        """Where curves are drawn, in the widget's pixels."""
        return QRectF(self.getPlotItem().getViewBox().sceneBoundingRect())

    def _color(self) -> None:
        current = theme()
        self.setBackground(current.color("base"))
        for axis in (self._left, self._bottom):
            axis.setPen(pg.mkPen(current.color("line"), width=1))
            axis.setTextPen(pg.mkPen(current.color("t3")))
            axis.setTickFont(current.text(11))
            axis.setStyle(tickLength=0)
            axis.setZValue(-1)  # lines lie below the curves
        self._cursor.setPen(pg.mkPen(current.color("t2"), width=1))


def _steps(first_s: float, values: Any) -> tuple[Any, Any]:
    """The corners of steps: each value holds for its second, the last one too."""
    return np.repeat(first_s + np.arange(len(values) + 1), 2)[1:-1], np.repeat(values, 2)
