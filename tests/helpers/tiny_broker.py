"""A broker of a few lines on a real socket: answers each API by a function, for clients under test.

Requests are decoded with the project's own codec; `requests` keeps them. A function may return None to drop the
connection, as a broker that is killed does.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from workbench.wire import messages
from workbench.wire.api_keys import ApiKey
from workbench.wire.compiler import Message

Answer = Callable[[Any], Message | None]


class TinyBroker:
    """Listens at once on a free port of 127.0.0.1; close it."""

    def __init__(self, *, node_id: int = 1, old_api_versions: bool = False) -> None:
        self.node_id = node_id
        self.answers: dict[int, Answer] = {}
        self.highest: dict[int, int] = {}
        self.requests: list[tuple[Any, int]] = []
        self._old_api_versions = old_api_versions
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._connections: list[socket.socket] = []
        self._closed = False
        threading.Thread(target=self._accept, daemon=True).start()
        self.on(ApiKey.METADATA, lambda request: self.metadata())

    @property
    def bootstrap(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    def on(self, api: ApiKey, answer: Answer, *, highest: int | None = None) -> None:
        """Sets what answers an API; `highest` caps the version that it speaks."""
        self.answers[api] = answer
        if highest is not None:
            self.highest[api] = highest

    def metadata(self, topics: dict[str, dict[int, int]] | None = None, **fields: Any) -> Message:
        """A Metadata answer with this broker alone; `topics` map partitions to leaders."""
        response = messages.MetadataResponse
        listed = [
            response.MetadataResponseTopic(
                name=name,
                topic_id=name.encode().ljust(16, b"\0")[:16],
                partitions=[
                    response.MetadataResponsePartition(
                        partition_index=partition,
                        leader_id=leader,
                        leader_epoch=0,
                        replica_nodes=[self.node_id],
                        isr_nodes=[self.node_id],
                    )
                    for partition, leader in partitions.items()
                ],
            )
            for name, partitions in (topics or {}).items()
        ]
        me = response.MetadataResponseBroker(node_id=self.node_id, host="127.0.0.1", port=self.port)
        return response(brokers=[me], cluster_id="tiny", controller_id=self.node_id, topics=listed, **fields)

    def asked(self, name: str) -> list[Any]:
        """Requests of one kind so far."""
        return [request for request, _ in self.requests if name == request.NAME]

    def drop_connections(self) -> None:
        """Closes every connection, as a restart does."""
        for connection in self._connections:
            _shut(connection)
        self._connections.clear()

    def close(self) -> None:
        """Ends listening and every connection."""
        self._closed = True
        _shut(self._listener)
        self.drop_connections()

    def __enter__(self) -> TinyBroker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- inside -------------------------------------------------------------------------------------------------

    def _accept(self) -> None:
        while not self._closed:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, EOFError):
            while True:
                size = int.from_bytes(_exactly(connection, 4), "big")
                if not self._one(connection, _exactly(connection, size)):
                    break
        _shut(connection)

    def _one(self, connection: socket.socket, frame: bytes) -> bool:
        key, version, correlation_id, name_size = struct.unpack_from(">hhih", frame)
        at = 10 + max(0, name_size)
        request_class = getattr(messages, _request_names()[key])
        if key == ApiKey.API_VERSIONS:
            self._send(connection, correlation_id, self._api_versions(version), False)
            return True
        flexible = request_class.FLEXIBLE is not None and version >= request_class.FLEXIBLE
        request, _ = request_class.decode(frame, version, at + (1 if flexible else 0))
        self.requests.append((request, version))
        answer = self.answers[key](request)
        if answer is None:
            return False
        self._send(connection, correlation_id, answer.encode(version), flexible)
        return True

    def _api_versions(self, version: int) -> bytes:
        response = messages.ApiVersionsResponse
        keys = []
        for key in {*self.answers, ApiKey.API_VERSIONS}:
            lowest, highest = getattr(messages, _request_names()[key]).VERSIONS
            highest = self.highest.get(key, highest)
            keys.append(response.ApiVersion(api_key=int(key), min_version=lowest, max_version=highest))
        if self._old_api_versions and version > 0:
            return response(error_code=35, api_keys=keys).encode(0)
        return response(api_keys=keys).encode(version)

    def _send(self, connection: socket.socket, correlation_id: int, body: bytes, flexible: bool) -> None:
        head = struct.pack(">i", correlation_id) + (b"\0" if flexible else b"")
        connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)


@cache
def _request_names() -> dict[int, str]:
    found = {}
    for name in dir(messages):
        if name.endswith("Request"):
            found[getattr(messages, name).API_KEY] = name
    return found


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return data


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
