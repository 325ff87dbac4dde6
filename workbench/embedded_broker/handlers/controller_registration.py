"""ControllerRegistration 0: a controller tells its endpoints and features (KIP-919)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import ControllerRegistrationRequest


@serves(ControllerRegistrationRequest, (0, 0), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: ControllerRegistrationRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
