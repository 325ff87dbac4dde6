"""One request at a time to each node, its timeout, and backing off after a failure.

Each node is ready, awaiting a reply or backing off. Invariant: at most one Fetch is under way anywhere, since two
could append the same offset twice; so `any_in_flight` looks at all nodes. Source: KIP-595, KIP-853.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from workbench.embedded_broker.quorum.effects import Node
from workbench.system.quick_dataclass import dataclass

NEVER_MS = 1 << 62


@dataclass(slots=True)
class _Connection:
    sent_ms: int = 0
    failed_ms: int = 0
    request_id: int | None = None


class Connections:
    """The machine's requests under way."""

    def __init__(
        self, bootstrap_nodes: Sequence[Node], retry_backoff_ms: int, request_timeout_ms: int, random: Random
    ) -> None:
        self._bootstrap_nodes = tuple(bootstrap_nodes)
        self._retry_backoff_ms = retry_backoff_ms
        self._request_timeout_ms = request_timeout_ms
        self._random = random
        self._connections: dict[int, _Connection] = {}
        self._owners: dict[int, int] = {}
        self._last_request_id = 0

    def _timed_out(self, connection: _Connection, now_ms: int) -> bool:
        return connection.request_id is not None and now_ms >= connection.sent_ms + self._request_timeout_ms

    def _backed_off(self, connection: _Connection, now_ms: int) -> bool:
        return connection.request_id is None and now_ms >= connection.failed_ms + self._retry_backoff_ms

    def _forget_finished(self, now_ms: int) -> None:
        for node_id, connection in list(self._connections.items()):
            if self._timed_out(connection, now_ms) or self._backed_off(connection, now_ms):
                self.reset(node_id)

    def is_ready(self, node_id: int, now_ms: int) -> bool:
        connection = self._connections.get(node_id)
        if connection is None:
            return True
        if self._timed_out(connection, now_ms) or self._backed_off(connection, now_ms):
            self.reset(node_id)
            return True
        return False

    def has_timed_out(self, node_id: int, now_ms: int) -> bool:
        connection = self._connections.get(node_id)
        return connection is not None and self._timed_out(connection, now_ms)

    def is_backing_off(self, node_id: int, now_ms: int) -> bool:
        connection = self._connections.get(node_id)
        return connection is not None and connection.request_id is None and not self._backed_off(connection, now_ms)

    def wait_ms(self, node_id: int, now_ms: int) -> int:
        """Time until the node is ready again, 0 where it is."""
        connection = self._connections.get(node_id)
        if connection is None:
            return 0
        if connection.request_id is None:
            return max(0, connection.failed_ms + self._retry_backoff_ms - now_ms)
        return max(0, connection.sent_ms + self._request_timeout_ms - now_ms)

    def any_in_flight(self, now_ms: int) -> bool:
        self._forget_finished(now_ms)
        return any(connection.request_id is not None for connection in self._connections.values())

    def ready_bootstrap_node(self, now_ms: int) -> Node | None:
        """A random bootstrap server that can be asked now; None while anything is in flight."""
        if not self._bootstrap_nodes or self.any_in_flight(now_ms):
            return None
        first = self._random.randrange(len(self._bootstrap_nodes))
        for node in self._bootstrap_nodes[first:] + self._bootstrap_nodes[:first]:
            if self.is_ready(node.id, now_ms):
                return node
        return None

    def wait_for_bootstrap_ms(self, now_ms: int) -> int:
        """Time until a bootstrap server can be asked; the rest of the timeout of a request in flight."""
        self._forget_finished(now_ms)
        if not self._bootstrap_nodes:
            return NEVER_MS
        for node_id, connection in self._connections.items():
            if connection.request_id is not None:
                return self.wait_ms(node_id, now_ms)
        waits = [self.wait_ms(node_id, now_ms) for node_id in self._connections]
        return min([self._retry_backoff_ms, *waits])

    def sent(self, node_id: int, now_ms: int) -> int:
        """Notes that a request goes out; returns its id."""
        self._last_request_id += 1
        self.reset(node_id)
        self._connections[node_id] = _Connection(sent_ms=now_ms, request_id=self._last_request_id)
        self._owners[self._last_request_id] = node_id
        return self._last_request_id

    def expected_from(self, request_id: int) -> int | None:
        """The node whose answer to `request_id` is still waited for, else None."""
        return self._owners.get(request_id)

    def answered(self, request_id: int, *, success: bool, now_ms: int) -> None:
        """Notes the answer, unless the role changed meanwhile and it no longer counts."""
        node_id = self._owners.pop(request_id, None)
        if node_id is None:
            return
        if success:
            self._connections.pop(node_id, None)
        else:
            self._connections[node_id] = _Connection(failed_ms=now_ms)

    def reset(self, node_id: int) -> None:
        connection = self._connections.pop(node_id, None)
        if connection is not None and connection.request_id is not None:
            self._owners.pop(connection.request_id, None)

    def reset_all(self) -> None:
        """Forgets every request under way: the role changed, their answers mean nothing any more."""
        self._connections.clear()
        self._owners.clear()
