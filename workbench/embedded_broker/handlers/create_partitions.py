"""CreatePartitions 0-3: the controller's."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import CreatePartitionsRequest


@serves(CreatePartitionsRequest, (0, 3), BOTH)
def handle(broker: Broker, context: RequestContext, request: CreatePartitionsRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
