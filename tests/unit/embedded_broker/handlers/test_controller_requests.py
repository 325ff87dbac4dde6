"""Requests of the controller's: forwarded or answered here, and each one's form of refusal."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import register_broker_record
from workbench.embedded_broker.controller.dispatch import DECISIONS
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers import catalog  # noqa: F401
from workbench.embedded_broker.handlers.controller_requests import ask_controller, refusal
from workbench.embedded_broker.requests import APIS, Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterPartitionReassignmentsRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteTopicsRequest,
    ElectLeadersRequest,
)

ERROR = BrokerError(ErrorCode.NOT_CONTROLLER, "elsewhere")
BROKER_HEARTBEAT, LIST_REASSIGNMENTS = 63, 46


@pytest.mark.parametrize("api_key", sorted({*DECISIONS, BROKER_HEARTBEAT, LIST_REASSIGNMENTS}))
def test_every_request_of_the_controllers_is_served_and_can_be_refused_in_each_version(api_key: int) -> None:
    api = APIS[api_key]
    assert Role.CONTROLLER in api.roles
    lowest, highest = api.request_class.VERSIONS
    assert (api.lowest_version, api.highest_version) == (lowest, highest)
    for version in range(lowest, highest + 1):
        refusal(api.request_class(), ERROR, version).encode(version)


def test_refusals_name_every_part() -> None:
    topics: Any = refusal(
        CreateTopicsRequest(topics=[CreateTopicsRequest.CreatableTopic(name=name) for name in "ab"]), ERROR, 1
    )
    assert [(t.name, t.error_code, t.error_message) for t in topics.topics] == [
        ("a", ErrorCode.NOT_CONTROLLER, "elsewhere"),
        ("b", ErrorCode.NOT_CONTROLLER, "elsewhere"),
    ]
    state = DeleteTopicsRequest.DeleteTopicState(name=None, topic_id=b"i" * 16)
    deleted: Any = refusal(DeleteTopicsRequest(topics=[state]), ERROR, 1)
    assert [(t.topic_id, t.error_code) for t in deleted.responses] == [(b"i" * 16, ErrorCode.NOT_CONTROLLER)]
    by_name: Any = refusal(DeleteTopicsRequest(topic_names=["x"]), ERROR, 1)
    assert [t.name for t in by_name.responses] == ["x"]
    grown: Any = refusal(
        CreatePartitionsRequest(topics=[CreatePartitionsRequest.CreatePartitionsTopic(name="a")]), ERROR, 1
    )
    assert grown.results[0].error_message == "elsewhere"
    wanted = ElectLeadersRequest.TopicPartitions(topic="a", partitions=[1, 2])
    elected: Any = refusal(ElectLeadersRequest(topic_partitions=[wanted]), ERROR, 1)
    assert [p.partition_id for p in elected.replica_election_results[0].partition_result] == [1, 2]
    target = AlterPartitionReassignmentsRequest.ReassignablePartition(partition_index=3)
    topic = AlterPartitionReassignmentsRequest.ReassignableTopic(name="a", partitions=[target])
    moved: Any = refusal(AlterPartitionReassignmentsRequest(topics=[topic]), ERROR, 1)
    assert moved.responses[0].partitions[0].partition_index == 3


async def test_brokers_forward_and_controllers_answer() -> None:
    broker = handler_broker([register_broker_record(1, fenced=False)])
    request = CreateTopicsRequest(
        topics=[CreateTopicsRequest.CreatableTopic(name="a", num_partitions=1, replication_factor=1)]
    )
    assert (await ask_controller(broker, context(7), request)).topics[0].error_code == 0
    again = await ask_controller(broker, context(7, role=Role.CONTROLLER), request)
    assert again.topics[0].error_code == ErrorCode.TOPIC_ALREADY_EXISTS
    assert [forwarded for _, _, forwarded in broker.controller.requests] == [True, False]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("request_class", "subject"),
    [
        (CreateTopicsRequest, {"topics": [CreateTopicsRequest.CreatableTopic(name="a")]}),
        (DeleteTopicsRequest, {"topic_names": ["a"]}),
        (CreatePartitionsRequest, {"topics": [CreatePartitionsRequest.CreatePartitionsTopic(name="a")]}),
        (ElectLeadersRequest, {"topic_partitions": None}),
        (AlterPartitionReassignmentsRequest, {"topics": [AlterPartitionReassignmentsRequest.ReassignableTopic()]}),
    ],
)
async def test_a_time_that_is_over_before_it_begins_is_told_and_nothing_is_decided(
    request_class: Any, subject: dict[str, Any]
) -> None:
    broker = handler_broker([register_broker_record(1, fenced=False)])
    version = 5 if request_class is DeleteTopicsRequest else request_class.VERSIONS[0]
    for timeout_ms in (0, -1):
        request = request_class(timeout_ms=timeout_ms, **subject)
        expected = refusal(request, BrokerError(ErrorCode.REQUEST_TIMED_OUT), version)
        assert await ask_controller(broker, context(version), request) == expected
    assert not broker.controller.requests  # type: ignore[union-attr]


async def test_where_there_is_nothing_to_decide_the_time_is_never_over() -> None:
    broker = handler_broker([register_broker_record(1, fenced=False)])
    twice = [CreateTopicsRequest.CreatableTopic(name="a") for _ in range(2)]
    (answer,) = (await ask_controller(broker, context(7), CreateTopicsRequest(topics=twice, timeout_ms=0))).topics
    assert answer.error_code == ErrorCode.INVALID_REQUEST
    internal = CreateTopicsRequest(topics=[CreateTopicsRequest.CreatableTopic(name="__cluster_metadata")], timeout_ms=0)
    (answer,) = (await ask_controller(broker, context(7), internal)).topics
    assert answer.error_code != ErrorCode.REQUEST_TIMED_OUT
    assert (
        await ask_controller(broker, context(2), ElectLeadersRequest(topic_partitions=[], timeout_ms=0))
    ) is not None


async def test_a_node_without_a_controller_says_so() -> None:
    broker = handler_broker()
    broker.controller = None
    request = CreateTopicsRequest(topics=[CreateTopicsRequest.CreatableTopic(name="a")])
    response = await ask_controller(broker, context(7, role=Role.CONTROLLER), request)
    assert response.topics[0].error_code == ErrorCode.NOT_CONTROLLER
