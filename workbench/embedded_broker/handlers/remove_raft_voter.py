"""RemoveRaftVoter 0: takes a voter out of the metadata quorum (KIP-853)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.quorum_requests import ask_quorum_leader
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import RemoveRaftVoterRequest


@serves(RemoveRaftVoterRequest, (0, 0), BOTH)
def handle(broker: Broker, context: RequestContext, request: RemoveRaftVoterRequest) -> Awaitable[Answer]:
    return ask_quorum_leader(broker, context, request)
