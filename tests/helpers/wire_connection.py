"""A raw TCP connection to a broker: frames out, frames in, and nothing understood.

It never retries, never reconnects and adds nothing, so that a test sees exactly what the broker did:
answered, stayed silent, or closed.
"""

from __future__ import annotations

import contextlib
import socket
import struct
from types import TracebackType


class ConnectionClosed(Exception):
    """The broker closed the connection instead of answering."""


class NoAnswer(Exception):
    """The broker sent nothing within the time allowed, and left the connection open."""


class WireConnection:
    """One connection to `address` ("host:port"); every wait ends after `timeout_s` seconds."""

    def __init__(self, address: str, *, timeout_s: float = 30.0) -> None:
        host, port = address.split(",")[0].rsplit(":", 1)
        self.timeout_s = timeout_s
        self._socket = socket.create_connection((host.strip("[]"), int(port)), timeout=timeout_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> WireConnection:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send_raw(self, data: bytes) -> None:
        """Sends bytes without a size in front; a connection already closed by the broker is no error here."""
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            self._socket.sendall(data)

    def send_frame(self, payload: bytes) -> None:
        self.send_raw(struct.pack(">i", len(payload)) + payload)

    def receive_frame(self, timeout_s: float | None = None) -> bytes:
        """The next frame's payload; raises ConnectionClosed or NoAnswer."""
        self._socket.settimeout(self.timeout_s if timeout_s is None else timeout_s)
        (size,) = struct.unpack(">i", self._receive_exactly(4))
        return self._receive_exactly(size)

    def is_closed_by_broker(self, timeout_s: float = 5.0) -> bool:
        """Whether the broker closes within the time, without another byte."""
        try:
            self.receive_frame(timeout_s)
        except ConnectionClosed:
            return True
        except NoAnswer:
            return False
        raise AssertionError("the broker sent a frame where it should have closed or stayed silent")

    def _receive_exactly(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            try:
                part = self._socket.recv(size - len(received))
            except TimeoutError as error:
                raise NoAnswer from error
            except ConnectionResetError as error:
                raise ConnectionClosed from error
            if not part:
                raise ConnectionClosed
            received += part
        return bytes(received)

    def close(self) -> None:
        self._socket.close()
