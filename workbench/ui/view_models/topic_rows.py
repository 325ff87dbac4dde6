"""Rows of the list of topics and of a topic's partitions (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbench.client.model import PartitionInfo, TopicInfo
from workbench.ui.view_models.cluster_model import ClusterModel


@dataclass(frozen=True, slots=True)
class TopicRow:
    """One topic in the list; None where the cluster did not tell."""

    name: str
    internal: bool
    partitions: int
    replication: int
    messages: int | None
    size_bytes: int | None
    rate: float | None
    curve: tuple[float | None, ...]
    groups: int
    leaderless: int
    under_replicated: int
    error: str


def topic_rows(cluster: ClusterModel, topics: Sequence[TopicInfo], now_ms: int) -> list[TopicRow]:
    """Rows in the order of `topics`; groups are counted where their lag is known."""
    readers: dict[str, set[str]] = {}
    for group, lags in cluster.lags.items():
        for lag in lags:
            readers.setdefault(lag.topic, set()).add(group)
    return [
        TopicRow(
            name=topic.name,
            internal=topic.internal,
            partitions=topic.partition_count,
            replication=topic.replication_factor,
            messages=topic.message_count,
            size_bytes=cluster.size_of(topic),
            rate=cluster.message_rates.rate(topic.name, now_ms),
            curve=cluster.message_rates.curve(topic.name),
            groups=len(readers.get(topic.name, ())),
            leaderless=sum(1 for partition in topic.partitions if partition.leader is None),
            under_replicated=sum(1 for part in topic.partitions if part.leader is not None and part.under_replicated),
            error=topic.error or "",
        )
        for topic in topics
    ]


def matching(topics: Sequence[TopicInfo], words: str) -> list[TopicInfo]:
    """Topics whose name holds every word, upper and lower case alike."""
    wanted = words.lower().split()
    return [topic for topic in topics if all(word in topic.name.lower() for word in wanted)]


@dataclass(frozen=True, slots=True)
class PartitionRow:
    """One partition with the series of its brokers; `share` of the topic's largest."""

    info: PartitionInfo
    leader: tuple[tuple[int, int], ...]
    replicas: tuple[tuple[int, int], ...]
    out_of_sync: tuple[tuple[int, int], ...]
    share: float | None

    @property
    def partition(self) -> int:
        """Its number."""
        return self.info.partition


def partition_rows(cluster: ClusterModel, topic: TopicInfo) -> list[PartitionRow]:
    """Rows in order of number."""

    def with_series(nodes: Sequence[int]) -> tuple[tuple[int, int], ...]:
        return tuple((node, cluster.series(node)) for node in nodes)

    most = max((partition.message_count or 0 for partition in topic.partitions), default=0)
    return [
        PartitionRow(
            info=partition,
            leader=with_series([partition.leader]) if partition.leader is not None else (),
            replicas=with_series(partition.replicas),
            out_of_sync=with_series([node for node in partition.replicas if node not in partition.isr]),
            share=None if partition.message_count is None or not most else partition.message_count / most,
        )
        for partition in topic.partitions
    ]
