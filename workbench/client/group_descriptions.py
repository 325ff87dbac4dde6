"""One description from the four that Kafka has: classic, consumer (KIP-848), share (KIP-932), streams (KIP-1071)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from workbench.client.errors import ClientError
from workbench.client.failures import check
from workbench.client.link import ClusterLink
from workbench.client.model import GroupDescription, GroupMember, GroupType
from workbench.wire.errors import WireError
from workbench.wire.messages import (
    ConsumerGroupDescribeRequest,
    ConsumerGroupDescribeResponse,
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
    DescribeGroupsRequest,
    DescribeGroupsResponse,
    ShareGroupDescribeRequest,
    ShareGroupDescribeResponse,
    StreamsGroupDescribeRequest,
    StreamsGroupDescribeResponse,
)


async def describe_classic(link: ClusterLink, coordinator: int, group_id: str) -> GroupDescription:
    """Members' metadata is opaque to the broker; only the consumer protocol's is read."""
    answer = await link.send(DescribeGroupsRequest(groups=[group_id]), DescribeGroupsResponse, node_id=coordinator)
    group = answer.groups[0]
    check(group.error_code, group.error_message, f"Group {group_id}")
    if group.group_state == "Dead" and not group.members:
        raise ClientError(f"There is no group {group_id}.", "Refresh the list.", "GROUP_ID_NOT_FOUND")
    consumers = group.protocol_type == "consumer"
    members = [
        GroupMember(
            member_id=member.member_id,
            client_id=member.client_id,
            client_host=member.client_host.removeprefix("/"),
            assignment=_classic_assignment(member.member_assignment) if consumers else {},
            instance_id=member.group_instance_id,
            subscription=_classic_subscription(member.member_metadata) if consumers else (),
        )
        for member in group.members
    ]
    return GroupDescription(
        group_id,
        GroupType.CLASSIC,
        group.protocol_type,
        group.group_state,
        group.protocol_data,
        coordinator,
        _sorted(members),
    )


def _classic_assignment(data: bytes) -> Mapping[str, tuple[int, ...]]:
    """The two leading bytes are a version of which newer ones only add fields at the end."""
    try:
        version = min(int.from_bytes(data[:2], "big"), ConsumerProtocolAssignment.VERSIONS[1])
        assignment, _ = ConsumerProtocolAssignment.decode(data, version, 2)
    except WireError:
        return {}
    return {part.topic: tuple(sorted(part.partitions)) for part in assignment.assigned_partitions}


def _classic_subscription(data: bytes) -> tuple[str, ...]:
    try:
        version = min(int.from_bytes(data[:2], "big"), ConsumerProtocolSubscription.VERSIONS[1])
        subscription, _ = ConsumerProtocolSubscription.decode(data, version, 2)
    except WireError:
        return ()
    return tuple(sorted(subscription.topics))


async def describe_consumer(link: ClusterLink, coordinator: int, group_id: str) -> GroupDescription:
    """Tells each member's epoch, and the assignment it is to have besides the one it has."""
    answer = await link.send(
        ConsumerGroupDescribeRequest(group_ids=[group_id]), ConsumerGroupDescribeResponse, node_id=coordinator
    )
    group = answer.groups[0]
    check(group.error_code, group.error_message, f"Group {group_id}")
    members = []
    for member in group.members:
        subscription = list(member.subscribed_topic_names)
        if member.subscribed_topic_regex:
            subscription.append(f"/{member.subscribed_topic_regex}/")
        members.append(
            GroupMember(
                member_id=member.member_id,
                client_id=member.client_id,
                client_host=member.client_host.removeprefix("/"),
                assignment=_assignment(
                    (part.topic_name, part.partitions) for part in member.assignment.topic_partitions
                ),
                instance_id=member.instance_id,
                rack=member.rack_id,
                member_epoch=member.member_epoch,
                subscription=tuple(sorted(subscription)),
                target_assignment=_assignment(
                    (part.topic_name, part.partitions) for part in member.target_assignment.topic_partitions
                ),
            )
        )
    return GroupDescription(
        group_id,
        GroupType.CONSUMER,
        "consumer",
        group.group_state,
        group.assignor_name,
        coordinator,
        _sorted(members),
        group.group_epoch,
        group.assignment_epoch,
    )


async def describe_share(link: ClusterLink, coordinator: int, group_id: str) -> GroupDescription:
    """Several members may have the same partition."""
    answer = await link.send(
        ShareGroupDescribeRequest(group_ids=[group_id]), ShareGroupDescribeResponse, node_id=coordinator
    )
    group = answer.groups[0]
    check(group.error_code, group.error_message, f"Group {group_id}")
    members = [
        GroupMember(
            member_id=member.member_id,
            client_id=member.client_id,
            client_host=member.client_host.removeprefix("/"),
            assignment=_assignment((part.topic_name, part.partitions) for part in member.assignment.topic_partitions),
            rack=member.rack_id,
            member_epoch=member.member_epoch,
            subscription=tuple(sorted(member.subscribed_topic_names)),
        )
        for member in group.members
    ]
    return GroupDescription(
        group_id,
        GroupType.SHARE,
        "share",
        group.group_state,
        group.assignor_name,
        coordinator,
        _sorted(members),
        group.group_epoch,
        group.assignment_epoch,
    )


async def describe_streams(link: ClusterLink, coordinator: int, group_id: str) -> GroupDescription:
    """Active tasks become partitions of the source topics of their subtopology."""
    answer = await link.send(
        StreamsGroupDescribeRequest(group_ids=[group_id]), StreamsGroupDescribeResponse, node_id=coordinator
    )
    group = answer.groups[0]
    check(group.error_code, group.error_message, f"Group {group_id}")
    sources: dict[str, list[str]] = {}
    for subtopology in (group.topology.subtopologies or []) if group.topology else []:
        sources[subtopology.subtopology_id] = [
            *subtopology.source_topics,
            *(topic.name for topic in subtopology.repartition_source_topics),
        ]
    members = []
    for member in group.members:
        tasks = member.assignment.active_tasks
        members.append(
            GroupMember(
                member_id=member.member_id,
                client_id=member.client_id,
                client_host=member.client_host.removeprefix("/"),
                assignment=_assignment(
                    (topic, task.partitions) for task in tasks for topic in sources.get(task.subtopology_id, [])
                ),
                instance_id=member.instance_id,
                rack=member.rack_id,
                member_epoch=member.member_epoch,
                subscription=tuple(sorted({topic for topics in sources.values() for topic in topics})),
            )
        )
    return GroupDescription(
        group_id,
        GroupType.STREAMS,
        "streams",
        group.group_state,
        "",
        coordinator,
        _sorted(members),
        group.group_epoch,
        group.assignment_epoch,
    )


def _assignment(parts: Iterable[tuple[str, Iterable[int]]]) -> Mapping[str, tuple[int, ...]]:
    collected: dict[str, set[int]] = defaultdict(set)
    for topic, partitions in parts:
        collected[topic].update(partitions)
    return {topic: tuple(sorted(partitions)) for topic, partitions in sorted(collected.items())}


def _sorted(members: Iterable[GroupMember]) -> tuple[GroupMember, ...]:
    return tuple(sorted(members, key=lambda member: (member.client_id, member.member_id)))
