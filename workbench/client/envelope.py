"""Carries one of our own protocol messages through a connection of kafka-python.

kafka-python gives sockets, TLS, SASL and the correlation of answers; the bytes of the messages are ours. An
envelope has just those attributes that its connection and its parser use; the answer comes out undecoded.
"""

from __future__ import annotations

import struct
from typing import Any

from workbench.wire.compiler import Message

_APIS_WITH_SHORT_RESPONSE_HEADER = frozenset({18})
"""ApiVersions alone answers with header 0 in every version, so that old clients can read it (KIP-511)."""


class RawResponse:
    """The body of a response and the version it is in."""

    __slots__ = ("body", "throttle_time_ms", "version")

    def __init__(self, body: bytes, version: int) -> None:
        self.body = body
        self.version = version
        self.throttle_time_ms = 0


class _ResponseHeader:
    __slots__ = ("correlation_id",)

    def __init__(self, correlation_id: int) -> None:
        self.correlation_id = correlation_id


class _Expected:
    """What the parser takes for a request header when the response comes, and for the response's class."""

    def __init__(self, api_key: int, version: int, correlation_id: int, flexible: bool) -> None:
        self.api_key = api_key
        self.api_version = version
        self.correlation_id = correlation_id
        self._has_tags = flexible and api_key not in _APIS_WITH_SHORT_RESPONSE_HEADER

    def get_response_class(self) -> _Expected:
        return self

    def parse_header(self, buffer: Any) -> _ResponseHeader:
        (correlation_id,) = struct.unpack(">i", buffer.read(4))
        if self._has_tags:
            for _ in range(_read_unsigned_varint(buffer)):
                _read_unsigned_varint(buffer)
                buffer.read(_read_unsigned_varint(buffer))
        return _ResponseHeader(correlation_id)

    def decode(self, buffer: Any) -> RawResponse:
        return RawResponse(buffer.read(), self.api_version)


class Envelope:
    """One request on its way; the connection sets `API_VERSION` to the highest that both ends speak."""

    def __init__(self, message: Message, *, highest: int | None = None, answered: bool = True) -> None:
        lowest, ours = message.VERSIONS
        self.message = message
        self.name = message.NAME
        self.API_KEY = message.API_KEY
        self.API_VERSION: int | None = None
        self.min_version = self._min_version = lowest
        self.max_version = self._max_version = ours if highest is None else min(ours, highest)
        self.header: _Expected | None = None
        self._client_id = ""
        self._answered = answered

    def __str__(self) -> str:
        return f"{self.name} v{self.API_VERSION}"

    def expect_response(self) -> bool:
        """False only for Produce with acks=0."""
        return self._answered

    @property
    def _flexible(self) -> bool:
        assert self.API_VERSION is not None
        return self.message.FLEXIBLE is not None and self.API_VERSION >= self.message.FLEXIBLE

    def with_header(self, correlation_id: int, client_id: str) -> None:
        """Called by the parser just before `encode`."""
        assert self.API_VERSION is not None
        self._client_id = client_id
        self.header = _Expected(self.API_KEY, self.API_VERSION, correlation_id, self._flexible)

    def encode(self, framed: bool = True, header: bool = True) -> bytes:
        """Length, request header v1 or v2, body."""
        assert self.header is not None and framed and header
        return encode_request(self.message, self.header.api_version, self.header.correlation_id, self._client_id)


def encode_request(message: Message, version: int, correlation_id: int, client_id: str) -> bytes:
    """A framed request. The client id is never compact, not even in the flexible header (KIP-482)."""
    name = client_id.encode()
    head = struct.pack(">hhih", message.API_KEY, version, correlation_id, len(name)) + name
    if message.FLEXIBLE is not None and version >= message.FLEXIBLE:
        head += b"\0"
    body = message.encode(version)
    return struct.pack(">i", len(head) + len(body)) + head + body


def _read_unsigned_varint(buffer: Any) -> int:
    value = shift = 0
    while True:
        byte: int = buffer.read(1)[0]
        value |= (byte & 127) << shift
        if byte < 128:
            return value
        shift += 7
