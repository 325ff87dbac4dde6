"""Brokers: rack, roles, replicas, disks, configuration; elect leaders, move replicas and see how far they are."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabBar

from workbench.client.errors import ClientError
from workbench.client.model import LogDirectory, Reassignment
from workbench.system.counting import counted
from workbench.ui import units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.broker_configuration_part import BrokerConfigurationPart
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.broker_rows import BrokerRow, MovingRow, broker_rows, moving_rows
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel
from workbench.ui.widgets.layouts import column, hairline, panel, row
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.client.session import ClusterSession

DIRECTORIES, MOVING, CONFIGURATION = range(3)
_STATE_ICONS = {"ok": "ok", "accent": "starting", "off": "off", "err": "error"}
POLL_MS = 2000


class BrokersPane(Pane):
    """A table above; the chosen broker's directories and configuration, and what is on its way, below."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._directories: dict[int, tuple[LogDirectory, ...]] = {}
        self._moving: tuple[Reassignment, ...] = ()
        self._asking = False
        self._add = Button(self.tr("Add broker"), "add", on_click=lambda: self._act("broker.add"))
        self._move = Button(self.tr("Move replicas…"), "reassign", on_click=lambda: self._act("topic.reassign"))
        self._elect = Button(self.tr("Elect preferred leaders"), "leader", on_click=lambda: self._act("leaders.elect"))
        self.header = PaneHeader(self.tr("Brokers"), actions=(self._elect, self._move, self._add))
        columns: tuple[Column[BrokerRow], ...] = (
            Column(self.tr("Broker"), _name_cell, 110, order=lambda r: r.node_id),
            Column(self.tr("State"), lambda r: Cell(r.state, pill=r.tone, icon=_STATE_ICONS[r.tone]), 124),
            Column(self.tr("Address"), lambda r: Cell(r.address, mono=True), 150),
            Column(self.tr("Rack"), lambda r: Cell(r.rack or "–", "t2" if r.rack else "t3"), 80),
            Column(self.tr("Roles"), _roles_cell, 160),
            Column(
                self.tr("Leaders"),
                _leaders_cell,
                90,
                True,
                lambda r: r.leaders,
                tip=self.tr("Partitions that it leads; in brackets those whose home is another broker"),
            ),
            Column(
                self.tr("In sync"),
                _in_sync_cell,
                110,
                True,
                lambda r: r.in_sync,
                tip=self.tr("Replicas that have all that is acknowledged, of all that it holds"),
            ),
            Column(self.tr("Disk"), lambda r: _size(r.size_bytes), 90, True, lambda r: r.size_bytes),
            Column(self.tr("Directories"), _directories_cell),
        )
        self.table = Table(TableModel(columns, lambda r: r.node_id), self.tr("Brokers"))
        self.tabs = QTabBar()
        self.tabs.setProperty("inner", True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName(self.tr("Of the chosen broker"))
        for title in (self.tr("Log directories"), self.tr("Replicas on their way"), self.tr("Configuration")):
            self.tabs.addTab(title)
        place_columns: tuple[Column[LogDirectory], ...] = (
            Column(self.tr("Directory"), lambda d: Cell(d.path, mono=True, tip=d.path)),
            Column(self.tr("State"), _directory_state, 150),
            Column(self.tr("Replicas"), lambda d: Cell(units.number(d.replicas)), 90, True),
            Column(self.tr("Size"), lambda d: _size(d.size_bytes), 100, True),
            Column(self.tr("Volume in use"), _volume_cell, 250),
        )
        self.places = Table(TableModel(place_columns, lambda d: d.path), self.tr("Log directories"), sortable=False)
        moving_columns: tuple[Column[MovingRow], ...] = (
            Column(self.tr("Partition"), lambda m: Cell(f"{m.moving.topic}-{m.moving.partition}", strong=True)),
            Column(self.tr("New on"), lambda m: Cell(badges=m.adding), 110),
            Column(self.tr("Leaves"), lambda m: Cell(badges=m.removing), 110),
            Column(self.tr("Copied"), _copied_cell, 200),
        )
        self.moving = Table(
            TableModel(moving_columns, lambda m: (m.moving.topic, m.moving.partition)),
            self.tr("Replicas on their way"),
            sortable=False,
        )
        self._cancel = Button(self.tr("Cancel the move"), "undo", small=True, on_click=self._cancel_moves)
        self._still = EmptyState(
            "reassign",
            self.tr("No replica is on its way"),
            self.tr("Move replicas to another broker, or raise a topic's replication: the plan shows first."),
            [Button(self.tr("Move replicas…"), "reassign", on_click=lambda: self._act("topic.reassign"))],
        )
        self._moving_stack = QStackedWidget()
        self._moving_stack.addWidget(self._still)
        self._moving_stack.addWidget(panel(column(panel(row(None, self._cancel, margins=(12, 4, 12, 4))), self.moving)))
        self.configuration = BrokerConfigurationPart(context, key)
        self._places_stack = QStackedWidget()
        self._places_stack.addWidget(self.places)
        silent = self.tr("Nobody tells what lies in its directories")
        self._places_stack.addWidget(EmptyState("disk", silent, self.tr("The broker has to answer for that.")))
        self._stack = QStackedWidget()
        for part in (self._places_stack, self._moving_stack, self.configuration):
            self._stack.addWidget(part)
        self._edit = Button(
            self.tr("Change…"), "config", small=True, on_click=lambda: self._act_on_chosen("broker.edit")
        )
        self._take_out = Button(
            self.tr("Take out…"),
            "delete",
            small=True,
            tone="err",
            on_click=lambda: self._act_on_chosen("broker.take_out"),
        )
        self._why_not_out = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        chosen_row = row(self.tabs, gap=8, margins=(0, 0, 12, 0))
        chosen_row.addWidget(self._why_not_out, 1)
        chosen_row.addWidget(self._edit)
        chosen_row.addWidget(self._take_out)
        head = panel(chosen_row, height=32)
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setHandleWidth(1)
        splitter.addWidget(self.table)
        splitter.addWidget(panel(column(hairline(), head, self._stack, gap=0)))
        splitter.setStretchFactor(0, 2)
        for own in (self._add, self._edit, self._take_out):
            own.setHidden(not self.cluster.embedded)  # only now: shown without a place, it would be a window
        splitter.setStretchFactor(1, 3)
        self.setLayout(column(self.header, splitter, gap=0))
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._ask)
        self.tabs.currentChanged.connect(self._tab_changed)
        self.table.chosen.connect(lambda _row: self._show_chosen())
        self.cluster.changed.connect(self._refresh_if_shown)
        self._refresh()

    def shown(self) -> None:
        """Asks for directories and moves."""
        super().shown()
        self._timer.start()
        self._ask()
        if self.tabs.currentIndex() == CONFIGURATION:
            self.configuration.shown()

    def left(self) -> None:
        """Asks nothing."""
        super().left()
        self._timer.stop()
        self.configuration.left()

    def focus_filter(self) -> None:
        """The filter of the configuration."""
        self.tabs.setCurrentIndex(CONFIGURATION)
        self.configuration.focus_filter()

    # -- inside ---------------------------------------------------------------------------------------------------

    def chosen_broker(self) -> int | None:
        """The node id of the chosen line."""
        chosen = self.table.current_row()
        return None if chosen is None else chosen.node_id

    def _act(self, action: str) -> None:
        self.context.run_action(action, "")

    def _act_on_chosen(self, action: str) -> None:
        chosen = self.chosen_broker()
        if chosen is not None:
            self.context.run_action(action, str(chosen))

    def _ask(self) -> None:
        if not self._asking:
            self._asking = True
            self.context.bridge.spawn(self._ask_all(), "ask brokers", owner=self)

    async def _ask_all(self) -> None:
        session = self.cluster.session
        try:
            if session is not None and self.cluster.state is ClusterState.RUNNING:
                # Each for itself: without a controller nobody tells of moves, but brokers still tell of their disks.
                await asyncio.gather(self._ask_directories(session), self._ask_moves(session))
        finally:
            self._asking = False

    async def _ask_directories(self, session: ClusterSession) -> None:
        with suppress(ClientError):
            self._directories.update(await session.log_directories())
            self._refresh()

    async def _ask_moves(self, session: ClusterSession) -> None:
        try:
            self._moving = await session.list_reassignments()
        except ClientError:
            self._moving = ()
        self._refresh()

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        from workbench.ui.view_models.reassignment import leaders_away

        rows = broker_rows(self.cluster, self._directories)
        self.table.table_model.set_rows(rows)
        if rows and self.table.current_row() is None:
            self.table.select_place(0)
        moving = moving_rows(self.cluster, self._moving)
        self.moving.table_model.set_rows(moving)
        self._moving_stack.setCurrentIndex(1 if moving else 0)
        self.tabs.setTabText(
            MOVING,
            self.tr("Replicas on their way {}").format(len(moving)) if moving else self.tr("Replicas on their way"),
        )
        refused = self.cluster.why_not_write()
        away = leaders_away(self.cluster.topics)
        able = sum(1 for part in away if part.can_return)
        self._elect.explain(
            refused
            or ("" if able else self.tr("Not yet: their brokers are not in sync.") if away else
                self.tr("Every partition is led by its preferred broker."))
        )  # fmt: skip
        self._move.explain(refused or ("" if len(self.cluster.brokers) > 1 else self.tr("There is only one broker.")))
        self._cancel.explain(refused)
        alone = self.tr("The only broker cannot be taken out.") if len(self.cluster.node_ids) < 2 else ""
        self._take_out.explain(refused or alone)
        self._why_not_out.setText((refused or alone) if self.cluster.embedded else "")
        answering = sum(1 for line in rows if line.tone == "ok")
        facts = [self.tr("{} of {} answer").format(answering, len(rows))]
        if away:
            facts.append(counted(len(away), self.tr("{} leader away from home"), self.tr("{} leaders away from home")))
        self.header.show_facts(" · ".join(facts))
        self._show_chosen()

    def _show_chosen(self) -> None:
        chosen = self.table.current_row()
        if chosen is None:
            return
        self.places.table_model.set_rows(chosen.directories or ())
        self._places_stack.setCurrentIndex(1 if chosen.directories is None else 0)
        self.tabs.setTabText(CONFIGURATION, self.tr("Configuration of broker {}").format(chosen.node_id))
        self.tabs.setTabText(DIRECTORIES, self.tr("Log directories of broker {}").format(chosen.node_id))
        self.configuration.show_broker(chosen.node_id)

    def _tab_changed(self, place: int) -> None:
        self._stack.setCurrentIndex(place)
        if place == CONFIGURATION:
            self.configuration.shown()
        else:
            self.configuration.left()

    def _cancel_moves(self) -> None:
        session = self.cluster.session
        wanted = self.moving.selected_rows() or list(self.moving.table_model.rows)
        if session is not None and wanted:
            places = dict.fromkeys(((line.moving.topic, line.moving.partition) for line in wanted), None)
            self.context.bridge.spawn(session.reassign(places), "cancel moves", owner=self)


