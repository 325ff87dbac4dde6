"""Who asks, as it is written down."""

from __future__ import annotations

from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.handlers.caller import caller_of
from workbench.embedded_broker.requests import BROKER, ConnectionContext, ConnectionId, RequestContext


def test_the_address_is_written_as_java_writes_it() -> None:
    connection = ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "127.0.0.1")
    assert caller_of(RequestContext(11, 9, 1, "app", connection)) == Caller("app", "/127.0.0.1", 9)
