"""One node of the cluster, broker or controller or both: built from its properties file, run until told to stop.

Order of starting: directories are locked and checked, ports taken, the quorum joined, the broker registered, the
metadata caught up to that, logs opened (recovered where the last end was not clean), the broker unfenced, the
listeners opened.
Stopping goes the other way, after leaderships were handed over.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from workbench.broker_contract.messages import BrokerState, ChangeReported
from workbench.broker_contract.properties_file import given_properties
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.change_reports import ChangeReports
from workbench.embedded_broker.control.channel import ControlChannel
from workbench.embedded_broker.controller_channel import ControllerChannel
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group_service import GroupService
from workbench.embedded_broker.coordinators.scheduler import LoopScheduler
from workbench.embedded_broker.faults.faulty_disk import FaultyDisk
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.faults.skewed_clock import SkewedClock
from workbench.embedded_broker.handlers import catalog as _handlers  # noqa: F401
from workbench.embedded_broker.housekeeping import Housekeeping
from workbench.embedded_broker.lifecycle import HOPELESS, BrokerLifecycle
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metrics.broker_metrics import BrokerMetrics
from workbench.embedded_broker.network.dispatch import RequestDispatcher
from workbench.embedded_broker.network.socket_server import BoundListener, SocketServer, bind
from workbench.embedded_broker.node_directories import NodeDirectories
from workbench.embedded_broker.node_status import NodeStatus
from workbench.embedded_broker.quorum_member import QuorumMember
from workbench.embedded_broker.replication.directory_assignments import (
    DirectoryAssignments,
    DirectoryAssignmentSender,
)
from workbench.embedded_broker.replication.fetchers import ReplicaFetchers
from workbench.embedded_broker.replication.internal_logs import InternalLogs
from workbench.embedded_broker.replication.isr_change_sender import IsrChangeSender
from workbench.embedded_broker.replication.isr_changes import IsrChanges
from workbench.embedded_broker.replication.leader_following import FetcherSettings
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.replica_manager import ReplicaManager, Replication, directory_id_of
from workbench.embedded_broker.requests import Role
from workbench.embedded_broker.settings import BrokerSettings
from workbench.embedded_broker.settings_check import checked_settings
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.log_directory import LogDirectory
from workbench.system.known_error import KnownError
from workbench.system.tasks import TaskKeeper

log = logging.getLogger("workbench.broker")

CONTROLLED_SHUTDOWN_TIMEOUT_S = 5.0


def read_settings(path: Path) -> BrokerSettings:
    """Raises KnownError for a file that is missing, unreadable or says what cannot be."""
    return checked_settings(given_properties(path), path)


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
        self._directories = NodeDirectories(settings, self._disk)
        self._bound: list[BoundListener] = []
        self._server: SocketServer | None = None
        self._dispatcher: RequestDispatcher | None = None
        self._lifecycle: BrokerLifecycle | None = None
        self._member: QuorumMember | None = None
        self._groups: GroupService | None = None
        self._fetchers: ReplicaFetchers | None = None
        self._isr_changes: IsrChangeSender | None = None
        self._placements: DirectoryAssignmentSender | None = None
        self._housekeeping: Housekeeping | None = None
        self.broker: Broker

    # Starting

    async def start(self, channel: ControlChannel | None) -> None:
        """Returns when clients are served. Raises KnownError for what a person has to remove."""
        for warning in self.settings.warnings:
            log.warning("%s", warning)
        self._directories.open()
        self.broker = broker = Broker(self.settings, self._directories.cluster_id, self._faults)
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
        self._member = member = QuorumMember(
            broker,
            self._directories.metadata_directory,
            disk=self._disk,
            clock=self._clock,
            on_failure=self._quorum_failed,
        )
        await member.join()
        for bound in self._bound:
            if bound.role is Role.CONTROLLER:
                await self._server.start(bound)
        if settings.is_broker:
            await self._start_broker(member.channel, channel)
        log.info(
            "Node %d is ready on %s",
            settings.node_id,
            ", ".join(f"{one.listener.name}://{one.listener.host}:{one.port}" for one in self._bound),
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

    def _quorum_failed(self, error: Exception) -> None:
        cause = error if isinstance(error, OSError) else error.__cause__
        words = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(error)
        self.failure = KnownError(
            f"The metadata log in {self._directories.metadata_directory.path} cannot be written or read: {words}.",
            "See whether the disk is full or failing, then start the broker again.",
        )
        self._request_stop("the metadata log failed")

    async def _start_broker(self, controller: ControllerChannel, channel: ControlChannel | None) -> None:
        settings, broker = self.settings, self.broker
        await self._metadata_shows(lambda image: image.features.metadata_version is not None)
        self._lifecycle = lifecycle = BrokerLifecycle(
            broker, controller, [directory_id_of(directory) for directory in self._directories.opened]
        )
        await lifecycle.register(self._directories.previous_epoch)
        self._tasks.spawn(lifecycle.run(), "heartbeats")
        # What was known before is not to be acted on: the controller may still think that we lead what an unclean end
        # took from us, and topics made meanwhile would look like strays.
        await self._metadata_shows(lambda image: image.offset >= broker.broker_epoch)
        await self._load_logs(channel)
        broker.replicas = ReplicaManager(
            settings.node_id,
            self._directories.opened,
            topic_config=self._topic_config,
            now_ms=broker.now_ms,
            directory_failed=self._directory_failed,
            lag_time_max_ms=settings.integer("replica.lag.time.max.ms"),
            prefers_near_replicas=settings.prefers_near_replicas,
            tasks=self._tasks,
        )
        broker.replicas.replicate_with(self._make_replication(controller))
        self._groups = broker.groups = GroupService(
            settings.node_id,
            GroupSettings.from_properties(settings.properties),
            InternalLogs(broker.replicas, broker.now_ms),
            LoopScheduler(),
        )
        if self._directories.offline:
            broker.offline_directories.extend(self._directories.offline)
            broker.replicas.directories_are_offline()
        broker.metadata.add_publisher(broker.throttles)
        broker.metadata.add_publisher(broker.replicas)
        broker.metadata.add_publisher(_ForgetsTopics(broker.metrics))
        await broker.replicas.caught_up()
        broker.metadata.add_publisher(self._groups)
        lifecycle.unfence_when_caught_up()
        broker.metadata.add_publisher(_WakesLifecycle(lifecycle))
        await lifecycle.wait_until_unfenced()
        assert self._server is not None
        for bound in self._bound:
            if bound.role is Role.BROKER:
                await self._server.start(bound)
        self._housekeeping = Housekeeping(broker.replicas, settings, self._tasks, self._directory_failed, broker.now_ms)
        self._housekeeping.start()

    def _make_replication(self, controller: ControllerChannel) -> Replication:
        settings, broker = self.settings, self.broker

        def address_of(leader_id: int) -> tuple[str, int] | None:
            endpoint = broker.endpoint_of(leader_id, settings.inter_broker_listener_name)
            return None if endpoint is None else (endpoint.host, endpoint.port)

        def fetched(partition: Partition, size_bytes: int) -> None:
            broker.metrics.replication_bytes_in += size_bytes
            broker.throttles.follower.record(partition.topic, partition.index, size_bytes)

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
            disk=self._faults,
            throttle=broker.throttles.follower,
        )
        isr_changes = IsrChanges(
            settings.node_id,
            broker_epoch=lambda: broker.broker_epoch,
            now_ms=broker.now_ms,
        )
        self._fetchers = fetchers
        self._isr_changes = IsrChangeSender(isr_changes, controller.ask)
        assignments = DirectoryAssignments(
            settings.node_id, broker_epoch=lambda: broker.broker_epoch, image=lambda: broker.replicas.image
        )
        self._placements = DirectoryAssignmentSender(assignments, controller.ask)
        return Replication(fetchers, self._isr_changes, self._placements)

    async def _metadata_shows(self, condition: Callable[[MetadataImage], bool]) -> None:
        """Waits for a picture of the cluster of which `condition` holds; the one before any record counts as none.

        Waits as long as it takes, unless it was told why that is hopeless: KnownError.
        """
        waiter = _ImageWaiter(condition)
        self.broker.metadata.add_publisher(waiter)
        patience_s = self.settings.integer("initial.broker.registration.timeout.ms") / 1000
        while not waiter.seen.is_set():
            try:
                async with asyncio.timeout(patience_s):
                    await waiter.seen.wait()
            except TimeoutError:
                if self.broker.quorum.obstacle in HOPELESS:
                    raise KnownError(*HOPELESS[self.broker.quorum.obstacle]) from None
        self.broker.metadata.remove_publisher(waiter)

    async def _load_logs(self, channel: ControlChannel | None) -> None:
        if channel is not None and not self._directories.were_clean:
            channel.report_state(BrokerState.RECOVERING)
        await self._directories.load_logs(self.broker.image, self._topic_config, self.broker.now_ms)

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
        """A log directory does not work any more; without the one with the metadata log the node cannot go on."""
        if directory not in self._directories.opened:
            return
        log.error("Log directory %s failed: %s", directory.path, error)
        if directory is not self._directories.metadata_directory and self._lifecycle is not None:
            self._directories.give_up(directory)
            self.broker.replicas.give_up_directory(directory)
            self.broker.offline_directories.append(directory.path)
            self._lifecycle.directory_failed(directory_id_of(directory))
            return
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
        # A start that failed half way has bound listeners which the server never took over.
        for bound in self._bound:
            for one in bound.sockets:
                one.close()
        if self._isr_changes is not None:
            await self._isr_changes.stop()
        if self._placements is not None:
            await self._placements.stop()
        if self._fetchers is not None:
            self.broker.replicas.stop_following()
            await self._fetchers.stop()
        await self._tasks.cancel_all()
        await self._close_files(self._leave_quorum())
        await self._close_files(asyncio.to_thread(self._close_directories))

    async def _leave_quorum(self) -> None:
        if self._member is not None:
            await self._member.leave()

    async def _close_files(self, closing: Awaitable[None]) -> None:
        """What failed first says more than what cannot be closed for it: a disk that is full goes on so."""
        try:
            await closing
        except OSError as error:
            log.error("Not everything could be closed: %s", error)
            if self.failure is None:
                self.failure = KnownError(
                    f"Not everything could be closed: {error.strerror or error} ({error.filename}).",
                    "Free space on the disk or repair it; the next start checks what the logs hold.",
                )

    def _close_directories(self) -> None:
        broker = getattr(self, "broker", None)
        replicas = getattr(broker, "replicas", None)
        marks = None
        if replicas is not None:
            marks = {key: partition.high_watermark for key, partition in replicas.partitions.items()}
        self._directories.close(
            marks, clean=self.failure is None, broker_epoch=-1 if broker is None else broker.broker_epoch
        )


class _ImageWaiter:
    """A publisher that sets `seen` once `condition` holds."""

    def __init__(self, condition: Callable[[MetadataImage], bool]) -> None:
        self._condition = condition
        self.seen = asyncio.Event()

    def on_metadata_update(self, delta: Any, image: MetadataImage) -> None:
        if self._condition(image):
            self.seen.set()

    def on_controller_change(self, leader: Any) -> None:
        """Who leads is known before anything is committed."""


class _ForgetsTopics:
    """Lets the counters of deleted topics go: there may be any number in the life of a process."""

    def __init__(self, metrics: BrokerMetrics) -> None:
        self._metrics = metrics

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        if delta.topics is not None:
            for topic in delta.topics.deleted_topics.values():
                self._metrics.forget_topic(topic.name)

    def on_controller_change(self, leader: Any) -> None:
        """Who leads is no matter of topics."""


class _WakesLifecycle:
    def __init__(self, lifecycle: BrokerLifecycle) -> None:
        self._lifecycle = lifecycle

    def on_metadata_update(self, delta: Any, image: MetadataImage) -> None:
        self._lifecycle.metadata_changed()

    def on_controller_change(self, leader: Any) -> None:
        self._lifecycle.metadata_changed()
