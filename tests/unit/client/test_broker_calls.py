"""Log directories, elections and reassignments as brokers answer them."""

from typing import Any

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.broker_calls import (
    elect_preferred_leaders,
    list_reassignments,
    log_directories,
    reassign,
    topic_config_values,
)
from workbench.client.errors import ClientError
from workbench.client.link import ClusterLink
from workbench.client.model import LogDirectory, Reassignment
from workbench.wire.api_keys import ApiKey
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterPartitionReassignmentsResponse,
    DescribeConfigsResponse,
    DescribeLogDirsResponse,
    ElectLeadersResponse,
    ListPartitionReassignmentsResponse,
)


async def test_directories_with_their_replicas_and_what_is_broken(broker: TinyBroker, link: ClusterLink) -> None:
    answer = DescribeLogDirsResponse
    part = answer.DescribeLogDirsPartition
    topic = answer.DescribeLogDirsTopic(name="a", partitions=[part(partition_size=500), part(partition_size=70)])
    good = answer.DescribeLogDirsResult(log_dir="/a", topics=[topic], total_bytes=1000, usable_bytes=400)
    broken = answer.DescribeLogDirsResult(
        log_dir="/b", error_code=ErrorCode.KAFKA_STORAGE_ERROR, total_bytes=-1, usable_bytes=-1
    )
    broker.on(ApiKey.DESCRIBE_LOG_DIRS, lambda request: answer(results=[good, broken]))
    found = await log_directories(link)
    assert found[1] == (
        LogDirectory("/a", 570, 2, 1000, 400),
        LogDirectory("/b", 0, 0, None, None, "KAFKA_STORAGE_ERROR"),
    )


async def test_a_broker_that_refuses_tells_nothing(broker: TinyBroker, link: ClusterLink) -> None:
    broker.on(ApiKey.DESCRIBE_LOG_DIRS, lambda request: DescribeLogDirsResponse(error_code=31))
    assert await log_directories(link) == {}


async def test_an_election_counts_what_moved(broker: TinyBroker, link: ClusterLink) -> None:
    asked: list[Any] = []
    answer = ElectLeadersResponse

    def elect(request: Any) -> ElectLeadersResponse:
        asked.append(request)
        results = [
            answer.PartitionResult(partition_id=0),
            answer.PartitionResult(partition_id=1, error_code=ErrorCode.ELECTION_NOT_NEEDED),
        ]
        return answer(replica_election_results=[answer.ReplicaElectionResult(topic="a", partition_result=results)])

    broker.on(ApiKey.ELECT_LEADERS, elect)
    assert await elect_preferred_leaders(link, {"a": [0, 1]}) == 1
    assert asked[0].election_type == 0
    assert [(one.topic, one.partitions) for one in asked[0].topic_partitions] == [("a", [0, 1])]


async def test_an_election_that_is_refused_names_the_partition(broker: TinyBroker, link: ClusterLink) -> None:
    answer = ElectLeadersResponse
    code = ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE
    results = [answer.PartitionResult(partition_id=3, error_code=code, error_message=None)]
    broker.on(
        ApiKey.ELECT_LEADERS,
        lambda request: answer(
            replica_election_results=[answer.ReplicaElectionResult(topic="a", partition_result=results)]
        ),
    )
    with pytest.raises(ClientError, match="a-3") as caught:
        await elect_preferred_leaders(link, {"a": [3]})
    assert caught.value.code == "PREFERRED_LEADER_NOT_AVAILABLE"


async def test_a_move_is_asked_and_cancelled(broker: TinyBroker, link: ClusterLink) -> None:
    asked: list[Any] = []

    def answer(request: Any) -> AlterPartitionReassignmentsResponse:
        asked.append(request)
        return AlterPartitionReassignmentsResponse()

    broker.on(ApiKey.ALTER_PARTITION_REASSIGNMENTS, answer)
    await reassign(link, {("a", 0): (2, 3), ("a", 1): None, ("b", 0): (1,)})
    (topic_a, topic_b) = asked[0].topics
    assert [(part.partition_index, part.replicas) for part in topic_a.partitions] == [(0, [2, 3]), (1, None)]
    assert topic_b.name == "b"


async def test_a_move_that_is_refused_tells_why(broker: TinyBroker, link: ClusterLink) -> None:
    answer = AlterPartitionReassignmentsResponse
    part = answer.ReassignablePartitionResponse(
        partition_index=0, error_code=ErrorCode.INVALID_REPLICA_ASSIGNMENT, error_message="No broker 9 is registered."
    )
    topic = answer.ReassignableTopicResponse(name="a", partitions=[part])
    broker.on(ApiKey.ALTER_PARTITION_REASSIGNMENTS, lambda request: answer(responses=[topic]))
    with pytest.raises(ClientError, match="No broker 9"):
        await reassign(link, {("a", 0): (9,)})


async def test_moves_under_way_in_order(broker: TinyBroker, link: ClusterLink) -> None:
    answer = ListPartitionReassignmentsResponse
    part = answer.OngoingPartitionReassignment
    topics = [
        answer.OngoingTopicReassignment(name="b", partitions=[part(partition_index=0, replicas=[1])]),
        answer.OngoingTopicReassignment(
            name="a", partitions=[part(partition_index=2, replicas=[1, 2], adding_replicas=[2], removing_replicas=[1])]
        ),
    ]
    broker.on(ApiKey.LIST_PARTITION_REASSIGNMENTS, lambda request: answer(topics=topics))
    assert await list_reassignments(link) == (
        Reassignment("a", 2, (1, 2), (2,), (1,)),
        Reassignment("b", 0, (1,), (), ()),
    )


async def test_one_config_of_many_topics(broker: TinyBroker, link: ClusterLink) -> None:
    answer = DescribeConfigsResponse

    def describe(request: Any) -> DescribeConfigsResponse:
        assert [resource.configuration_keys for resource in request.resources] == [["min.insync.replicas"]] * 2
        config = answer.DescribeConfigsResourceResult(name="min.insync.replicas", value="2")
        return answer(
            results=[
                answer.DescribeConfigsResult(resource_name="a", configs=[config]),
                answer.DescribeConfigsResult(resource_name="b", error_code=29),
            ]
        )

    broker.on(ApiKey.DESCRIBE_CONFIGS, describe)
    assert await topic_config_values(link, ["a", "b"], "min.insync.replicas") == {"a": "2"}
    assert await topic_config_values(link, [], "min.insync.replicas") == {}
