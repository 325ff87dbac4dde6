"""AlterPartition 2-3: a leader proposes an ISR (KIP-497); version 3 brings broker epochs (KIP-903)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import AlterPartitionRequest


@serves(AlterPartitionRequest, (2, 3), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: AlterPartitionRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
