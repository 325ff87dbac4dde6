"""What is asked about topics and done to them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from workbench.client.errors import ClientError
from workbench.client.failures import check, error_of_code
from workbench.client.link import ClusterLink
from workbench.client.model import PartitionInfo, TopicInfo
from workbench.client.offset_calls import TopicPartition, describe_metadata, leaders_of, list_offsets
from workbench.wire.api_keys import ApiKey
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreateTopicsRequest,
    CreateTopicsResponse,
    DeleteRecordsRequest,
    DeleteRecordsResponse,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    MetadataResponse,
)
from workbench.wire.uuids import ZERO_UUID, uuid_to_text

Answer = TypeVar("Answer", CreateTopicsResponse, DeleteTopicsResponse, CreatePartitionsResponse)

EARLIEST, LATEST = -2, -1
HIGH_WATERMARK = -1
"""What DeleteRecords takes for "all of it"."""

_CHANGE_TIMEOUT_MS = 30_000


async def list_topics(
    link: ClusterLink,
    names: Sequence[str] | None,
    *,
    with_offsets: bool,
    with_sizes: bool,
    include_internal: bool,
) -> tuple[TopicInfo, ...]:
    """Topics by name; those of `names` that do not exist are left out."""
    metadata = await describe_metadata(link, names)
    topics = [
        topic
        for topic in metadata.topics
        if topic.name is not None
        and topic.error_code != ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        and (include_internal or not topic.is_internal)
    ]
    shown = {topic.name for topic in topics}
    leaders = {place: leader for place, leader in leaders_of(metadata).items() if place[0] in shown}
    earliest, latest, sizes = await asyncio.gather(
        list_offsets(link, leaders, EARLIEST) if with_offsets else _nothing(),
        list_offsets(link, leaders, LATEST) if with_offsets else _nothing(),
        replica_sizes(link, names) if with_sizes else _no_sizes(),
    )
    return tuple(sorted((_topic(topic, earliest, latest, sizes) for topic in topics), key=lambda topic: topic.name))


async def _nothing() -> dict[TopicPartition, int]:
    return {}


async def _no_sizes() -> dict[TopicPartition, dict[int, int]]:
    return {}


def _topic(
    topic: MetadataResponse.MetadataResponseTopic,
    earliest: Mapping[TopicPartition, int],
    latest: Mapping[TopicPartition, int],
    sizes: Mapping[TopicPartition, Mapping[int, int]],
) -> TopicInfo:
    name = topic.name or ""
    partitions = []
    for partition in sorted(topic.partitions, key=lambda item: item.partition_index):
        place = (name, partition.partition_index)
        replica_bytes = sizes.get(place, {})
        partitions.append(
            PartitionInfo(
                partition=partition.partition_index,
                leader=partition.leader_id if partition.leader_id >= 0 else None,
                leader_epoch=partition.leader_epoch if partition.leader_epoch >= 0 else None,
                replicas=tuple(partition.replica_nodes),
                isr=tuple(partition.isr_nodes),
                offline=tuple(partition.offline_replicas),
                earliest_offset=earliest.get(place),
                latest_offset=latest.get(place),
                size_bytes=replica_bytes.get(partition.leader_id),
                replica_sizes_bytes=dict(replica_bytes),
                error=error_of_code(partition.error_code).code if partition.error_code else None,
            )
        )
    topic_id = uuid_to_text(topic.topic_id) if topic.topic_id != ZERO_UUID else None
    error = error_of_code(topic.error_code).code if topic.error_code else None
    return TopicInfo(name, topic_id, topic.is_internal, tuple(partitions), error)


async def replica_sizes(link: ClusterLink, names: Sequence[str] | None) -> dict[TopicPartition, dict[int, int]]:
    """Bytes of each replica by broker; a broker that is down or refuses is missing."""
    wanted = None if names is None else set(names)
    brokers = await link.broker_ids()
    answers = await asyncio.gather(*(_log_dirs(link, broker) for broker in brokers))
    sizes: dict[TopicPartition, dict[int, int]] = defaultdict(dict)
    for broker, answer in zip(brokers, answers, strict=True):
        for directory in answer.results if answer is not None else ():
            for topic in directory.topics if not directory.error_code else ():
                if wanted is not None and topic.name not in wanted:
                    continue
                for partition in topic.partitions:
                    if not partition.is_future_key:
                        sizes[topic.name, partition.partition_index][broker] = partition.partition_size
    return dict(sizes)


async def _log_dirs(link: ClusterLink, broker: int) -> DescribeLogDirsResponse | None:
    try:
        answer = await link.send(
            DescribeLogDirsRequest(topics=None), DescribeLogDirsResponse, node_id=broker, connect_timeout_s=2.0
        )
    except ClientError:
        return None
    return None if answer.error_code else answer


async def create_topic(
    link: ClusterLink,
    name: str,
    partitions: int | None,
    replication: int | None,
    configs: Mapping[str, str],
    validate_only: bool,
) -> TopicInfo:
    """Brokers older than 2.4 cannot choose the numbers themselves; they refuse -1."""
    request = CreateTopicsRequest(
        topics=[
            CreateTopicsRequest.CreatableTopic(
                name=name,
                num_partitions=-1 if partitions is None else partitions,
                replication_factor=-1 if replication is None else replication,
                configs=[CreateTopicsRequest.CreatableTopicConfig(name=k, value=v) for k, v in configs.items()],
            )
        ],
        timeout_ms=_CHANGE_TIMEOUT_MS,
        validate_only=validate_only,
    )
    answer = await _to_controller(link, request, CreateTopicsResponse)
    result = answer.topics[0]
    check(result.error_code, result.error_message, "" if result.error_message else f"Topic {name}")
    if not validate_only:
        for _ in range(20):  # the answer may come before the asked broker knows the topic
            topics = await list_topics(link, [name], with_offsets=False, with_sizes=False, include_internal=True)
            if topics and topics[0].partitions and not topics[0].error:
                return topics[0]
            await asyncio.sleep(0.1)
    count, factor = max(result.num_partitions, 0), max(result.replication_factor, 0)
    planned = tuple(PartitionInfo(index, None, None, (-1,) * factor, ()) for index in range(count))
    topic_id = uuid_to_text(result.topic_id) if result.topic_id != ZERO_UUID else None
    return TopicInfo(name, topic_id, False, planned)


async def delete_topic(link: ClusterLink, name: str) -> None:
    """Version 6 names topics in another field than the older ones."""
    modern = (await link.api_versions()).get(ApiKey.DELETE_TOPICS, (0, 0))[1] >= 6
    request = DeleteTopicsRequest(timeout_ms=_CHANGE_TIMEOUT_MS)
    if modern:
        request.topics = [DeleteTopicsRequest.DeleteTopicState(name=name)]
    else:
        request.topic_names = [name]
    answer = await _to_controller(link, request, DeleteTopicsResponse)
    result = answer.responses[0]
    check(result.error_code, result.error_message, f"Topic {name}")


async def add_partitions(link: ClusterLink, name: str, total: int, validate_only: bool) -> None:
    """`total` is the new number, not the difference."""
    request = CreatePartitionsRequest(
        topics=[CreatePartitionsRequest.CreatePartitionsTopic(name=name, count=total, assignments=None)],
        timeout_ms=_CHANGE_TIMEOUT_MS,
        validate_only=validate_only,
    )
    answer = await _to_controller(link, request, CreatePartitionsResponse)
    result = answer.results[0]
    check(result.error_code, result.error_message, "" if result.error_message else f"Topic {name}")


async def purge(link: ClusterLink, topic: str, before: Mapping[int, int] | None) -> dict[int, int]:
    """Each leader deletes its partitions; the first that refuses is told."""
    metadata = await describe_metadata(link, [topic])
    check(metadata.topics[0].error_code, None, f"Topic {topic}")
    leaders = leaders_of(metadata)
    wanted = (
        {partition.partition_index: HIGH_WATERMARK for partition in metadata.topics[0].partitions}
        if before is None
        else dict(before)
    )
    by_leader: dict[int, dict[int, int]] = defaultdict(dict)
    for partition, offset in wanted.items():
        if (topic, partition) not in leaders:
            raise error_of_code(ErrorCode.LEADER_NOT_AVAILABLE, None, f"{topic}-{partition}")
        by_leader[leaders[topic, partition]][partition] = offset
    done: dict[int, int] = {}
    for leader, offsets in by_leader.items():
        parts = [
            DeleteRecordsRequest.DeleteRecordsPartition(partition_index=partition, offset=offset)
            for partition, offset in offsets.items()
        ]
        request = DeleteRecordsRequest(
            topics=[DeleteRecordsRequest.DeleteRecordsTopic(name=topic, partitions=parts)],
            timeout_ms=_CHANGE_TIMEOUT_MS,
        )
        answer = await link.send(request, DeleteRecordsResponse, node_id=leader)
        for result in answer.topics[0].partitions:
            check(result.error_code, None, f"{topic}-{result.partition_index}")
            done[result.partition_index] = result.low_watermark
    return dict(sorted(done.items()))


async def _to_controller(
    link: ClusterLink,
    request: CreateTopicsRequest | DeleteTopicsRequest | CreatePartitionsRequest,
    answer: type[Answer],
) -> Answer:
    """KRaft brokers forward to the controller by themselves; a ZooKeeper cluster needs its controller named.

    What Metadata calls the controller serves both: the true one there, any live broker here.
    """
    controller = (await describe_metadata(link, [])).controller_id
    return await link.send(
        request,
        answer,
        node_id=controller if controller >= 0 else None,
        repeatable=False,
        timeout_s=_CHANGE_TIMEOUT_MS / 1_000 + 10,
    )
