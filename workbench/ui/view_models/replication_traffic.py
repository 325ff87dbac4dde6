"""How much each broker copies from each other one (pure).

Derived: what a leader takes in of a topic goes to every in-sync follower of the partitions that it leads there, so
the rate of a link is the topic's rate on the leader times the share of its partitions that the other follows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.client.model import TopicInfo
from workbench.ui.view_models.cluster_model import ClusterModel


@dataclass(frozen=True, slots=True)
class Link:
    """Two brokers by their places among the columns, bytes per second each way; `dead` names who does not answer."""

    left: int
    right: int
    left_id: int
    right_id: int
    there: float
    back: float
    dead: int | None = None
    cut: str = ""
    stopped: bool = False


def rate_between(leader: int, follower: int, topics: Sequence[TopicInfo], bytes_in: Mapping[str, float]) -> float:
    """Bytes per second from a leader to a follower; `bytes_in` are the leader's by topic."""
    total = 0.0
    for topic in topics:
        rate = bytes_in.get(topic.name, 0.0)
        led = [partition for partition in topic.partitions if partition.leader == leader]
        if rate and led:
            total += rate * sum(follower in partition.isr for partition in led) / len(led)
    return total


def replication_links(cluster: ClusterModel) -> tuple[Link, ...]:
    """Every pair of an embedded cluster's brokers, nearest first; none for a single broker or a foreign cluster."""
    local = cluster.local
    nodes = cluster.node_ids
    if local is None or len(nodes) < 2:
        return ()
    rates = {
        node: {name: topic.bytes_in for name, topic in handle.rates.topics.items()}
        for node, handle in local.handles.items()
    }
    down = {node for node, handle in local.handles.items() if handle.phase.value != "running"}
    stopped = {trouble.node_id for trouble in local.troubles() if trouble.on_purpose}
    faulty = {frozenset(f.node_ids): f.kind for f in local.active_faults if len(f.node_ids) == 2}
    links = []
    for distance in range(1, len(nodes)):
        for left in range(len(nodes) - distance):
            one, other = nodes[left], nodes[left + distance]
            gone = [node for node in (one, other) if node in down]
            dead = next((node for node in gone if node not in stopped), gone[0] if gone else None)
            links.append(
                Link(
                    left,
                    left + distance,
                    one,
                    other,
                    rate_between(one, other, cluster.topics, rates.get(one, {})),
                    rate_between(other, one, cluster.topics, rates.get(other, {})),
                    dead,
                    faulty.get(frozenset((one, other)), ""),
                    dead in stopped,
                )
            )
    return tuple(links)
