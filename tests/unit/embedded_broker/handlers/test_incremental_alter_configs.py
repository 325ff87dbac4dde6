"""IncrementalAlterConfigs: what the broker checks, what the controller decides, answers in order."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import partition, register_broker_record, topic_records
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.incremental_alter_configs import handle
from workbench.embedded_broker.requests import Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import IncrementalAlterConfigsRequest

SET, DELETE, APPEND, SUBTRACT = range(4)
TOPIC, BROKER, LOGGER = 2, 4, 8
Resource = IncrementalAlterConfigsRequest.AlterConfigsResource
Config = IncrementalAlterConfigsRequest.AlterableConfig


def cluster() -> Broker:
    return handler_broker([register_broker_record(1, fenced=False), *topic_records("a", 1, [partition([1])])])


def resource(kind: int, name: str, *changes: tuple[str, int, str | None]) -> Any:
    configs = [Config(name=n, config_operation=o, value=v) for n, o, v in changes]
    return Resource(resource_type=kind, resource_name=name, configs=configs)


async def alter(broker: Broker, *resources: Any, role: Role = Role.BROKER, **more: Any) -> list[tuple[Any, ...]]:
    response = await handle(
        broker, context(1, role=role), IncrementalAlterConfigsRequest(resources=list(resources), **more)
    )
    return [(r.resource_name, r.error_code, r.error_message) for r in response.responses]


async def test_a_topic_is_the_controllers() -> None:
    broker = cluster()
    assert await alter(broker, resource(TOPIC, "a", ("retention.ms", SET, "5"))) == [("a", 0, None)]
    assert broker.image.configs.topic("a") == {"retention.ms": "5"}


async def test_answers_keep_the_order_of_the_request() -> None:
    answers = await alter(
        cluster(),
        resource(BROKER, "9", ("num.io.threads", SET, "9")),
        resource(TOPIC, "a", ("retention.ms", SET, "5")),
        resource(TOPIC, "x", ("retention.ms", SET, "5")),
        resource(TOPIC, "a b", ("retention.ms", SET, None)),
    )
    assert [(name, code) for name, code, _ in answers] == [
        ("9", ErrorCode.INVALID_REQUEST),
        ("a", ErrorCode.NONE),
        ("x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        ("a b", ErrorCode.INVALID_REQUEST),
    ]


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (resource(TOPIC, "a", ("x", SET, None)), "Null value not supported for : x"),
        (resource(TOPIC, "a", ("x", SET, "1"), ("x", SET, "2")), "Error due to duplicate config keys"),
        (resource(64, "a"), "Unknown resource type 64"),
        (resource(BROKER, "x"), "Node id must be an integer, but it is: x"),
        (resource(BROKER, "2"), "Unexpected broker id, expected 1, but received 2"),
        (resource(BROKER, "1", ("node.id", SET, "2")), "Cannot update these configs dynamically: [node.id]"),
        (resource(BROKER, "", ("listeners", SET, "x")), "broker id must be specified: [listeners]"),
        (resource(BROKER, "1", ("num.io.threads", SET, "17")), "should not be greater than double the current value 8"),
        (resource(BROKER, "1", ("num.io.threads", SET, "3")), "value should be at least half the current value 8"),
        (resource(BROKER, "1", ("num.io.threads", APPEND, "3")), "append is not allowed for config key"),
        (resource(BROKER, "1", ("nope", SUBTRACT, "3")), "Unknown config name: nope"),
        (resource(BROKER, "1", ("num.io.threads", 9, "3")), "Unknown operations type 9"),
        (resource(LOGGER, "2"), "Unexpected node id. Expected 1, but received 2"),
        (resource(LOGGER, "1", ("nope", SET, "INFO")), "Logger nope does not exist!"),
        (resource(LOGGER, "1", ("root", SET, "LOUD")), "Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN"),
        (resource(LOGGER, "1", ("root", DELETE, None)), "Removing the log level of the root logger is not allowed"),
        (resource(LOGGER, "1", ("root", APPEND, "x")), "APPEND operation is not allowed for the BROKER_LOGGER"),
    ],
)
async def test_the_broker_refuses(wish: Any, message: str) -> None:
    broker = cluster()
    ((_, code, text),) = await alter(broker, wish)
    assert code in (ErrorCode.INVALID_REQUEST, ErrorCode.INVALID_CONFIG)
    assert message in (text or "")
    assert broker.controller.requests == []  # type: ignore[union-attr]


async def test_lists_of_brokers_grow_and_shrink() -> None:
    broker = cluster()
    await alter(broker, resource(BROKER, "1", ("log.cleanup.policy", APPEND, "compact")))
    assert broker.image.configs.broker(1) == {"log.cleanup.policy": "delete,compact"}
    await alter(broker, resource(BROKER, "1", ("log.cleanup.policy", SUBTRACT, "delete")))
    assert broker.image.configs.broker(1) == {"log.cleanup.policy": "compact"}


@pytest.fixture
def _levels_restored() -> Iterator[None]:
    logger = logging.getLogger("workbench.embedded_broker.handlers.auto_topic_creation")
    level = logger.level
    yield
    logger.setLevel(level)


@pytest.mark.usefixtures("_levels_restored")
async def test_loggers_are_set_here() -> None:
    import workbench.embedded_broker.handlers.auto_topic_creation as module

    broker, name = cluster(), module.__name__
    assert await alter(broker, resource(LOGGER, "1", (name, SET, "DEBUG")), validate_only=True) == [("1", 0, None)]
    assert not module.log.isEnabledFor(logging.DEBUG)
    await alter(broker, resource(LOGGER, "1", (name, SET, "DEBUG")))
    assert module.log.isEnabledFor(logging.DEBUG)
    await alter(broker, resource(LOGGER, "1", (name, DELETE, None)))
    assert module.log.level == logging.NOTSET
    assert broker.controller.requests == []  # type: ignore[union-attr]


async def test_a_resource_named_twice_is_refused_both_times() -> None:
    answers = await alter(cluster(), resource(TOPIC, "a"), resource(TOPIC, "a"))
    assert [text for _, _, text in answers] == ["Each resource must appear at most once."] * 2


async def test_a_controller_listener_asks_the_controller_itself() -> None:
    broker = cluster()
    await alter(broker, resource(TOPIC, "a", ("retention.ms", SET, "5")), role=Role.CONTROLLER)
    ((_, _, forwarded),) = broker.controller.requests  # type: ignore[union-attr]
    assert not forwarded


async def test_but_its_loggers_are_its_own() -> None:
    broker = cluster()
    wishes = [resource(LOGGER, "1", ("root", SET, "LOUD")), resource(TOPIC, "a")]
    answers = await alter(broker, *wishes, role=Role.CONTROLLER)
    assert [(name, code) for name, code, _ in answers] == [("a", 0), ("1", ErrorCode.INVALID_CONFIG)]
    alone = await alter(broker, resource(LOGGER, "2"), role=Role.CONTROLLER)
    assert [text for _, _, text in alone] == ["Unexpected node id. Expected 1, but received 2"]


async def test_a_controller_that_does_not_answer() -> None:
    broker = cluster()
    broker.controller.failure = BrokerError(ErrorCode.REQUEST_TIMED_OUT, "late")  # type: ignore[union-attr]
    assert await alter(broker, resource(TOPIC, "a")) == [("a", ErrorCode.REQUEST_TIMED_OUT, "late")]
