"""Offsets of partitions by time, asked of each partition's leader at once."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from workbench.client.errors import ClientError
from workbench.client.failures import check
from workbench.client.link import ClusterLink
from workbench.wire.messages import ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse

TopicPartition = tuple[str, int]

EARLIEST, LATEST = -2, -1
_ATTEMPTS = 5
READ_UNCOMMITTED, READ_COMMITTED = 0, 1


async def describe_metadata(link: ClusterLink, names: Sequence[str] | None) -> MetadataResponse:
    """Metadata of some topics, or of all with None; never creates one."""
    topics = None if names is None else [MetadataRequest.MetadataRequestTopic(name=name) for name in names]
    answer = await link.send(MetadataRequest(topics=topics, allow_auto_topic_creation=False), MetadataResponse)
    await link.brokers_are([broker.node_id for broker in answer.brokers])
    return answer


def leaders_of(metadata: MetadataResponse) -> dict[TopicPartition, int]:
    """Leader of each partition that has one."""
    return {
        (topic.name, partition.partition_index): partition.leader_id
        for topic in metadata.topics
        if topic.name is not None and not topic.error_code
        for partition in topic.partitions
        if partition.leader_id >= 0
    }


async def list_offsets(
    link: ClusterLink,
    leaders: Mapping[TopicPartition, int],
    timestamp: int,
    isolation_level: int = READ_UNCOMMITTED,
) -> dict[TopicPartition, int]:
    """Offset at `timestamp` (or -1, -2, -3) for each partition; what fails, or has no such record, is left out."""
    by_leader: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for (topic, partition), leader in leaders.items():
        by_leader[leader][topic].append(partition)
    found = await asyncio.gather(
        *(_ask_leader(link, leader, topics, timestamp, isolation_level) for leader, topics in by_leader.items())
    )
    return {place: offset for part in found for place, (offset, code) in part.items() if code == 0 and offset >= 0}


async def _ask_leader(
    link: ClusterLink, leader: int, topics: Mapping[str, Iterable[int]], timestamp: int, isolation_level: int
) -> dict[TopicPartition, tuple[int, int]]:
    request = ListOffsetsRequest(
        replica_id=-1,
        isolation_level=isolation_level,
        topics=[
            ListOffsetsRequest.ListOffsetsTopic(
                name=name,
                partitions=[
                    ListOffsetsRequest.ListOffsetsPartition(
                        partition_index=partition, current_leader_epoch=-1, timestamp=timestamp
                    )
                    for partition in partitions
                ],
            )
            for name, partitions in topics.items()
        ],
        timeout_ms=10_000,
    )
    try:
        # A stopped broker must not hold up the list: the others' answers are worth more than its silence.
        answer = await link.send(request, ListOffsetsResponse, node_id=leader, highest=10, connect_timeout_s=2.0)
    except ClientError:
        return {}
    return {
        (topic.name, partition.partition_index): (partition.offset, partition.error_code)
        for topic in answer.topics
        for partition in topic.partitions
    }


async def offsets_of_topic(
    link: ClusterLink, topic: str, timestamp_ms: int, partitions: Sequence[int] | None = None
) -> dict[int, int | None]:
    """As `list_offsets` for one topic, with None where there is no such record; waits a second for an election."""
    for attempt in range(_ATTEMPTS):
        metadata = await describe_metadata(link, [topic])
        check(metadata.topics[0].error_code, None, f"Topic {topic}")
        wanted = [p.partition_index for p in metadata.topics[0].partitions]
        if partitions is not None:
            wanted = [partition for partition in wanted if partition in set(partitions)]
        leaders = {place: leader for place, leader in leaders_of(metadata).items() if place[1] in wanted}
        offsets = await list_offsets(link, leaders, timestamp_ms)
        # Earliest and latest always exist; by time there may be none, so only a missing leader is waited for.
        if len(offsets if timestamp_ms in (EARLIEST, LATEST) else leaders) == len(wanted):
            break
        if attempt < _ATTEMPTS - 1:
            await asyncio.sleep(0.2)
    return {partition: offsets.get((topic, partition)) for partition in sorted(wanted)}
