"""FindCoordinator: who coordinates a key, and the topic that is made for it."""

from __future__ import annotations

import asyncio

import pytest

from tests.helpers.handled_broker import OFFSETS_TOPIC, HandledBroker
from workbench.embedded_broker.coordinators.placement import partition_for
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest, CreateTopicsResponse, FindCoordinatorRequest
from workbench.wire.uuids import random_uuid, uuid_to_text


@pytest.mark.parametrize("version", range(4))
async def test_one_key_is_answered_at_the_top(version: int) -> None:
    response = await HandledBroker().ask(FindCoordinatorRequest(key="g"), version)
    assert (response.error_code, response.node_id, response.host, response.port) == (0, 1, "localhost", 9092)
    assert response.error_message == ("NONE" if version >= 1 else "")


@pytest.mark.parametrize("version", range(4, 7))
async def test_several_keys_are_answered_each(version: int) -> None:
    response = await HandledBroker().ask(FindCoordinatorRequest(coordinator_keys=["g", "h", ""]), version)
    assert [(c.key, c.error_code, c.node_id, c.port) for c in response.coordinators] == [
        ("g", 0, 1, 9092),
        ("h", 0, 1, 9092),
        ("", 0, 1, 9092),
    ]


async def test_the_leader_of_the_key_s_partition_is_told() -> None:
    broker = HandledBroker()
    broker.lead(OFFSETS_TOPIC, partition_for("g", 4), leader=2, epoch=1)
    response = await broker.ask(FindCoordinatorRequest(coordinator_keys=["g"]), 4)
    (found,) = response.coordinators
    assert (found.error_code, found.node_id) == (ErrorCode.COORDINATOR_NOT_AVAILABLE, -1), "node 2 is not there"


async def test_a_partition_without_a_leader_has_no_coordinator() -> None:
    broker = HandledBroker()
    broker.lead(OFFSETS_TOPIC, partition_for("g", 4), leader=-1, epoch=1)
    response = await broker.ask(FindCoordinatorRequest(key="g"), 3)
    assert (response.error_code, response.node_id, response.host, response.port) == (
        ErrorCode.COORDINATOR_NOT_AVAILABLE,
        -1,
        "",
        -1,
    )
    assert response.error_message


class TestCreation:
    def answer(self, code: ErrorCode = ErrorCode.NONE) -> CreateTopicsResponse:
        return CreateTopicsResponse(topics=[CreateTopicsResponse.CreatableTopicResult(name="x", error_code=code)])

    async def test_the_topic_is_created_with_kafka_s_settings_and_waited_for(self) -> None:
        broker = HandledBroker(offsets_partitions=0)
        broker.forward_answer = self.answer()
        asking = asyncio.ensure_future(broker.ask(FindCoordinatorRequest(coordinator_keys=["g", "h"]), 4))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        broker.create(OFFSETS_TOPIC, 50)
        response = await asking
        assert [found.error_code for found in response.coordinators] == [0, 0]
        (request,) = broker.forwarded
        assert isinstance(request, CreateTopicsRequest)
        (topic,) = request.topics
        assert (topic.name, topic.num_partitions, topic.replication_factor) == (OFFSETS_TOPIC, 50, 1)
        assert {config.name: config.value for config in topic.configs} == {
            "cleanup.policy": "compact",
            "compression.type": "producer",
            "segment.bytes": "104857600",
        }

    async def test_somebody_else_may_have_been_faster(self) -> None:
        broker = HandledBroker(offsets_partitions=0)
        broker.forward_answer = self.answer(ErrorCode.TOPIC_ALREADY_EXISTS)
        asking = asyncio.ensure_future(broker.ask(FindCoordinatorRequest(key="g"), 3))
        await asyncio.sleep(0)
        broker.create(OFFSETS_TOPIC, 1)
        assert (await asking).error_code == ErrorCode.NONE

    @pytest.mark.parametrize(
        "answer",
        [
            CreateTopicsResponse(
                topics=[
                    CreateTopicsResponse.CreatableTopicResult(name="x", error_code=ErrorCode.INVALID_REPLICATION_FACTOR)
                ]
            ),
            BrokerError(ErrorCode.REQUEST_TIMED_OUT),
        ],
    )
    async def test_what_cannot_be_created_is_not_available_and_told_in_the_log(
        self, answer: CreateTopicsResponse | BrokerError, caplog: pytest.LogCaptureFixture
    ) -> None:
        broker = HandledBroker(offsets_partitions=0)
        broker.forward_answer = answer
        response = await broker.ask(FindCoordinatorRequest(key="g"), 3)
        assert response.error_code == ErrorCode.COORDINATOR_NOT_AVAILABLE
        assert "cannot be created" in caplog.text

    @pytest.mark.parametrize(
        ("key_type", "name", "configs"),
        [
            (
                1,
                "__transaction_state",
                {
                    "cleanup.policy": "compact",
                    "compression.type": "uncompressed",
                    "min.insync.replicas": "2",
                    "segment.bytes": "104857600",
                    "unclean.leader.election.enable": "false",
                },
            ),
            (
                2,
                "__share_group_state",
                {
                    "cleanup.policy": "delete",
                    "compression.type": "producer",
                    "min.insync.replicas": "2",
                    "retention.ms": "-1",
                    "segment.bytes": "104857600",
                },
            ),
        ],
    )
    async def test_the_other_coordinators_topics(self, key_type: int, name: str, configs: dict[str, str]) -> None:
        broker = HandledBroker()
        broker.forward_answer = BrokerError(ErrorCode.REQUEST_TIMED_OUT)
        key = f"g:{uuid_to_text(random_uuid())}:0"
        await broker.ask(FindCoordinatorRequest(coordinator_keys=[key], key_type=key_type), 6)
        (request,) = broker.forwarded
        assert isinstance(request, CreateTopicsRequest)
        assert request.topics[0].name == name
        assert {config.name: config.value for config in request.topics[0].configs} == configs


class TestKinds:
    @pytest.mark.parametrize("version", [1, 3])
    async def test_share_partitions_are_not_known_before_version_6(self, version: int) -> None:
        response = await HandledBroker().ask(FindCoordinatorRequest(key="g:x:0", key_type=2), version)
        assert response.error_code == ErrorCode.INVALID_REQUEST

    @pytest.mark.parametrize("key", ["", "g", "g:0", "g:not-a-uuid:0", ":{id}:0", "g:{id}:x", "g:{id}:-1"])
    async def test_share_keys_have_a_form(self, key: str) -> None:
        text = key.replace("{id}", uuid_to_text(random_uuid()))
        response = await HandledBroker().ask(FindCoordinatorRequest(coordinator_keys=[text], key_type=2), 6)
        assert response.coordinators[0].error_code == ErrorCode.INVALID_REQUEST

    @pytest.mark.parametrize("version", [3, 5])
    async def test_an_unheard_of_kind(self, version: int) -> None:
        request = FindCoordinatorRequest(key_type=9)
        if version < 4:
            request.key = "k"
        else:
            request.coordinator_keys = ["k"]
        response = await HandledBroker().ask(request, version)
        found = response if version < 4 else response.coordinators[0]
        assert found.error_code == ErrorCode.INVALID_REQUEST
        assert found.error_message.startswith(
            "This most likely occurs because of a request being malformed by the client"
        )
