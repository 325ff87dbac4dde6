"""The one door to a cluster's sockets: sends a message to a broker and awaits its answer.

kafka-python's connection manager runs in a thread of its own and does TLS, SASL, back-off and metadata of brokers.
Connecting is tried again until the caller's time is over; a request that may have reached the broker is repeated
only where the caller says that repeating is harmless.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar

import kafka.errors
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from workbench.client.envelope import Envelope, RawResponse
from workbench.client.errors import ClientError
from workbench.client.failures import as_client_error, is_disconnection
from workbench.client.properties import connection_settings
from workbench.wire.compiler import Message

Response = TypeVar("Response", bound=Message)

CONNECT_TIMEOUT_S = 5.0
"""How long a call looks for a broker before it says that none answers."""
RETRY_PAUSE_S = 0.1

# Its warnings and errors are all told by our own errors; in a terminal they would only repeat each attempt.
logging.getLogger("kafka").setLevel(logging.CRITICAL)


class ClusterLink:
    """Opened by its first use. All methods belong to one event loop."""

    def __init__(
        self,
        bootstrap_servers: Sequence[str],
        properties: Mapping[str, str],
        client_id: str,
        *,
        on_reachable: Callable[[bool], None] = lambda reachable: None,
    ) -> None:
        self.bootstrap_servers = tuple(bootstrap_servers)
        self.properties = dict(properties)
        self.client_id = client_id
        self._on_reachable = on_reachable
        self._net: Any = None
        self._manager: Any = None
        self._opening = asyncio.Lock()
        self._closed = False
        self.avoided: frozenset[int] = frozenset()
        """Brokers that are known not to answer now; nothing is asked of them."""

    # -- life ---------------------------------------------------------------------------------------------------

    async def open(self, timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        """Connects to a bootstrap server; raises `ClientError` after `timeout_s`."""
        self.reopen()
        await self._bootstrapped(time.monotonic() + timeout_s)

    def reopen(self) -> None:
        """After `close`: the next use connects again."""
        self._closed = False

    async def close(self) -> None:
        """Closes the connections and ends their thread."""
        self._closed = True
        net, manager, self._net, self._manager = self._net, self._manager, None, None
        if manager is not None:
            with contextlib.suppress(Exception):
                await _bridge(manager.call_soon(manager.close))
            await asyncio.get_running_loop().run_in_executor(None, _stop, net)

    def _started(self) -> Any:
        if self._closed:
            raise ClientError("This cluster is disconnected.", "Connect to it again.", "DISCONNECTED")
        if self._manager is None:
            settings: dict[str, object] = {
                "reconnect_backoff_max_ms": 1_000,
                "socket_connection_setup_timeout_ms": 5_000,
                **connection_settings(self.properties),
                "bootstrap_servers": list(self.bootstrap_servers),
                "client_id": self.client_id,
                "client_software_name": "kafka-workbench",
                "max_in_flight_requests_per_connection": 10_000,
                "receive_message_max_bytes": 512 << 20,
            }
            self._net = NetworkSelector(client_id=self.client_id)
            self._manager = KafkaConnectionManager(self._net, **settings)
            self._net.start()
        return self._manager

    async def _bootstrapped(self, deadline: float) -> Any:
        manager = self._started()
        async with self._opening:
            if manager.bootstrapped and manager.cluster.brokers():
                return manager
            timeout_ms = max(1.0, (deadline - time.monotonic()) * 1_000)
            try:
                await _bridge(manager.bootstrap_async(timeout_ms))
            except Exception as error:
                self._tell(reachable=False)
                raise as_client_error(error, self._where()) from error
        self._tell(reachable=True)
        return manager

    def _where(self) -> str:
        return ", ".join(self.bootstrap_servers)

    def _tell(self, *, reachable: bool) -> None:
        if not self._closed:
            self._on_reachable(reachable)

    # -- requests -----------------------------------------------------------------------------------------------

    async def send(
        self,
        message: Message,
        answer: type[Response],
        *,
        node_id: int | None = None,
        repeatable: bool = True,
        highest: int | None = None,
        timeout_s: float = 30.0,
        connect_timeout_s: float = CONNECT_TIMEOUT_S,
    ) -> Response:
        """The answer of a broker (of `node_id`, or whichever is at hand) to `message`.

        `highest` caps the version. Raises `ClientError` when no broker can be reached, the broker speaks no version
        of this API, or the answer takes longer than `timeout_s`.
        """
        if node_id is not None and node_id in self.avoided:
            raise ClientError(f"Broker {node_id} does not answer.", "It is paused: let it go on.", "NO_BROKER")
        deadline = time.monotonic() + connect_timeout_s
        while True:
            sent = False
            manager = await self._bootstrapped(deadline)

            async def exchange(manager: Any = manager) -> RawResponse:
                nonlocal sent
                target = self._any_node(manager) if node_id is None else node_id
                connection = manager.get_connection(target)
                await connection
                sent = True
                envelope = Envelope(message, highest=highest)
                raw: RawResponse = await connection.send_request(envelope, request_timeout_ms=timeout_s * 1_000)
                return raw

            try:
                raw = await _bridge(manager.call_soon(exchange))
            except Exception as error:
                again = is_disconnection(error) and (repeatable or not sent) and not self._closed
                if not again or time.monotonic() >= deadline:
                    if is_disconnection(error):
                        self._tell(reachable=False)
                    raise as_client_error(error, self._where(), message.NAME) from error
                await asyncio.sleep(RETRY_PAUSE_S)
                await self._rediscover(manager, deadline)
                continue
            self._tell(reachable=True)
            return answer.decode(raw.body, raw.version)[0]  # type: ignore[no-any-return]

    def _any_node(self, manager: Any) -> Any:
        """A broker for what any may answer; one that is known not to answer only if there is no other."""
        if self.avoided:
            others = [broker.node_id for broker in manager.cluster.brokers() if broker.node_id not in self.avoided]
            if others:
                return random.choice(others)
        return manager.least_loaded_node()

    async def send_unanswered(self, message: Message, node_id: int, *, highest: int | None = None) -> None:
        """For Produce with acks=0: returns once the request is handed to the socket."""
        manager = await self._bootstrapped(time.monotonic() + CONNECT_TIMEOUT_S)

        async def exchange() -> None:
            connection = manager.get_connection(node_id)
            await connection
            await connection.send_request(Envelope(message, highest=highest, answered=False))

        try:
            await _bridge(manager.call_soon(exchange))
        except Exception as error:
            raise as_client_error(error, self._where(), message.NAME) from error

    async def _rediscover(self, manager: Any, deadline: float) -> None:
        """After a lost connection: brokers may have moved, so the bootstrap servers are asked again."""
        timeout_ms = max(1.0, (deadline - time.monotonic()) * 1_000)
        with contextlib.suppress(Exception):
            await _bridge(manager.bootstrap_async(timeout_ms))

    async def api_versions(self) -> Mapping[int, tuple[int, int]]:
        """API key to lowest and highest version, as the first broker told."""
        manager = await self._bootstrapped(time.monotonic() + CONNECT_TIMEOUT_S)
        return dict(manager.broker_version_data.api_versions)

    async def broker_ids(self) -> tuple[int, ...]:
        """Ids of the brokers that are alive, as last told by one of them."""
        manager = await self._bootstrapped(time.monotonic() + CONNECT_TIMEOUT_S)
        return tuple(sorted(broker.node_id for broker in manager.cluster.brokers()))

    async def brokers_are(self, node_ids: Collection[int]) -> None:
        """Who is alive, as a broker just told: asks for their addresses again if one has come or gone.

        kafka-python looks only every few minutes; a broker that was fenced and is back would not be asked so long.
        """
        manager = self._manager
        if manager is not None and set(node_ids) != {broker.node_id for broker in manager.cluster.brokers()}:
            await self.refresh_brokers()

    async def refresh_brokers(self) -> None:
        """Asks for the list of brokers again; a failure shows in the next call."""
        manager = await self._bootstrapped(time.monotonic() + CONNECT_TIMEOUT_S)
        with contextlib.suppress(kafka.errors.KafkaError):
            await _bridge(manager.call_soon(manager.cluster.refresh_metadata))


async def _bridge(future: Any) -> Any:
    """Awaits a future of kafka-python's thread on the running event loop; cancelling leaves that one alone."""
    loop = asyncio.get_running_loop()
    ours: asyncio.Future[Any] = loop.create_future()

    def settle(value: object, error: BaseException | None) -> None:
        if not ours.done():
            if error is None:
                ours.set_result(value)
            else:
                ours.set_exception(error)

    def hand_over(value: object, error: BaseException | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, value, error)

    future.add_callback(lambda value: hand_over(value, None))
    future.add_errback(lambda error: hand_over(None, error))
    return await ours


def _stop(net: Any) -> None:
    net.stop(timeout_ms=2_000)
    net.close()
