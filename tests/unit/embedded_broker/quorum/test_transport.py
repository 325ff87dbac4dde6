from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from tests.helpers.eventually import eventually
from workbench.embedded_broker.quorum.transport import (
    NodeConnections,
    NodeUnreachableError,
    UnsupportedByNodeError,
    response_class,
)
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.frames import begin_response, finish_frame, parse_request_header, response_header_is_flexible
from workbench.wire.messages import (
    ApiVersionsRequest,
    ApiVersionsResponse,
    MetadataRequest,
    VoteRequest,
    VoteResponse,
)

Answer = Callable[[int, int, int, bytes], Awaitable[bytes | None]]
"""(api key, version, correlation id, frame) -> response frame, or None to close the connection."""


def framed(response: Message, correlation_id: int, version: int, request: type[Message]) -> bytes:
    flexible = response_header_is_flexible(request.API_KEY, version, request.FLEXIBLE)
    frame = begin_response(correlation_id, flexible)
    response.encode_into(frame, version)
    return bytes(finish_frame(frame))


def versions_of(*apis: tuple[int, int, int]) -> ApiVersionsResponse:
    keys = [
        ApiVersionsResponse.ApiVersion(api_key=key, min_version=low, max_version=high)
        for key, low, high in ((18, 0, 4), *apis)
    ]
    return ApiVersionsResponse(api_keys=keys)


class Node:
    """A node that speaks ApiVersions and Vote."""

    def __init__(self, answer: Answer | None = None, vote_versions: tuple[int, int] = (0, 2)) -> None:
        self.port = 0
        self.connections = 0
        self.asked: list[tuple[int, int]] = []
        self._answer = answer
        self._vote_versions = vote_versions
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            while True:
                (length,) = struct.unpack(">i", await reader.readexactly(4))
                frame = await reader.readexactly(length)
                key = int.from_bytes(frame[:2], "big")
                header = parse_request_header(frame, ApiVersionsRequest.FLEXIBLE if key == 18 else VoteRequest.FLEXIBLE)
                self.asked.append((header.api_key, header.api_version))
                answer = await self._respond(header.api_key, header.api_version, header.correlation_id, frame)
                if answer is None:
                    break
                writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        writer.close()

    async def _respond(self, key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        if self._answer is not None and (key != 18 or self._answer.__name__ == "everything"):
            return await self._answer(key, version, correlation_id, frame)
        if key == 18:
            return framed(versions_of((52, *self._vote_versions)), correlation_id, version, ApiVersionsRequest)
        return framed(VoteResponse(error_code=7), correlation_id, version, VoteRequest)


@asynccontextmanager
async def node_and_connections(node: Node) -> AsyncIterator[NodeConnections]:
    await node.start()
    connections = NodeConnections("test", reconnect_backoff_ms=1, reconnect_backoff_max_ms=4)
    try:
        yield connections
    finally:
        await connections.close()
        await node.stop()


async def test_versions_are_negotiated_once_and_the_connection_is_kept() -> None:
    node = Node(vote_versions=(0, 1))
    async with node_and_connections(node) as connections:
        for _ in range(3):
            response, version = await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)
            assert (response.error_code, version) == (7, 1)
    assert node.asked == [(18, 3), (52, 1), (52, 1), (52, 1)] and node.connections == 1


async def test_a_lower_version_may_be_asked_for() -> None:
    node = Node()
    async with node_and_connections(node) as connections:
        _, version = await connections.request(
            "127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000, highest_version=0
        )
        assert version == 0


async def test_what_the_node_does_not_serve_is_told() -> None:
    node = Node(vote_versions=(3, 4))
    async with node_and_connections(node) as connections:
        for request in (MetadataRequest(), VoteRequest()):
            with pytest.raises(UnsupportedByNodeError):
                await connections.request("127.0.0.1", node.port, request, timeout_ms=5_000)


