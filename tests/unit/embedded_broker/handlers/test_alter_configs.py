"""AlterConfigs, the older form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import partition, register_broker_record, topic_records
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.alter_configs import handle
from workbench.embedded_broker.requests import Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterConfigsRequest

TOPIC, BROKER, LOGGER = 2, 4, 8


def cluster() -> Broker:
    return handler_broker(
        [register_broker_record(1, fenced=False), *topic_records("a", 1, [partition([1])], {"segment.ms": "7"})]
    )


def resource(kind: int, name: str, **configs: str | None) -> Any:
    return AlterConfigsRequest.AlterConfigsResource(
        resource_type=kind,
        resource_name=name,
        configs=[AlterConfigsRequest.AlterableConfig(name=n.replace("_", "."), value=v) for n, v in configs.items()],
    )


async def alter(broker: Broker, *resources: Any, role: Role = Role.BROKER) -> list[tuple[int, str | None]]:
    response = await handle(broker, context(2, role=role), AlterConfigsRequest(resources=list(resources)))
    return [(r.error_code, r.error_message) for r in response.responses]


async def test_everything_else_is_removed() -> None:
    broker = cluster()
    assert await alter(broker, resource(TOPIC, "a", retention_ms="5")) == [(0, None)]
    assert broker.image.configs.topic("a") == {"retention.ms": "5"}


@pytest.mark.parametrize(
    ("wish", "message"),
    [
        (resource(LOGGER, "1"), "Unknown resource type 8"),
        (resource(64, "1"), "Unknown resource type 64"),
        (resource(TOPIC, "a", retention_ms=None), "Null value not supported for : retention.ms"),
        (resource(BROKER, "7"), "Unexpected broker id, expected 1, but received 7"),
        (resource(BROKER, "1", node_id="7"), "Cannot update these configs dynamically: [node.id]"),
    ],
)
async def test_the_broker_refuses(wish: Any, message: str) -> None:
    broker = cluster()
    assert await alter(broker, wish) == [(ErrorCode.INVALID_REQUEST, message)]
    assert broker.controller.requests == []  # type: ignore[union-attr]


async def test_brokers_and_mixed_answers() -> None:
    answers = await alter(cluster(), resource(BROKER, "1", num_io_threads="9"), resource(TOPIC, "x"), resource(0, "y"))
    assert [code for code, _ in answers] == [0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.INVALID_REQUEST]


async def test_on_a_controller_listener() -> None:
    broker = cluster()
    assert await alter(broker, resource(TOPIC, "a"), role=Role.CONTROLLER) == [(0, None)]
    assert broker.controller.requests[0][2] is False  # type: ignore[union-attr]
