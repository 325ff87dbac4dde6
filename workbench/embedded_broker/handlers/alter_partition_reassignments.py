"""AlterPartitionReassignments 0-1: the controller's (KIP-455, KIP-860)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import AlterPartitionReassignmentsRequest


@serves(AlterPartitionReassignmentsRequest, (0, 1), BOTH)
def handle(broker: Broker, context: RequestContext, request: AlterPartitionReassignmentsRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
