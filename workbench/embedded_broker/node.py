"""One node of the cluster, broker or controller or both: built from its properties file, run until told to stop.

Order of starting: directories are locked and checked, ports taken, the quorum joined, the metadata caught up, logs
opened (recovered where the last end was not clean), the broker registered, the listeners opened, the broker unfenced.
Stopping goes the other way, after leaderships were handed over.
"""

from __future__ import annotations

import asyncio
import logging
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.broker_contract.messages import BrokerState, ChangeReported
from workbench.broker_contract.properties_file import PropertiesError, read_properties
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.change_reports import ChangeReports
from workbench.embedded_broker.control.channel import ControlChannel
from workbench.embedded_broker.controller.driver import Controller
from workbench.embedded_broker.controller.registrar import ControllerRegistrar
from workbench.embedded_broker.controller.state import ControllerSettings
from workbench.embedded_broker.controller_channel import ControllerChannel
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group_service import GroupService
from workbench.embedded_broker.coordinators.scheduler import LoopScheduler
from workbench.embedded_broker.faults.faulty_disk import FaultyDisk
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.faults.skewed_clock import SkewedClock
from workbench.embedded_broker.handlers import catalog as _handlers  # noqa: F401
from workbench.embedded_broker.housekeeping import Housekeeping
from workbench.embedded_broker.lifecycle import BrokerLifecycle
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.registrations import Endpoint as RegisteredEndpoint
from workbench.embedded_broker.network.dispatch import RequestDispatcher
from workbench.embedded_broker.network.socket_server import BoundListener, SocketServer, bind
from workbench.embedded_broker.node_status import NodeStatus
from workbench.embedded_broker.producer_ids import ProducerIds
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.driver import QuorumDriver
from workbench.embedded_broker.quorum.metadata_log import MetadataLog, MetadataLogConfig
from workbench.embedded_broker.quorum.peers import CLIENT_ID, SocketPeers
from workbench.embedded_broker.quorum.transport import NodeConnections, NodeUnreachableError, UnsupportedByNodeError
from workbench.embedded_broker.replication.fetcher import FetcherSettings
from workbench.embedded_broker.replication.fetchers import ReplicaFetchers
from workbench.embedded_broker.replication.internal_logs import InternalLogs
from workbench.embedded_broker.replication.isr_changes import IsrChanges
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.replica_manager import ReplicaManager, Replication, directory_id_of
from workbench.embedded_broker.requests import Role
from workbench.embedded_broker.settings import SECURITY_PROTOCOLS, BrokerSettings, settings_from
from workbench.embedded_broker.snapshots import SnapshotPublisher
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.log.meta_properties import MetaProperties
from workbench.storage.quorum.format import read_bootstrap_values
from workbench.storage.quorum.voters import SUPPORTED_KRAFT_VERSIONS as KRAFT_VERSIONS
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet, endpoints_of
from workbench.system.known_error import KnownError
from workbench.system.tasks import TaskKeeper
from workbench.wire.compiler import Message
from workbench.wire.record_values import decode_metadata_record

log = logging.getLogger("workbench.broker")

CONTROLLED_SHUTDOWN_TIMEOUT_S = 5.0
_FORMAT_REMEDY = "Format it first: workbench storage format -t CLUSTER_ID -c FILE."


def _meta(directory: LogDirectory) -> MetaProperties:
    assert directory.meta is not None
    return directory.meta


def read_settings(path: Path) -> BrokerSettings:
    """Raises KnownError for a file that is missing, unreadable or says what cannot be."""
    try:
        properties = read_properties(path)
    except FileNotFoundError:
        raise KnownError(f"There is no file {path}.", "Give the path of a server.properties.") from None
    except OSError as error:
        raise KnownError(f"{path} cannot be read: {error.strerror or error}.") from error
    except PropertiesError as error:
        raise KnownError(f"{path} is not a properties file: {error}") from error
    return settings_from(properties, path)


