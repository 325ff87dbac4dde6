"""CreatePartitions."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import carry_out, partition, partition_of, state_of, topic_of, topic_records
from workbench.embedded_broker.controller.partitions import create_partitions
from workbench.embedded_broker.controller.state import ControllerState
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreatePartitionsRequest

Topic = CreatePartitionsRequest.CreatePartitionsTopic
Assignment = CreatePartitionsRequest.CreatePartitionsAssignment


def cluster(**more: object) -> ControllerState:
    return state_of(records=topic_records("a", 1, [partition([1, 2]), partition([2, 3])]), **more)  # type: ignore[arg-type]


def grow(
    state: ControllerState, count: int, *replicas: list[int], name: str = "a", validate_only: bool = False
) -> tuple[int, str | None]:
    wanted = Topic(name=name, count=count, assignments=[Assignment(broker_ids=ids) for ids in replicas] or None)
    response = carry_out(
        state, create_partitions(state, CreatePartitionsRequest(topics=[wanted], validate_only=validate_only))
    )
    (result,) = response.results
    return result.error_code, result.error_message


def test_partitions_are_added_with_the_same_factor() -> None:
    state = cluster()
    assert grow(state, 5) == (0, None)
    assert sorted(topic_of(state, "a").partitions) == [0, 1, 2, 3, 4]
    assert all(len(p.replicas) == 2 for p in topic_of(state, "a").partitions.values())
    assert partition_of(state, "a", 0) == partition([1, 2])


@pytest.mark.parametrize("count", [10_003, 2**31 - 1])
def test_more_than_one_operation_may_write_fails_its_topic_at_once_and_no_other(count: int) -> None:
    state = state_of(
        records=[
            *topic_records("a", 1, [partition([1, 2]), partition([2, 3])]),
            *topic_records("b", 2, [partition([1])]),
        ]
    )
    topics = [Topic(name="a", count=count, assignments=None), Topic(name="b", count=2, assignments=None)]
    response = carry_out(state, create_partitions(state, CreatePartitionsRequest(topics=topics)))
    assert {result.name: (result.error_code, result.error_message) for result in response.results} == {
        "a": (ErrorCode.UNKNOWN_SERVER_ERROR, None),
        "b": (ErrorCode.NONE, None),
    }
    assert (len(topic_of(state, "a").partitions), len(topic_of(state, "b").partitions)) == (2, 2)


def test_as_many_as_one_operation_may_write_are_added() -> None:
    state = cluster()
    assert grow(state, 10_002) == (0, None)
    assert len(topic_of(state, "a").partitions) == 10_002


def test_by_hand() -> None:
    state = cluster()
    assert grow(state, 4, [3, 1], [1, 2]) == (0, None)
    assert partition_of(state, "a", 3).replicas == (1, 2)


def test_validating_adds_nothing() -> None:
    state = cluster()
    assert grow(state, 9, validate_only=True)[0] == 0
    assert len(topic_of(state, "a").partitions) == 2


@pytest.mark.parametrize(
    ("count", "replicas", "code"),
    [
        (2, [], ErrorCode.INVALID_PARTITIONS),
        (1, [], ErrorCode.INVALID_PARTITIONS),
        (4, [[1, 2]], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (3, [[1]], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (3, [[1, 9]], ErrorCode.INVALID_REPLICA_ASSIGNMENT),
    ],
)
def test_what_is_refused(count: int, replicas: list[list[int]], code: ErrorCode) -> None:
    assert grow(cluster(), count, *replicas)[0] == code


def test_an_unknown_topic() -> None:
    assert grow(cluster(), 3, name="x") == (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, None)


def test_a_topic_named_twice_is_refused_once() -> None:
    request = CreatePartitionsRequest(topics=[Topic(name="a", count=3), Topic(name="a", count=4)])
    state = cluster()
    response = carry_out(state, create_partitions(state, request))
    assert [(r.name, r.error_code) for r in response.results] == [("a", ErrorCode.INVALID_REQUEST)]


def test_nobody_alive() -> None:
    assert grow(cluster(fenced=[1, 2, 3]), 3)[0] == ErrorCode.INVALID_REPLICATION_FACTOR
    assert grow(cluster(fenced=[1, 2]), 3, [1, 2])[0] == ErrorCode.INVALID_REPLICA_ASSIGNMENT
