"""Listeners: ports are taken early, connections limited and closed."""

from __future__ import annotations

import asyncio
import socket

import pytest

from tests.helpers.eventually import eventually
from tests.helpers.replica_broker import ReplicaBroker
from tests.helpers.served_broker import ServedBroker
from workbench.embedded_broker.network.socket_server import bind
from workbench.embedded_broker.requests import Role
from workbench.embedded_broker.settings import Listener
from workbench.system.known_error import KnownError


def listener(host: str = "127.0.0.1", port: int = 0) -> Listener:
    return Listener("PLAINTEXT", host, port, "PLAINTEXT")


def test_a_port_is_ours_once_it_is_bound() -> None:
    bound = bind(listener(), Role.BROKER)
    assert bound.port > 0
    with pytest.raises(KnownError, match=f"Port {bound.port} is in use") as refused:
        bind(listener(port=bound.port), Role.BROKER)
    assert "another port" in str(refused.value.remedy)
    for each in bound.sockets:
        each.close()


def test_localhost_answers_on_both_families_at_one_port() -> None:
    bound = bind(listener("localhost"), Role.BROKER)
    try:
        families = {each.family for each in bound.sockets}
        assert socket.AF_INET in families
        assert {each.getsockname()[1] for each in bound.sockets} == {bound.port}
    finally:
        for each in bound.sockets:
            each.close()


def test_a_host_that_is_not_here_has_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(KnownError, match="cannot be bound"):
        bind(listener("203.0.113.1"), Role.BROKER)

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(KnownError, match="cannot be resolved"):
        bind(listener("no-such-host"), Role.BROKER)


async def test_connections_beyond_the_limit_are_refused_and_one_that_ends_makes_room() -> None:
    async with ServedBroker(ReplicaBroker(), max_connections=2) as served:
        first = await asyncio.open_connection("127.0.0.1", served.port)
        kept = [await asyncio.open_connection("127.0.0.1", served.port)]
        await eventually(lambda: len(served.broker.connections) == 2, "both are accepted")
        reader, _ = await asyncio.open_connection("127.0.0.1", served.port)
        with pytest.raises(ConnectionResetError):
            if await asyncio.wait_for(reader.read(1), 5) == b"":
                raise ConnectionResetError
        first[1].close()
        await eventually(lambda: len(served.broker.connections) == 1, "the first is gone")
        kept.append(await asyncio.open_connection("127.0.0.1", served.port))
        await eventually(lambda: len(served.broker.connections) == 2, "there is room again")


async def test_idle_connections_are_closed() -> None:
    async with ServedBroker(ReplicaBroker(), max_idle_ms=20) as served:
        reader, _ = await asyncio.open_connection("127.0.0.1", served.port)
        with pytest.raises(ConnectionResetError):
            if await asyncio.wait_for(reader.read(1), 5) == b"":
                raise ConnectionResetError


async def test_after_the_end_the_port_is_free_and_nobody_is_left() -> None:
    served = ServedBroker(ReplicaBroker())
    await served.server.start(served.bound)
    reader, _ = await asyncio.open_connection("127.0.0.1", served.port)
    await eventually(lambda: served.broker.connections, "it is accepted")
    await served.close()
    assert await asyncio.wait_for(reader.read(1), 5) == b""
    assert not served.broker.connections
    for each in bind(listener(port=served.port), Role.BROKER).sockets:
        each.close()


async def test_a_connection_knows_its_peer_and_listener() -> None:
    async with ServedBroker(ReplicaBroker(), role=Role.CONTROLLER) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        await eventually(lambda: served.broker.connections, "it is accepted")
        (connection,) = served.broker.connections
        host, port = writer.get_extra_info("sockname")
        assert connection.peer == f"{host}:{port}" and connection.context.host == host
        assert connection.context.role is Role.CONTROLLER and connection.context.listener == "PLAINTEXT"
        assert connection.context.connection_id.startswith(f"{served.port}-")
