"""What the metadata says has changed in the cluster, in the words of a timeline: fencing, leaders, in-sync sets.

Only the active controller reports, so that each change is told once. Invariant: one delta makes at most one report of
each kind, however many partitions it touches.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.broker_contract.messages import ChangeKind, ChangeReported

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.delta import MetadataDelta
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.metadata.topics_delta import TopicsDelta
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch

MOST_NAMES = 50


class ChangeReports:
    """A metadata publisher that tells `report` what a person would want to see on a timeline."""

    def __init__(
        self,
        node_id: int,
        is_active: Callable[[], bool],
        now_ms: Callable[[], int],
        report: Callable[[ChangeReported], None],
    ) -> None:
        self._node_id = node_id
        self._is_active = is_active
        self._now_ms = now_ms
        self._report = report

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        if leader.leader_id == self._node_id:
            self._tell(ChangeKind.CONTROLLER_ELECTED, [], nodes=[self._node_id], epoch=leader.epoch)

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        if delta.is_snapshot or not self._is_active():
            return
        if delta.cluster is not None:
            before, after = delta.image.cluster.brokers, image.cluster.brokers
            fenced = [n for n, b in after.items() if b.fenced and n in before and not before[n].fenced]
            unfenced = [n for n, b in after.items() if not b.fenced and (n not in before or before[n].fenced)]
            leaving = [
                n
                for n, b in after.items()
                if b.in_controlled_shutdown and (n not in before or not before[n].in_controlled_shutdown)
            ]
            for kind, nodes in (
                (ChangeKind.BROKER_FENCED, fenced),
                (ChangeKind.BROKER_UNFENCED, unfenced),
                (ChangeKind.BROKER_LEAVING, leaving),
            ):
                if nodes:
                    self._tell(kind, [], nodes=nodes)
        if delta.topics is not None:
            self._tell_partitions(delta.topics)

    def _tell_partitions(self, topics: TopicsDelta) -> None:
        found: dict[ChangeKind, list[str]] = {}
        leaders: set[int] = set()
        for change in topics.changed_topics.values():
            before_topic = topics.image.by_id.get(change.id)
            if before_topic is None:
                continue
            for index, after in change.changed_partitions.items():
                before = before_topic.partitions.get(index)
                if before is None:
                    continue
                name = f"{change.name}-{index}"
                if before.leader != after.leader:
                    if after.leader < 0:
                        found.setdefault(ChangeKind.PARTITIONS_OFFLINE, []).append(name)
                    elif before.leader < 0:
                        found.setdefault(ChangeKind.PARTITIONS_ONLINE, []).append(name)
                        leaders.add(after.leader)
                    else:
                        found.setdefault(ChangeKind.LEADERS_MOVED, []).append(name)
                        leaders.add(after.leader)
                if set(after.isr) < set(before.isr):
                    found.setdefault(ChangeKind.ISR_SHRANK, []).append(name)
                elif set(after.isr) - set(before.isr):
                    found.setdefault(ChangeKind.ISR_GREW, []).append(name)
        for kind, names in found.items():
            moved = kind in (ChangeKind.LEADERS_MOVED, ChangeKind.PARTITIONS_ONLINE)
            self._tell(kind, names, nodes=sorted(leaders) if moved else [])

    def _tell(self, kind: ChangeKind, partitions: list[str], *, nodes: list[int], epoch: int = -1) -> None:
        self._report(
            ChangeReported(
                kind=kind,
                at_ms=self._now_ms(),
                count=len(partitions) or len(nodes),
                partitions=tuple(partitions[:MOST_NAMES]),
                nodes=tuple(nodes),
                epoch=epoch,
            )
        )
