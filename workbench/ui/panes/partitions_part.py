"""Partitions of a topic: offsets, sizes, leader, replicas and which of them are in sync."""

from __future__ import annotations

from workbench.ui import units
from workbench.ui.documents import DocumentKey
from workbench.ui.item_models.table_model import Cell, Column, TableModel
from workbench.ui.panes.pane import Pane, PaneContext
from workbench.ui.view_models.topic_rows import PartitionRow, partition_rows
from workbench.ui.widgets.layouts import column
from workbench.ui.widgets.table import Table


class PartitionsPart(Pane):
    """A table."""

    def __init__(self, context: PaneContext, key: DocumentKey) -> None:
        super().__init__(context, key)
        self.cluster = context.the_cluster()
        columns: tuple[Column[PartitionRow], ...] = (
            Column(self.tr("Partition"), lambda p: Cell(str(p.partition), mono=True), 88, True, lambda p: p.partition),
            Column(self.tr("Leader"), _leader, 96, order=lambda p: p.info.leader),
            Column(self.tr("Replicas"), lambda p: Cell(badges=p.replicas), 110),
            Column(
                self.tr("In sync"),
                _in_sync,
                order=lambda p: len(p.info.isr),
                tip=self.tr("The replicas that have all that is acknowledged: any of them may lead"),
            ),
            Column(
                self.tr("Earliest"),
                lambda p: _offset(p.info.earliest_offset),
                112,
                True,
                lambda p: p.info.earliest_offset,
                tip=self.tr("Offset of the oldest message that is kept"),
            ),
            Column(
                self.tr("Latest"),
                lambda p: _offset(p.info.latest_offset),
                112,
                True,
                lambda p: p.info.latest_offset,
                tip=self.tr("Offset that the next message gets"),
            ),
            Column(self.tr("Messages"), _messages, 210, order=lambda p: p.info.message_count),
            Column(self.tr("Size"), lambda p: _size(p.info.size_bytes), 96, True, lambda p: p.info.size_bytes),
            Column(
                self.tr("Leader epoch"),
                lambda p: _offset(p.info.leader_epoch, "t2"),
                104,
                True,
                lambda p: p.info.leader_epoch,
                tip=self.tr("How often the partition has got another leader"),
            ),
        )
        self.table = Table(TableModel(columns, lambda p: p.partition), self.tr("Partitions"))
        self.setLayout(column(self.table, gap=0))
        self._sizes: dict[int, int] = {}
        self.cluster.changed.connect(self._refresh_if_shown)

    def shown(self) -> None:
        """Catches up."""
        super().shown()
        self._refresh()

    def _refresh_if_shown(self) -> None:
        if self.is_shown:
            self._refresh()

    def _refresh(self) -> None:
        topic = self.cluster.topic(self.key.subject)
        if topic is not None:
            self.table.table_model.set_rows(partition_rows(self.cluster, topic))


def _leader(part: PartitionRow) -> Cell:
    if not part.leader:
        return Cell("none", "err", icon="no-leader", icon_tone="err")
    return Cell(badges=part.leader, icon="leader")


def _in_sync(part: PartitionRow) -> Cell:
    whole = len(part.replicas)
    if not part.out_of_sync:
        return Cell(f"{whole} of {whole}", "t2", icon="ok", icon_tone="ok")
    missing = ", ".join(str(node) for node, _rank in part.out_of_sync)
    return Cell(f"{len(part.info.isr)} of {whole}, without {missing}", "warn", icon="out-of-isr", icon_tone="warn")


def _messages(part: PartitionRow) -> Cell:
    count = part.info.message_count
    return Cell(units.number(count), "t3" if count is None else "t1", bar=part.share or 0.0, icon_tone="ctl")


def _offset(value: int | None, tone: str = "t1") -> Cell:
    return Cell(units.number(value), "t3" if value is None else tone, mono=value is not None)


def _size(value: int | None) -> Cell:
    return Cell(units.size(value), "t3" if value is None else "t1")
