"""What taking a broker out of its cluster means (pure): where its replicas go, what hinders it, what it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication

from workbench.client.model import TopicInfo
from workbench.cluster.membership import moves_away_from
from workbench.cluster.plan import voters, without_broker
from workbench.cluster.spec import ClusterSpec
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.ui.view_models.reassignment import Move

translate = QCoreApplication.translate
NAMES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Removal:
    """A broker that leaves. `lowered` topics keep one replica less, since there are too few brokers for theirs."""

    node_id: int
    left: tuple[int, ...]
    moves: tuple[Move, ...]
    lowered: tuple[str, ...]
    led: int
    voters_before: tuple[int, ...]
    voters_after: tuple[int, ...]


def hindrances(spec: ClusterSpec, node_id: int, phases: Mapping[int, str], topics: Sequence[TopicInfo]) -> list[str]:
    """Why it cannot be taken out now, each with what to do about it; empty where it can."""
    if len(spec.brokers) < 2:
        return [
            translate(
                "removal",
                "It is the cluster's only broker: its data and its quorum would go. Wipe the cluster instead.",
            )
        ]
    found = []
    down = [other for other, phase in phases.items() if other != node_id and phase != "running"]
    votes = {broker.node_id for broker in voters(spec)}
    if down:
        words = translate(
            "removal", "Broker {} does not run: the others have to, to take replicas over. Start it first."
        )
        if set(down) & votes:
            words = translate(
                "removal",
                "Broker {} does not run: the quorum of the others would be without a majority. Start it first.",
            )
        found.append(words.format(down[0]))
    if phases.get(node_id) != "running":
        alone = [
            f"{topic.name}-{part.partition}"
            for topic in topics
            for part in topic.partitions
            if node_id in part.replicas and (part.leader in (None, -1, node_id) or set(part.isr) <= {node_id})
        ]
        if alone:
            found.append(
                translate("removal", "It does not run, and nobody else has what is in {}. Start it first.").format(
                    _some(alone)
                )
            )
    return found


def removal(spec: ClusterSpec, node_id: int, topics: Sequence[TopicInfo]) -> Removal:
    """What would happen; only for a broker that is not the last."""
    after = without_broker(spec, node_id)
    left = tuple(broker.node_id for broker in after.brokers)
    parts = {(topic.name, part.partition): part for topic in topics for part in topic.partitions}
    wanted = moves_away_from(node_id, left, {place: list(part.replicas) for place, part in parts.items()})
    moves = tuple(
        Move(topic, number, parts[topic, number].replicas, tuple(nodes), parts[topic, number].size_bytes)
        for (topic, number), nodes in wanted.items()
    )
    return Removal(
        node_id=node_id,
        left=left,
        moves=moves,
        lowered=tuple(dict.fromkeys(move.topic for move in moves if len(move.after) < len(move.before))),
        led=sum(part.leader == node_id for part in parts.values()),
        voters_before=tuple(broker.node_id for broker in voters(spec)),
        voters_after=tuple(broker.node_id for broker in voters(after)),
    )


def lowered_in_words(found: Removal) -> str:
    """Which topics have more replicas than brokers are left."""
    every = counted(
        len(found.lowered),
        translate("removal", "{1} has a replica on every broker"),
        translate("removal", "{1} have a replica on every broker"),
        _some(found.lowered),
    )
    left = counted(len(found.left), translate("removal", "{} is left"), translate("removal", "{} are left"))
    return counted(
        len(found.lowered),
        translate("removal", "{1}, and {2}: it keeps one replica less."),
        translate("removal", "{1}, and {2}: they keep one replica less."),
        every,
        left,
    )


def refused_writes(found: Removal, min_insync: Mapping[str, int]) -> tuple[str, ...]:
    """Topics that would have fewer replicas than writes with acks=all need."""
    fewest: dict[str, int] = {}
    for move in found.moves:
        fewest[move.topic] = min(len(move.after), fewest.get(move.topic, len(move.after)))
    return tuple(topic for topic, count in fewest.items() if count < min_insync.get(topic, 1))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    rest = len(names) - NAMES_SHOWN
    return shown if rest <= 0 else translate("removal", "{} and {} more").format(shown, rest)
