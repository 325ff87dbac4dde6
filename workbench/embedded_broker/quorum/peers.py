"""How a member reaches the others: quorum requests out, quorum replies or one error code back."""

from __future__ import annotations

from typing import Protocol

from workbench.embedded_broker.quorum.effects import Node
from workbench.embedded_broker.quorum.messages import Reply, Request
from workbench.embedded_broker.quorum.transport import NodeConnections, NodeUnreachableError, UnsupportedByNodeError
from workbench.embedded_broker.quorum.wire_replies import reply_from_wire
from workbench.embedded_broker.quorum.wire_requests import request_to_wire
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import UnsupportedFieldError

CLIENT_ID = "raft-client"


class Peers(Protocol):
    """The other members, as far as the driver is concerned."""

    async def exchange(self, to: Node, request: Request) -> Reply | ErrorCode:
        """The node's answer; an error code where there was none or it was an error as a whole. Never raises."""
        ...

    async def close(self) -> None: ...


class SocketPeers:
    """Reaches the other members over the listener `listener` by their protocol."""

    def __init__(
        self, connections: NodeConnections, *, cluster_id: str, listener: str, request_timeout_ms: int
    ) -> None:
        self._connections = connections
        self._cluster_id = cluster_id
        self._listener = listener
        self._request_timeout_ms = request_timeout_ms

    async def exchange(self, to: Node, request: Request) -> Reply | ErrorCode:
        message = request_to_wire(request, self._cluster_id, self._request_timeout_ms)
        try:
            response, _ = await self._connections.request(
                to.host, to.port, message, timeout_ms=self._request_timeout_ms
            )
        except NodeUnreachableError:
            return ErrorCode.BROKER_NOT_AVAILABLE
        except (UnsupportedByNodeError, UnsupportedFieldError):
            # The node's version has no place for what we ask (a pre-vote, say).
            return ErrorCode.UNSUPPORTED_VERSION
        return reply_from_wire(response, self._listener)

    async def close(self) -> None:
        await self._connections.close()
