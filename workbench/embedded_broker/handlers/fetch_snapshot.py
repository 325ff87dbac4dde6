"""FetchSnapshot 0-1: a replica of the metadata log takes a snapshot piece by piece (KIP-630)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import FetchSnapshotRequest


@serves(FetchSnapshotRequest, (0, 1), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: FetchSnapshotRequest) -> Awaitable[Answer]:
    return broker.ask_quorum(context, request)
