"""Requests to other nodes over TCP: connections opened on demand, versions negotiated, answers matched, timeouts.

Used by the quorum and by anything else that speaks broker to broker. One connection per address; a node answers in the
order of asking, so whoever must not wait behind a long poll takes a `NodeConnections` of its own. Invariants: a request
ends with a response or with NodeUnreachableError or UnsupportedByNodeError, never later than its timeout; after a
failure the next attempt to connect waits for the backoff, which doubles up to its bound.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from workbench.system.tasks import TaskKeeper
from workbench.wire import messages
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import WireError
from workbench.wire.frames import (
    encode_request_header,
    frame_request,
    response_header_is_flexible,
    skip_tagged_fields,
)
from workbench.wire.messages import ApiVersionsRequest, ApiVersionsResponse

MAX_FRAME_BYTES = 512 * 1024 * 1024
_LENGTH = struct.Struct(">i")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connector = Callable[[str, int], Awaitable[Streams]]


class NodeUnreachableError(Exception):
    """No connection, a lost one, or no answer in time."""


class UnsupportedByNodeError(Exception):
    """The node does not serve the request at any version that this program can speak."""


def response_class(request: type[Message]) -> type[Message]:
    """The class of the answers to `request`."""
    made: type[Message] = getattr(messages, request.NAME.removesuffix("Request") + "Response")
    return made


class NodeConnection:
    """One open connection with its negotiated versions."""

    def __init__(self, streams: Streams, client_id: str, tasks: TaskKeeper, name: str) -> None:
        self._reader, self._writer = streams
        self._client_id = client_id
        self._correlation_ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._versions: dict[int, tuple[int, int]] = {}
        self.is_open = True
        self._reading = tasks.spawn(self._read(), f"answers of {name}")

    async def negotiate(self) -> None:
        """Asks which versions the node serves; raises NodeUnreachableError."""
        request = ApiVersionsRequest(client_software_name="kafka-workbench", client_software_version="1")
        try:
            response = await self._ask(request, 3)
            if response.error_code == ErrorCode.UNSUPPORTED_VERSION:
                response = await self._ask(ApiVersionsRequest(), 0)
        except WireError as error:
            raise NodeUnreachableError(f"the answer to ApiVersions is no Kafka message: {error}") from error
        if not isinstance(response, ApiVersionsResponse) or response.error_code != ErrorCode.NONE:
            raise NodeUnreachableError(f"ApiVersions was refused: {response!r}")
        self._versions = {api.api_key: (api.min_version, api.max_version) for api in response.api_keys}

    def version_for(self, request: type[Message], highest: int | None = None) -> int:
        """The highest version that both sides know; raises UnsupportedByNodeError."""
        low, high = request.VERSIONS
        theirs = self._versions.get(request.API_KEY)
        if theirs is None:
            raise UnsupportedByNodeError(f"the node does not serve {request.NAME}")
        version = min(high if highest is None else min(high, highest), theirs[1])
        if version < max(low, theirs[0]):
            raise UnsupportedByNodeError(
                f"the node serves {request.NAME} {theirs[0]} to {theirs[1]}, not {low} to {high}"
            )
        return version

    async def request(self, request: Message, highest: int | None = None) -> tuple[Any, int]:
        """The response and the version spoken; raises NodeUnreachableError, UnsupportedByNodeError or WireError."""
        version = self.version_for(type(request), highest)
        return await self._ask(request, version), version

    async def _ask(self, request: Message, version: int) -> Any:
        if not self.is_open:
            raise NodeUnreachableError("the connection was lost")
        flexible = request.FLEXIBLE is not None and version >= request.FLEXIBLE
        correlation_id = next(self._correlation_ids)
        header = encode_request_header(request.API_KEY, version, correlation_id, self._client_id, flexible)
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[correlation_id] = answer
        try:
            self._writer.write(frame_request(header, request.encode(version)))
            await self._writer.drain()
            frame = await answer
        except OSError as error:
            raise NodeUnreachableError(str(error)) from error
        finally:
            self._waiting.pop(correlation_id, None)
        position = 4
        if response_header_is_flexible(request.API_KEY, version, request.FLEXIBLE):
            position = skip_tagged_fields(frame, position)
        made = response_class(type(request))
        if request.API_KEY == ApiVersionsRequest.API_KEY and frame[position : position + 2] == b"\x00\x23":
            # A node that does not know the version says so in version 0 (KIP-511).
            version = 0
        response, _ = made.decode(frame, version, position)
        return response

    async def _read(self) -> None:
        try:
            while True:
                (length,) = _LENGTH.unpack(await self._reader.readexactly(4))
                if not 4 <= length <= MAX_FRAME_BYTES:
                    raise NodeUnreachableError(f"a response of {length} bytes")
                frame = await self._reader.readexactly(length)
                answer = self._waiting.pop(int.from_bytes(frame[:4], "big", signed=True), None)
                if answer is not None and not answer.done():
                    answer.set_result(frame)
        except (OSError, asyncio.IncompleteReadError, NodeUnreachableError) as error:
            self._lost(str(error))
        except asyncio.CancelledError:
            self._lost("the connection was closed")
            raise

    def _lost(self, reason: str) -> None:
        self.is_open = False
        self._writer.close()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(NodeUnreachableError(reason))
        self._waiting.clear()

    def close(self) -> None:
        """Ends the connection; requests under way fail."""
        self.is_open = False
        self._reading.cancel()


async def open_plain_connection(host: str, port: int) -> Streams:
    """A TCP connection; raises OSError."""
    return await asyncio.open_connection(host, port)


class NodeConnections:
    """Connections to other nodes by address."""

    def __init__(
        self,
        client_id: str,
        *,
        connector: Connector = open_plain_connection,
        reconnect_backoff_ms: int = 50,
        reconnect_backoff_max_ms: int = 1_000,
    ) -> None:
        self._client_id = client_id
        self._connector = connector
        self._backoff_ms = reconnect_backoff_ms
        self._backoff_max_ms = reconnect_backoff_max_ms
        self._tasks = TaskKeeper()
        self._open: dict[tuple[str, int], NodeConnection] = {}
        self._opening: dict[tuple[str, int], asyncio.Lock] = {}
        self._failures: dict[tuple[str, int], tuple[int, float]] = {}

    async def request(
        self, host: str, port: int, request: Message, *, timeout_ms: int, highest_version: int | None = None
    ) -> tuple[Any, int]:
        """The response and the version spoken.

        Raises NodeUnreachableError (no connection, no answer within `timeout_ms`, an answer that is no message),
        UnsupportedByNodeError, and UnsupportedFieldError where the node's version has no place for what is asked.
        """
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                connection = await self._connection(host, port)
                return await connection.request(request, highest_version)
        except TimeoutError as error:
            # What comes behind the missing answer would wait for it too: start anew.
            self._drop(host, port)
            raise NodeUnreachableError(f"{host}:{port} did not answer within {timeout_ms} ms") from error
        except WireError as error:
            self._drop(host, port)
            raise NodeUnreachableError(f"{host}:{port} sent what is no {request.NAME} response: {error}") from error

    async def _connection(self, host: str, port: int) -> NodeConnection:
        address = (host, port)
        async with self._opening.setdefault(address, asyncio.Lock()):
            known = self._open.get(address)
            if known is not None and known.is_open:
                return known
            await self._await_backoff(address)
            try:
                streams = await self._connector(host, port)
                connection = NodeConnection(streams, self._client_id, self._tasks, f"{host}:{port}")
                try:
                    await connection.negotiate()
                except BaseException:
                    connection.close()
                    raise
            except (OSError, NodeUnreachableError) as error:
                failures, _ = self._failures.get(address, (0, 0.0))
                self._failures[address] = failures + 1, asyncio.get_running_loop().time()
                raise NodeUnreachableError(f"{host}:{port}: {error}") from error
            self._failures.pop(address, None)
            self._open[address] = connection
            return connection

    async def _await_backoff(self, address: tuple[str, int]) -> None:
        failures, failed_at = self._failures.get(address, (0, 0.0))
        if failures:
            backoff_ms = min(self._backoff_max_ms, self._backoff_ms << min(failures - 1, 16))
            await asyncio.sleep(max(0.0, failed_at + backoff_ms / 1000 - asyncio.get_running_loop().time()))

    def _drop(self, host: str, port: int) -> None:
        connection = self._open.pop((host, port), None)
        if connection is not None:
            connection.close()

    async def close(self) -> None:
        """Closes every connection; requests under way fail."""
        for connection in self._open.values():
            connection.close()
        self._open.clear()
        with contextlib.suppress(asyncio.CancelledError):
            await self._tasks.cancel_all()
