"""A client's request as a broker forwards it, there and back through the broker's own codec of envelopes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.controller_channel import ControllerChannel, open_envelope
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.embedded_broker.requests import BROKER, ConnectionContext, ConnectionId, RequestContext
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    CreateTopicsRequest,
    CreateTopicsResponse,
    EnvelopeRequest,
    EnvelopeResponse,
)


class Active:
    """A controller that answers as told."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, int, bool]] = []
        self.error: BrokerError | None = None

    async def handle(self, message: Any, version: int, *, forwarded: bool) -> CreateTopicsResponse:
        self.seen.append((message, version, forwarded))
        if self.error is not None:
            raise self.error
        return CreateTopicsResponse(topics=[CreateTopicsResponse.CreatableTopicResult(name="made")])


class Wire:
    """The way to another node, whose broker handles the envelope."""

    def __init__(self, broker: ReplicaBroker) -> None:
        self.broker = broker
        self.envelopes: list[EnvelopeRequest] = []

    async def send(self, node_id: int, message: Any, version: int, timeout_s: float) -> Any:
        self.envelopes.append(message)
        return await self.broker.ask_waiting(message, version)


def forwarding() -> tuple[Active, Wire, ControllerChannel]:
    broker = ReplicaBroker()
    active = Active()
    broker.controller = active  # type: ignore[assignment]
    wire = Wire(broker)
    return active, wire, ControllerChannel(2, None, lambda: LeaderAndEpoch(1, 1), wire)


CLIENT = RequestContext(
    19, 7, 42, "admin-1", ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "127.0.0.1", "User:alice")
)
REQUEST = CreateTopicsRequest(topics=[CreateTopicsRequest.CreatableTopic(name="made", num_partitions=3)], timeout_ms=5)


@pytest.mark.parametrize("version", [2, 5, 7])
async def test_request_and_response_arrive_as_they_were(version: int) -> None:
    active, _, channel = forwarding()
    response = await channel.forward(REQUEST, version, CLIENT)
    assert [one.name for one in response.topics] == ["made"]
    assert active.seen == [(REQUEST, version, True)]


async def test_the_client_travels_along() -> None:
    _, wire, channel = forwarding()
    await channel.forward(REQUEST, 7, CLIENT)
    context, request_class, _, _ = open_envelope(wire.envelopes[0])
    assert request_class is CreateTopicsRequest
    assert (context.principal, context.connection.host, context.client_id) == ("User:alice", "127.0.0.1", "admin-1")
    assert (context.correlation_id, context.api_version) == (42, 7)


async def test_what_the_controller_refuses_stands_in_the_inner_response() -> None:
    active, _, channel = forwarding()
    active.error = BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR, "no")
    response = await channel.forward(REQUEST, 7, CLIENT)
    assert [one.error_code for one in response.topics] == [ErrorCode.UNKNOWN_SERVER_ERROR]


async def test_a_node_that_does_not_control_says_so_in_the_envelope() -> None:
    active, wire, _ = forwarding()
    active.error = BrokerError(ErrorCode.NOT_CONTROLLER)
    header = b"\x00\x13\x00\x07\x00\x00\x00\x01\xff\xff\x00"
    envelope = EnvelopeRequest(request_data=header + REQUEST.encode(7), client_host_address=b"\x7f\0\0\1")
    answer: EnvelopeResponse = await wire.broker.ask_waiting(envelope, 0)
    assert answer.error_code == ErrorCode.NOT_CONTROLLER
    wire.broker.controller = None
    answer = await wire.broker.ask_waiting(envelope, 0)
    assert answer.error_code == ErrorCode.NOT_CONTROLLER


@pytest.mark.parametrize("data", [b"\x7f\xff\0\0\0\0\0\1\xff\xff", b"\0\x13\0\7\0\0\0\1\xff\xff\0\xff\xff", b"\0\x13"])
async def test_what_holds_no_request_is_invalid(data: bytes) -> None:
    _, wire, _ = forwarding()
    answer = await wire.broker.ask_waiting(EnvelopeRequest(request_data=data, client_host_address=b"\x7f\0\0\1"), 0)
    assert answer.error_code == ErrorCode.INVALID_REQUEST