def _name_cell(line: BrokerRow) -> Cell:
    return Cell(f"Broker {line.node_id}", strong=True, badges=((line.node_id, line.rank),))


def _roles_cell(line: BrokerRow) -> Cell:
    if line.is_controller:
        return Cell(
            line.roles, icon="controller", icon_tone="accent", tip="The active controller: it leads the quorum."
        )
    return Cell(line.roles, "t2")


def _leaders_cell(line: BrokerRow) -> Cell:
    if line.away:
        return Cell(f"{line.leaders} (+{line.away})", "warn", tip=f"{line.away} of them have their home elsewhere")
    return Cell(units.number(line.leaders))


def _in_sync_cell(line: BrokerRow) -> Cell:
    text = f"{units.number(line.in_sync)} of {units.number(line.replicas)}"
    if line.in_sync < line.replicas:
        return Cell(text, "warn", icon="out-of-isr", icon_tone="warn")
    return Cell(text, "t2")


def _size(size_bytes: int | None) -> Cell:
    return Cell(units.size(size_bytes), "t3" if size_bytes is None else "t1")


def _directories_cell(line: BrokerRow) -> Cell:
    if line.directories is None:
        return Cell(units.no_data(), "t3")
    failed = [place for place in line.directories if place.error]
    if failed:
        return Cell(f"{failed[0].path}: {failed[0].error}", "err", icon="error", icon_tone="err")
    words = ", ".join(place.path for place in line.directories)
    return Cell(words, "t2", mono=True, tip=words)


def _directory_state(place: LogDirectory) -> Cell:
    if place.error:
        return Cell(place.error, "err", mono=True, icon="error", icon_tone="err")
    return Cell("in use", pill="ok", icon="ok")


def _volume_cell(place: LogDirectory) -> Cell:
    if place.total_bytes is None or place.usable_bytes is None:
        return Cell(units.no_data(), "t3")
    used = 1 - place.usable_bytes / max(1, place.total_bytes)
    words = f"{units.size(place.usable_bytes)} free of {units.size(place.total_bytes)}"
    return Cell(words, "t2", bar=used, icon_tone="warn" if used > 0.9 else "ctl")


def _copied_cell(line: MovingRow) -> Cell:
    if line.fraction is None:
        return Cell(units.no_data(), "t3")
    return Cell(f"{line.fraction:.0%}", "t2", bar=line.fraction, icon_tone="accent")
