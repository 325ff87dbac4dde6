"""Request and response headers: what stands between the length of a frame and its body (KIP-482, KIP-511)."""

from __future__ import annotations

import struct

from workbench.system.quick_dataclass import dataclass
from workbench.wire.errors import WireError
from workbench.wire.varints import Buffer, read_unsigned_varint

_FIXED_HEADER = struct.Struct(">hhih")
_LENGTH_AND_CORRELATION = struct.Struct(">ii")

API_VERSIONS_KEY = 18


@dataclass(slots=True)
class RequestHeader:
    """`body_offset` is where the body begins in the frame."""

    api_key: int
    api_version: int
    correlation_id: int
    client_id: str | None
    body_offset: int


def parse_request_header(frame: Buffer, flexible_from: int | None) -> RequestHeader:
    """The header at the start of `frame` (without its length); `flexible_from` is the API's first flexible version.

    Raises WireError when the header is cut. The client id keeps its two-byte length in every header version, so that
    a broker can read it whatever comes behind.
    """
    try:
        api_key, api_version, correlation_id, size = _FIXED_HEADER.unpack_from(frame, 0)
        position = 10
        client_id: str | None = None
        if size >= 0:
            if size > len(frame) - position:
                raise WireError("the client id reaches past the end of the request")
            client_id = str(frame[position : position + size], "utf-8", "replace")
            position += size
        if flexible_from is not None and api_version >= flexible_from:
            position = skip_tagged_fields(frame, position)
    except (struct.error, IndexError) as error:
        raise WireError("the request header is cut") from error
    return RequestHeader(api_key, api_version, correlation_id, client_id, position)


def skip_tagged_fields(buffer: Buffer, position: int) -> int:
    """Where the tagged fields that begin at `position` end. Raises WireError, IndexError."""
    count, position = read_unsigned_varint(buffer, position)
    for _ in range(count):
        _, position = read_unsigned_varint(buffer, position)
        size, position = read_unsigned_varint(buffer, position)
        position += size
        if position > len(buffer):
            raise WireError("a tagged field reaches past the end of the header")
    return position


def encode_request_header(api_key: int, api_version: int, correlation_id: int, client_id: str, flexible: bool) -> bytes:
    """Header version 2 if `flexible`, else 1; without the frame's length."""
    name = client_id.encode()
    head = _FIXED_HEADER.pack(api_key, api_version, correlation_id, len(name)) + name
    return head + b"\0" if flexible else head


def response_header_is_flexible(api_key: int, api_version: int, flexible_from: int | None) -> bool:
    """An ApiVersions response has header version 0 always: its reader does not know yet what we speak (KIP-511)."""
    return api_key != API_VERSIONS_KEY and flexible_from is not None and api_version >= flexible_from


def begin_response(correlation_id: int, flexible: bool) -> bytearray:
    """A response frame up to its body, with room for the length; `finish_frame` fills that in."""
    frame = bytearray(_LENGTH_AND_CORRELATION.pack(0, correlation_id))
    if flexible:
        frame.append(0)
    return frame


def finish_frame(frame: bytearray, more_bytes: int = 0) -> bytearray:
    """Writes the length of a frame, of which `more_bytes` follow outside of it."""
    struct.pack_into(">i", frame, 0, len(frame) - 4 + more_bytes)
    return frame


def frame_request(header: bytes, body: bytes) -> bytes:
    return struct.pack(">i", len(header) + len(body)) + header + body
