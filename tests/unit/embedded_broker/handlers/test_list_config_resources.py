"""ListConfigResources."""

from __future__ import annotations

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import partition, register_broker_record, topic_records
from workbench.embedded_broker.handlers.list_config_resources import handle
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ConfigRecord, ListConfigResourcesRequest

UNDER_TEST = handler_broker(
    [
        register_broker_record(1),
        *topic_records("a", 1, [partition([1])]),
        ConfigRecord(resource_type=32, resource_name="g", name="consumer.session.timeout.ms", value="50000"),
        ConfigRecord(resource_type=16, resource_name="m", name="interval.ms", value="1000"),
    ]
)


@pytest.mark.parametrize(
    ("version", "types", "expected"),
    [
        (0, [], {(16, "m")}),
        (1, [], {(16, "m"), (32, "g"), (4, "1"), (8, "1"), (2, "a")}),
        (1, [2, 32], {(2, "a"), (32, "g")}),
    ],
)
def test_listing(version: int, types: list[int], expected: set[tuple[int, str]]) -> None:
    response = handle(UNDER_TEST, context(version), ListConfigResourcesRequest(resource_types=types))
    assert {(r.resource_type, r.resource_name) for r in response.config_resources} == expected


@pytest.mark.parametrize("types", [[64], [0], [2, 1]])
def test_unknown_types(types: list[int]) -> None:
    response = handle(UNDER_TEST, context(1), ListConfigResourcesRequest(resource_types=types))
    assert response.error_code == ErrorCode.UNSUPPORTED_VERSION
