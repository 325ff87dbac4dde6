"""A connection over a real socket, with a dispatcher that answers when it is told to."""

from __future__ import annotations

import asyncio
import os
import random
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from workbench.broker_contract.messages import FaultKind, FaultRule
from workbench.embedded_broker.errors import CloseConnectionError
from workbench.embedded_broker.faults.faulty_disk import FaultyDisk
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.network import connection as connection_module
from workbench.embedded_broker.network.connection import Buffers, Connection, Pending
from workbench.embedded_broker.requests import BROKER, Api, ConnectionContext, ConnectionId
from workbench.storage.log import LogConfig
from workbench.storage.log.log_read import FileRegion
from workbench.storage.log.segment import LogSegment
from workbench.system.disk import Disk
from workbench.system.platform_files import CAN_SEND_FILES
from workbench.wire.messages import MetadataRequest, ProduceRequest

PRODUCE = Api(0, "Produce", ProduceRequest, 3, 13, BROKER, lambda *_: None, 9, 0, True)
OTHER = Api(3, "Metadata", MetadataRequest, 0, 13, BROKER, lambda *_: None, 9, 0, False)


def frame(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


class ScriptedDispatcher:
    """`e...` is echoed at once; `p...` and `o...` wait until `finish` (p pipelines); `n` has no answer; `x` fails."""

    max_frame_bytes = 8 * 1024 * 1024

    def __init__(self) -> None:
        self.begun: list[bytes] = []
        self.finishes: dict[bytes, Callable[[Buffers | None], None]] = {}
        self.failures: list[Exception] = []
        self.closed = asyncio.Event()
        self.open: list[Connection] = []
        self.news = asyncio.Event()

    def begin(self, connection: Connection, request: memoryview) -> Pending | Buffers | None:
        body = bytes(request)
        self.begun.append(body)
        self.news.set()
        match body[:1]:
            case b"e":
                return [frame(body)]
            case b"n":
                return None
            case b"x":
                raise CloseConnectionError("as asked")

        def start(finish: Callable[[Buffers | None], None]) -> None:
            self.finishes[body] = finish

        return Pending(PRODUCE if body[:1] == b"p" else OTHER, start)

    def pipelines(self, connection: Connection, request: memoryview) -> bool:
        return bytes(request[:1]) == b"p"

    def connection_opened(self, connection: Connection) -> None:
        self.open.append(connection)

    def connection_closed(self, connection: Connection) -> None:
        self.closed.set()

    def frame_failed(self, connection: Connection, error: Exception) -> None:
        self.failures.append(error)

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.begun) < count:
                self.news.clear()
                await self.news.wait()

    def finish(self, body: bytes) -> None:
        self.finishes.pop(body)([frame(body)])


class Client:
    def __init__(
        self, dispatcher: ScriptedDispatcher, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.dispatcher = dispatcher
        self.reader = reader
        self.writer = writer

    def send(self, *bodies: bytes) -> None:
        self.writer.write(b"".join(map(frame, bodies)))

    async def receive(self) -> bytes:
        async with asyncio.timeout(5):
            (size,) = struct.unpack(">i", await self.reader.readexactly(4))
            return await self.reader.readexactly(size)


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    dispatcher = ScriptedDispatcher()

    def accept() -> Connection:
        return Connection(dispatcher, ConnectionContext(ConnectionId("1"), "PLAINTEXT", BROKER, "127.0.0.1"))

    server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2], limit=64 * 1024 * 1024)
    yield Client(dispatcher, reader, writer)
    writer.close()
    for connection in dispatcher.open:
        connection.abort()
    server.close()


async def test_frames_in_one_piece_and_in_many(client: Client) -> None:
    client.send(b"e1", b"e2", b"e3")
    assert [await client.receive() for _ in range(3)] == [b"e1", b"e2", b"e3"]
    for byte in frame(b"e-in-single-bytes") * 2:
        client.writer.write(bytes([byte]))
        await asyncio.sleep(0)
    assert [await client.receive() for _ in range(2)] == [b"e-in-single-bytes"] * 2