async def run_node(path: Path, *, control: bool) -> None:
    """Runs the node of `path` until SIGTERM, SIGINT or, under control, the supervisor's word."""
    stop = asyncio.Event()
    reasons: list[str] = []

    def request_stop(reason: str) -> None:
        if not stop.is_set():
            reasons.append(reason)
            stop.set()

    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, lambda *_: loop.call_soon_threadsafe(request_stop, "interrupted"))
    else:
        loop.add_signal_handler(signal.SIGTERM, request_stop, "SIGTERM")
        loop.add_signal_handler(signal.SIGINT, request_stop, "SIGINT")
    faults = FaultInjector()
    channel = ControlChannel(on_shutdown=request_stop, on_faults=faults.set_rules) if control else None
    if channel is not None:
        channel.open()
        channel.report_state(BrokerState.STARTING)
    node = Node(read_settings(path), request_stop, faults)
    try:
        starting = asyncio.ensure_future(node.start(channel))
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()
        await asyncio.gather(starting, return_exceptions=not starting.done() or starting.cancelled())
        if channel is not None and not stop.is_set():
            node.report_changes(channel.send)
            channel.start_metrics(NodeStatus(node.broker))
            channel.report_state(BrokerState.READY)
        await stopping
        log.info("Stopping: %s", reasons[0])
        if channel is not None:
            channel.report_state(BrokerState.STOPPING)
    finally:
        await node.stop()
        if channel is not None:
            channel.close()
    if node.failure is not None:
        raise node.failure


