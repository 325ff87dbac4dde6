"""A `ReplicaBroker` behind the program's own socket server, on a free port of this machine."""

from __future__ import annotations

from types import TracebackType

from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.network.dispatch import RequestDispatcher
from workbench.embedded_broker.network.socket_server import BoundListener, SocketServer, bind
from workbench.embedded_broker.requests import Role
from workbench.embedded_broker.settings import Listener


class ServedBroker:
    """Serves `broker` on listener PLAINTEXT within `async with`."""

    def __init__(
        self,
        broker: ReplicaBroker,
        *,
        port: int = 0,
        role: Role = Role.BROKER,
        max_frame_bytes: int = 1 << 20,
        max_idle_ms: int = 600_000,
        max_connections: int = 1_000,
    ) -> None:
        self.broker = broker
        self.dispatcher = RequestDispatcher(broker, max_frame_bytes)
        self.server = SocketServer(
            self.dispatcher,
            max_idle_ms=max_idle_ms,
            max_connections=max_connections,
            send_buffer_bytes=102_400,
            receive_buffer_bytes=102_400,
        )
        self.bound: BoundListener = bind(Listener("PLAINTEXT", "127.0.0.1", port, "PLAINTEXT"), role)

    @property
    def port(self) -> int:
        return self.bound.port

    async def __aenter__(self) -> ServedBroker:
        await self.server.start(self.bound)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self.dispatcher.stop()
        await self.server.stop()
