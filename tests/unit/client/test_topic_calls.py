"""Topics: sizes by replica, creation that is visible, deletion in old and new words, purging leader by leader."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.session import ClusterSession
from workbench.records import NewRecord
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    CreatePartitionsResponse,
    CreateTopicsResponse,
    DeleteRecordsResponse,
    DeleteTopicsResponse,
    DescribeLogDirsResponse,
)


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    topic = FakePartitions()
    topic.add(0, [NewRecord(1, None, b"v")] * 4)
    topic.add(1, [NewRecord(1, None, b"v")])
    with TinyBroker() as running:
        serve(topic, running)
        yield running


@pytest.fixture
async def session(broker: TinyBroker) -> AsyncIterator[ClusterSession]:
    made = ClusterSession(broker.bootstrap)
    yield made
    await made.close()


async def test_sizes_leave_out_replicas_on_the_move(session: ClusterSession, broker: TinyBroker) -> None:
    answer = DescribeLogDirsResponse
    part = answer.DescribeLogDirsPartition
    topic = answer.DescribeLogDirsTopic(
        name="orders",
        partitions=[
            part(partition_index=0, partition_size=500),
            part(partition_index=1, partition_size=70),
            part(partition_index=1, partition_size=9, is_future_key=True),
        ],
    )
    broken = answer.DescribeLogDirsResult(error_code=56, log_dir="/b", topics=[topic])
    good = answer.DescribeLogDirsResult(log_dir="/a", topics=[topic])
    broker.on(ApiKey.DESCRIBE_LOG_DIRS, lambda request: answer(results=[broken, good]))
    found = await session.describe_topic("orders")
    assert found.size_bytes == 570
    assert found.partitions[1].replica_sizes_bytes == {1: 70}


async def test_a_created_topic_is_described(session: ClusterSession, broker: TinyBroker) -> None:
    asked: list[Any] = []

    def answer(request: Any) -> CreateTopicsResponse:
        asked.append(request)
        result = CreateTopicsResponse.CreatableTopicResult(name="orders", num_partitions=2, replication_factor=1)
        return CreateTopicsResponse(topics=[result])

    broker.on(ApiKey.CREATE_TOPICS, answer)
    topic = await session.create_topic("orders", configs={"retention.ms": "5"})
    assert topic.partition_count == 2 and topic.partitions[0].leader == 1
    wanted = asked[0].topics[0]
    assert (wanted.num_partitions, wanted.replication_factor) == (-1, -1)
    assert [(config.name, config.value) for config in wanted.configs] == [("retention.ms", "5")]


async def test_a_topic_that_is_only_checked_has_no_leaders(session: ClusterSession, broker: TinyBroker) -> None:
    result = CreateTopicsResponse.CreatableTopicResult(name="new", num_partitions=3, replication_factor=2)
    broker.on(ApiKey.CREATE_TOPICS, lambda request: CreateTopicsResponse(topics=[result]))
    topic = await session.create_topic("new", 3, 2, validate_only=True)
    assert (topic.partition_count, topic.replication_factor) == (3, 2)
    assert topic.partitions[0].leader is None


async def test_a_refused_creation_says_why(session: ClusterSession, broker: TinyBroker) -> None:
    result = CreateTopicsResponse.CreatableTopicResult(name="x", error_code=38, error_message="Only 1 broker")
    broker.on(ApiKey.CREATE_TOPICS, lambda request: CreateTopicsResponse(topics=[result]))
    with pytest.raises(ClientError) as caught:
        await session.create_topic("x", 1, 3)
    assert (caught.value.sentence, caught.value.code) == ("Only 1 broker.", "INVALID_REPLICATION_FACTOR")


@pytest.mark.parametrize(("highest", "in_new_words"), [(6, True), (5, False)])
async def test_deleting_in_new_and_old_words(
    session: ClusterSession, broker: TinyBroker, highest: int, in_new_words: bool
) -> None:
    result = DeleteTopicsResponse.DeletableTopicResult(name="orders")
    broker.on(ApiKey.DELETE_TOPICS, lambda request: DeleteTopicsResponse(responses=[result]), highest=highest)
    await session.delete_topic("orders")
    (request,) = broker.asked("DeleteTopicsRequest")
    assert ([topic.name for topic in request.topics], request.topic_names) == (
        (["orders"], []) if in_new_words else ([], ["orders"])
    )


async def test_more_partitions(session: ClusterSession, broker: TinyBroker) -> None:
    codes = iter([0, 37])

    def answer(request: Any) -> CreatePartitionsResponse:
        assert request.topics[0].count == 5
        result = CreatePartitionsResponse.CreatePartitionsTopicResult(name="orders", error_code=next(codes))
        return CreatePartitionsResponse(results=[result])

    broker.on(ApiKey.CREATE_PARTITIONS, answer)
    await session.add_partitions("orders", 5)
    with pytest.raises(ClientError) as caught:
        await session.add_partitions("orders", 5, validate_only=True)
    assert caught.value.code == "INVALID_PARTITIONS"


async def test_purging_all_or_below_an_offset(session: ClusterSession, broker: TinyBroker) -> None:
    def answer(request: Any) -> DeleteRecordsResponse:
        part = DeleteRecordsResponse.DeleteRecordsPartitionResult
        parts = [
            part(partition_index=p.partition_index, low_watermark=9 if p.offset == -1 else p.offset)
            for p in request.topics[0].partitions
        ]
        return DeleteRecordsResponse(
            topics=[DeleteRecordsResponse.DeleteRecordsTopicResult(name="orders", partitions=parts)]
        )

    broker.on(ApiKey.DELETE_RECORDS, answer)
    assert await session.purge("orders") == {0: 9, 1: 9}
    assert await session.purge("orders", {1: 4}) == {1: 4}
    with pytest.raises(ClientError) as caught:
        await session.purge("orders", {7: 4})
    assert caught.value.code == "LEADER_NOT_AVAILABLE"
