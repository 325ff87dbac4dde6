"""DescribeCluster on brokers and controllers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import CLUSTER_ID, register_broker_record
from workbench.embedded_broker.handlers.describe_cluster import handle
from workbench.embedded_broker.requests import Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeClusterRequest, DescribeClusterResponse, RegisterControllerRecord

BROKER = handler_broker(
    [
        register_broker_record(1, fenced=False, rack="r"),
        register_broker_record(2),
        RegisterControllerRecord(
            controller_id=1,
            end_points=[RegisterControllerRecord.ControllerEndpoint(name="CONTROLLER", host="c1", port=9193)],
        ),
    ]
)


def ask(version: int = 2, role: Role = Role.BROKER, **more: Any) -> DescribeClusterResponse:
    return handle(BROKER, context(version, role=role), DescribeClusterRequest(**more))


def test_brokers() -> None:
    response = ask()
    assert [(b.broker_id, b.host, b.rack) for b in response.brokers] == [(1, "host1", "r")]
    assert (response.cluster_id, response.controller_id, response.endpoint_type) == (CLUSTER_ID, 1, 1)
    assert response.cluster_authorized_operations == -(1 << 31)
    assert ask(include_cluster_authorized_operations=True).cluster_authorized_operations > 0


def test_fenced_ones_on_request() -> None:
    assert [(b.broker_id, b.is_fenced) for b in ask(include_fenced_brokers=True).brokers] == [(1, False), (2, True)]


def test_controllers_on_their_own_listener() -> None:
    response = ask(1, Role.CONTROLLER, endpoint_type=2)
    assert [(b.broker_id, b.host, b.port) for b in response.brokers] == [(1, "c1", 9193)]
    assert (response.controller_id, response.endpoint_type) == (1, 2)


@pytest.mark.parametrize(
    ("version", "endpoint_type", "code"),
    [
        (1, 2, ErrorCode.MISMATCHED_ENDPOINT_TYPE),
        (1, 9, ErrorCode.UNSUPPORTED_ENDPOINT_TYPE),
        (0, 9, ErrorCode.INVALID_REQUEST),
    ],
)
def test_the_wrong_kind_of_node(version: int, endpoint_type: int, code: ErrorCode) -> None:
    assert ask(version, endpoint_type=endpoint_type).error_code == code
