"""The listeners of a node: ports are bound early, connections accepted once the node can serve them.

Source of limits: Kafka's socket server settings (`max.connections`, `max.connections.per.ip`,
`connections.max.idle.ms`, `socket.request.max.bytes`).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
import time
from itertools import count
from typing import TYPE_CHECKING

from workbench.embedded_broker.network.connection import Connection
from workbench.embedded_broker.network.dispatch import RequestDispatcher
from workbench.embedded_broker.requests import ConnectionContext, ConnectionId, Role
from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass

if TYPE_CHECKING:
    from workbench.embedded_broker.settings import Listener

log = logging.getLogger(__name__)

BACKLOG = 128
_LOOPBACK_NAMES = ("localhost",)


@dataclass(slots=True)
class BoundListener:
    """A listener whose port is ours; `port` is the real one where 0 was asked for."""

    listener: Listener
    role: Role
    sockets: list[socket.socket]
    port: int


def _addresses(host: str) -> list[tuple[socket.AddressFamily, str]]:
    """Families and addresses to bind for a listener's host; an empty host means every interface."""
    if host == "":
        return [(socket.AF_INET, "0.0.0.0")]
    if host in _LOOPBACK_NAMES:
        # Clients resolve "localhost" to either family first, so both must answer.
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError as error:
        raise KnownError(
            f"The listener's host {host} cannot be resolved ({error.strerror or error}).",
            "Set listeners to a name or address of this machine.",
        ) from error
    unique: dict[tuple[socket.AddressFamily, str], None] = {}
    for family, _, _, _, address in found:
        unique[(family, str(address[0]))] = None
    return list(unique)


def bind(listener: Listener, role: Role) -> BoundListener:
    """Takes the listener's port on each address of its host. Raises KnownError if another program has it."""
    sockets: list[socket.socket] = []
    port = listener.port
    try:
        for family, address in _addresses(listener.host):
            if family == socket.AF_INET6 and not socket.has_ipv6:
                continue
            server = socket.socket(family, socket.SOCK_STREAM)
            try:
                if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
                    server.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
                else:
                    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                server.bind((address, port))
                # Linux tells of a port in use only here where both sides set SO_REUSEADDR.
                server.listen(BACKLOG)
            except OSError as error:
                server.close()
                # A machine without IPv6 has no ::1; the IPv4 address then serves alone.
                if family == socket.AF_INET6 and sockets and error.errno != errno.EADDRINUSE:
                    continue
                raise
            server.setblocking(False)
            port = server.getsockname()[1]
            sockets.append(server)
    except OSError as error:
        for server in sockets:
            server.close()
        if error.errno == errno.EADDRINUSE:
            raise KnownError(
                f"Port {listener.port} is in use by another program.",
                f"Stop that program, or give listener {listener.name} another port.",
            ) from error
        if error.errno == errno.EACCES:
            raise KnownError(
                f"This user may not listen on port {listener.port}.", "Choose a port above 1023."
            ) from error
        raise KnownError(
            f"Listener {listener.name} cannot be bound to {listener.host}:{listener.port} ({error.strerror}).",
            "Set listeners to an address of this machine.",
        ) from error
    return BoundListener(listener, role, sockets, port)


class SocketServer:
    """Accepts on bound listeners and closes what was idle for too long."""

    def __init__(
        self,
        dispatcher: RequestDispatcher,
        *,
        max_idle_ms: int,
        max_connections: int,
        send_buffer_bytes: int,
        receive_buffer_bytes: int,
    ) -> None:
        """Socket buffers of -1 bytes are left to the system."""
        self.send_buffer_bytes = send_buffer_bytes
        self.receive_buffer_bytes = receive_buffer_bytes
        self._dispatcher = dispatcher
        self._max_idle_s = max_idle_ms / 1000
        self._max_connections = max_connections
        self._servers: list[asyncio.Server] = []
        self._connections: set[Connection] = set()
        self._last_ended = asyncio.Event()
        self._numbers = count()
        self._idle_check: asyncio.TimerHandle | None = None

    async def start(self, bound: BoundListener) -> None:
        """Begins to accept on `bound`."""
        loop = asyncio.get_running_loop()

        def accept() -> Connection:
            context = ConnectionContext(
                ConnectionId(f"{bound.port}-{next(self._numbers)}"), bound.listener.name, bound.role, host=""
            )
            return _AcceptedConnection(self, self._dispatcher, context)

        for server_socket in bound.sockets:
            self._servers.append(await loop.create_server(accept, sock=server_socket, backlog=BACKLOG))
        if self._idle_check is None and self._max_idle_s > 0:
            self._schedule_idle_check()

    def opened(self, connection: Connection) -> bool:
        """Counts a new connection; False if the limit is reached and it was closed."""
        if len(self._connections) >= self._max_connections:
            log.warning("Refusing a connection from %s: max.connections is reached", connection.context.host)
            connection.abort()
            return False
        self._connections.add(connection)
        self._last_ended.clear()
        return True

    def closed(self, connection: Connection) -> None:
        self._connections.discard(connection)
        if not self._connections:
            self._last_ended.set()

    def _schedule_idle_check(self) -> None:
        interval_s = min(max(self._max_idle_s / 10, 0.05), 30.0)
        self._idle_check = asyncio.get_running_loop().call_later(interval_s, self._close_idle)

    def _close_idle(self) -> None:
        oldest = time.monotonic() - self._max_idle_s
        for connection in [c for c in self._connections if c.last_active < oldest]:
            log.info("Closing the connection from %s: idle for too long", connection.context.host)
            connection.abort()
        self._schedule_idle_check()

    def stop_accepting(self) -> None:
        for server in self._servers:
            server.close()

    async def stop(self) -> None:
        """Closes listeners and connections; returns when their ports are free."""
        if self._idle_check is not None:
            self._idle_check.cancel()
        self.stop_accepting()
        for connection in list(self._connections):
            connection.close()
        await asyncio.sleep(0)
        for connection in list(self._connections):
            connection.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                for server in self._servers:
                    await server.wait_closed()
                if self._connections:
                    await self._last_ended.wait()


class _AcceptedConnection(Connection):
    """Fills in the peer and tells the server of both ends of the connection's life."""

    def __init__(self, server: SocketServer, dispatcher: RequestDispatcher, context: ConnectionContext) -> None:
        super().__init__(dispatcher, context)
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername")
        self.context.host = str(peer[0]) if peer else ""
        self.peer = f"{peer[0]}:{peer[1]}" if peer else ""
        raw = transport.get_extra_info("socket")
        if raw is not None:
            with contextlib.suppress(OSError):
                raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                raw.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
                # Small buffers keep sender and receiver in step, within the processor's cache: on loopback twice as
                # fast as what the system would grow them to.
                if self._server.send_buffer_bytes > 0:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self._server.send_buffer_bytes)
                if self._server.receive_buffer_bytes > 0:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._server.receive_buffer_bytes)
        super().connection_made(transport)
        self._server.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.closed(self)
        super().connection_lost(exc)
