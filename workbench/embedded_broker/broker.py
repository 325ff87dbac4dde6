"""One broker as its handlers see it: settings, picture of the cluster, replicas, coordinators, controller.

It only holds these together; how they are made and in what order they live is `node.py`'s.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.metadata.features import KRAFT_VERSION, SUPPORTED_FEATURES
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.embedded_broker.metadata.registrations import VersionRange
from workbench.embedded_broker.metrics.broker_metrics import BrokerMetrics
from workbench.embedded_broker.quorum.wire_replies import error_to_wire, reply_to_wire
from workbench.embedded_broker.quorum.wire_requests import request_from_wire
from workbench.embedded_broker.replication.fetch_session import FetchSessionCache
from workbench.embedded_broker.replication.throttles import ReplicationThrottles
from workbench.system.quick_dataclass import dataclass
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.controller.driver import Controller
    from workbench.embedded_broker.coordinators.group_service import GroupService
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.network.connection import Connection
    from workbench.embedded_broker.producer_ids import ProducerIds
    from workbench.embedded_broker.quorum.driver import QuorumDriver
    from workbench.embedded_broker.replication.replica_manager import ReplicaManager
    from workbench.embedded_broker.requests import RequestContext
    from workbench.embedded_broker.settings import BrokerSettings


@dataclass(frozen=True, slots=True)
class NodeEndpoint:
    """Where clients of one listener reach a broker."""

    node_id: int
    host: str
    port: int
    rack: str | None


Forward = Callable[[Message, int, "RequestContext"], Awaitable[Any]]


class Broker:
    """Everything a handler may use. `replicas`, `groups` and the controller exist once the node has started them."""

    replicas: ReplicaManager
    groups: GroupService
    producer_ids: ProducerIds
    quorum: QuorumDriver
    controller: Controller | None

    def __init__(self, settings: BrokerSettings, cluster_id: str, faults: FaultInjector | None = None) -> None:
        self.settings = settings
        self.cluster_id = cluster_id
        self.node_id = settings.node_id
        self.metadata = MetadataLoader()
        self.metrics = BrokerMetrics()
        self.faults = faults or FaultInjector()
        self.connections: set[Connection] = set()
        self.sessions = FetchSessionCache(
            settings.integer("max.incremental.fetch.session.cache.slots"), random.Random()
        )
        self.throttles = ReplicationThrottles(
            settings.node_id,
            lambda: time.monotonic_ns() // 1_000_000,
            samples=settings.integer("replication.quota.window.num"),
            sample_ms=settings.integer("replication.quota.window.size.seconds") * 1000,
        )
        self.fetch_max_bytes = settings.integer("fetch.max.bytes")
        self.controller = None
        self.broker_epoch = -1
        self.offline_directories: list[str] = []
        self._forward: Forward | None = None

    @property
    def image(self) -> MetadataImage:
        """The newest committed picture of the cluster."""
        return self.metadata.image

    @property
    def is_active_controller(self) -> bool:
        leader = self.metadata.leader
        return self.controller is not None and leader is not None and leader.leader_id == self.node_id

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.faults.clock_skew_ms

    # The way to the controller

    def set_forward(self, forward: Forward) -> None:
        self._forward = forward

    async def forward(self, message: Message, version: int, context: RequestContext) -> Any:
        """The active controller's response to `message`, as the client that sent it (KIP-590).

        Raises BrokerError where no controller could be reached in time.
        """
        assert self._forward is not None
        return await self._forward(message, version, context)

    async def ask_quorum(self, context: RequestContext, request: Message) -> Message:
        """The metadata quorum's response to one of its requests, a replica's fetch of `__cluster_metadata` included."""
        version = context.api_version
        wanted = request_from_wire(request, version, self.cluster_id)
        if isinstance(wanted, ErrorCode):
            return error_to_wire(request, wanted)
        reply, data = await self.quorum.ask(wanted)
        return reply_to_wire(reply, request, version, self.settings.controller_listener_names[0], data)

    # Facts for responses

    def endpoint_of(self, node_id: int, listener: str) -> NodeEndpoint | None:
        """Where `node_id` offers `listener`; None where it does not, or is fenced."""
        endpoint = self.image.cluster.endpoint(node_id, listener)
        if endpoint is None:
            return None
        return NodeEndpoint(node_id, endpoint.host, endpoint.port, self.image.cluster.brokers[node_id].rack)

    def supported_features(self) -> dict[str, VersionRange]:
        return {name: VersionRange(low, high) for name, (low, high) in SUPPORTED_FEATURES.items()}

    def finalized_kraft_version(self) -> dict[str, int]:
        """kraft.version is finalised in the quorum's own records, not in the metadata; level 0 is not told."""
        level = self.quorum.kraft_version
        return {KRAFT_VERSION: level} if level > 0 else {}
