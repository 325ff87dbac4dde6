"""Groups of every kind: listed, described, their lag, their offsets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from workbench.client.cluster_calls import GROUP_COORDINATOR, find_coordinators
from workbench.client.errors import ClientError
from workbench.client.failures import check
from workbench.client.group_descriptions import describe_classic, describe_consumer, describe_share, describe_streams
from workbench.client.link import ClusterLink
from workbench.client.model import GroupDescription, GroupLag, GroupSummary, GroupType
from workbench.client.offset_calls import TopicPartition, describe_metadata, leaders_of, list_offsets
from workbench.wire.api_keys import ApiKey
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    DeleteGroupsRequest,
    DeleteGroupsResponse,
    DescribeShareGroupOffsetsRequest,
    DescribeShareGroupOffsetsResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetFetchRequest,
    OffsetFetchResponse,
)


async def list_groups(link: ClusterLink) -> tuple[GroupSummary, ...]:
    """Each broker tells those that it coordinates; one that is down hides its own until another takes over."""
    brokers = await link.broker_ids()

    async def ask(broker: int) -> Sequence[GroupSummary]:
        try:
            answer = await link.send(ListGroupsRequest(), ListGroupsResponse, node_id=broker, connect_timeout_s=2.0)
        except ClientError:
            return ()
        if answer.error_code and len(brokers) == 1:
            check(answer.error_code, None, "Groups")
        return [
            GroupSummary(g.group_id, _type_of(g.group_type), g.protocol_type, g.group_state, broker)
            for g in answer.groups
        ]

    found = await asyncio.gather(*(ask(broker) for broker in brokers))
    return tuple(sorted((group for part in found for group in part), key=lambda group: group.group_id))


def _type_of(group_type: str) -> GroupType:
    """Brokers before 3.8 do not tell; all their groups are classic."""
    try:
        return GroupType(group_type.lower() or "classic")
    except ValueError:
        return GroupType.UNKNOWN


async def describe_group(link: ClusterLink, group_id: str) -> GroupDescription:
    """The kind is learnt from the coordinator's list, since each kind has an API of its own."""
    coordinator = (await find_coordinators(link, [group_id], GROUP_COORDINATOR))[group_id]
    versions = await link.api_versions()
    if ApiKey.CONSUMER_GROUP_DESCRIBE not in versions:
        return await describe_classic(link, coordinator, group_id)
    listed = await link.send(ListGroupsRequest(), ListGroupsResponse, node_id=coordinator)
    kind = next((_type_of(g.group_type) for g in listed.groups if g.group_id == group_id), None)
    describe = {
        GroupType.CONSUMER: describe_consumer,
        GroupType.SHARE: describe_share,
        GroupType.STREAMS: describe_streams,
    }.get(kind or GroupType.CLASSIC, describe_classic)
    return await describe(link, coordinator, group_id)


async def committed_offsets(link: ClusterLink, group_id: str) -> dict[TopicPartition, tuple[int, int, str | None]]:
    """Offset, leader epoch and metadata per partition."""
    coordinator = (await find_coordinators(link, [group_id], GROUP_COORDINATOR))[group_id]
    if (await link.api_versions()).get(ApiKey.OFFSET_FETCH, (0, 0))[1] < 8:
        old = await link.send(
            OffsetFetchRequest(group_id=group_id, topics=None), OffsetFetchResponse, node_id=coordinator, highest=7
        )
        check(old.error_code, None, f"Group {group_id}")
        return {
            (topic.name, p.partition_index): (p.committed_offset, p.committed_leader_epoch, p.metadata)
            for topic in old.topics
            for p in topic.partitions
            if p.committed_offset >= 0
        }
    request = OffsetFetchRequest(
        groups=[
            OffsetFetchRequest.OffsetFetchRequestGroup(group_id=group_id, member_id=None, member_epoch=-1, topics=None)
        ]
    )
    answer = await link.send(request, OffsetFetchResponse, node_id=coordinator, highest=9)
    group = answer.groups[0]
    if group.error_code == ErrorCode.GROUP_ID_NOT_FOUND:
        return {}
    check(group.error_code, None, f"Group {group_id}")
    return {
        (topic.name, p.partition_index): (p.committed_offset, p.committed_leader_epoch, p.metadata)
        for topic in group.topics
        for p in topic.partitions
        if p.committed_offset >= 0
    }


