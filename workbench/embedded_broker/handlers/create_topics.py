"""CreateTopics 2-7: the controller's; version 5 answers configurations too, 7 the topic's id."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import BOTH, Answer, RequestContext, serves
from workbench.wire.messages import CreateTopicsRequest


@serves(CreateTopicsRequest, (2, 7), BOTH)
def handle(broker: Broker, context: RequestContext, request: CreateTopicsRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
