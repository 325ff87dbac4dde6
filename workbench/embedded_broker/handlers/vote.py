"""Vote 0-2: a candidate asks for a vote, or a prospective one whether it would get it (KIP-595, KIP-853, KIP-996)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import VoteRequest


@serves(VoteRequest, (0, 2), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: VoteRequest) -> Awaitable[Answer]:
    return broker.ask_quorum(context, request)
