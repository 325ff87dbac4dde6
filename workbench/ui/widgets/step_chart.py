"""One chart of steps: crisp lines of a pixel, three or four horizontal lines, gaps where there is no data.

pyqtgraph is set up here and nowhere else: no antialiasing, no menus, no buttons, clipped to what is seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import QFrame

from workbench.ui import units
from workbench.ui.theme import theme
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.legend import Legend

Curve = tuple[str, int, Any]
"""Name, series, values (NaN for gaps)."""


class _TimeAxis(pg.AxisItem):  # type: ignore[misc]
    def tickStrings(self, values: Sequence[float], _scale: float, spacing: float) -> list[str]:
        """Clock times; seconds only where ticks are that close."""
        return [units.clock(value * 1000) if spacing < 60 else units.clock(value * 1000)[:5] for value in values]


class _NumberAxis(pg.AxisItem):  # type: ignore[misc]
    def tickStrings(self, values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
        """Whole numbers with thousands, decimals only below ten."""
        return [f"{value:,.0f}" if value == int(value) else f"{value:,.1f}" for value in values]


class StepChart(QFrame):
    """`cursor_moved` carries seconds since the epoch, None when the pointer leaves."""

    cursor_moved = Signal(object)

    def __init__(self, title: str, unit: str) -> None:
        super().__init__()
        self._curves: dict[str, Any] = {}
        self.setAccessibleName(f"{title}, {unit}")
        self._legend = Legend()
        name = ElidedLabel(title, font=theme().text(12, QFont.Weight.Medium))
        head = row(name, label(unit, "dim"), None, self._legend, margins=(12, 4, 12, 0), gap=6)
        self._left = _NumberAxis("left")
        self._bottom = _TimeAxis("bottom")
        self.plot = pg.PlotWidget(axisItems={"left": self._left, "bottom": self._bottom})
        self.plot.setAntialiasing(False)
        self.plot.setFrameShape(QFrame.Shape.NoFrame)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.plot.setMinimumHeight(theme().px(56))
        item = self.plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setClipToView(True)
        item.setDownsampling(auto=True, mode="peak")
        item.getViewBox().setMouseEnabled(x=False, y=False)
        item.getViewBox().setDefaultPadding(0)
        item.showGrid(x=False, y=True, alpha=0.25)
        self._left.setWidth(theme().px(56))
        self._cursor = pg.InfiniteLine(angle=90, movable=False)
        self._cursor.hide()
        self.plot.addItem(self._cursor, ignoreBounds=True)
        self.setLayout(column(panel(head), self.plot, gap=0))
        self.plot.viewport().setMouseTracking(True)
        self.plot.viewport().installEventFilter(self)
        self._colour()
        theme().changed.connect(self._colour)

    def link_to(self, other: StepChart) -> None:
        """Shares the time axis of another chart."""
        self.plot.setXLink(other.plot)

    def show_times(self, shown: bool) -> None:
        """Whether the clock stands under this chart."""
        self._bottom.setStyle(showValues=shown)
        self._bottom.setHeight(theme().px(22) if shown else theme().px(4))

    def show_cursor(self, at_s: float | None) -> None:
        """A vertical line at a time, or none."""
        self._cursor.setVisible(at_s is not None)
        if at_s is not None:
            self._cursor.setValue(at_s)

    def show_curves(self, times: Any, curves: Sequence[Curve]) -> None:
        """Shows these curves over `times` (seconds since the epoch, a second apart)."""
        names = {name for name, _rank, _values in curves}
        for gone in self._curves.keys() - names:
            self.plot.removeItem(self._curves.pop(gone))
        top = 0.0
        for name, rank, values in curves:
            drawn = self._curves.get(name)
            if drawn is None:
                drawn = self.plot.plot(connect="finite", stepMode="right")
                self._curves[name] = drawn
            drawn.setPen(pg.mkPen(theme().series(rank), width=1))
            drawn.setData(times, values, connect="finite", stepMode="right")
            finite = values[np.isfinite(values)]
            top = max(top, float(finite.max()) if finite.size else 0.0)
        self._legend.show_entries([(name, rank) for name, rank, _values in curves])
        box = self.plot.getPlotItem().getViewBox()
        box.setRange(xRange=(times[0], times[-1] + 1), yRange=(0, max(top * 1.15, 1.0)), padding=0)
        last = [float(values[-1]) for _name, _rank, values in curves if np.isfinite(values[-1])]
        self.setAccessibleDescription(f"now {sum(last):,.1f}" if last else units.no_data())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tells where the pointer is."""
        if event.type() is QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            place = self.plot.mapToScene(event.position().toPoint())
            point = self.plot.getPlotItem().getViewBox().mapSceneToView(QPointF(place))
            self.cursor_moved.emit(float(point.x()))
        elif event.type() is QEvent.Type.Leave:
            self.cursor_moved.emit(None)
        return super().eventFilter(watched, event)

    def _colour(self) -> None:
        current = theme()
        self.plot.setBackground(current.color("base"))
        for axis in (self._left, self._bottom):
            axis.setPen(pg.mkPen(current.color("line"), width=1))
            axis.setTextPen(pg.mkPen(current.color("t3")))
            axis.setTickFont(current.text(11))
            axis.setStyle(tickLength=0)
        self._cursor.setPen(pg.mkPen(current.color("t2"), width=1))
