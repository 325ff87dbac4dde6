"""Where leaders belong and how replicas can be laid out anew (pure)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from workbench.client.model import PartitionInfo, TopicInfo
from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class AwayLeader:
    """A partition that is not led by its preferred replica; `can_return` if that one is in sync."""

    topic: str
    partition: int
    leader: int
    home: int
    can_return: bool


@dataclass(frozen=True, slots=True)
class Move:
    """A partition's replicas before and after."""

    topic: str
    partition: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    size_bytes: int | None

    @property
    def added(self) -> tuple[int, ...]:
        """Brokers that have to copy the partition."""
        return tuple(node for node in self.after if node not in self.before)

    @property
    def removed(self) -> tuple[int, ...]:
        """Brokers that lose it."""
        return tuple(node for node in self.before if node not in self.after)


def leaders_away(topics: Sequence[TopicInfo]) -> tuple[AwayLeader, ...]:
    """Partitions led by another than their first replica."""
    return tuple(
        AwayLeader(
            topic.name,
            partition.partition,
            partition.leader,
            partition.replicas[0],
            partition.replicas[0] in partition.isr,
        )
        for topic in topics
        for partition in topic.partitions
        if partition.leader is not None and partition.replicas and partition.leader != partition.replicas[0]
    )


def spread(
    topic: TopicInfo, nodes: Sequence[int], replication: int, racks: Mapping[int, str | None] | None = None
) -> tuple[Move, ...]:
    """Replicas of a topic over `nodes`, `replication` each: kept where they are wanted, filled from the idlest.

    Broker load counts this topic's replicas, then leaders; a rack that a partition has already comes last.
    Only partitions that change are given. ValueError where `nodes` are too few.
    """
    if not 1 <= replication <= len(nodes):
        raise ValueError(f"{replication} replicas do not fit on {len(nodes)} brokers")
    racks = racks or {}
    kept = {part.partition: [node for node in part.replicas if node in nodes] for part in topic.partitions}
    load = {node: sum(node in replicas for replicas in kept.values()) for node in nodes}
    layout: dict[int, list[int]] = {}
    for part in topic.partitions:
        chosen = kept[part.partition]
        while len(chosen) > replication:
            worst = max(reversed(chosen[1:]), key=lambda node: load[node])
            chosen.remove(worst)
            load[worst] -= 1
        while len(chosen) < replication:
            taken = {racks.get(node) for node in chosen if racks.get(node) is not None}
            free = [node for node in nodes if node not in chosen]
            best = min(free, key=lambda node: (racks.get(node) in taken, load[node], nodes.index(node)))
            chosen.append(best)
            load[best] += 1
        layout[part.partition] = chosen
    _share_leaders(layout, nodes)
    return tuple(
        Move(topic.name, part.partition, part.replicas, tuple(layout[part.partition]), part.size_bytes)
        for part in topic.partitions
        if tuple(layout[part.partition]) != part.replicas
    )


def _share_leaders(layout: dict[int, list[int]], nodes: Sequence[int]) -> None:
    """Puts the broker that is preferred least to the front, where one is preferred too often."""
    preferred = dict.fromkeys(nodes, 0)
    for replicas in layout.values():
        preferred[replicas[0]] += 1
    limit = -(-len(layout) // len(nodes))
    for replicas in layout.values():
        best = min(replicas, key=lambda node: preferred[node])
        if preferred[replicas[0]] > limit and preferred[best] + 1 < preferred[replicas[0]]:
            preferred[replicas[0]] -= 1
            preferred[best] += 1
            replicas.remove(best)
            replicas.insert(0, best)


def reassignment_json(moves: Sequence[Move]) -> str:
    """The file that kafka-reassign-partitions.sh takes."""
    parts = [{"topic": move.topic, "partition": move.partition, "replicas": list(move.after)} for move in moves]
    return json.dumps({"version": 1, "partitions": parts})


def bytes_to_copy(moves: Sequence[Move]) -> int | None:
    """What the new replicas have to fetch, None where no size is known."""
    sizes = [move.size_bytes * len(move.added) for move in moves if move.size_bytes is not None]
    return sum(sizes) if sizes or not moves else None


def copied_fraction(partition: PartitionInfo, adding: Sequence[int]) -> float | None:
    """How much of a partition its new replicas have, None where no broker tells."""
    whole = partition.replica_sizes_bytes.get(partition.leader) if partition.leader is not None else None
    if not adding or whole is None:
        return None
    if not whole:
        return 1.0
    return min(min(1.0, partition.replica_sizes_bytes.get(node, 0) / whole) for node in adding)
