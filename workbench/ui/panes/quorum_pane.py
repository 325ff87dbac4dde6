"""Quorum: voters and observers of the metadata log with their lag, and the log's newest records, decoded."""

from __future__ import annotations

import asyncio
import time
from html import escape

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLineEdit, QSplitter, QStackedWidget

from workbench.client.errors import ClientError
from workbench.client.model import QuorumDescription
from workbench.ui import counts, units
from workbench.ui.bridge import Throttle
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Inspected, Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.metadata_records import MetadataLogTail, MetadataRow
from workbench.ui.view_models.quorum_rows import QuorumRow, majority_words, quorum_rows
from workbench.ui.widgets.buttons import Button, Segmented
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel, label, rich
from workbench.ui.widgets.layouts import ScrollColumn, clear, column, hairline, panel, row
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.table import Table

POLL_MS = 1000
_ROLE_ICONS = {"accent": "leader", "ok": "quorum", "off": "preview"}
"""By the tone of a role: leader, voter, observer."""


class QuorumPane(Pane):
    """Polls DescribeQuorum and, of an embedded cluster, its leader's files while it is seen."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self._quorum: QuorumDescription | None = self.cluster.quorum
        self._tails: dict[int, MetadataLogTail] = {}
        self._source: int | None = None
        self._asking = False
        self.header = PaneHeader(self.tr("Quorum"))
        self._notice = Notice()
        notice_box = panel(column(self._notice, margins=(12, 8, 12, 8)))
        columns: tuple[Column[QuorumRow], ...] = (
            Column(self.tr("Node"), _node_cell, 110),
            Column(self.tr("Role"), _role_cell, 130),
            Column(
                self.tr("Log end offset"), lambda r: Cell(units.number(r.voter.log_end_offset), mono=True), 120, True
            ),
            Column(
                self.tr("Lag, records"), _lag_cell, 100, True, tip=self.tr("How far its log ends behind the leader's")
            ),
            Column(
                self.tr("Last fetch"),
                lambda r: _ago(r.fetched_ms_ago, r),
                110,
                True,
                tip=self.tr("When it last asked the leader for records"),
            ),
            Column(
                self.tr("Caught up"),
                lambda r: _ago(r.caught_up_ms_ago, r),
                110,
                True,
                tip=self.tr("When it last had everything that the leader had"),
            ),
            Column(self.tr("Directory"), lambda r: Cell(r.voter.directory_id or "", "t2", mono=True)),
        )
        self.replicas = Table(
            TableModel(columns, lambda r: (r.voter.node_id, r.voter.directory_id)),
            self.tr("Replicas of the metadata log"),
            sortable=False,
        )
        record_columns: tuple[Column[MetadataRow], ...] = (
            Column(self.tr("Offset"), lambda r: Cell(units.number(r.offset), mono=True), 84, True),
            Column(self.tr("Time"), lambda r: Cell(units.clock(r.at_ms, millis=True), "t2"), 104),
            Column(self.tr("Epoch"), lambda r: Cell(str(r.epoch), "t2", mono=True), 56, True),
            Column(self.tr("Record"), _kind_cell, 230),
            Column(self.tr("Fields"), lambda r: Cell(r.text, "t2", mono=True)),
        )
        self.records = Table(
            TableModel(record_columns, lambda r: r.offset), self.tr("Newest metadata records"), sortable=False
        )
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Find in the records"))
        self.filter.setAccessibleName(self.tr("Find in the metadata records"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(theme().px(220))
        self._which = Segmented(
            (("changes", self.tr("Changes")), ("all", self.tr("All, with NoOp"))), "changes", self.tr("Which records")
        )
        self._which.chosen.connect(lambda _which: self._show_records())
        self._from = ElidedLabel("", token="t3", font=theme().text(12))
        head = panel(
            row(label(self.tr("Metadata log, newest first"), "name"), self._from, None, self._which, self.filter,
                margins=(12, 0, 12, 0)),
            height=36,
        )  # fmt: skip
        self._log_part = panel(column(hairline(), head, self.records, gap=0))
        splitter = QSplitter(Qt.Orientation.Vertical)
        splitter.setHandleWidth(1)
        upper = column(notice_box, gap=0)
        upper.addWidget(self.replicas, 1)  # what is to spare is the table's, not the notice's
        splitter.addWidget(panel(upper))
        splitter.addWidget(self._log_part)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 3)
        self._nothing = EmptyState("quorum", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(splitter)
        self._stack.addWidget(self._nothing)
        self.setLayout(column(self.header, self._stack, gap=0))
        self._side = ScrollColumn(margins=(12, 12, 12, 12), gap=6)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._ask)
        self.filter.textChanged.connect(Throttle(150, self._show_records, self).ask)
        self.records.chosen.connect(lambda _row: self.inspector_changed.emit())
        self.cluster.changed.connect(self._refresh_if_shown)
        self._log_part.setVisible(self.cluster.embedded)
        self._refresh()

    def shown(self) -> None:
        """Asks once a second."""
        super().shown()
        self._timer.start()
        self._ask()

    def left(self) -> None:
        """Asks nothing."""
        super().left()
        self._timer.stop()

    def focus_filter(self) -> None:
        """The field over the records."""
        self.filter.setFocus()
        self.filter.selectAll()

    def inspected(self) -> Inspected | None:
        """The chosen record with one field to a line."""
        chosen = self.records.current_row()
        if chosen is None:
            return None
        clear(self._side.box)
        for part in _split_fields(chosen.text):
            name, _equals, value = part.partition("=")
            words = rich(f"<b>{escape(name)}</b>") if value else label(name, "help", wrap=True)
            self._side.box.addWidget(words)
            if value:
                shown = label(value, "dim", mono=True, wrap=True)
                shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                self._side.box.addWidget(shown)
        self._side.box.addStretch(1)
        note = self.tr("offset {}").format(units.number(chosen.offset))
        return Inspected(chosen.kind, "record", "t3", note, self._side)

    # -- inside ---------------------------------------------------------------------------------------------------

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _ask(self) -> None:
        if not self._asking:
            self._asking = True
            self.context.bridge.spawn(self._ask_all(), "describe the quorum", on_error=self._failed, owner=self)

    async def _ask_all(self) -> None:
        try:
            session = self.cluster.session
            if session is not None and self.cluster.state is ClusterState.RUNNING:
                try:
                    async with asyncio.timeout(3.0):
                        self._quorum = await session.describe_quorum()
                except (ClientError, TimeoutError):
                    self._quorum = self.cluster.quorum or self._quorum
            await self._read_log()
            self._refresh()
        finally:
            self._asking = False

    async def _read_log(self) -> None:
        node = self._log_node()
        if node is None or self.cluster.local is None:
            return
        handle = self.cluster.local.handles[node]
        tail = self._tails.setdefault(node, MetadataLogTail(handle.directories))
        try:
            fresh = await asyncio.to_thread(tail.read)
        except OSError as error:
            self._from.setText(self.tr("broker {}: {}").format(node, error.strerror or str(error)))
            return
        if fresh or node != self._source:
            self._source = node
            self._show_records()

    def _log_node(self) -> int | None:
        """The leader if its files are here, else any node that has them."""
        local = self.cluster.local
        if local is None or not local.handles:
            return None
        leader = self._quorum.leader_id if self._quorum is not None else None
        return leader if leader in local.handles else next(iter(local.handles))

    def _failed(self, error: BaseException) -> None:
        self._notice.show_text(str(error), "err")

    def _down(self) -> frozenset[int]:
        local = self.cluster.local
        if local is None:
            return frozenset()
        return frozenset(node for node, handle in local.handles.items() if handle.phase.value != "running")

    def _refresh(self) -> None:
        quorum = self._quorum
        if quorum is None:
            self._stack.setCurrentWidget(self._nothing)
            if self.cluster.state is ClusterState.RUNNING:
                self._nothing.show_text(
                    "quorum",
                    self.tr("This cluster tells nothing of a metadata quorum"),
                    self.tr("Clusters on ZooKeeper have none; managed ones may hide it."),
                )
                self._nothing.set_buttons([])
            else:
                self._nothing.show_text(
                    "off", self.tr("The cluster is {}").format(self.cluster.state.value), self.cluster.unreachable
                )
                start = Button(
                    self.tr("Start the cluster"),
                    "start",
                    primary=True,
                    on_click=lambda: self.context.run_action("cluster.start", ""),
                )
                self._nothing.set_buttons([start] if self.cluster.embedded else [])
            return
        self._stack.setCurrentIndex(0)
        down = self._down()
        ranks = {node: self.cluster.series(node) for node in self.cluster.node_ids}
        now_ms = time.time_ns() // 1_000_000
        self.replicas.table_model.set_rows(quorum_rows(quorum, ranks, down, now_ms))
        words, tone = majority_words(quorum, down)
        self._notice.show_text(words, tone)
        observers = len(quorum.replicas) - len(quorum.voters)
        facts = [
            self.tr("leader {}, epoch {}").format(quorum.leader_id, quorum.leader_epoch),
            self.tr("high watermark {}").format(units.number(quorum.high_watermark)),
            f"{counts.voters(len(quorum.voters))}, {counts.observers(observers)}",
        ]
        self.header.show_facts(" · ".join(facts))

    def _show_records(self) -> None:
        if self._source is None:
            return
        words = self.filter.text().lower().split()
        tail = self._tails[self._source]
        kept = [*tail.rows, *(tail.beats if self._which.value() == "all" else ())]
        rows = [line for line in kept if all(word in f"{line.kind} {line.text}".lower() for word in words)]
        self.records.table_model.set_rows(sorted(rows, key=lambda line: -line.offset))
        self._from.setText(
            self.tr("{} of the last {}, from broker {}'s files").format(
                units.number(len(rows)), counts.records(len(kept)), self._source
            )
        )


def _split_fields(text: str) -> list[str]:
    """`a=1, b=[2, 3]` into its fields: commas inside brackets do not part."""
    parts, depth, start = [], 0, 0
    for place, letter in enumerate(text):
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _node_cell(line: QuorumRow) -> Cell:
    return Cell(
        f"Node {line.voter.node_id}", "err" if line.is_down else "t1", badges=((line.voter.node_id, line.rank),)
    )


def _end_cell(line: QuorumRow) -> Cell:
    return Cell(units.number(line.voter.log_end_offset), mono=True)


def _lag_cell(line: QuorumRow) -> Cell:
    if line.is_down:
        return Cell(units.number(line.lag), "err", icon="error", icon_tone="err")
    return Cell(units.number(line.lag), "warn" if line.lag > 100 else "t1")


def _role_cell(line: QuorumRow) -> Cell:
    if line.is_down:
        return Cell(f"{line.role}, down", pill="err", icon="error")
    return Cell(line.role, pill=line.tone, icon=_ROLE_ICONS[line.tone])


def _ago(ms: int | None, line: QuorumRow) -> Cell:
    if ms is None:
        return Cell("–", "t3")
    return Cell(f"{units.span(ms / 1000)} ago", "err" if line.is_down else "warn" if ms > 5_000 else "t2")


def _kind_cell(line: MetadataRow) -> Cell:
    icon = "control" if line.is_control else "record"
    return Cell(line.kind, strong=True, icon=icon, tip=line.text)
