"""How a node takes part in the metadata quorum: as a voter with a controller, or as an observer that reads along.

It opens the metadata log, starts the quorum's driver, hands what is committed to the node's picture of the cluster,
and gives the way to whoever controls.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from typing import Any

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.controller.driver import Controller
from workbench.embedded_broker.controller.registrar import ControllerRegistrar
from workbench.embedded_broker.controller.state import ControllerSettings
from workbench.embedded_broker.controller_channel import ControllerChannel
from workbench.embedded_broker.metadata.registrations import Endpoint as RegisteredEndpoint
from workbench.embedded_broker.producer_ids import ProducerIds
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.driver import QuorumDriver
from workbench.embedded_broker.quorum.metadata_log import (
    METADATA_DIRECTORY_NAME,
    MetadataLog,
    MetadataLogConfig,
)
from workbench.embedded_broker.quorum.peers import CLIENT_ID, SocketPeers
from workbench.embedded_broker.quorum.transport import NodeConnections, NodeUnreachableError, UnsupportedByNodeError
from workbench.embedded_broker.replication.replica_manager import directory_id_of
from workbench.embedded_broker.settings import SECURITY_PROTOCOLS, BrokerSettings, Listener
from workbench.embedded_broker.snapshots import SnapshotPublisher
from workbench.records.errors import RecordsError
from workbench.storage.log.errors import LogError
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.quorum.election_state import QuorumStateError
from workbench.storage.quorum.format import BOOTSTRAP_FILE_NAME, read_bootstrap_values
from workbench.storage.quorum.snapshot_content import SnapshotError
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet, endpoints_of
from workbench.system.clock import Clock
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError
from workbench.wire.compiler import Message
from workbench.wire.record_values import decode_metadata_record


class QuorumMember:
    """One node's part in the quorum; `channel` leads to the active controller once `join` has returned."""

    channel: ControllerChannel

    def __init__(
        self,
        broker: Broker,
        metadata_directory: LogDirectory,
        *,
        disk: Disk,
        clock: Clock,
        on_failure: Callable[[Exception], None],
    ) -> None:
        """`on_failure` is told when the metadata log cannot be used any more."""
        self._broker = broker
        self._directory = metadata_directory
        self._disk = disk
        self._clock = clock
        self._on_failure = on_failure
        self._quorum: QuorumDriver | None = None
        self._controller: Controller | None = None
        self._registrar: ControllerRegistrar | None = None
        self._connections: NodeConnections | None = None

    async def join(self) -> None:
        """Opens the metadata log and begins to take part; who leads and what is committed shows later.

        Raises KnownError where the metadata on the disk cannot be read.
        """
        broker = self._broker
        settings = broker.settings
        try:
            quorum = self._quorum = broker.quorum = await self._open_quorum()
            if settings.is_controller:
                self._controller = broker.controller = self._make_controller(quorum)
        except (SnapshotError, QuorumStateError, LogError, RecordsError) as error:
            raise self._damaged(error) from error
        except OSError as error:
            raise KnownError(
                f"The metadata of this node cannot be read or written: {error.strerror or error} "
                f"({error.filename or self._directory.path}).",
                "See whether the disk is full or failing and whether this user may write there, then start again.",
            ) from error
        self._connections = NodeConnections(f"broker-{settings.node_id}")
        quorum.register(broker.metadata)
        self.channel = ControllerChannel(
            settings.node_id,
            self._controller,
            lambda: quorum.leader_and_epoch,
            _ToController(quorum, self._connections),
            broker.ask_quorum,
        )
        broker.set_forward(self.channel.forward)
        broker.producer_ids = ProducerIds(broker, self.channel)
        broker.metadata.add_publisher(
            SnapshotPublisher(
                broker.metadata,
                quorum,
                max_bytes=settings.integer("metadata.log.max.record.bytes.between.snapshots"),
                max_interval_ms=settings.integer("metadata.log.max.snapshot.interval.ms"),
                now_ms=broker.now_ms,
            )
        )
        if self._controller is not None:
            broker.metadata.add_publisher(self._controller)
            endpoints = [
                RegisteredEndpoint(
                    one.name, one.host or "localhost", one.port, SECURITY_PROTOCOLS[one.security_protocol]
                )
                for one in _advertised_to_controllers(settings)
            ]
            self._registrar = ControllerRegistrar(settings.node_id, endpoints, self.channel.ask)
            broker.metadata.add_publisher(self._registrar)
        await quorum.start()

    def _damaged(self, error: Exception) -> KnownError:
        remedy = (
            f"Where other controllers run, move {METADATA_DIRECTORY_NAME} out of {self._directory.path} and start "
            "the broker again: it fetches the metadata from them."
        )
        if isinstance(error, QuorumStateError):
            remedy += " A lone controller needs its vote no more: remove the file."
        return KnownError(f"The metadata of this node is damaged: {error}.", remedy)

    async def _open_quorum(self) -> QuorumDriver:
        settings = self._broker.settings
        listener = settings.controller_listener_names[0]
        endpoints = endpoints_of(
            Endpoint.of(one.name, one.host or "localhost", one.port) for one in _advertised_to_controllers(settings)
        )
        request_timeout_ms = settings.integer("controller.quorum.request.timeout.ms")
        log_config = MetadataLogConfig(
            segment_bytes=settings.integer("metadata.log.segment.bytes"),
            segment_ms=settings.integer("metadata.log.segment.ms"),
            retention_bytes=settings.integer("metadata.max.retention.bytes"),
            retention_ms=settings.integer("metadata.max.retention.ms"),
        )
        metadata_log = await asyncio.to_thread(
            MetadataLog.open, self._directory.path, log_config, disk=self._disk, clock=self._clock
        )
        static_voters = VoterSet.of(
            VoterNode(ReplicaKey.of(node, None), (Endpoint.of(listener, host, port),))
            for node, host, port in settings.quorum_voters
        )
        bootstrap = settings.quorum_bootstrap_servers or tuple((host, port) for _, host, port in settings.quorum_voters)
        return QuorumDriver(
            local=LocalReplica(
                ReplicaKey.of(settings.node_id, directory_id_of(self._directory)),
                endpoints,
                listener,
                can_become_voter=settings.is_controller,
            ),
            config=QuorumConfig(
                election_timeout_ms=settings.integer("controller.quorum.election.timeout.ms"),
                fetch_timeout_ms=settings.integer("controller.quorum.fetch.timeout.ms"),
                election_backoff_max_ms=settings.integer("controller.quorum.election.backoff.max.ms"),
                request_timeout_ms=request_timeout_ms,
                retry_backoff_ms=settings.integer("controller.quorum.retry.backoff.ms"),
                fetch_max_bytes=settings.integer("controller.quorum.fetch.max.bytes"),
                fetch_snapshot_max_bytes=settings.integer("controller.quorum.fetch.snapshot.max.bytes"),
                auto_join=settings.flag("controller.quorum.auto.join.enable"),
            ),
            log=metadata_log,
            log_config=log_config,
            static_voters=static_voters,
            bootstrap_servers=bootstrap,
            peers=SocketPeers(
                NodeConnections(f"{CLIENT_ID}-{settings.node_id}"),
                cluster_id=self._broker.cluster_id,
                listener=listener,
                request_timeout_ms=request_timeout_ms,
            ),
            clock=self._clock,
            random=random.Random(),
            on_failure=self._on_failure,
        )

    def _make_controller(self, quorum: QuorumDriver) -> Controller:
        broker = self._broker
        try:
            values = read_bootstrap_values(self._directory.path, self._disk)
        except SnapshotError as error:
            path = f"{self._directory.path}/{BOOTSTRAP_FILE_NAME}"
            remedy = f"Move {path} away: only the first start of a new cluster needs it."
            raise KnownError(f"{path} is damaged: {error}.", remedy) from error
        return Controller(
            quorum,
            broker.metadata,
            ControllerSettings.from_properties(broker.node_id, broker.cluster_id, broker.settings.properties),
            [decode_metadata_record(value)[0] for value in values],
            clock_ms=lambda: time.monotonic_ns() // 1_000_000,
            voter_ids=lambda: frozenset(quorum.voters.ids),
            kraft_version=lambda: quorum.kraft_version,
            upgrade_kraft_version=lambda epoch, level, validate_only: quorum.upgrade_kraft_version(
                epoch, level, validate_only=validate_only
            ),
        )

    async def leave(self) -> None:
        """Stops taking part and closes the metadata log; safe at any point of `join`."""
        if self._registrar is not None:
            await self._registrar.close()
        if self._controller is not None:
            await self._controller.close()
        if self._connections is not None:
            await self._connections.close()
        if self._quorum is not None:
            await self._quorum.stop(timeout_s=1.0)


def _advertised_to_controllers(settings: BrokerSettings) -> list[Listener]:
    return [one for one in settings.advertised_listeners if one.name in settings.controller_listener_names]


class _ToController:
    """Requests to the controller on another node, whose address the voters' record tells."""

    def __init__(self, quorum: QuorumDriver, connections: NodeConnections) -> None:
        self._quorum = quorum
        self._connections = connections

    async def send(self, node_id: int, message: Message, version: int, timeout_s: float) -> Any:
        voter = self._quorum.voters.node(node_id)
        if voter is None or not voter.endpoints:
            raise OSError(f"the address of controller {node_id} is not known")
        endpoint = voter.endpoints[0]
        try:
            response, _ = await self._connections.request(
                endpoint.host, endpoint.port, message, timeout_ms=int(timeout_s * 1000), highest_version=version
            )
        except (NodeUnreachableError, UnsupportedByNodeError) as error:
            raise OSError(str(error)) from error
        return response
