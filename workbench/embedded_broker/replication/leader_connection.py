"""A connection to a leader for fetching: requests out, whole responses handed over as they arrive, nothing in between.

The way of a write with acks=all leads twice through here, so there are no tasks, streams or timeouts on it: the
response is handled in the callback that received it, and the next fetch is written there too.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable

from workbench.embedded_broker.quorum.transport import NodeUnreachableError
from workbench.wire.errors import WireError
from workbench.wire.frames import encode_request_header, frame_request
from workbench.wire.messages import ApiVersionsRequest, ApiVersionsResponse, FetchRequest

RECEIVE_BYTES = 256 * 1024
MAX_FRAME_BYTES = 512 * 1024 * 1024


class LeaderConnection(asyncio.BufferedProtocol):
    """`received(connection, frame)` gets each response without its length; `lost(connection)` is told of the end."""

    def __init__(
        self,
        client_id: str,
        received: Callable[[LeaderConnection, memoryview], None],
        lost: Callable[[LeaderConnection], None],
    ) -> None:
        self._client_id = client_id
        self._received = received
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray(RECEIVE_BYTES)
        self._filled = 0
        self._correlation_id = 0
        self._versions: asyncio.Future[dict[int, tuple[int, int]]] | None = None
        self.waits = False
        """A request is out whose response has not come."""
        self.sent_at = 0.0
        self.is_open = False

    async def open(self, host: str, port: int) -> dict[int, tuple[int, int]]:
        """Connects and returns the versions that the leader serves by API. Raises NodeUnreachableError."""
        loop = asyncio.get_running_loop()
        self._versions = loop.create_future()
        try:
            await loop.create_connection(lambda: self, host, port)
            request = ApiVersionsRequest(client_software_name="kafka-workbench", client_software_version="1")
            self._write(ApiVersionsRequest.API_KEY, 3, request.encode(3), flexible=True)
            return await self._versions
        except OSError as error:
            raise NodeUnreachableError(f"{host}:{port}: {error}") from error

    def fetch(self, request: FetchRequest, version: int) -> None:
        """Sends a fetch; one at a time."""
        self._write(FetchRequest.API_KEY, version, request.encode(version), flexible=version >= 12)

    def _write(self, api_key: int, version: int, body: bytes, *, flexible: bool) -> None:
        assert self._transport is not None
        self._correlation_id = (self._correlation_id + 1) & 0x7FFFFFFF
        header = encode_request_header(api_key, version, self._correlation_id, self._client_id, flexible)
        self.waits = True
        self.sent_at = asyncio.get_running_loop().time()
        self._transport.write(frame_request(header, body))

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self.is_open = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_open = False
        self.waits = False
        if self._versions is not None and not self._versions.done():
            self._versions.set_exception(NodeUnreachableError("the connection was closed at once"))
            return
        self._lost(self)

    def eof_received(self) -> bool:
        return False

    def get_buffer(self, sizehint: int) -> memoryview:
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        if self._filled < 4:
            return
        (size,) = struct.unpack_from(">i", self._buffer, 0)
        if not 4 <= size <= MAX_FRAME_BYTES:
            self.close()
            return
        end = size + 4
        if end > len(self._buffer):
            grown = bytearray(end)
            grown[: self._filled] = memoryview(self._buffer)[: self._filled]
            self._buffer = grown
            return
        if self._filled < end:
            return
        # One request is out at a time, so nothing can follow its response.
        self._filled = 0
        self.waits = False
        frame = memoryview(self._buffer)[4:end]
        if len(self._buffer) > RECEIVE_BYTES:
            # What was grown for a large response is not kept for the small ones after it.
            self._buffer = bytearray(RECEIVE_BYTES)
        if self._versions is not None and not self._versions.done():
            self._read_versions(frame)
        else:
            self._received(self, frame)

    def _read_versions(self, frame: memoryview) -> None:
        assert self._versions is not None
        try:
            response, _ = ApiVersionsResponse.decode(frame, 3, 4)
        except WireError as error:
            self._versions.set_exception(
                NodeUnreachableError(f"the answer to ApiVersions is no Kafka message: {error}")
            )
            self.close()
            return
        self._versions.set_result({api.api_key: (api.min_version, api.max_version) for api in response.api_keys})
