"""From a frame to its handler and back to bytes."""

from __future__ import annotations

import asyncio
import inspect
import logging
import struct
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from workbench.embedded_broker.errors import CloseConnectionError
from workbench.embedded_broker.network.connection import Buffers, Connection, Pending, start_awaitable
from workbench.embedded_broker.requests import APIS, Answer, Api, EncodedBody, RequestContext
from workbench.wire.api_keys import ApiKey
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import WireError
from workbench.wire.frames import parse_request_header
from workbench.wire.messages import ApiVersionsResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.broker import Broker

log = logging.getLogger(__name__)

_API_AND_VERSION = struct.Struct(">hh")
_LENGTH_AND_CORRELATION = struct.Struct(">ii")


class RequestDispatcher:
    """Decodes, calls, encodes; counts what passes."""

    def __init__(self, broker: Broker, max_frame_bytes: int) -> None:
        self.max_frame_bytes = max_frame_bytes
        self._broker = broker
        self._metrics = broker.metrics
        self._faults = broker.faults
        broker.faults.on_change(self.close_cut_links)
        self._tasks: set[asyncio.Future[Any]] = set()

    # Connection's side

    def connection_opened(self, connection: Connection) -> None:
        connection.opened_at = connection.last_active = time.monotonic()
        self._broker.connections.add(connection)

    def connection_closed(self, connection: Connection) -> None:
        self._broker.connections.discard(connection)
        self._metrics.network_bytes_in_closed += connection.bytes_in
        self._metrics.network_bytes_out_closed += connection.bytes_out

    def pipelines(self, connection: Connection, frame: memoryview) -> bool:
        if len(frame) < 2:
            return False
        api = APIS.get(frame[0] << 8 | frame[1])
        # Produce begins while others wait for followers, but not while they wait for the disk.
        return api is not None and api.pipelines and not self._faults.disk_delay_s

    def frame_failed(self, connection: Connection, error: Exception) -> None:
        where = f"{connection.context.host} on {connection.context.listener}"
        if isinstance(error, CloseConnectionError):
            log.info("Closing the connection from %s: %s", where, error)
        elif isinstance(error, WireError | ValueError):
            log.warning("Closing the connection from %s: %s", where, error)
        else:
            log.error("Closing the connection from %s after an error of the broker", where, exc_info=error)

    def begin(self, connection: Connection, frame: memoryview) -> Pending | Buffers | None:
        started = time.monotonic()
        connection.last_active = started
        if len(frame) < 8:
            raise WireError(f"a request of {len(frame)} bytes has no header")
        api_key, version = _API_AND_VERSION.unpack_from(frame, 0)
        api = APIS.get(api_key)
        if api is None or connection.context.role not in api.roles:
            raise CloseConnectionError(f"API {api_key} is not served on listener {connection.context.listener}")
        if not api.lowest_version <= version <= api.highest_version:
            return self._refuse_version(api, version, frame)
        header = parse_request_header(frame, api.flexible_from)
        context = RequestContext(
            api_key, version, header.correlation_id, header.client_id or "", connection.context, started
        )
        connection.last_api = api.name
        connection.client_id = context.client_id
        if self._faults.touches_requests:
            peer = self._faults.peer_of(context.client_id)
            if self._faults.is_cut(peer):
                raise CloseConnectionError(f"the link to {peer} is cut, as asked")
            delay_s = self._faults.link_delay_s(peer)
            if delay_s:
                return self._late(connection, api, context, bytes(frame), header.body_offset, delay_s)
            return self._on_slow_disk(connection, api, context, frame, header.body_offset)
        request, _ = api.request_class.decode(frame, version, header.body_offset)
        answer = api.handle(self._broker, context, request)
        if inspect.isawaitable(answer):
            return self._wait(connection, api, context, answer)
        self._metrics.request_done(api_key, time.monotonic() - started)
        return self.encode(api, context, answer)

    def _late(
        self, connection: Connection, api: Api, context: RequestContext, frame: bytes, body_offset: int, delay_s: float
    ) -> Pending:
        """Handles a request after the delay that a slow link gives it."""

        async def answer() -> Answer:
            await asyncio.sleep(delay_s)
            request, _ = api.request_class.decode(frame, context.api_version, body_offset)
            made = api.handle(self._broker, context, request)
            return await made if inspect.isawaitable(made) else made

        return self._wait(connection, api, context, answer())

    def _on_slow_disk(
        self, connection: Connection, api: Api, context: RequestContext, frame: memoryview, body_offset: int
    ) -> Pending | Buffers | None:
        """Handles a request at once, and answers when a slow disk would have written what it wrote."""
        request, _ = api.request_class.decode(frame, context.api_version, body_offset)
        owed_before_s = self._faults.owed_s
        made = api.handle(self._broker, context, request)
        owed_s = self._faults.owed_s - owed_before_s
        if not owed_s and not inspect.isawaitable(made):
            self._metrics.request_done(api.key, time.monotonic() - context.received_at)
            return self.encode(api, context, made)
        written_at = time.monotonic() + owed_s

        async def answer() -> Answer:
            result = await made if inspect.isawaitable(made) else made
            await asyncio.sleep(max(0.0, written_at - time.monotonic()))
            return result

        return self._wait(connection, api, context, answer())

    def close_cut_links(self) -> None:
        """Ends connections whose link was cut just now."""
        for connection in list(self._broker.connections):
            if self._faults.is_cut(self._faults.peer_of(connection.client_id)):
                connection.abort()

    # The way back

    def _wait(self, connection: Connection, api: Api, context: RequestContext, answer: Awaitable[Answer]) -> Pending:
        def respond(result: Answer) -> Buffers | None:
            self._metrics.request_done(api.key, time.monotonic() - context.received_at)
            return self.encode(api, context, result)

        def failed(error: BaseException) -> None:
            if isinstance(error, Exception) and connection.context.is_open:
                self.frame_failed(connection, error)
                connection.close()

        def start(finish: Callable[[Buffers | None], None]) -> None:
            start_awaitable(answer, lambda result: finish(respond(result)), failed, self._tasks)

        return Pending(api, start)

    def encode(self, api: Api, context: RequestContext, answer: Answer) -> Buffers | None:
        """The frame of a response as buffers; None where there is none."""
        if answer is None:
            return None
        version = context.api_version
        flexible = api.flexible_from is not None and version >= api.flexible_from and api.key != ApiKey.API_VERSIONS
        frame = bytearray(_LENGTH_AND_CORRELATION.pack(0, context.correlation_id))
        if flexible:
            frame.append(0)
        if isinstance(answer, EncodedBody):
            size = len(frame) - 4 + sum(map(len, answer.buffers))
            struct.pack_into(">i", frame, 0, size)
            return [frame, *answer.buffers]
        assert isinstance(answer, Message)
        answer.encode_into(frame, version)
        struct.pack_into(">i", frame, 0, len(frame) - 4)
        return [frame]

    def _refuse_version(self, api: Api, version: int, frame: memoryview) -> Buffers:
        """An unknown version of ApiVersions is answered in version 0, so that the client can go on (KIP-511)."""
        if api.key != ApiKey.API_VERSIONS:
            raise CloseConnectionError(f"{api.name} has no version {version} here")
        correlation_id = parse_request_header(frame, api.flexible_from).correlation_id
        body = ApiVersionsResponse(
            error_code=ErrorCode.UNSUPPORTED_VERSION,
            api_keys=[
                ApiVersionsResponse.ApiVersion(
                    api_key=ApiKey.API_VERSIONS, min_version=api.lowest_version, max_version=api.highest_version
                )
            ],
        ).encode(0)
        return [_LENGTH_AND_CORRELATION.pack(4 + len(body), correlation_id) + body]

    async def stop(self) -> None:
        """Cancels what still waits."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
