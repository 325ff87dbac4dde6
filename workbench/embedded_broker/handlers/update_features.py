"""UpdateFeatures 0-2: the controller's (KIP-584)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import UpdateFeaturesRequest


@serves(UpdateFeaturesRequest, (0, 2), BOTH)
def handle(broker: Broker, context: RequestContext, request: UpdateFeaturesRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
