"""BeginQuorumEpoch 0-1: a new leader of the metadata quorum makes itself known (KIP-595, KIP-853)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import BeginQuorumEpochRequest


@serves(BeginQuorumEpochRequest, (0, 1), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: BeginQuorumEpochRequest) -> Awaitable[Answer]:
    return broker.ask_quorum(context, request)
