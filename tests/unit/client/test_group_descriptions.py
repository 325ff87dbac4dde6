"""Four kinds of group, one description."""

import struct

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.group_descriptions import describe_classic, describe_consumer, describe_share, describe_streams
from workbench.client.link import ClusterLink
from workbench.client.model import GroupType
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    ConsumerGroupDescribeResponse,
    ConsumerProtocolAssignment,
    ConsumerProtocolSubscription,
    DescribeGroupsResponse,
    ShareGroupDescribeResponse,
    StreamsGroupDescribeResponse,
)


async def test_classic_members_metadata_is_read(broker: TinyBroker, link: ClusterLink) -> None:
    part = ConsumerProtocolAssignment.TopicPartition
    assignment = ConsumerProtocolAssignment(assigned_partitions=[part(topic="t", partitions=[2, 0])])
    member = DescribeGroupsResponse.DescribedGroupMember(
        member_id="m",
        client_id="c",
        client_host="/127.0.0.1",
        member_metadata=struct.pack(">h", 9) + ConsumerProtocolSubscription(topics=["t", "a"]).encode(3),
        member_assignment=struct.pack(">h", 1) + assignment.encode(1),
    )
    broken = DescribeGroupsResponse.DescribedGroupMember(member_id="n", member_assignment=b"\x00")
    group = DescribeGroupsResponse.DescribedGroup(
        group_id="g", group_state="Stable", protocol_type="consumer", protocol_data="range", members=[member, broken]
    )
    broker.on(ApiKey.DESCRIBE_GROUPS, lambda request: DescribeGroupsResponse(groups=[group]))
    found = await describe_classic(link, 1, "g")
    assert (found.type, found.state, found.assignor) == (GroupType.CLASSIC, "Stable", "range")
    assert [m.assignment for m in found.members] == [{}, {"t": (0, 2)}]
    assert found.members[1].subscription == ("a", "t")
    assert found.members[1].client_host == "127.0.0.1"


async def test_a_dead_group_is_none(broker: TinyBroker, link: ClusterLink) -> None:
    group = DescribeGroupsResponse.DescribedGroup(group_id="g", group_state="Dead")
    broker.on(ApiKey.DESCRIBE_GROUPS, lambda request: DescribeGroupsResponse(groups=[group]), highest=5)
    with pytest.raises(ClientError) as caught:
        await describe_classic(link, 1, "g")
    assert caught.value.code == "GROUP_ID_NOT_FOUND"


async def test_a_consumer_groups_epochs_and_targets(broker: TinyBroker, link: ClusterLink) -> None:
    answer = ConsumerGroupDescribeResponse

    def owned(*partitions: int) -> ConsumerGroupDescribeResponse.Assignment:
        return answer.Assignment(topic_partitions=[answer.TopicPartitions(topic_name="t", partitions=list(partitions))])

    member = answer.Member(
        member_id="m",
        member_epoch=7,
        subscribed_topic_names=["t"],
        subscribed_topic_regex="o.*",
        assignment=owned(1),
        target_assignment=owned(1, 0),
    )
    group = answer.DescribedGroup(group_state="Reconciling", group_epoch=8, assignment_epoch=8, assignor_name="uniform")
    group.members = [member]
    broker.on(ApiKey.CONSUMER_GROUP_DESCRIBE, lambda request: answer(groups=[group]))
    found = await describe_consumer(link, 1, "g")
    assert (found.type, found.epoch, found.assignment_epoch, found.assignor) == (GroupType.CONSUMER, 8, 8, "uniform")
    (described,) = found.members
    assert (described.member_epoch, described.assignment, described.target_assignment) == (
        7,
        {"t": (1,)},
        {"t": (0, 1)},
    )
    assert described.subscription == ("/o.*/", "t")


async def test_share_and_streams(broker: TinyBroker, link: ClusterLink) -> None:
    share = ShareGroupDescribeResponse
    part = share.TopicPartitions(topic_name="t", partitions=[3])
    member = share.Member(member_id="m", assignment=share.Assignment(topic_partitions=[part]))
    broker.on(ApiKey.SHARE_GROUP_DESCRIBE, lambda request: share(groups=[share.DescribedGroup(members=[member])]))
    streams = StreamsGroupDescribeResponse
    tasks = streams.Assignment(active_tasks=[streams.TaskIds(subtopology_id="0", partitions=[4])])
    topology = streams.Topology(subtopologies=[streams.Subtopology(subtopology_id="0", source_topics=["in"])])
    group = streams.DescribedGroup(topology=topology, members=[streams.Member(member_id="m", assignment=tasks)])
    broker.on(ApiKey.STREAMS_GROUP_DESCRIBE, lambda request: streams(groups=[group]))
    found = await describe_share(link, 1, "g")
    assert (found.type, found.members[0].assignment) == (GroupType.SHARE, {"t": (3,)})
    found = await describe_streams(link, 1, "g")
    assert (found.type, found.members[0].assignment) == (GroupType.STREAMS, {"in": (4,)})
