"""Heartbeat 0-4: a member of a classic group lives; it is told when a rebalance wants it."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.messages import HeartbeatRequest, HeartbeatResponse


@serves(HeartbeatRequest, (0, 4))
def heartbeat(
    broker: Broker, context: RequestContext, request: HeartbeatRequest
) -> HeartbeatResponse | Awaitable[HeartbeatResponse]:
    return broker.groups.heartbeat(request)
