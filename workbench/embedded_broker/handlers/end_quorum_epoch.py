"""EndQuorumEpoch 0-1: the leader of the metadata quorum steps down and names its successors (KIP-595, KIP-853)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import EndQuorumEpochRequest


@serves(EndQuorumEpochRequest, (0, 1), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: EndQuorumEpochRequest) -> Awaitable[Answer]:
    return broker.ask_quorum(context, request)
