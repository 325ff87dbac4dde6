"""BrokerHeartbeat 0-2: a broker lives, wants to serve, or wants to go (KIP-631)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import BrokerHeartbeatRequest


@serves(BrokerHeartbeatRequest, (0, 2), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: BrokerHeartbeatRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