class Node:
    """The parts of one node and their life."""

    def __init__(self, settings: BrokerSettings, request_stop: Callable[[str], None], faults: FaultInjector) -> None:
        self.settings = settings
        self.failure: KnownError | None = None
        self._request_stop = request_stop
        self._faults = faults
        self._disk = FaultyDisk(faults)
        self._clock = SkewedClock(faults)
        self._tasks = TaskKeeper()
        self._directories: list[LogDirectory] = []
        self._bound: list[BoundListener] = []
        self._server: SocketServer | None = None
        self._dispatcher: RequestDispatcher | None = None
        self._lifecycle: BrokerLifecycle | None = None
        self._controller: Controller | None = None
        self._registrar: ControllerRegistrar | None = None
        self._quorum: QuorumDriver | None = None
        self._connections: NodeConnections | None = None
        self._groups: GroupService | None = None
        self._replication: Replication | None = None
        self._housekeeping: Housekeeping | None = None
        self._logs_loaded = False
        self.broker: Broker

    # Starting

    async def start(self, channel: ControlChannel | None) -> None:
        """Returns when clients are served. Raises KnownError for what a person has to remove."""
        for warning in self.settings.warnings:
            log.warning("%s", warning)
        self._open_directories()
        identity = _meta(self._directories[0])
        self.broker = broker = Broker(self.settings, identity.cluster_id, self._faults)
        self._bind()
        settings = self.settings
        self._dispatcher = RequestDispatcher(broker, settings.integer("socket.request.max.bytes"))
        self._server = SocketServer(
            self._dispatcher,
            max_idle_ms=settings.integer("connections.max.idle.ms"),
            max_connections=settings.integer("max.connections"),
            send_buffer_bytes=settings.integer("socket.send.buffer.bytes"),
            receive_buffer_bytes=settings.integer("socket.receive.buffer.bytes"),
        )
        broker.settings = self.settings
        await self._join_quorum()
        for bound in self._bound:
            if bound.role is Role.CONTROLLER:
                await self._server.start(bound)
        if settings.is_broker:
            await self._start_broker(channel)
        log.info(
            "Node %d is ready on %s",
            settings.node_id,
            ", ".join(f"{one.listener.name}://{one.listener.host}:{one.port}" for one in self._bound),
        )

    def _open_directories(self) -> None:
        for path in self.settings.log_directories:
            if not self._disk.is_directory(str(path)):
                raise KnownError(f"There is no directory {path}.", _FORMAT_REMEDY)
            self._directories.append(LogDirectory(str(path), disk=self._disk, require_meta=True))
        for directory in self._directories:
            assert directory.meta is not None
            if directory.meta.node_id != self.settings.node_id:
                raise KnownError(
                    f"{directory.path} belongs to node {directory.meta.node_id}, not to node {self.settings.node_id}.",
                    f"Set node.id to {directory.meta.node_id}, or give this node a directory of its own.",
                )
        clusters = {_meta(directory).cluster_id for directory in self._directories}
        if len(clusters) > 1:
            raise KnownError(
                f"The log directories belong to different clusters: {', '.join(sorted(clusters))}.",
                "Give each node directories of one cluster only.",
            )

    def _bind(self) -> None:
        ports: dict[str, int] = {}
        settings = self.settings
        for listener in settings.listeners:
            is_controller = listener.name in settings.controller_listener_names
            if (is_controller and not settings.is_controller) or (not is_controller and not settings.is_broker):
                continue
            bound = bind(listener, Role.CONTROLLER if is_controller else Role.BROKER)
            self._bound.append(bound)
            ports[listener.name] = bound.port
        self.settings = settings.with_ports(ports)

    async def _join_quorum(self) -> None:
        settings, broker = self.settings, self.broker
        metadata_directory = next(
            (d for d in self._directories if Path(d.path) == settings.metadata_log_directory), self._directories[0]
        )
        listener = settings.controller_listener_names[0]
        endpoints = endpoints_of(
            Endpoint.of(one.name, one.host or "localhost", one.port)
            for one in settings.advertised_listeners
            if one.name in settings.controller_listener_names
        )
        local = LocalReplica(
            ReplicaKey.of(settings.node_id, directory_id_of(metadata_directory)),
            endpoints,
            listener,
            can_become_voter=settings.is_controller,
        )
        request_timeout_ms = settings.integer("controller.quorum.request.timeout.ms")
        config = QuorumConfig(
            election_timeout_ms=settings.integer("controller.quorum.election.timeout.ms"),
            fetch_timeout_ms=settings.integer("controller.quorum.fetch.timeout.ms"),
            election_backoff_max_ms=settings.integer("controller.quorum.election.backoff.max.ms"),
            request_timeout_ms=request_timeout_ms,
        )
        log_config = MetadataLogConfig()
        metadata_log = await asyncio.to_thread(
            MetadataLog.open, metadata_directory.path, log_config, disk=self._disk, clock=self._clock
        )
        static_voters = VoterSet.of(
            VoterNode(ReplicaKey.of(node, None), (Endpoint.of(listener, host, port),), *KRAFT_VERSIONS)
            for node, host, port in settings.quorum_voters
        )
        bootstrap = settings.quorum_bootstrap_servers or tuple((host, port) for _, host, port in settings.quorum_voters)
        self._quorum = broker.quorum = QuorumDriver(
            local=local,
            config=config,
            log=metadata_log,
            log_config=log_config,
            static_voters=static_voters,
            bootstrap_servers=bootstrap,
            peers=SocketPeers(
                NodeConnections(f"{CLIENT_ID}-{settings.node_id}"),
                cluster_id=broker.cluster_id,
                listener=listener,
                request_timeout_ms=request_timeout_ms,
            ),
            clock=self._clock,
            random=random.Random(),
            on_failure=self._quorum_failed,
        )
        self._connections = NodeConnections(f"broker-{settings.node_id}")
        if settings.is_controller:
            self._controller = broker.controller = self._make_controller(metadata_directory)
        self._quorum.register(broker.metadata)
        self._channel = ControllerChannel(
            settings.node_id, self._controller, lambda: self._quorum_leader(), _Transport(self)
        )
        broker.set_forward(self._channel.forward)
        broker.producer_ids = ProducerIds(broker, self._channel)
        broker.metadata.add_publisher(
            SnapshotPublisher(
                broker.metadata,
                self._quorum,
                max_bytes=settings.integer("metadata.log.max.record.bytes.between.snapshots"),
                max_interval_ms=settings.integer("metadata.log.max.snapshot.interval.ms"),
                now_ms=broker.now_ms,
            )
        )
        if self._controller is not None:
            broker.metadata.add_publisher(self._controller)
            self._registrar = ControllerRegistrar(
                settings.node_id,
                [
                    RegisteredEndpoint(
                        one.name, one.host or "localhost", one.port, SECURITY_PROTOCOLS[one.security_protocol]
                    )
                    for one in settings.advertised_listeners
                    if one.name in settings.controller_listener_names
                ],
                self._channel.ask,
            )
            broker.metadata.add_publisher(self._registrar)
        await self._quorum.start()

    def _make_controller(self, metadata_directory: LogDirectory) -> Controller:
        settings, broker = self.settings, self.broker
        values = read_bootstrap_values(metadata_directory.path, self._disk)
        assert self._quorum is not None
        quorum = self._quorum
        return Controller(
            quorum,
            broker.metadata,
            ControllerSettings.from_properties(settings.node_id, broker.cluster_id, settings.properties),
            [decode_metadata_record(value)[0] for value in values],
            clock_ms=lambda: time.monotonic_ns() // 1_000_000,
            voter_ids=lambda: frozenset(quorum.voters.ids),
            kraft_version=lambda: quorum.kraft_version,
        )

    def _quorum_leader(self) -> Any:
        assert self._quorum is not None
        return self._quorum.leader_and_epoch

    def _quorum_failed(self, error: Exception) -> None:
        self.failure = KnownError(
            f"The metadata log cannot be written or read: {error}.",
            "See whether the disk is full or failing, then start the broker again.",
        )
        self._request_stop("the metadata log failed")

    async def _start_broker(self, channel: ControlChannel | None) -> None:
        settings, broker = self.settings, self.broker
        await self._metadata_known()
        await self._load_logs(channel)
        broker.replicas = ReplicaManager(
            settings.node_id,
            self._directories,
            topic_config=self._topic_config,
            now_ms=broker.now_ms,
            directory_failed=self._directory_failed,
            lag_time_max_ms=settings.integer("replica.lag.time.max.ms"),
        )
        self._replication = self._make_replication()
        broker.replicas.replicate_with(self._replication)
        self._groups = broker.groups = GroupService(
            settings.node_id,
            GroupSettings.from_properties(settings.properties),
            InternalLogs(broker.replicas, broker.now_ms),
            LoopScheduler(),
        )
        broker.metadata.add_publisher(broker.replicas)
        broker.metadata.add_publisher(self._groups)
        self._lifecycle = lifecycle = BrokerLifecycle(
            broker, self._channel, [directory_id_of(directory) for directory in self._directories]
        )
        await lifecycle.register(self._previous_epoch())
        lifecycle.unfence_when_caught_up()
        broker.metadata.add_publisher(_WakesLifecycle(lifecycle))
        self._tasks.spawn(lifecycle.run(), "heartbeats")
        await lifecycle.wait_until_unfenced()
        assert self._server is not None
        for bound in self._bound:
            if bound.role is Role.BROKER:
                await self._server.start(bound)
        self._housekeeping = Housekeeping(broker.replicas, settings, self._tasks, self._directory_failed, broker.now_ms)
        self._housekeeping.start()

    def _make_replication(self) -> Replication:
        settings, broker = self.settings, self.broker

        def address_of(leader_id: int) -> tuple[str, int] | None:
            endpoint = broker.endpoint_of(leader_id, settings.inter_broker_listener_name)
            return None if endpoint is None else (endpoint.host, endpoint.port)

        def fetched(partition: Partition, size_bytes: int) -> None:
            broker.metrics.replication_bytes_in += size_bytes

        fetchers = ReplicaFetchers(
            settings.node_id,
            FetcherSettings(
                max_wait_ms=settings.integer("replica.fetch.wait.max.ms"),
                min_bytes=settings.integer("replica.fetch.min.bytes"),
                partition_max_bytes=settings.integer("replica.fetch.max.bytes"),
                response_max_bytes=settings.integer("replica.fetch.response.max.bytes"),
                backoff_ms=settings.integer("replica.fetch.backoff.ms"),
                request_timeout_ms=settings.integer("replica.socket.timeout.ms"),
            ),
            address_of=address_of,
            broker_epoch=lambda: broker.broker_epoch,
            fetched=fetched,
            storage_failed=lambda partition, error: broker.replicas.storage_failed(
                partition.topic, partition.index, error
            ),
            now_ms=broker.now_ms,
        )
        isr_changes = IsrChanges(
            settings.node_id,
            self._channel.ask,
            broker_epoch_of=lambda node: broker.broker_epoch if node == settings.node_id else -1,
            changed=lambda partition: broker.replicas.in_sync_set_changed(partition),
        )
        return Replication(fetchers, isr_changes)

    async def _metadata_known(self) -> None:
        """Waits until this node has seen everything that was committed when it joined."""
        waiter = _FirstImage()
        self.broker.metadata.add_publisher(waiter)
        await waiter.seen.wait()
        self.broker.metadata.remove_publisher(waiter)

    async def _load_logs(self, channel: ControlChannel | None) -> None:
        """Opens every partition of every directory; those the metadata does not place here are set aside as stray."""
        image = self.broker.image
        if channel is not None and any(not directory.was_clean for directory in self._directories):
            channel.report_state(BrokerState.RECOVERING)

        def load() -> None:
            for directory in self._directories:
                directory.load_logs(lambda topic: self._topic_config(image, topic), now_ms=self.broker.now_ms())
                for (topic, index), partition_log in list(directory.logs.items()):
                    if not self._belongs(image, topic, index, partition_log.topic_id):
                        log.warning("%s-%d is not of this cluster's present topics: set aside as stray", topic, index)
                        directory.mark_stray(topic, index, now_ms=self.broker.now_ms())

        await asyncio.to_thread(load)
        for directory in self._directories:
            for key, error in directory.failures.items():
                log.error("%s-%d cannot be opened: %s", *key, error)
            for report in directory.reports:
                log.warning(
                    "%s: bytes %d to %d %s (%s)",
                    report.file,
                    report.position,
                    report.position + report.size_bytes,
                    report.action,
                    report.reason,
                )
        self._logs_loaded = True

    def _belongs(self, image: MetadataImage, topic: str, index: int, topic_id: bytes | None) -> bool:
        known = image.topics.by_name.get(topic)
        if known is None or (topic_id is not None and known.id != topic_id):
            return False
        registration = known.partitions.get(index)
        return registration is not None and self.settings.node_id in registration.replicas

    def _previous_epoch(self) -> int:
        """The broker epoch of the last life where it ended cleanly in every directory, else -1 (KIP-966)."""
        epochs = {directory.previous_broker_epoch for directory in self._directories}
        return epochs.pop() if len(epochs) == 1 else -1

    def _topic_config(self, image: MetadataImage, topic: str) -> LogConfig:
        layers = ConfigLayers(image.configs, self.settings.node_id, self.settings.properties)
        overrides = image.configs.topic(topic)
        values = {
            definition.name: effective.value
            for definition, effective in layers.topic_configs(overrides)
            if effective.value is not None
        }
        return LogConfig.from_properties(values)

    def _directory_failed(self, directory: LogDirectory, error: OSError) -> None:
        """A log directory does not work any more; with none left the broker cannot go on."""
        log.error("Log directory %s failed: %s", directory.path, error)
        self.failure = KnownError(
            f"Log directory {directory.path} cannot be used: {error.strerror or error}.",
            "Free space on its disk or repair it, then start the broker again; nothing acknowledged is lost.",
        )
        self._request_stop("a log directory failed")

    def report_changes(self, report: Callable[[ChangeReported], None]) -> None:
        """Tells what changes in the cluster from now on, while this node controls it."""
        broker = self.broker
        broker.metadata.add_publisher(
            ChangeReports(self.settings.node_id, lambda: broker.is_active_controller, broker.now_ms, report)
        )

    # Stopping

    async def stop(self) -> None:
        """Leaves the cluster in order and closes everything; safe at any point of the start."""
        if self._housekeeping is not None:
            self._housekeeping.stop()
        if self._lifecycle is not None and self.failure is None and self.settings.flag("controlled.shutdown.enable"):
            left = await self._lifecycle.leave(CONTROLLED_SHUTDOWN_TIMEOUT_S)
            if not left:
                log.warning("The controller did not let this broker go in time; it leaves all the same")
        if self._server is not None:
            self._server.stop_accepting()
        if self._groups is not None:
            self._groups.close()
        if self._dispatcher is not None:
            await self._dispatcher.stop()
        if self._server is not None:
            await self._server.stop()
        else:
            for bound in self._bound:
                for one in bound.sockets:
                    one.close()
        if self._replication is not None:
            await self._replication.isr_changes.stop()
            await self._replication.fetchers.stop()
        await self._tasks.cancel_all()
        if self._registrar is not None:
            await self._registrar.close()
        if self._controller is not None:
            await self._controller.close()
        if self._connections is not None:
            await self._connections.close()
        if self._quorum is not None:
            await self._quorum.stop(timeout_s=1.0)
        await asyncio.to_thread(self._close_directories)

    def _close_directories(self) -> None:
        clean = self._logs_loaded and self.failure is None
        for directory in self._directories:
            replicas = getattr(self.broker, "replicas", None) if hasattr(self, "broker") else None
            if clean and replicas is not None:
                marks = {
                    key: partition.high_watermark
                    for key, partition in replicas.partitions.items()
                    if key in directory.logs
                }
                directory.checkpoint_high_watermarks(marks)
            directory.close(clean=clean, broker_epoch=self.broker.broker_epoch if hasattr(self, "broker") else -1)


