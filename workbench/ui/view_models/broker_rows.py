"""The list of brokers as rows (pure): rack, roles, replicas, leaders, disk; and replicas on their way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from workbench.client.model import LogDirectory, Reassignment
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.reassignment import copied_fraction, leaders_away
from workbench.ui.view_models.replica_rows import leaders_and_replicas

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class BrokerRow:
    """One broker; `away` leaders of it belong elsewhere, `directories` is None where it did not tell."""

    node_id: int
    rank: int
    state: str
    tone: str
    address: str
    rack: str
    roles: str
    is_controller: bool
    leaders: int
    away: int
    in_sync: int
    replicas: int
    directories: tuple[LogDirectory, ...] | None

    @property
    def size_bytes(self) -> int | None:
        """All its log directories."""
        return None if self.directories is None else sum(place.size_bytes for place in self.directories)


@dataclass(frozen=True, slots=True)
class MovingRow:
    """A partition on its way; `fraction` of its data that every new replica has, None where nobody tells."""

    moving: Reassignment
    adding: tuple[tuple[int, int], ...]
    removing: tuple[tuple[int, int], ...]
    fraction: float | None


def broker_rows(cluster: ClusterModel, directories: Mapping[int, tuple[LogDirectory, ...]]) -> tuple[BrokerRow, ...]:
    """By node id; embedded brokers with the state of their process."""
    away = leaders_away(cluster.topics)
    return tuple(
        _row(cluster, node, directories, sum(part.leader == node for part in away)) for node in cluster.node_ids
    )


def _row(cluster: ClusterModel, node: int, directories: Mapping[int, tuple[LogDirectory, ...]], away: int) -> BrokerRow:
    handle = cluster.local.handles.get(node) if cluster.local is not None else None
    broker = cluster.description.broker(node) if cluster.description is not None else None
    if handle is not None:
        state = handle.phase.value
        tone = {"running": "ok", "starting": "accent", "stopped": "off", "stopping": "off"}.get(state, "err")
    elif broker is None:
        state, tone = translate("brokers", "gone"), "err"
    elif broker.is_fenced:
        state, tone = translate("brokers", "fenced"), "err"
    else:
        state, tone = translate("brokers", "answers"), "ok"
    quorum = cluster.quorum
    voters = {voter.node_id for voter in quorum.voters} if quorum is not None else set()
    led, synced, replicas = leaders_and_replicas(cluster.topics, node)
    address = handle.address if handle is not None else broker.address if broker is not None else ""
    return BrokerRow(
        node_id=node,
        rank=cluster.series(node),
        state=state,
        tone=tone,
        address=address,
        rack=(broker.rack if broker is not None else None) or "",
        roles=translate("brokers", "broker, controller") if node in voters else translate("brokers", "broker"),
        is_controller=quorum is not None and quorum.leader_id == node and tone == "ok",
        leaders=led,
        away=away,
        in_sync=synced,
        replicas=replicas,
        directories=directories.get(node),
    )


def moving_rows(cluster: ClusterModel, moving: Sequence[Reassignment]) -> tuple[MovingRow, ...]:
    """Partitions on their way with how far their new replicas are."""
    rows = []
    for one in moving:
        topic = cluster.topic(one.topic)
        parts = topic.partitions if topic is not None else ()
        part = next((part for part in parts if part.partition == one.partition), None)
        fraction = copied_fraction(part, one.adding) if part is not None else None
        rows.append(
            MovingRow(
                one,
                tuple((node, cluster.series(node)) for node in one.adding),
                tuple((node, cluster.series(node)) for node in one.removing),
                fraction,
            )
        )
    return tuple(rows)
