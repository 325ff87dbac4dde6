"""AddRaftVoter 0-1: makes a controller that follows a voter of the metadata quorum (KIP-853, KIP-1186)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.quorum_requests import ask_quorum_leader
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import AddRaftVoterRequest


@serves(AddRaftVoterRequest, (0, 1), BOTH)
def handle(broker: Broker, context: RequestContext, request: AddRaftVoterRequest) -> Awaitable[Answer]:
    return ask_quorum_leader(broker, context, request)
