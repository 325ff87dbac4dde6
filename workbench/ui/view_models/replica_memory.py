"""What the window remembers of replicas from poll to poll: who led before, and how far a lost replica had come.

Kafka tells neither: a follower that is gone reports nothing, and a partition knows only its present leader.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.client.model import PartitionInfo, TopicInfo

Place = tuple[str, int]


class ReplicaMemory:
    """Fed with each poll's topics."""

    def __init__(self) -> None:
        self._leaders: dict[Place, int] = {}
        self._before: dict[Place, int] = {}
        self._in_sync_at: dict[tuple[str, int, int], int] = {}

    def take(self, topics: Sequence[TopicInfo]) -> None:
        """A poll."""
        for topic in topics:
            for partition in topic.partitions:
                self._take(topic.name, partition)

    def former_leader(self, topic: str, partition: PartitionInfo) -> int | None:
        """Who led before the present leader; None once the preferred replica leads."""
        place = (topic, partition.partition)
        before = self._before.get(place)
        at_home = bool(partition.replicas) and partition.leader == partition.replicas[0]
        return None if before is None or at_home or before == partition.leader else before

    def behind(self, topic: str, partition: PartitionInfo, node_id: int) -> int | None:
        """Messages that came since a replica was last known in sync; None where it never was while we looked."""
        last = self._in_sync_at.get((topic, partition.partition, node_id))
        if last is None or partition.latest_offset is None:
            return None
        return max(0, partition.latest_offset - last)

    def _take(self, topic: str, partition: PartitionInfo) -> None:
        place = (topic, partition.partition)
        leader, known = partition.leader, self._leaders.get(place)
        if leader is not None and known is not None and leader != known:
            self._before[place] = known
        if leader is not None:
            self._leaders[place] = leader
        if partition.latest_offset is not None:
            for node in partition.isr:
                self._in_sync_at[topic, partition.partition, node] = partition.latest_offset
