"""A group's page: state, who reads what, offsets and lag of each partition."""

from __future__ import annotations

import asyncio
from collections import deque

from PySide6.QtWidgets import QStackedWidget

from workbench.client.errors import ClientError
from workbench.client.model import GroupDescription, GroupLag
from workbench.ui import counts, units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.theme import theme
from workbench.ui.view_models.group_rows import STATE_TONES, GroupPartitionRow, member_boxes, partition_rows
from workbench.ui.widgets.assignment_links import AssignmentLinks
from workbench.ui.widgets.buttons import Button
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import ElidedLabel, label
from workbench.ui.widgets.layouts import ScrollColumn, column, hairline, panel, row
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.pane_header import PaneHeader
from workbench.ui.widgets.pill import Pill
from workbench.ui.widgets.table import Table

POLL_S = 1.0
KEPT_POLLS = 60
DRAWING_MAX_PX = 268
_TREND_ICONS = {"rising": "rising", "falling": "falling", "steady": "steady"}


class GroupPane(Pane):
    """Polls its group once a second while it is shown."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        self.group_id = key.subject
        self._group: GroupDescription | None = None
        self._lags: tuple[GroupLag, ...] = ()
        self._curves: dict[tuple[str, int], deque[float | None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._state = Pill()
        self._protocol = Pill()
        self._delete = Button(
            self.tr("Delete group"),
            "delete",
            tone="err",
            on_click=lambda: context.run_action("group.delete", self.group_id),
        )
        self.header = PaneHeader(self.group_id or '""', "group", (self._delete,), (self._state, self._protocol))
        self._notice = Notice()
        self._notice_box = panel(column(self._notice, margins=(12, 8, 12, 8)))
        self._notice_box.hide()
        self.drawing = AssignmentLinks()
        self._summary = ElidedLabel("", token="t3", font=theme().text(12), align_right=True)
        head_row = row(label(self.tr("Who reads what"), "label"), gap=12, margins=(12, 4, 12, 0))
        head_row.addWidget(self._summary, 1)
        head = panel(head_row, height=28)
        self._scroll = ScrollColumn(margins=(0, 0, 0, 8))
        self._scroll.box.addWidget(self.drawing)
        self._drawing_box = panel(column(head, self._scroll, hairline(), gap=0))
        columns: tuple[Column[GroupPartitionRow], ...] = (
            Column(
                self.tr("Partition"),
                lambda p: Cell(f"{p.topic}-{p.partition}"),
                150,
                order=lambda p: (p.topic, p.partition),
            ),
            Column(self.tr("Member"), _member_cell, 170, order=lambda p: p.member),
            Column(
                self.tr("Committed"),
                lambda p: _offset(p.committed),
                104,
                True,
                lambda p: p.committed,
                tip=self.tr("Offset where the group goes on reading"),
            ),
            Column(
                self.tr("End offset"),
                lambda p: _offset(p.latest, "t2"),
                104,
                True,
                lambda p: p.latest,
                tip=self.tr("Offset that the next message gets"),
            ),
            Column(
                self.tr("Lag, messages"),
                _lag_cell,
                190,
                order=lambda p: p.lag,
                tip=self.tr("How many messages the group has not read yet: end offset less committed"),
            ),
            Column(self.tr("Trend"), _trend_cell, order=lambda p: p.trend),
        )
        self.table = Table(TableModel(columns, lambda p: (p.topic, p.partition)), self.tr("Partitions of the group"))
        self._nothing = EmptyState("group", "", "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._nothing)
        box = column(self.header, self._notice_box, self._drawing_box, gap=0)
        box.addWidget(self._stack, 1)
        self.setLayout(box)
        self._show()

    def shown(self) -> None:
        """Begins to poll."""
        super().shown()
        self._task = self.context.bridge.spawn(self._poll(), f"poll of group {self.group_id}", owner=self)

    def left(self) -> None:
        """Ends polling."""
        super().left()
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _poll(self) -> None:
        while True:
            session = self.cluster.session
            if session is not None and not self.cluster.unreachable and self.cluster.seen_ms is not None:
                try:
                    self._group = await session.describe_group(self.group_id)
                    self._lags = tuple(await session.group_lag(self.group_id))
                except ClientError as error:
                    self._tell(f"{error.sentence} {error.remedy}".strip(), error.code)
                else:
                    self._tell("", "")
                    self._remember()
                    self._show()
            await asyncio.sleep(POLL_S)

    def _remember(self) -> None:
        for lag in self._lags:
            key = (lag.topic, lag.partition)
            self._curves.setdefault(key, deque(maxlen=KEPT_POLLS)).append(lag.lag)

    def _tell(self, words: str, code: str) -> None:
        self._notice.show_text(words, "err", code)
        self._notice_box.setVisible(bool(words))

    def _show(self) -> None:
        group = self._group
        curves = {key: tuple(curve) for key, curve in self._curves.items()}
        rows = partition_rows(group, self._lags, curves)
        boxes = member_boxes(group) if group is not None else []
        self.table.table_model.set_rows(rows)
        self.drawing.show_group(rows, boxes)
        wanted = self.drawing.sizeHint().height() + 12
        self._scroll.setFixedHeight(min(wanted, theme().px(DRAWING_MAX_PX)))
        self._drawing_box.setVisible(bool(rows) and bool(boxes))
        self._stack.setCurrentIndex(0 if rows else 1)
        self._delete.explain(self._why_not_delete())
        self._state.setVisible(group is not None)
        self._protocol.setVisible(group is not None)
        if group is None:
            self.header.show_facts("")
            self._nothing.show_text("starting", self.tr("Asking the coordinator"), "")
            return
        tone, icon = STATE_TONES.get(group.state, ("off", "unknown"))
        self._state.show_state(group.state, tone, icon)
        self._protocol.show_state(self.tr("{} protocol").format(group.type.value), "off")
        self.header.show_facts(self._facts(group, rows))
        self._summary.setText(f"{counts.partitions(len(rows))}, {counts.members(len(boxes))}")
        if not rows:
            self._nothing.show_text(
                "group",
                self.tr("{} has no place in any partition").format(self.group_id),
                self.tr("It stands here once it has committed an offset or a member owns a partition."),
            )

    def _facts(self, group: GroupDescription, rows: list[GroupPartitionRow]) -> str:
        parts = []
        if group.epoch is not None:
            word = self.tr("generation {}") if group.type.value == "classic" else self.tr("epoch {}")
            parts.append(word.format(group.epoch))
        if group.assignor:
            parts.append(self.tr("assignor {}").format(group.assignor))
        parts.append(self.tr("coordinator broker {}").format(group.coordinator_id))
        known = [line.lag for line in rows if line.lag is not None]
        if known:
            parts.append(self.tr("lag {}").format(counts.messages(sum(known))))
        return ", ".join(parts)

    def _why_not_delete(self) -> str:
        refused = self.cluster.why_not_write()
        if refused:
            return refused
        count = len(self._group.members) if self._group is not None else 0
        return self.tr("The group has {}; stop its consumers first.").format(counts.members(count)) if count else ""


def _member_cell(part: GroupPartitionRow) -> Cell:
    if part.member_rank is None:
        return Cell("nobody", "t3")
    return Cell(part.member, rank=part.member_rank, tip=part.member)


def _offset(value: int | None, tone: str = "t1") -> Cell:
    return Cell("none" if value is None else units.number(value), "t3" if value is None else tone, mono=True)


def _lag_cell(part: GroupPartitionRow) -> Cell:
    text = units.number(part.lag)
    return Cell(text, "t3" if part.lag is None else "t1", bar=part.share, rank=part.member_rank, icon_tone="off")


def _trend_cell(part: GroupPartitionRow) -> Cell:
    if not part.trend:
        return Cell(spark=part.curve)
    return Cell(part.trend, "t2", spark=part.curve, icon=_TREND_ICONS[part.trend])
