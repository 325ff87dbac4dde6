"""CreateTopics."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import carry_out, partition, partition_of, state_of, topic_of, topic_records
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.controller.topics import create_topics
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest, CreateTopicsResponse

Topic = CreateTopicsRequest.CreatableTopic
Assignment = CreateTopicsRequest.CreatableReplicaAssignment
Config = CreateTopicsRequest.CreatableTopicConfig


def topic(name: str = "t", partitions: int = -1, factor: int = -1, **more: Any) -> CreateTopicsRequest.CreatableTopic:
    return Topic(name=name, num_partitions=partitions, replication_factor=factor, **more)


def assigned(*replicas: list[int], first: int = 0) -> list[CreateTopicsRequest.CreatableReplicaAssignment]:
    return [Assignment(partition_index=index, broker_ids=ids) for index, ids in enumerate(replicas, first)]


def create(state: ControllerState, *topics: Any, validate_only: bool = False) -> CreateTopicsResponse:
    response: CreateTopicsResponse = carry_out(
        state, create_topics(state, CreateTopicsRequest(topics=list(topics), validate_only=validate_only))
    )
    return response


def test_a_topic_is_placed_and_answered_with_its_configs() -> None:
    state = state_of()
    (result,) = create(state, topic(partitions=6, factor=2, configs=[Config(name="retention.ms", value="5")])).topics
    assert (result.error_code, result.num_partitions, result.replication_factor) == (0, 6, 2)
    made = topic_of(state, "t")
    assert made.id == result.topic_id
    assert len(made.partitions) == 6
    for registration in made.partitions.values():
        assert registration.isr == registration.replicas
        assert registration.leader == registration.replicas[0]
        assert all(directory[0] == 0xD0 for directory in registration.directories)
    assert state.image.configs.topic("t") == {"retention.ms": "5"}
    by_name = {config.name: (config.value, config.config_source) for config in result.configs}
    assert by_name["retention.ms"] == ("5", 1)
    assert by_name["min.insync.replicas"] == ("1", 3)
    assert by_name["cleanup.policy"] == ("delete", 5)
    assert [config.name for config in result.configs] == sorted(by_name)


def test_defaults_come_from_the_controller() -> None:
    state = state_of(num_partitions=4, default_replication_factor=3)
    create(state, topic())
    assert len(topic_of(state, "t").partitions) == 4
    assert len(partition_of(state, "t").replicas) == 3


def test_validating_makes_nothing() -> None:
    state = state_of()
    assert create(state, topic(), validate_only=True).topics[0].error_code == 0
    assert "t" not in state.image.topics.by_name


def test_manual_assignments_and_their_isr() -> None:
    state = state_of(fenced=[2])
    create(state, topic(assignments=assigned([3, 2], [2, 1])))
    assert partition_of(state, "t", 0).isr == (3,)
    assert partition_of(state, "t", 1).leader == 1


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (topic("a b"), ErrorCode.INVALID_TOPIC_EXCEPTION),
        (topic("old"), ErrorCode.TOPIC_ALREADY_EXISTS),
        (topic("with_dot"), ErrorCode.INVALID_TOPIC_EXCEPTION),
        (topic("__cluster_metadata"), ErrorCode.INVALID_REQUEST),
        (topic(partitions=0), ErrorCode.INVALID_PARTITIONS),
        (topic(factor=0), ErrorCode.INVALID_REPLICATION_FACTOR),
        (topic(factor=4), ErrorCode.INVALID_REPLICATION_FACTOR),
        (topic(partitions=1, assignments=assigned([1])), ErrorCode.INVALID_REQUEST),
        (topic(factor=1, assignments=assigned([1])), ErrorCode.INVALID_REQUEST),
        (topic(assignments=assigned([1], first=1)), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (topic(assignments=[*assigned([1]), *assigned([2])]), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (topic(assignments=assigned([])), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (topic(assignments=assigned([1, 1])), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (topic(assignments=assigned([9])), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (topic(assignments=assigned([1], [1, 2])), ErrorCode.INVALID_REPLICA_ASSIGNMENT),
        (topic(configs=[Config(name="nope", value="1")]), ErrorCode.INVALID_CONFIG),
        (topic(configs=[Config(name="retention.ms", value=None)]), ErrorCode.INVALID_CONFIG),
        (topic(configs=[Config(name="retention.ms", value="x")]), ErrorCode.INVALID_CONFIG),
    ],
)
def test_what_is_refused(wanted: Any, code: ErrorCode) -> None:
    state = state_of(
        records=[*topic_records("old", 1, [partition([1])]), *topic_records("with.dot", 2, [partition([1])])]
    )
    before = state.image
    (result,) = create(state, wanted).topics
    assert result.error_code == code
    assert result.error_message
    assert state.image is before


def test_topics_of_one_request_fail_alone() -> None:
    state = state_of()
    results = {r.name: r.error_code for r in create(state, topic("a"), topic("b b"), topic("c"), topic("c")).topics}
    assert results == {
        "a": ErrorCode.NONE,
        "b b": ErrorCode.INVALID_TOPIC_EXCEPTION,
        "c": ErrorCode.INVALID_REQUEST,
    }
    assert set(state.image.topics.by_name) == {"a"}


def test_too_much_at_once_is_refused_as_a_whole() -> None:
    state = state_of()
    with pytest.raises(BrokerError) as error:
        create(state, topic("a", 6000), topic("b", 6000))
    assert error.value.code == ErrorCode.POLICY_VIOLATION
    assert not state.image.topics.by_name


def test_nobody_alive() -> None:
    state = state_of(fenced=[1, 2, 3])
    assert create(state, topic()).topics[0].error_code == ErrorCode.INVALID_REPLICATION_FACTOR
    result = create(state, topic(assignments=assigned([1, 2]))).topics[0]
    assert result.error_code == ErrorCode.INVALID_REPLICA_ASSIGNMENT
