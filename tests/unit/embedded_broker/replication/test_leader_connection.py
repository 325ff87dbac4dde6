"""A connection to a leader: whole responses, whatever pieces they come in."""

from __future__ import annotations

import asyncio
import struct
from typing import cast

import pytest

from workbench.embedded_broker.quorum.transport import NodeUnreachableError
from workbench.embedded_broker.replication.leader_connection import MAX_FRAME_BYTES, RECEIVE_BYTES, LeaderConnection
from workbench.wire.frames import parse_request_header
from workbench.wire.messages import ApiVersionsRequest, ApiVersionsResponse, FetchRequest


class FakeTransport:
    def __init__(self) -> None:
        self.sent = bytearray()
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        self.sent += data

    def abort(self) -> None:
        self.is_aborted = True


class Opened:
    """A connection that was opened, without a socket."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.lost = 0
        self.connection = LeaderConnection("broker-2-fetcher-1", self._received, self._lost)
        self.transport = FakeTransport()
        transport = asyncio.Transport.__new__(asyncio.Transport)
        self.connection.connection_made(transport)
        self.connection._transport = cast(asyncio.Transport, self.transport)

    def _received(self, connection: LeaderConnection, frame: memoryview) -> None:
        self.frames.append(bytes(frame))

    def _lost(self, connection: LeaderConnection) -> None:
        self.lost += 1

    def feed(self, data: bytes, piece: int) -> None:
        position = 0
        while position < len(data):
            buffer = self.connection.get_buffer(-1)
            taken = data[position : position + min(piece, len(buffer))]
            buffer[: len(taken)] = taken
            position += len(taken)
            self.connection.buffer_updated(len(taken))


def framed(body: bytes) -> bytes:
    return struct.pack(">i", len(body)) + body


@pytest.mark.parametrize("piece", [1, 3, 4, 5, 1_000, 1 << 20])
async def test_frames_are_cut_out_of_any_pieces(piece: int) -> None:
    opened = Opened()
    bodies = [b"abcd", b"x" * 5_000, b"last"]
    for body in bodies:
        opened.connection.fetch(FetchRequest(), 18)
        assert opened.connection.waits
        opened.feed(framed(body), piece)
        assert not opened.connection.waits
    assert opened.frames == bodies


async def test_a_large_response_gets_room_that_is_given_back() -> None:
    opened = Opened()
    body = bytes(range(256)) * (4 * RECEIVE_BYTES // 256)
    opened.feed(framed(body), 1 << 20)
    assert opened.frames == [body]
    assert len(opened.connection._buffer) == RECEIVE_BYTES


@pytest.mark.parametrize("size", [-1, 0, 3, MAX_FRAME_BYTES + 1])
async def test_a_size_that_cannot_be_ends_the_connection(size: int) -> None:
    opened = Opened()
    opened.feed(struct.pack(">i", size), 4)
    assert opened.transport.is_aborted and not opened.frames


async def test_requests_carry_their_header_and_numbers_that_grow() -> None:
    opened = Opened()
    opened.connection.fetch(FetchRequest(session_id=7), 18)
    opened.connection.fetch(FetchRequest(session_id=8), 18)
    (size,) = struct.unpack_from(">i", opened.transport.sent, 0)
    frames = [opened.transport.sent[4 : 4 + size], opened.transport.sent[8 + size :]]
    headers = [parse_request_header(memoryview(frame), FetchRequest.FLEXIBLE) for frame in frames]
    assert [(h.api_key, h.api_version, h.client_id) for h in headers] == [(1, 18, "broker-2-fetcher-1")] * 2
    assert headers[1].correlation_id == headers[0].correlation_id + 1
    decoded, _ = FetchRequest.decode(memoryview(frames[1]), 18, headers[1].body_offset)
    assert decoded.session_id == 8


async def test_the_end_is_told() -> None:
    opened = Opened()
    opened.connection.connection_lost(None)
    assert opened.lost == 1 and not opened.connection.is_open
    assert opened.connection.eof_received() is False


async def _server(answer: bytes | None) -> tuple[asyncio.Server, int]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        (size,) = struct.unpack(">i", await reader.readexactly(4))
        frame = await reader.readexactly(size)
        header = parse_request_header(memoryview(frame), ApiVersionsRequest.FLEXIBLE)
        if answer is not None:
            writer.write(framed(struct.pack(">i", header.correlation_id) + answer))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]


async def test_opening_tells_the_versions_that_are_served() -> None:
    response = ApiVersionsResponse(api_keys=[ApiVersionsResponse.ApiVersion(api_key=1, min_version=4, max_version=17)])
    server, port = await _server(response.encode(3))
    connection = LeaderConnection("c", lambda *_: None, lambda _: None)
    assert await connection.open("127.0.0.1", port) == {1: (4, 17)}
    connection.close()
    server.close()


@pytest.mark.parametrize("answer", [None, b"\xff\xff\xff"])
async def test_a_leader_that_does_not_answer_as_one_is_unreachable(answer: bytes | None) -> None:
    server, port = await _server(answer)
    connection = LeaderConnection("c", lambda *_: None, lambda _: None)
    with pytest.raises(NodeUnreachableError):
        await connection.open("127.0.0.1", port)
    server.close()


async def test_nobody_there_is_unreachable() -> None:
    server, port = await _server(None)
    server.close()
    await server.wait_closed()
    with pytest.raises(NodeUnreachableError):
        await LeaderConnection("c", lambda *_: None, lambda _: None).open("127.0.0.1", port)
