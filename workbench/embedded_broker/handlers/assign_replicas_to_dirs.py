"""AssignReplicasToDirs 0: a broker tells where it put its replicas (KIP-858)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.requests import CONTROLLER, Answer, RequestContext, serves
from workbench.wire.messages import AssignReplicasToDirsRequest


@serves(AssignReplicasToDirsRequest, (0, 0), CONTROLLER)
def handle(broker: Broker, context: RequestContext, request: AssignReplicasToDirsRequest) -> Awaitable[Answer]:
    return ask_controller(broker, context, request)