class _FirstImage:
    """Waits for the first picture that knows of features: everything before is an empty cluster's."""

    def __init__(self) -> None:
        self.seen = asyncio.Event()

    def on_metadata_update(self, delta: Any, image: MetadataImage) -> None:
        if image.features.metadata_version is not None:
            self.seen.set()

    def on_controller_change(self, leader: Any) -> None:
        """Who leads is known before anything is committed."""


class _WakesLifecycle:
    def __init__(self, lifecycle: BrokerLifecycle) -> None:
        self._lifecycle = lifecycle

    def on_metadata_update(self, delta: Any, image: MetadataImage) -> None:
        self._lifecycle.metadata_changed()

    def on_controller_change(self, leader: Any) -> None:
        self._lifecycle.metadata_changed()


class _Transport:
    """Requests to the controller on another node."""

    def __init__(self, node: Node) -> None:
        self._node = node

    async def send(self, node_id: int, message: Message, version: int, timeout_s: float) -> Any:
        node = self._node
        assert node._quorum is not None and node._connections is not None
        voter = node._quorum.voters.node(node_id)
        if voter is None or not voter.endpoints:
            raise OSError(f"the address of controller {node_id} is not known")
        endpoint = voter.endpoints[0]
        try:
            response, _ = await node._connections.request(
                endpoint.host, endpoint.port, message, timeout_ms=int(timeout_s * 1000), highest_version=version
            )
        except (NodeUnreachableError, UnsupportedByNodeError) as error:
            raise OSError(str(error)) from error
        return response
