"""UpdateRaftVoter 0: a voter tells the leader its endpoints and the kraft.version range it supports (KIP-853)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import UpdateRaftVoterRequest


@serves(UpdateRaftVoterRequest, (0, 0), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: UpdateRaftVoterRequest) -> Awaitable[Answer]:
    return broker.ask_quorum(context, request)
