"""BrokerRegistration 0-4: a broker makes itself known (KIP-631); version 3 tells of a clean end (KIP-966)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import BrokerRegistrationRequest


@serves(BrokerRegistrationRequest, (0, 4), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: BrokerRegistrationRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
