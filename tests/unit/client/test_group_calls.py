"""Lists of groups, their lag, their offsets."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.model import GroupType
from workbench.client.session import ClusterSession
from workbench.records import NewRecord
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    ConsumerGroupDescribeResponse,
    DeleteGroupsResponse,
    DescribeGroupsResponse,
    FindCoordinatorResponse,
    ListGroupsResponse,
    OffsetCommitResponse,
    OffsetFetchResponse,
)


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    topic = FakePartitions()
    for partition in (0, 1):
        topic.add(partition, [NewRecord(1, None, b"v")] * 10)
    with TinyBroker() as running:
        serve(topic, running)
        listed = ListGroupsResponse.ListedGroup
        groups = [
            listed(group_id="new", protocol_type="consumer", group_state="Stable", group_type="consumer"),
            listed(group_id="classic", protocol_type="consumer", group_state="Empty", group_type="classic"),
            listed(group_id="a-strange-one", group_type="quantum"),
        ]
        running.on(ApiKey.LIST_GROUPS, lambda request: ListGroupsResponse(groups=groups))
        running.on(
            ApiKey.FIND_COORDINATOR,
            lambda request: FindCoordinatorResponse(
                coordinators=[FindCoordinatorResponse.Coordinator(key=k, node_id=1) for k in request.coordinator_keys]
            ),
        )
        running.on(ApiKey.DESCRIBE_GROUPS, classic)
        running.on(ApiKey.CONSUMER_GROUP_DESCRIBE, consumer)
        running.on(ApiKey.OFFSET_FETCH, commits)
        yield running


def classic(request: Any) -> DescribeGroupsResponse:
    group = DescribeGroupsResponse.DescribedGroup(group_id="classic", group_state="Empty", protocol_type="consumer")
    return DescribeGroupsResponse(groups=[group])


def consumer(request: Any) -> ConsumerGroupDescribeResponse:
    answer = ConsumerGroupDescribeResponse
    parts = answer.Assignment(topic_partitions=[answer.TopicPartitions(topic_name="orders", partitions=[1])])
    member = answer.Member(member_id="m", client_id="c", assignment=parts)
    return answer(groups=[answer.DescribedGroup(group_state="Stable", members=[member])])


def commits(request: Any) -> OffsetFetchResponse:
    answer = OffsetFetchResponse
    part = answer.OffsetFetchResponsePartitions
    topics = [
        answer.OffsetFetchResponseTopics(
            name="orders",
            partitions=[
                part(partition_index=0, committed_offset=4, committed_leader_epoch=2, metadata="note"),
                part(partition_index=1, committed_offset=-1),
            ],
        )
    ]
    return answer(groups=[answer.OffsetFetchResponseGroup(group_id="g", topics=topics)])


@pytest.fixture
async def session(broker: TinyBroker) -> AsyncIterator[ClusterSession]:
    made = ClusterSession(broker.bootstrap)
    yield made
    await made.close()


async def test_groups_of_every_kind_by_name(session: ClusterSession) -> None:
    groups = await session.list_groups()
    assert [(group.group_id, group.type) for group in groups] == [
        ("a-strange-one", GroupType.UNKNOWN),
        ("classic", GroupType.CLASSIC),
        ("new", GroupType.CONSUMER),
    ]
    assert {group.coordinator_id for group in groups} == {1}


async def test_each_kind_is_asked_by_its_own_api(session: ClusterSession) -> None:
    assert (await session.describe_group("new")).type is GroupType.CONSUMER
    assert (await session.describe_group("classic")).type is GroupType.CLASSIC


async def test_lag_of_what_is_owned_or_committed(session: ClusterSession) -> None:
    first, second = await session.group_lag("new")
    assert (first.partition, first.committed_offset, first.latest_offset, first.lag) == (0, 4, 10, 6)
    assert (first.member_id, first.leader_epoch, first.metadata) == (None, 2, "note")
    assert (second.partition, second.committed_offset, second.lag, second.client_id) == (1, None, None, "c")


async def test_offsets_are_committed_as_no_member(session: ClusterSession, broker: TinyBroker) -> None:
    codes = iter([0, 25])

    def answer(request: Any) -> OffsetCommitResponse:
        part = OffsetCommitResponse.OffsetCommitResponsePartition(partition_index=0, error_code=next(codes))
        topic = OffsetCommitResponse.OffsetCommitResponseTopic(name="orders", partitions=[part])
        return OffsetCommitResponse(topics=[topic])

    broker.on(ApiKey.OFFSET_COMMIT, answer)
    await session.alter_group_offsets("g", {("orders", 0): 3})
    (request,) = broker.asked("OffsetCommitRequest")
    assert (request.member_id, request.generation_id_or_member_epoch) == ("", -1)
    assert request.topics[0].partitions[0].committed_offset == 3
    with pytest.raises(ClientError) as caught:
        await session.alter_group_offsets("g", {("orders", 0): 3})
    assert caught.value.code == "UNKNOWN_MEMBER_ID"


async def test_deleting(session: ClusterSession, broker: TinyBroker) -> None:
    codes = iter([0, 68])
    result = DeleteGroupsResponse.DeletableGroupResult
    broker.on(
        ApiKey.DELETE_GROUPS,
        lambda request: DeleteGroupsResponse(results=[result(group_id="g", error_code=next(codes))]),
    )
    await session.delete_group("g")
    with pytest.raises(ClientError) as caught:
        await session.delete_group("g")
    assert caught.value.code == "NON_EMPTY_GROUP"
