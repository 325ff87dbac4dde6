"""Topics that appear because somebody asked for them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.auto_topic_creation import AutoTopicCreation, auto_topic_creation
from workbench.embedded_broker.requests import BROKER, ConnectionContext, ConnectionId, RequestContext
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest, CreateTopicsResponse

CONTEXT = RequestContext(3, 12, 1, "app", ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "h"))


class Forwarding:
    """A way to a controller that answers when it is told to."""

    def __init__(self, broker: ReplicaBroker) -> None:
        self.asked: list[CreateTopicsRequest] = []
        self.answers: list[asyncio.Future[Any]] = []
        broker.set_forward(self._forward)

    async def _forward(self, message: Any, version: int, context: RequestContext) -> Any:
        message.encode(version)
        assert context is CONTEXT
        self.asked.append(message)
        self.answers.append(asyncio.get_running_loop().create_future())
        return await self.answers[-1]

    def names(self) -> list[list[str]]:
        return [[topic.name for topic in one.topics] for one in self.asked]


async def settled() -> None:
    for _ in range(4):
        await asyncio.sleep(0)


async def test_a_topic_is_asked_for_once_at_a_time() -> None:
    broker = ReplicaBroker()
    way = Forwarding(broker)
    creation = AutoTopicCreation(broker)
    creation.create(["a", "b"], CONTEXT)
    creation.create(["b", "c"], CONTEXT)
    creation.create(["a"], CONTEXT)
    await settled()
    assert way.names() == [["a", "b"], ["c"]]
    way.answers[0].set_result(CreateTopicsResponse())
    await settled()
    creation.create(["a"], CONTEXT)
    await settled()
    assert way.names()[2:] == [["a"]]
    for answer in way.answers[1:]:
        answer.set_result(CreateTopicsResponse())


async def test_failures_are_told_and_do_not_block_the_next_try(caplog: pytest.LogCaptureFixture) -> None:
    broker = ReplicaBroker()
    way = Forwarding(broker)
    creation = AutoTopicCreation(broker)
    result = CreateTopicsResponse.CreatableTopicResult
    outcomes: list[Any] = [
        BrokerError(ErrorCode.REQUEST_TIMED_OUT),
        CreateTopicsResponse(topics=[result(name="a", error_code=ErrorCode.POLICY_VIOLATION, error_message="no")]),
        CreateTopicsResponse(topics=[result(name="a", error_code=ErrorCode.TOPIC_ALREADY_EXISTS)]),
    ]
    for number, outcome in enumerate(outcomes):
        creation.create(["a"], CONTEXT)
        await settled()
        assert len(way.asked) == number + 1
        if isinstance(outcome, Exception):
            way.answers[-1].set_exception(outcome)
        else:
            way.answers[-1].set_result(outcome)
        await settled()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING"]
    assert "REQUEST_TIMED_OUT" in caplog.text and "POLICY_VIOLATION (no)" in caplog.text


@pytest.mark.parametrize(
    ("settings", "name", "expected"),
    [
        ({}, "t", (-1, -1)),
        ({"num.partitions": "4", "default.replication.factor": "2"}, "t", (4, 2)),
        ({"offsets.topic.num.partitions": "7", "offsets.topic.replication.factor": "1"}, "__consumer_offsets", (7, 1)),
    ],
)
async def test_sizes_are_the_files_or_the_controllers(
    settings: dict[str, str], name: str, expected: tuple[int, int]
) -> None:
    broker = ReplicaBroker(**settings)
    way = Forwarding(broker)
    AutoTopicCreation(broker).create([name], CONTEXT)
    await settled()
    (topic,) = way.asked[0].topics
    assert (topic.num_partitions, topic.replication_factor) == expected
    way.answers[0].set_result(CreateTopicsResponse())
    await settled()


def test_each_broker_has_its_own() -> None:
    one, other = ReplicaBroker(), ReplicaBroker()
    assert auto_topic_creation(one) is auto_topic_creation(one) is not auto_topic_creation(other)
