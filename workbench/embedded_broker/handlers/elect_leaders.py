"""ElectLeaders 0-2: the controller's; version 1 brings unclean elections (KIP-460)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import ElectLeadersRequest


@serves(ElectLeadersRequest, (0, 2), BOTH)
def handle(broker: Broker, context: RequestContext, request: ElectLeadersRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