async def group_lag(link: ClusterLink, group_id: str) -> tuple[GroupLag, ...]:
    """Partitions that have an owner or a commit. A share group's place is its start offset."""
    description = await describe_group(link, group_id)
    if description.type is GroupType.SHARE:
        commits = await _share_starts(link, description)
    else:
        commits = await committed_offsets(link, group_id)
    places = set(commits)
    for member in description.members:
        places |= {(topic, partition) for topic, owned in member.assignment.items() for partition in owned}
    if not places:
        return ()
    metadata = await describe_metadata(link, sorted({topic for topic, _ in places}))
    leaders = {place: leader for place, leader in leaders_of(metadata).items() if place in places}
    earliest, latest = await asyncio.gather(list_offsets(link, leaders, -2), list_offsets(link, leaders, -1))
    rows = []
    for topic, partition in sorted(places):
        committed, epoch, text = commits.get((topic, partition), (None, -1, None))
        end = latest.get((topic, partition))
        owner = description.owner(topic, partition) if description.type is not GroupType.SHARE else None
        rows.append(
            GroupLag(
                topic=topic,
                partition=partition,
                committed_offset=committed,
                earliest_offset=earliest.get((topic, partition)),
                latest_offset=end,
                lag=max(0, end - committed) if committed is not None and end is not None else None,
                member_id=owner.member_id if owner else None,
                client_id=owner.client_id if owner else None,
                leader_epoch=epoch if epoch >= 0 else None,
                metadata=text or None,
            )
        )
    return tuple(rows)


async def _share_starts(
    link: ClusterLink, description: GroupDescription
) -> dict[TopicPartition, tuple[int, int, str | None]]:
    request = DescribeShareGroupOffsetsRequest(
        groups=[
            DescribeShareGroupOffsetsRequest.DescribeShareGroupOffsetsRequestGroup(
                group_id=description.group_id, topics=None
            )
        ]
    )
    answer = await link.send(request, DescribeShareGroupOffsetsResponse, node_id=description.coordinator_id)
    group = answer.groups[0]
    check(group.error_code, group.error_message, f"Group {description.group_id}")
    return {
        (topic.topic_name, partition.partition_index): (partition.start_offset, partition.leader_epoch, None)
        for topic in group.topics
        for partition in topic.partitions
        if not partition.error_code and partition.start_offset >= 0
    }


async def alter_offsets(link: ClusterLink, group_id: str, offsets: Mapping[TopicPartition, int]) -> None:
    """As no member, which the coordinator takes only while the group is empty."""
    coordinator = (await find_coordinators(link, [group_id], GROUP_COORDINATOR))[group_id]
    topics: dict[str, list[OffsetCommitRequest.OffsetCommitRequestPartition]] = {}
    for (topic, partition), offset in offsets.items():
        topics.setdefault(topic, []).append(
            OffsetCommitRequest.OffsetCommitRequestPartition(
                partition_index=partition, committed_offset=offset, committed_leader_epoch=-1, committed_metadata=""
            )
        )
    request = OffsetCommitRequest(
        group_id=group_id,
        generation_id_or_member_epoch=-1,
        member_id="",
        topics=[OffsetCommitRequest.OffsetCommitRequestTopic(name=t, partitions=parts) for t, parts in topics.items()],
    )
    answer = await link.send(request, OffsetCommitResponse, node_id=coordinator, highest=9, repeatable=False)
    for topic_result in answer.topics:
        for result in topic_result.partitions:
            check(result.error_code, None, f"{topic_result.name}-{result.partition_index}")


async def delete_group(link: ClusterLink, group_id: str) -> None:
    """Refused while it has members."""
    coordinator = (await find_coordinators(link, [group_id], GROUP_COORDINATOR))[group_id]
    answer = await link.send(
        DeleteGroupsRequest(groups_names=[group_id]), DeleteGroupsResponse, node_id=coordinator, repeatable=False
    )
    check(answer.results[0].error_code, None, f"Group {group_id}")
