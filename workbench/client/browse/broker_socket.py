"""One blocking connection to one broker, for the browser's own threads.

Requests may be sent ahead of their answers, which come back in order; buffers of records are views of the frame
received, without a copy. TLS is Python's, SASL is kafka-python's mechanisms.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections import deque
from collections.abc import Mapping
from typing import Any, TypeVar

from workbench.client.envelope import encode_request
from workbench.client.errors import ClientError
from workbench.client.failures import check, error_of_code
from workbench.client.properties import connection_settings
from workbench.wire.compiler import Message
from workbench.wire.messages import (
    ApiVersionsRequest,
    ApiVersionsResponse,
    SaslAuthenticateRequest,
    SaslAuthenticateResponse,
    SaslHandshakeRequest,
    SaslHandshakeResponse,
)

Response = TypeVar("Response", bound=Message)

_RECEIVE_BUFFER_BYTES = 4 << 20
_LARGEST_FRAME_BYTES = 1 << 30
_UNSUPPORTED_VERSION = 35


class BrokerSocket:
    """Connects at once; raises `ClientError` or `OSError`. Belongs to one thread."""

    def __init__(
        self, host: str, port: int, properties: Mapping[str, str], client_id: str, timeout_s: float = 10.0
    ) -> None:
        self.host, self.port = host, port
        self._client_id = client_id
        self._correlation_id = 0
        self._expected: deque[tuple[int, type[Message], int]] = deque()
        settings = connection_settings(properties)
        self._socket = socket.create_connection((host, port), timeout_s)
        try:
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            protocol = str(settings.get("security_protocol", "PLAINTEXT"))
            if protocol in ("SSL", "SASL_SSL"):
                self._socket = _tls_context(settings).wrap_socket(self._socket, server_hostname=host)
            self._socket.settimeout(timeout_s)
            self.versions = self._negotiate()
            if protocol.startswith("SASL_"):
                self._log_in(settings)
            self._socket.settimeout(60.0)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Ends the connection, also one that another thread is waiting on."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    @property
    def waiting(self) -> int:
        """Requests sent whose answers have not been taken."""
        return len(self._expected)

    def send(self, message: Message, answer: type[Message], *, highest: int | None = None) -> None:
        """Sends in the highest version that both speak; `receive` gives the answers in the same order."""
        lowest, ours = message.VERSIONS
        theirs = self.versions.get(message.API_KEY)
        version = min(ours if highest is None else min(ours, highest), theirs[1] if theirs else -1)
        if theirs is None or version < max(lowest, theirs[0]):
            raise error_of_code(_UNSUPPORTED_VERSION, f"{self.host}:{self.port} does not speak {message.NAME}")
        self._send(message, answer, version)

    def _send(self, message: Message, answer: type[Message], version: int) -> None:
        self._correlation_id += 1
        self._socket.sendall(encode_request(message, version, self._correlation_id, self._client_id))
        self._expected.append((self._correlation_id, answer, version))

    def receive(self) -> Any:
        """The answer to the oldest request; raises `ConnectionError` if the broker is gone."""
        correlation_id, answer, version = self._expected.popleft()
        size = int.from_bytes(self._read(4), "big", signed=True)
        if not 4 <= size <= _LARGEST_FRAME_BYTES:
            raise ClientError(f"{self.host}:{self.port} is no Kafka broker.", "Correct the address.", "WIRE")
        frame = self._read(size)
        if int.from_bytes(frame[:4], "big", signed=True) != correlation_id:
            raise ConnectionError("answers out of order")
        has_tags = answer.FLEXIBLE is not None and version >= answer.FLEXIBLE and answer is not ApiVersionsResponse
        start = 5 if has_tags else 4
        if has_tags and frame[4]:
            raise ConnectionError("a response header with tags that are not known")
        return answer.decode(frame, version, start)[0]

    def call(self, message: Message, answer: type[Response], *, highest: int | None = None) -> Response:
        """Sends and receives; only with nothing else under way."""
        assert not self._expected
        self.send(message, answer, highest=highest)
        response: Response = self.receive()
        return response

    def _read(self, size: int) -> memoryview:
        # Frames of megabytes: received in place, since joining parts would copy each byte twice.
        frame = memoryview(bytearray(size))
        done = 0
        while done < size:
            count = self._socket.recv_into(frame[done:])
            if not count:
                raise ConnectionError(f"{self.host}:{self.port} closed the connection")
            done += count
        return frame

    def _negotiate(self) -> dict[int, tuple[int, int]]:
        request = ApiVersionsRequest(client_software_name="kafka-workbench", client_software_version="1")
        self._send(request, ApiVersionsResponse, 3)
        correlation_id, _, _ = self._expected.popleft()
        frame = self._read(int.from_bytes(self._read(4), "big"))
        if int.from_bytes(frame[:4], "big") != correlation_id:
            raise ClientError(f"{self.host}:{self.port} is no Kafka broker.", "Correct the address.", "WIRE")
        code = int.from_bytes(frame[4:6], "big", signed=True)
        # A broker that does not know version 3 answers in version 0 (KIP-511).
        answer, _ = ApiVersionsResponse.decode(frame, 0 if code == _UNSUPPORTED_VERSION else 3, 4)
        return {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}

    def _log_in(self, settings: Mapping[str, object]) -> None:
        from kafka.net.sasl import get_sasl_mechanism  # most brokers ask for no login, and it loads all of kafka-python

        name = str(settings.get("sasl_mechanism", "PLAIN"))
        shake = self.call(SaslHandshakeRequest(mechanism=name), SaslHandshakeResponse)
        check(shake.error_code, f"The broker offers {', '.join(shake.mechanisms)}" if shake.error_code else None)
        mechanism: Any = get_sasl_mechanism(name)(host=self.host, **{"sasl_mechanism": name, **settings})
        while not mechanism.is_done():
            token = SaslAuthenticateRequest(auth_bytes=mechanism.auth_bytes())
            answer = self.call(token, SaslAuthenticateResponse)
            check(answer.error_code, answer.error_message)
            mechanism.receive(answer.auth_bytes)


def _tls_context(settings: Mapping[str, object]) -> ssl.SSLContext:
    ca = settings.get("ssl_cafile")
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    if settings.get("ssl_check_hostname") is False:
        context.check_hostname = False
    certificate = settings.get("ssl_certfile")
    if certificate:
        key = settings.get("ssl_keyfile")
        password = settings.get("ssl_password")
        context.load_cert_chain(str(certificate), str(key) if key else None, str(password) if password else None)
    return context
