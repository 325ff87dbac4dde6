"""The dock's first view: the current cluster's timeline, or how to break something while all is quiet."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from workbench.ui.theme import theme
from workbench.ui.view_models.timeline_model import TimelineModel
from workbench.ui.view_models.workbench_model import WorkbenchModel
from workbench.ui.widgets.buttons import Button, IconButton
from workbench.ui.widgets.labels import ElidedLabel, IconLabel, label
from workbench.ui.widgets.layouts import column, panel, row
from workbench.ui.widgets.timeline import Timeline

RunAction = Callable[[str, str], None]


class TimelineView(QWidget):
    """`tools` stands in the dock's head; buttons run actions of the table through `run_action`."""

    def __init__(self, model: WorkbenchModel, run_action: RunAction | None = None) -> None:
        super().__init__()
        self._model = model
        self._run = run_action
        self.timeline = Timeline()
        self._range = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        self._range.setMinimumWidth(theme().px(170))
        self._pause = IconButton("pause", self.tr("Pause the timeline"), on_click=self.timeline.toggle_pause)
        out = IconButton("zoom-out", self.tr("Show more time"), on_click=lambda: self.timeline.zoom(1))
        closer = IconButton("zoom-in", self.tr("Show less time"), on_click=lambda: self.timeline.zoom(-1))
        self.tools = panel(row(self._range, out, closer, self._pause, gap=2))
        self._why = label("", "help", wrap=True)
        self._buttons = [
            Button(self.tr("Kill a broker…"), "kill", on_click=lambda: self._act("fault.kill")),
            Button(self.tr("Slow a link…"), "slow-link", on_click=lambda: self._act("fault.slow_link")),
            Button(self.tr("Cut a link…"), "cut-link", on_click=lambda: self._act("fault.cut_link")),
        ]
        words = column(None, label(self.tr("No faults in the last 15 minutes"), "name"), self._why, None, gap=3)
        quiet = row(IconLabel("fault", "t3", 22), gap=14, margins=(24, 0, 16, 0))
        quiet.addLayout(words, 1)
        for button in self._buttons:
            quiet.addWidget(button)
        self._quiet = panel(quiet, "frame")
        self._stack = QStackedWidget()
        self._stack.setMinimumWidth(theme().px(280))
        self._stack.addWidget(self._quiet)
        self._stack.addWidget(self.timeline)
        self.setLayout(column(self._stack, gap=0))
        self._clock = QTimer(self)
        self._clock.setInterval(1000)
        self._clock.timeout.connect(self._show)
        self._source: TimelineModel | None = None
        self.timeline.range_changed.connect(self._show_range)
        model.current_changed.connect(self._follow)
        self._follow()

    def showEvent(self, event: QShowEvent) -> None:
        """Catches up."""
        super().showEvent(event)
        self._clock.start()
        self._show()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rests."""
        super().hideEvent(event)
        self._clock.stop()

    def _follow(self) -> None:
        if self._source is not None:
            self._source.changed.disconnect(self._show)
        current = self._model.current
        self._source = current.local.timeline if current is not None and current.local is not None else None
        if self._source is not None:
            self._source.changed.connect(self._show)
        self.timeline.show_model(self._source)
        self._show()

    def _act(self, action: str) -> None:
        if self._run is not None:
            self._run(action, "")

    def _show(self) -> None:
        source = self._source
        quiet = source is None or source.is_quiet(time.time_ns() // 1_000_000)
        self._stack.setCurrentWidget(self._quiet if quiet else self.timeline)
        for tool in self.tools.findChildren(QWidget):
            tool.setVisible(not quiet)
        if quiet:
            self._explain()
        self._show_range()

    def _explain(self) -> None:
        current = self._model.current
        brokers = len(current.local.handles) if current is not None and current.local is not None else 0
        self._why.setText(
            self.tr(
                "Break something and watch what follows: leaders move, ISRs shrink, producers wait. "
                "Everything can be undone."
            )
        )
        reason = self.tr("The cluster has a single broker: a link needs two.") if brokers < 2 else ""
        if not brokers:
            reason = self.tr("No brokers of the workbench's own run here.")
        self._buttons[0].explain(reason if not brokers else "")
        for button in self._buttons[1:]:
            button.explain(reason)

    def _show_range(self) -> None:
        self._range.setText(self.timeline.words())
        self._pause.set_icon_name("start" if self.timeline.is_paused else "pause")
