"""Throughput: bytes, messages and requests of each broker over time, from samples that the workbench keeps.

A gap is a second without a sample; paused charts stand still while samples go on being kept.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QComboBox, QFrame, QStackedWidget, QVBoxLayout

from workbench.ui import units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Inspected, Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.rate_series import Chart, curve, figures
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.event_strip import EventStrip
from workbench.ui.widgets.layouts import ScrollColumn, column, hairline
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.step_chart import Curve, StepChart
from workbench.ui.widgets.table import Table

RANGES = ((120, "2 min"), (600, "10 min"), (1800, "30 min"), (3600, "1 h"))
KIB = 1024.0
FigureRow = tuple[str, str, int, float | None, float | None, float | None]

NEXT_CHART_MS = 15


class ThroughputPane(Pane):
    """Charts stacked under each other on one clock; figures at the cursor go to the inspector."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._paused_at_ms: int | None = None
        self._cursor: int | None = None
        self._which = Segmented(
            (
                ("all", self.tr("All")),
                ("bytes", self.tr("Bytes")),
                ("messages", self.tr("Messages")),
                ("requests", self.tr("Requests")),
            ),
            "all",
            self.tr("What to chart"),
        )
        self._range = QComboBox()
        self._range.setAccessibleName(self.tr("How far back"))
        for seconds, words in RANGES:
            self._range.addItem(words, seconds)
        self._range.setCurrentIndex(0)
        self._pause = Button(self.tr("Pause"), "pause", on_click=self._toggle_pause)
        self.header = PaneHeader(self.tr("Throughput"), actions=(self._which, self._range, self._pause))
        self._charts_of = (
            Chart("bytes_in", self.tr("Bytes in"), "KiB/s", "bytes_in", KIB),
            Chart("bytes_out", self.tr("Bytes out"), "KiB/s", "bytes_out", KIB),
            Chart("messages_in", self.tr("Messages in"), self.tr("per second"), "messages_in"),
            Chart("messages_out", self.tr("Messages out"), self.tr("per second"), "messages_out"),
            Chart("requests", self.tr("Requests"), self.tr("per second"), "requests"),
        )
        self.charts: dict[str, StepChart] = {}
        self._stacked = QFrame()
        self.events = EventStrip()
        body = column(self.events, gap=0)
        self._places: dict[str, QFrame] = {}
        for chart in self._charts_of:
            place = self._places[chart.key] = QFrame()
            place.setLayout(column(hairline(), gap=0))
            body.addWidget(place, 1)
        self._stacked.setLayout(body)
        self._nothing = EmptyState("throughput", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self._stacked)
        self.setLayout(column(self.header, self._stack, gap=0))
        columns: tuple[Column[FigureRow], ...] = (
            Column("", lambda line: _name_cell(line)),
            Column(self.tr("now"), lambda line: _figure(line[3], "t1"), 62, True),
            Column(self.tr("average"), lambda line: _figure(line[4], "t2"), 62, True),
            Column(self.tr("max"), lambda line: _figure(line[5], "t2"), 62, True),
        )
        self.figures = Table(
            TableModel(columns, lambda line: (line[0], line[1])), self.tr("Figures"), sortable=False, stretch_px=70
        )
        self._side = ScrollColumn()
        self._side.box.addWidget(self.figures)
        self._side.box.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._draw)
        self._which.chosen.connect(lambda _w: self._choose_charts())
        self._range.currentIndexChanged.connect(lambda _p: self._draw())
        theme().changed.connect(self._draw)
        self._choose_charts()
        QTimer.singleShot(NEXT_CHART_MS, self, self._add_chart)

    def _add_chart(self) -> None:
        """One after the other into the places that wait for them: all five at once would take 150 ms."""
        chart = self._charts_of[len(self.charts)]
        drawn = self.charts[chart.key] = StepChart(chart.title, chart.unit)
        drawn.cursor_moved.connect(self._move_cursor)
        drawn.show_times(chart.key == self._lowest())
        box = self._places[chart.key].layout()
        assert isinstance(box, QVBoxLayout)
        box.insertWidget(0, drawn, 1)
        nodes = self.cluster.rates.nodes
        if nodes:
            self._show_curves(chart, nodes, self._seconds(), self._end_ms())
        if len(self.charts) < len(self._charts_of):
            QTimer.singleShot(NEXT_CHART_MS, self, self._add_chart)

    def shown(self) -> None:
        """Draws once a second."""
        super().shown()
        self._timer.start()
        self._draw()

    def left(self) -> None:
        """Stands still."""
        super().left()
        self._timer.stop()

    def inspected(self) -> Inspected | None:
        """Figures at the cursor, or the newest."""
        if not self.cluster.rates.nodes:
            return None
        if self._cursor is None:
            return Inspected(self.tr("Now"), "throughput", "t3", self.tr("KiB/s, per second"), self._side)
        at = self._end_ms() - (self._seconds() - 1 - self._cursor) * 1000
        return Inspected(
            self.tr("Cursor at {}").format(units.clock(at)),
            "throughput",
            "t3",
            self.tr("KiB/s, per second"),
            self._side,
        )

    def _seconds(self) -> int:
        return int(self._range.currentData())

    def _end_ms(self) -> int:
        now_ms = time.time_ns() // 1_000_000
        return self._paused_at_ms if self._paused_at_ms is not None else now_ms

    def _toggle_pause(self) -> None:
        paused = self._paused_at_ms is None
        self._paused_at_ms = time.time_ns() // 1_000_000 if paused else None
        self._pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        self._pause.setAccessibleName(self._pause.text())
        self._pause.set_icon_name("start" if paused else "pause")
        self._draw()

    def _wanted(self, key: str) -> bool:
        which = self._which.value()
        return which == "all" or key.startswith(which)

    def _lowest(self) -> str:
        """The chart that has the clock under it."""
        return next((chart.key for chart in reversed(self._charts_of) if self._wanted(chart.key)), "")

    def _choose_charts(self) -> None:
        lowest = self._lowest()
        for key, place in self._places.items():
            place.setVisible(self._wanted(key))
        for key, drawn in self.charts.items():
            drawn.show_times(key == lowest)
        self._draw()

    def _move_cursor(self, at_s: float | None) -> None:
        if at_s is None:
            self._cursor = None
        else:
            start_s = self._end_ms() / 1000 - self._seconds() + 1
            self._cursor = max(0, min(self._seconds() - 1, int(at_s - start_s)))
        for drawn in self.charts.values():
            drawn.show_cursor(at_s)
        self._draw()

    def _draw(self) -> None:
        history = self.cluster.rates
        nodes = history.nodes
        self._stack.setCurrentIndex(1 if nodes else 0)
        if not nodes:
            self._explain_nothing()
            self.inspector_changed.emit()
            return
        seconds, end_ms = self._seconds(), self._end_ms()
        rows: list[FigureRow] = []
        for chart in self._charts_of:
            if self._wanted(chart.key):
                rows += self._show_curves(chart, nodes, seconds, end_ms)
        self._show_events(seconds, end_ms)
        self.figures.table_model.set_rows(_with_heads(rows))
        self.figures.setFixedHeight(theme().px(24) * (self.figures.table_model.rowCount() + 1) + 2)
        self._show_facts(end_ms)
        self.inspector_changed.emit()

    def _show_curves(self, chart: Chart, nodes: Sequence[int], seconds: int, end_ms: int) -> list[FigureRow]:
        """Draws a chart, where it is made already; returns its figures by broker."""
        curves: list[Curve] = []
        rows: list[FigureRow] = []
        for node in nodes:
            points = curve(self.cluster.rates, node, chart.field, chart.scale, seconds, end_ms)
            rank, name = self.cluster.series(node), self.tr("broker {}").format(node)
            curves.append(Curve(name, rank, points))
            found = figures(points, self._cursor)
            rows.append((chart.title, name, rank, found.at_cursor, found.average, found.most))
        drawn = self.charts.get(chart.key)
        if drawn is not None:
            drawn.show_curves(end_ms // 1000 - seconds + 1, curves)
        return rows

    def _show_events(self, seconds: int, end_ms: int) -> None:
        """What was done to the cluster and what followed, at the same place in the strip and in every chart."""
        shown = next((chart for key, chart in self.charts.items() if self._wanted(key)), None)
        if self.cluster.local is None or shown is None:
            return
        first_s = end_ms // 1000 - seconds + 1
        events = [
            event
            for event in self.cluster.local.timeline.moments(first_s * 1000)
            if event.at_ms <= (first_s + seconds) * 1000
        ]
        area = shown.plot.area()
        self.events.show_events(events, first_s * 1000, (first_s + seconds) * 1000, area.left(), area.right())
        marks = [(event.at_ms / 1000, event.tone) for event in events]
        for chart in self.charts.values():
            chart.show_marks(marks)

    def _show_facts(self, end_ms: int) -> None:
        if self._paused_at_ms is not None:
            behind = (time.time_ns() // 1_000_000 - end_ms) / 1000
            self.header.show_facts(self.tr("paused at {}, {} behind").format(units.clock(end_ms), units.span(behind)))
        else:
            self.header.show_facts(self.tr("1 s samples, kept 14 days"))

    def _explain_nothing(self) -> None:
        if self.cluster.embedded:
            self._nothing.show_text(
                "throughput", self.tr("No samples yet"), self.tr("They come once a second from each running broker.")
            )
        else:
            self._nothing.show_text(
                "throughput",
                self.tr("This cluster's brokers do not tell their rates"),
                self.tr(
                    "Only brokers that run inside the workbench do. Messages a second stand in the list of topics."
                ),
            )
            button = Button(
                self.tr("Open Topics"), "topic", on_click=lambda: self.context.run_action("topics.open", "")
            )
            self._nothing.set_buttons([button])


def _with_heads(rows: list[FigureRow]) -> list[FigureRow]:
    found: list[FigureRow] = []
    for place, line in enumerate(rows):
        if place == 0 or rows[place - 1][0] != line[0]:
            found.append((line[0], "", -1, None, None, None))
        found.append(line)
    return found


def _name_cell(line: FigureRow) -> Cell:
    return Cell(line[1], rank=line[2]) if line[1] else Cell(line[0], "t3")


def _figure(value: float | None, tone: str) -> Cell:
    if value is None:
        return Cell("", "t3")
    return Cell(f"{value:,.1f}" if value < 99.5 else f"{value:,.0f}", tone)
