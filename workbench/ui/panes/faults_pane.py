"""Faults: break something on purpose, see what is broken, heal it, and read what followed."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QStackedWidget, QWidget

from workbench.system.known_error import KnownError
from workbench.ui import units
from workbench.ui.bridge import Throttle
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models import faults_model
from workbench.ui.view_models.fault_stories import FaultStory
from workbench.ui.view_models.faults_model import ActiveFault, FaultRequest
from workbench.ui.view_models.timeline_lanes import TimelineCause
from workbench.ui.widgets.broker_switches import BrokerSwitches
from workbench.ui.widgets.buttons import Button, IconButton
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.fault_form import FaultForm
from workbench.ui.widgets.labels import ElidedLabel, IconLabel, label
from workbench.ui.widgets.layouts import ScrollColumn, clear, column, focus_next, hairline, panel, row
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.table import Table
from workbench.ui.widgets.timeline import Timeline

FORM_PX = 312


class FaultsPane(Pane):
    """Form at the left; active faults, recent ones and the timeline at the right."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._heal_all = Button(self.tr("Heal all"), "heal", on_click=lambda: self._act("fault.heal"))
        self.header = PaneHeader(self.tr("Faults"), actions=(self._heal_all,))
        self.form = FaultForm(self._why_not)
        self.timeline: Timeline = Timeline()
        self.form.begin_wanted.connect(self._begin)
        self._answer = Notice()
        self.switches = BrokerSwitches(self._act)
        left = ScrollColumn(margins=(12, 12, 12, 12), gap=10)
        left.setFixedWidth(theme().px(FORM_PX))
        for part in (label(self.tr("Brokers"), "label"), self.switches, hairline(), self.form, self._answer):
            left.box.addWidget(part)
        left.box.addStretch(1)
        self._active_box = column(gap=0)
        self._active_panel = panel(column(self._title(self.tr("In force now")), self._active_box, gap=0))
        columns: tuple[Column[FaultStory], ...] = (
            Column(self.tr("When"), lambda s: Cell(units.clock(s.cause.at_ms), "t2"), 78),
            Column(self.tr("What"), _cause_cell, 260),
            Column(self.tr("What followed"), lambda s: Cell(s.followed, "t2", tip=s.followed)),
        )
        self.stories = Table(
            TableModel(columns, lambda s: (s.cause.at_ms, s.cause.words)), self.tr("Recent faults"), sortable=False
        )
        self.stories.opened.connect(lambda story: self.timeline.show_moment(story.cause.at_ms))
        self._nothing = EmptyState(
            "fault",
            self.tr("Nothing was broken in the last half hour"),
            self.tr("Choose a fault at the left, or kill a broker: what follows is told here and on the timeline."),
        )
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.stories)
        self._range = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        self._pause = IconButton("pause", self.tr("Pause the timeline"), on_click=self.timeline.toggle_pause)
        out = IconButton("zoom-out", self.tr("Show more time"), on_click=lambda: self.timeline.zoom(1))
        closer = IconButton("zoom-in", self.tr("Show less time"), on_click=lambda: self.timeline.zoom(-1))
        head = row(label(self.tr("Timeline"), "label"), gap=4, margins=(12, 0, 8, 0))
        head.addWidget(self._range, 1)
        for tool in (out, closer, self._pause):
            head.addWidget(tool)
        below = panel(column(hairline(), panel(head, height=28), self.timeline, gap=0))
        above = column(self._active_panel, self._title(self.tr("Recent, and what followed")), gap=0)
        above.addWidget(self._stack, 1)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setHandleWidth(1)
        splitter.addWidget(panel(above))
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 3)
        splitter.setStretchFactor(1, 2)
        line = panel(row(), "hairline")
        line.setFixedWidth(1)
        body = row(left, line, gap=0)
        body.addWidget(splitter, 1)
        self.setLayout(column(self.header, body, gap=0))
        self._shown_active: tuple[str, ...] | None = None
        self._remaining: dict[str, ElidedLabel] = {}
        self._clock = QTimer(self)
        self._clock.setInterval(500)
        self._clock.timeout.connect(self._refresh)
        self._soon = Throttle(200, self._refresh, self)
        self.timeline.range_changed.connect(self._show_range)
        local = self.cluster.local
        if local is not None:
            self.timeline.show_model(local.timeline)
            local.timeline.changed.connect(self._refresh_if_shown)
            local.broker_changed.connect(self._refresh_if_shown)
        self._refresh()

    def shown(self) -> None:
        """Counts down while it is seen."""
        super().shown()
        self._clock.start()
        self._refresh()

    def left(self) -> None:
        """Rests."""
        super().left()
        self._clock.stop()

    def choose_kind(self, kind: str, node_id: int | None = None) -> None:
        """Puts a kind of fault into the form."""
        self.form.choose(kind, node_id)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _title(self, text: str) -> QWidget:
        return panel(row(label(text, "label"), None, margins=(12, 0, 12, 0)), height=26)

    def _act(self, action: str, argument: str = "") -> None:
        self.context.run_action(action, argument)

    def _why_not(self, request: FaultRequest) -> str:
        return faults_model.why_not(self.cluster.local, request)

    def _begin(self, request: FaultRequest) -> None:
        local = self.cluster.local
        if local is None:
            return
        try:
            faults_model.begin(local, request)
        except KnownError as error:
            self._answer.show_text(f"{error.sentence} {error.remedy}".strip(), "err")
            return
        self._answer.show_text("")
        self._refresh()

    def _refresh_if_shown(self, *_: object) -> None:
        if self.is_shown:
            self._soon.ask()

    def _refresh(self) -> None:
        local = self.cluster.local
        if local is None:
            return
        now_ms = time.time_ns() // 1_000_000
        self.form.show_brokers({node: [str(p) for p in h.directories] for node, h in local.handles.items()})
        if self.switches.show_brokers(self.cluster):
            focus_next(self._heal_all, self.switches)
        active = faults_model.active_faults(local, now_ms)
        self._show_active(active)
        self._heal_all.explain("" if active else self.tr("No fault is in force."))
        stories = local.timeline.stories(now_ms)
        self.stories.table_model.set_rows(stories)
        self._stack.setCurrentWidget(self.stories if stories else self._nothing)
        down = [node for node, handle in local.handles.items() if not handle.phase.has_process]
        parts = [self.tr("{} in force").format(len(active))] if active else [self.tr("nothing in force")]
        if down:
            parts.append(self.tr("broker {} down").format(", ".join(map(str, down))))
        self.header.show_facts(" · ".join(parts))
        self._show_range()

    def _show_active(self, active: tuple[ActiveFault, ...]) -> None:
        self._active_panel.setVisible(bool(active))
        ids = tuple(fault.fault_id for fault in active)
        if ids != self._shown_active:
            self._shown_active = ids
            clear(self._active_box)
            self._remaining = {}
            for fault in active:
                self._active_box.addWidget(self._active_line(fault))
        for fault in active:
            self._remaining[fault.fault_id].setText(fault.remaining)

    def _active_line(self, fault: ActiveFault) -> QWidget:
        remaining = ElidedLabel(fault.remaining, token="t2", font=theme().text(12), align_right=True)
        remaining.setMinimumWidth(theme().px(120))
        self._remaining[fault.fault_id] = remaining
        heal = Button(self.tr("Heal"), "heal", small=True, on_click=lambda: self._act("fault.heal", fault.fault_id))
        heal.setAccessibleName(self.tr("Heal: {}").format(fault.words))
        line = row(IconLabel("kill", "err", 14), gap=8, margins=(12, 3, 12, 3))
        line.addWidget(ElidedLabel(fault.words, font=theme().text(12)), 1)
        line.addWidget(remaining)
        line.addWidget(heal)
        return panel(column(panel(line), hairline(), gap=0))

    def _show_range(self) -> None:
        self._range.setText(self.timeline.words())
        self._pause.set_icon_name("start" if self.timeline.is_paused else "pause")


def _cause_cell(story: FaultStory) -> Cell:
    cause: TimelineCause = story.cause
    icon = "kill" if cause.tone == "err" else "stop" if cause.tone == "off" else "start"
    return Cell(cause.words, icon=icon, icon_tone=cause.tone, tip=cause.words)
