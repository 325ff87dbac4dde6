from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.handler_doubles import context
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.quorum_requests import ask_quorum_leader
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.embedded_broker.requests import Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    RemoveRaftVoterRequest,
    RemoveRaftVoterResponse,
)


class Asked:
    """A broker that notes where a request went."""

    node_id = 1

    def __init__(self, leader_id: int | None, error: BrokerError | None = None) -> None:
        self.quorum = SimpleNamespace(leader_and_epoch=LeaderAndEpoch(leader_id, 3))
        self.error = error

    async def ask_quorum(self, asked: Any, request: Any) -> RemoveRaftVoterResponse:
        return RemoveRaftVoterResponse(error_message="here")

    async def forward(self, request: Any, version: int, asked: Any) -> RemoveRaftVoterResponse:
        if self.error is not None:
            raise self.error
        return RemoveRaftVoterResponse(error_message="forwarded")


@pytest.mark.parametrize(
    ("leader_id", "role", "where"),
    [
        (1, Role.BROKER, "here"),
        (None, Role.BROKER, "forwarded"),
        (None, Role.CONTROLLER, "here"),
        (2, Role.BROKER, "forwarded"),
        (2, Role.CONTROLLER, "here"),
    ],
)
async def test_a_brokers_listener_forwards_to_another_leader(leader_id: int | None, role: Role, where: str) -> None:
    broker: Any = Asked(leader_id)
    response = await ask_quorum_leader(broker, context(0, role=role), RemoveRaftVoterRequest())
    assert isinstance(response, RemoveRaftVoterResponse) and response.error_message == where


async def test_no_controller_in_time_is_told_in_the_requests_own_form() -> None:
    broker: Any = Asked(2, BrokerError(ErrorCode.REQUEST_TIMED_OUT))
    response = await ask_quorum_leader(broker, context(0, role=Role.BROKER), RemoveRaftVoterRequest())
    assert isinstance(response, RemoveRaftVoterResponse) and response.error_code == ErrorCode.REQUEST_TIMED_OUT
    described = await ask_quorum_leader(broker, context(0, role=Role.BROKER), DescribeQuorumRequest())
    assert isinstance(described, DescribeQuorumResponse) and described.topics == []
    assert (described.error_code, described.error_message) == (7, "The request timed out."), "as Kafka words it"


async def test_a_node_that_was_elected_meanwhile_answers_itself() -> None:
    broker: Any = Asked(2)

    async def forward(_request: Any, _version: int, _asked: Any) -> RemoveRaftVoterResponse:
        broker.quorum.leader_and_epoch = LeaderAndEpoch(1, 4)
        raise BrokerError(ErrorCode.UNSUPPORTED_VERSION, "RemoveRaftVoterRequest is not served by this controller.")

    broker.forward = forward
    response = await ask_quorum_leader(broker, context(0, role=Role.BROKER), RemoveRaftVoterRequest())
    assert isinstance(response, RemoveRaftVoterResponse) and response.error_message == "here"