async def test_a_node_that_does_not_know_our_api_versions_is_asked_in_version_0() -> None:
    async def everything(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        if key == 52:
            return framed(VoteResponse(), correlation_id, version, VoteRequest)
        if version > 0:
            unsupported = ApiVersionsResponse(error_code=ErrorCode.UNSUPPORTED_VERSION)
            return framed(unsupported, correlation_id, 0, ApiVersionsRequest)
        return framed(versions_of((52, 0, 2)), correlation_id, 0, ApiVersionsRequest)

    node = Node(everything)
    async with node_and_connections(node) as connections:
        _, version = await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)
        assert version == 2
    assert [asked for asked in node.asked if asked[0] == 18] == [(18, 3), (18, 0)]


async def test_a_node_that_refuses_to_tell_its_versions_is_left() -> None:
    async def everything(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        refused = ApiVersionsResponse(error_code=ErrorCode.INVALID_REQUEST)
        return framed(refused, correlation_id, version, ApiVersionsRequest)

    opened: list[asyncio.StreamWriter] = []

    async def connector(host: str, port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        streams = await asyncio.open_connection(host, port)
        opened.append(streams[1])
        return streams

    node = Node(everything)
    await node.start()
    connections = NodeConnections("test", connector=connector, reconnect_backoff_ms=1)
    with pytest.raises(NodeUnreachableError, match="ApiVersions was refused"):
        await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)
    await eventually(lambda: [writer.is_closing() for writer in opened] == [True], "the connection is closed")
    await connections.close()
    await node.stop()


async def test_nobody_there_is_told_before_the_timeout() -> None:
    node = Node()
    async with node_and_connections(node) as connections:
        await node.stop()
        with pytest.raises(NodeUnreachableError):
            await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)


async def test_no_answer_in_time_drops_the_connection_and_the_next_request_opens_another() -> None:
    async def never_first(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        if node.connections == 1:
            await asyncio.sleep(3_600)
        return framed(VoteResponse(), correlation_id, version, VoteRequest)

    node = Node(never_first)
    async with node_and_connections(node) as connections:
        with pytest.raises(NodeUnreachableError, match="did not answer within"):
            await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=200)
        await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)
    assert node.connections == 2


async def test_a_connection_lost_while_waiting_fails_everyone_who_waits() -> None:
    async def hang_up(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        return None

    node = Node(hang_up)
    async with node_and_connections(node) as connections:
        outcomes = await asyncio.gather(
            *(connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000) for _ in range(3)),
            return_exceptions=True,
        )
    assert [type(outcome) for outcome in outcomes] == [NodeUnreachableError] * 3


async def test_answers_go_to_who_asked_whatever_their_order() -> None:
    held: list[bytes] = []

    async def swap(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        held.append(framed(VoteResponse(error_code=correlation_id), correlation_id, version, VoteRequest))
        return b"" if len(held) < 2 else held[1] + held[0]

    node = Node(swap)
    async with node_and_connections(node) as connections:
        first, second = await asyncio.gather(
            *(connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000) for _ in range(2))
        )
    assert {first[0].error_code, second[0].error_code} == {2, 3}


async def test_what_is_no_message_is_a_failure_of_the_node() -> None:
    async def junk(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        return struct.pack(">iibh", 7, correlation_id, 0, 0)

    node = Node(junk)
    async with node_and_connections(node) as connections:
        with pytest.raises(NodeUnreachableError, match="is no"):
            await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)


async def test_a_frame_of_an_impossible_length_ends_the_connection() -> None:
    async def huge(key: int, version: int, correlation_id: int, frame: bytes) -> bytes | None:
        return struct.pack(">i", 2**31 - 1)

    node = Node(huge)
    async with node_and_connections(node) as connections:
        with pytest.raises(NodeUnreachableError, match="bytes"):
            await connections.request("127.0.0.1", node.port, VoteRequest(), timeout_ms=5_000)


def test_every_request_has_its_response_class() -> None:
    assert response_class(VoteRequest) is VoteResponse
