"""What is asked of brokers and done to their replicas: log directories, elections, reassignments, settings in bulk."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from workbench.client.config_calls import TOPIC
from workbench.client.errors import ClientError
from workbench.client.failures import check
from workbench.client.link import ClusterLink
from workbench.client.model import LogDirectory, Reassignment
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    DescribeConfigsRequest,
    DescribeConfigsResponse,
    DescribeLogDirsRequest,
    DescribeLogDirsResponse,
    ElectLeadersRequest,
    ElectLeadersResponse,
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
)

PREFERRED = 0
_CHANGE_TIMEOUT_MS = 30_000


async def log_directories(link: ClusterLink) -> Mapping[int, tuple[LogDirectory, ...]]:
    """The log directories of each broker that answers (DescribeLogDirs)."""
    brokers = await link.broker_ids()
    answers = await asyncio.gather(*(_directories_of(link, broker) for broker in brokers))
    return {broker: answer for broker, answer in zip(brokers, answers, strict=True) if answer is not None}


async def _directories_of(link: ClusterLink, broker: int) -> tuple[LogDirectory, ...] | None:
    try:
        answer = await link.send(
            DescribeLogDirsRequest(topics=None), DescribeLogDirsResponse, node_id=broker, connect_timeout_s=2.0
        )
    except ClientError:
        return None
    if answer.error_code:
        return None
    return tuple(
        LogDirectory(
            path=result.log_dir,
            size_bytes=sum(p.partition_size for topic in result.topics for p in topic.partitions),
            replicas=sum(len(topic.partitions) for topic in result.topics),
            total_bytes=result.total_bytes if result.total_bytes >= 0 else None,
            usable_bytes=result.usable_bytes if result.usable_bytes >= 0 else None,
            error=ErrorCode(result.error_code).name if result.error_code else None,
        )
        for result in answer.results
    )


async def elect_preferred_leaders(link: ClusterLink, partitions: Mapping[str, Sequence[int]]) -> int:
    """Elects the first replica of each partition leader where it is in sync; returns how many were moved.

    Those that are led by it already count as done; the first other refusal is raised.
    """
    request = ElectLeadersRequest(
        election_type=PREFERRED,
        topic_partitions=[
            ElectLeadersRequest.TopicPartitions(topic=topic, partitions=list(numbers))
            for topic, numbers in partitions.items()
        ],
        timeout_ms=_CHANGE_TIMEOUT_MS,
    )
    answer = await link.send(request, ElectLeadersResponse, repeatable=False, timeout_s=_CHANGE_TIMEOUT_MS / 1000 + 10)
    check(answer.error_code, None, "The election")
    moved = 0
    for topic in answer.replica_election_results:
        for result in topic.partition_result:
            if result.error_code == ErrorCode.ELECTION_NOT_NEEDED:
                continue
            check(result.error_code, result.error_message, f"{topic.topic}-{result.partition_id}")
            moved += 1
    return moved


async def reassign(link: ClusterLink, replicas: Mapping[tuple[str, int], Sequence[int] | None]) -> None:
    """Gives partitions other replicas, or cancels what is under way (None). Returns when the controller accepted."""
    by_topic: dict[str, list[AlterPartitionReassignmentsRequest.ReassignablePartition]] = {}
    for (topic, partition), wanted in replicas.items():
        by_topic.setdefault(topic, []).append(
            AlterPartitionReassignmentsRequest.ReassignablePartition(
                partition_index=partition, replicas=None if wanted is None else list(wanted)
            )
        )
    request = AlterPartitionReassignmentsRequest(
        timeout_ms=_CHANGE_TIMEOUT_MS,
        topics=[
            AlterPartitionReassignmentsRequest.ReassignableTopic(name=name, partitions=parts)
            for name, parts in by_topic.items()
        ],
    )
    answer = await link.send(request, AlterPartitionReassignmentsResponse, repeatable=False)
    check(answer.error_code, answer.error_message, "" if answer.error_message else "The reassignment")
    for topic_answer in answer.responses:
        for result in topic_answer.partitions:
            place = f"{topic_answer.name}-{result.partition_index}"
            check(result.error_code, result.error_message, place)


async def list_reassignments(link: ClusterLink) -> tuple[Reassignment, ...]:
    """Partitions whose replicas are on their way, by topic and partition."""
    answer = await link.send(ListPartitionReassignmentsRequest(topics=None), ListPartitionReassignmentsResponse)
    check(answer.error_code, answer.error_message, "The reassignments")
    return tuple(
        sorted(
            (
                Reassignment(
                    topic.name,
                    part.partition_index,
                    tuple(part.replicas),
                    tuple(part.adding_replicas),
                    tuple(part.removing_replicas),
                )
                for topic in answer.topics
                for part in topic.partitions
            ),
            key=lambda moving: (moving.topic, moving.partition),
        )
    )


async def topic_config_values(link: ClusterLink, topics: Sequence[str], key: str) -> Mapping[str, str]:
    """One config of many topics; topics that do not tell it are left out."""
    if not topics:
        return {}
    request = DescribeConfigsRequest(
        resources=[
            DescribeConfigsRequest.DescribeConfigsResource(
                resource_type=TOPIC, resource_name=topic, configuration_keys=[key]
            )
            for topic in topics
        ]
    )
    answer = await link.send(request, DescribeConfigsResponse)
    return {
        result.resource_name: config.value
        for result in answer.results
        if not result.error_code
        for config in result.configs
        if config.name == key and config.value is not None
    }
