"""DeleteTopics 1-6: the controller's; version 6 takes topic ids."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import DeleteTopicsRequest


@serves(DeleteTopicsRequest, (1, 6), BOTH)
def handle(broker: Broker, context: RequestContext, request: DeleteTopicsRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
