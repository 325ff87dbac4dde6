"""Who asks, as the group coordinator writes it down."""

from __future__ import annotations

from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.requests import RequestContext


def caller_of(context: RequestContext) -> Caller:
    """The address with a slash before it, as Java's `InetAddress` prints one that was not looked up by name."""
    return Caller(context.client_id, f"/{context.connection.host}", context.api_version)
