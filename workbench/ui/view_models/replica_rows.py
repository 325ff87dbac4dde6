"""The matrix of partitions by broker (pure): what each replica is, how far it is, and what to write beside it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from workbench.client.model import PartitionInfo, TopicInfo
from workbench.system.quick_dataclass import dataclass
from workbench.ui import units
from workbench.ui.view_models.replica_memory import ReplicaMemory

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class ReplicaCell:
    """One replica. `mark` is leader, in sync, out of sync or no leader; `fraction` of the bar, None for dashes.

    `note` stands at the right: who led before.
    """

    mark: str
    fraction: float | None
    text: str
    tone: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReplicaRow:
    """One partition; a cell for each broker, None where it has no replica. `first` of its topic."""

    topic: str
    partition: int
    first: bool
    cells: tuple[ReplicaCell | None, ...]


def replica_rows(
    topics: Sequence[TopicInfo], node_ids: Sequence[int], memory: ReplicaMemory | None = None
) -> tuple[ReplicaRow, ...]:
    """Rows by topic and partition; with `memory` who led before, and how far lost replicas had come."""
    rows = []
    for topic in topics:
        for place, partition in enumerate(topic.partitions):
            cells = tuple(_cell(topic.name, partition, node, memory) for node in node_ids)
            rows.append(ReplicaRow(topic.name, partition.partition, place == 0, cells))
    return tuple(rows)


def leaders_and_replicas(topics: Sequence[TopicInfo], node_id: int) -> tuple[int, int, int]:
    """How many partitions a broker leads, in how many it is in sync, how many replicas it has."""
    partitions = [partition for topic in topics for partition in topic.partitions]
    led = sum(1 for partition in partitions if partition.leader == node_id)
    synced = sum(1 for partition in partitions if node_id in partition.isr)
    return led, synced, sum(1 for partition in partitions if node_id in partition.replicas)


def disk_bytes(topics: Sequence[TopicInfo], node_id: int) -> int | None:
    """Bytes of a broker's replicas, None where no broker told."""
    sizes = [
        partition.replica_sizes_bytes[node_id]
        for topic in topics
        for partition in topic.partitions
        if node_id in partition.replica_sizes_bytes
    ]
    return sum(sizes) if sizes else None


def _cell(topic: str, partition: PartitionInfo, node: int, memory: ReplicaMemory | None) -> ReplicaCell | None:
    if node not in partition.replicas:
        return None
    if partition.leader is None:
        return ReplicaCell("no leader", None, translate("replicas", "no leader"), "err")
    if partition.leader == node:
        if partition.latest_offset is None:
            return ReplicaCell("leader", None, units.no_data(), "t3")
        empty = partition.latest_offset == partition.earliest_offset
        former = memory.former_leader(topic, partition) if memory is not None else None
        note = "" if former is None else translate("replicas", "was {}").format(former)
        return ReplicaCell("leader", 0.0 if empty else 1.0, units.number(partition.latest_offset), "t1", note)
    if node in partition.isr:
        # Nothing to have: as empty as the leader's bar.
        return ReplicaCell(
            "in sync", 0.0 if partition.message_count == 0 else 1.0, translate("replicas", "in sync"), "t3"
        )
    behind = memory.behind(topic, partition, node) if memory is not None else None
    return _behind(partition, node, behind)


def _behind(partition: PartitionInfo, node: int, behind: int | None) -> ReplicaCell:
    count = partition.message_count
    if behind is not None and count is not None:
        fraction = max(0.0, 1 - behind / max(1, count))
        text = units.number(-behind)
        return ReplicaCell("out of sync", fraction, text, "warn")
    own = partition.replica_sizes_bytes.get(node)
    whole = partition.replica_sizes_bytes.get(partition.leader) if partition.leader is not None else None
    if own is None or not whole:
        return ReplicaCell("out of sync", None, translate("replicas", "behind"), "warn")
    missing = max(0, whole - own)
    text = f"{units.MINUS}{units.size(missing)}" if missing else translate("replicas", "catching up")
    return ReplicaCell("out of sync", own / whole, text, "warn")
