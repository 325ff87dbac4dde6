"""UnregisterBroker 0: the controller's; removes a broker that is gone for good from the metadata."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import UnregisterBrokerRequest


@serves(UnregisterBrokerRequest, (0, 0), BOTH)
def handle(broker: Broker, context: RequestContext, request: UnregisterBrokerRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