@pytest.mark.parametrize("size", [127 * 1024, 128 * 1024, 300_000, 3_000_000])
async def test_frames_larger_than_the_receive_buffer(client: Client, size: int) -> None:
    body = b"e" + bytes(range(256)) * (size // 256)
    client.send(b"e-before", body, b"e-after")
    assert await client.receive() == b"e-before"
    assert await client.receive() == body
    assert await client.receive() == b"e-after"


async def test_responses_keep_the_order_of_requests(client: Client) -> None:
    client.send(b"p1", b"p2", b"p3")
    await client.dispatcher.until_begun(3)
    client.dispatcher.finish(b"p3")
    client.dispatcher.finish(b"p2")
    client.dispatcher.finish(b"p1")
    assert [await client.receive() for _ in range(3)] == [b"p1", b"p2", b"p3"]


async def test_only_what_pipelines_begins_behind_a_waiting_request(client: Client) -> None:
    client.send(b"p1", b"p2", b"e3", b"p4")
    await client.dispatcher.until_begun(2)
    await asyncio.sleep(0.02)
    assert client.dispatcher.begun == [b"p1", b"p2"]
    client.dispatcher.finish(b"p2")
    client.dispatcher.finish(b"p1")
    assert [await client.receive() for _ in range(3)] == [b"p1", b"p2", b"e3"]
    assert client.dispatcher.begun == [b"p1", b"p2", b"e3", b"p4"]


async def test_nothing_begins_behind_a_long_poll(client: Client) -> None:
    client.send(b"o1", b"e2")
    await client.dispatcher.until_begun(1)
    await asyncio.sleep(0.02)
    assert client.dispatcher.begun == [b"o1"]
    client.dispatcher.finish(b"o1")
    assert [await client.receive() for _ in range(2)] == [b"o1", b"e2"]


async def test_requests_without_an_answer_leave_no_gap(client: Client) -> None:
    client.send(b"n", b"e1", b"n", b"n", b"e2")
    assert [await client.receive() for _ in range(2)] == [b"e1", b"e2"]


async def test_a_failure_sends_what_was_answered_and_closes(client: Client) -> None:
    client.send(b"e1", b"x", b"e-never")
    assert await client.receive() == b"e1"
    assert await client.reader.read() == b""
    assert client.dispatcher.begun == [b"e1", b"x"]
    assert isinstance(client.dispatcher.failures[0], CloseConnectionError)


@pytest.mark.parametrize("size", [-1, -(2**31), 8 * 1024 * 1024 + 1, 2**31 - 1])
async def test_absurd_sizes_end_the_connection(client: Client, size: int) -> None:
    client.writer.write(struct.pack(">i", size) + b"abc")
    assert await client.reader.read() == b""
    assert client.dispatcher.begun == []
    assert len(client.dispatcher.failures) == 1


async def test_a_frame_that_never_comes_is_not_given_memory_on_its_word(client: Client) -> None:
    client.writer.write(struct.pack(">i", 8 * 1024 * 1024) + b"e")
    await asyncio.sleep(0.05)
    (connection,) = client.dispatcher.open
    assert connection._frame is not None
    assert len(connection._frame) <= 1024 * 1024


async def test_a_client_that_never_reads_is_not_read_either(client: Client) -> None:
    client.reader._transport.pause_reading()  # type: ignore[attr-defined]
    body = b"e" + b"x" * 500_000
    sent = 60
    for _ in range(sent):
        client.send(body)
    await asyncio.sleep(0.3)
    begun = len(client.dispatcher.begun)
    assert begun < sent, "requests go on being read though their answers pile up"
    client.reader._transport.resume_reading()  # type: ignore[attr-defined]
    for _ in range(sent):
        assert await client.receive() == body


async def test_a_closed_peer_ends_the_connection(client: Client) -> None:
    client.send(b"o1")
    await client.dispatcher.until_begun(1)
    client.writer.close()
    async with asyncio.timeout(5):
        await client.dispatcher.closed.wait()
    client.dispatcher.finish(b"o1")
    assert not client.dispatcher.open[0].context.is_open


STORED = random.Random(7).randbytes(6_000_000)


def stored_region(folder: Path, disk: Disk) -> tuple[Path, FileRegion]:
    """Bytes that lie 1,000 bytes behind the begin of a segment's file, and are followed by others."""
    segment = LogSegment(disk, str(folder), 0, LogConfig(), now_ms=0)
    segment.file(create=True).append(b"x" * 1000 + STORED + b"y" * 1000)
    return Path(segment.path), FileRegion(segment, 1000, len(STORED))


@pytest.fixture(params=["sent by the system", "read and written"])
def way_of_sending(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "read and written":
        monkeypatch.setattr(connection_module, "CAN_SEND_FILES", False)
    elif not CAN_SEND_FILES:
        pytest.skip("this system has no way to")


@pytest.mark.usefixtures("way_of_sending")
async def test_stored_bytes_keep_their_place_among_the_others(client: Client, tmp_path: Path) -> None:
    _, region = stored_region(tmp_path, Disk())
    client.send(b"o1", b"e2")
    await client.dispatcher.until_begun(1)
    size = len(STORED) + 6
    client.dispatcher.finishes[b"o1"]([struct.pack(">i", size), b"abc", region, b"def"])
    assert await client.receive() == b"abc" + STORED + b"def"
    assert await client.receive() == b"e2"
    assert client.dispatcher.open[0].bytes_out == 4 + size + 6


@pytest.mark.usefixtures("way_of_sending")
async def test_a_file_that_is_cut_while_it_is_sent_ends_the_connection(client: Client, tmp_path: Path) -> None:
    path, region = stored_region(tmp_path, Disk())
    client.send(b"o1")
    await client.dispatcher.until_begun(1)
    client.dispatcher.finishes[b"o1"]([struct.pack(">i", len(STORED)), region])
    os.truncate(path, 5_000_000)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await client.receive()
    await client.dispatcher.closed.wait()


@pytest.mark.usefixtures("way_of_sending")
async def test_a_peer_that_stops_sending_gets_no_more_of_a_file(client: Client, tmp_path: Path) -> None:
    errors: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: errors.append(context))
    path, region = stored_region(tmp_path, Disk())
    client.send(b"o1")
    await client.dispatcher.until_begun(1)
    client.dispatcher.finishes[b"o1"]([struct.pack(">i", len(STORED)), region])
    os.truncate(path, 0)
    client.writer.write_eof()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await client.receive()
    await client.dispatcher.closed.wait()
    await asyncio.sleep(0)
    assert errors == []


@pytest.mark.usefixtures("way_of_sending")
async def test_a_directory_that_fails_ends_the_connection(client: Client, tmp_path: Path) -> None:
    injector = FaultInjector()
    _, region = stored_region(tmp_path, FaultyDisk(injector))
    client.send(b"o1")
    await client.dispatcher.until_begun(1)
    injector.set_rules((FaultRule("f", FaultKind.FAILING_DIRECTORY, path=str(tmp_path)),))
    client.dispatcher.finishes[b"o1"]([struct.pack(">i", len(STORED)), region])
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await client.receive()
