"""`LocalCluster`: all brokers of one embedded cluster, for the window, the command line and tests alike.

    cluster = LocalCluster.open(folder, brokers=3, port=9092)
    unsubscribe = cluster.subscribe(print)
    await cluster.start()          # every broker serves clients, or KnownError
    ...
    await cluster.close()          # brokers stopped, folder unlocked

Invariants: runs on one event loop (asyncio's own or qasync's) and is used from there only; while it is open it holds
the folder's lock, so one process at a time supervises a cluster; `close` leaves no process behind.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from workbench.cluster.broker_handle import BrokerHandle
from workbench.cluster.events import (
    BrokerPhaseChanged,
    BrokersChanged,
    ClusterEvent,
    ClusterPhase,
    ClusterPhaseChanged,
    Observer,
    cluster_phase,
)
from workbench.cluster.faults import FaultBoard
from workbench.cluster.folder import ClusterFolder
from workbench.cluster.log_file import BrokerLogFile, log_file_path
from workbench.cluster.plan import (
    CONTROLLER_PORT_DISTANCE,
    DEFAULT_BROKERS,
    DEFAULT_PORT,
    MAX_BROKERS,
    bootstrap_address,
    check_ports,
    check_settings,
    log_directories,
    moved_to_port,
    new_spec,
    ports_from,
    ports_of,
    properties_path,
    readdressed,
    voters,
)
from workbench.cluster.policy import RestartPolicy
from workbench.cluster.ports import LAST_PORT, any_free_port, free_port_from, is_port_free
from workbench.cluster.preparation import is_prepared, prepare_broker
from workbench.cluster.process import broker_command
from workbench.cluster.spec import BrokerSpec, ClusterSpec, save_spec
from workbench.system.counting import counted
from workbench.system.known_error import KnownError
from workbench.system.tasks import TaskKeeper
from workbench.wire.uuids import random_uuid, uuid_to_text

RUNNING_FILE_NAME = "running.json"

CommandFor = Callable[[Path], Sequence[str]]


class PortInUseError(KnownError):
    """A port of the cluster is taken; `free_port` is the next first port at which the whole cluster would fit.

    None where no other first port would help: several voters keep their controllers' ports.
    """

    def __init__(self, port: int, free_port: int | None) -> None:
        remedy = f"Stop what listens on {port}, and try again."
        if free_port is not None:
            remedy = f"Port {free_port} is free: use that one, or stop what listens on {port}."
        super().__init__(f"Port {port} is in use by another program.", remedy)
        self.port = port
        self.free_port = free_port


class LocalCluster:
    """One embedded cluster and its brokers; made by `open`."""

    def __init__(
        self,
        folder: ClusterFolder,
        spec: ClusterSpec,
        *,
        policy: RestartPolicy,
        command_for: CommandFor,
    ) -> None:
        self._folder = folder
        self._spec = spec
        self._policy = policy
        self._command_for = command_for
        self._observers: list[Observer] = []
        self._tasks = TaskKeeper()
        self._phase = ClusterPhase.STOPPED
        self._held = ""
        self._handles = self._make_handles()
        self.faults = FaultBoard(lambda: self._handles, self._hand_on)

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        name: str = "local",
        brokers: int | None = None,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        policy: RestartPolicy | None = None,
        command_for: CommandFor = broker_command,
    ) -> LocalCluster:
        """Opens the cluster in `folder`, or describes a new one there; nothing is started yet.

        `brokers` and `port` default to what the folder's cluster has (3 and 9092 for a new one); a `port` of 0 keeps
        ports that are free and else takes any that are. `settings` are added to the cluster's. KnownError where the
        folder is locked, is not ours, cannot be written, or holds another number of brokers.
        """
        opened = ClusterFolder.lock(folder)
        try:
            spec = opened.spec
            if brokers is not None and not 1 <= brokers <= MAX_BROKERS:
                raise KnownError(f"A cluster of {brokers} brokers is not possible.", f"It can have 1 to {MAX_BROKERS}.")
            count = brokers if brokers is not None else (len(spec.brokers) if spec else DEFAULT_BROKERS)
            if spec is None:
                first_port = DEFAULT_PORT if port is None else port or any_free_port(lambda p: ports_from(p, count))
                spec = new_spec(name, count, first_port, settings or {}, _new_id)
            elif len(spec.brokers) != count and is_prepared(spec, folder):
                present = counted(len(spec.brokers), "{} broker", "{} brokers")
                raise KnownError(
                    f"The cluster in {folder} has {present}, not {count}.",
                    "Leave the number out, or use another data folder.",
                )
            else:
                check_settings(settings or {})
                spec = _with_brokers(spec.with_settings(settings or {}), count)
                if port == 0:
                    spec = _on_free_ports(spec, folder)
                elif port is not None:
                    spec = _moved(spec, folder, port)
            check_ports(spec)
            save_spec(folder, spec)
        except OSError as error:
            opened.unlock()
            raise KnownError(
                f"{folder} cannot be written: {error.strerror or error}.", "Check its permissions."
            ) from error
        except BaseException:
            opened.unlock()
            raise
        return cls(opened, spec, policy=policy or RestartPolicy(), command_for=command_for)

    @property
    def folder(self) -> Path:
        """The folder that holds everything of this cluster."""
        return self._folder.path

    @property
    def spec(self) -> ClusterSpec:
        """What the user asked for."""
        return self._spec

    @property
    def name(self) -> str:
        """The cluster's name."""
        return self._spec.name

    @property
    def phase(self) -> ClusterPhase:
        """All brokers taken together."""
        return self._phase

    @property
    def bootstrap(self) -> str:
        """`bootstrap.servers` for clients."""
        return bootstrap_address(self._spec)

    @property
    def brokers(self) -> Mapping[int, BrokerHandle]:
        """The brokers by node id."""
        return self._handles

    @property
    def pids(self) -> dict[int, int]:
        """The process ids by node id, of the brokers that run."""
        return {node_id: handle.pid for node_id, handle in self._handles.items() if handle.pid is not None}

    def subscribe(self, observer: Observer) -> Callable[[], None]:
        """Tells `observer` every event from now on; the function that comes back ends that."""
        self._observers.append(observer)

        def unsubscribe() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return unsubscribe

    async def start(self) -> None:
        """Starts every broker and returns when all serve clients; KnownError with the first reason why not.

        What could be started keeps running then; `PortInUseError` comes before anything is started.
        """
        self._check_ports()
        results = await asyncio.gather(*(handle.start() for handle in self._handles.values()), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def stop(self) -> None:
        """Stops every broker cleanly, all at once, and returns when no process is left."""
        await asyncio.gather(*(handle.stop() for handle in self._handles.values()))

    async def close(self) -> None:
        """Stops what runs and gives the folder up; the cluster cannot be used any more."""
        self.faults.heal_all()
        await self.stop()
        self.faults.close()
        await self._tasks.cancel_all()
        for handle in self._handles.values():
            handle.close()
        self._remove_running_file()
        self._folder.unlock()

    @contextmanager
    def held(self, why: str) -> Iterator[None]:
        """Lets no broker start meanwhile: `why`, a sentence, is what whoever tries is told."""
        self._held = why
        try:
            yield
        finally:
            self._held = ""

    @property
    def was_started(self) -> bool:
        """Whether it ever was; one that never was is only a description, which may still change in everything."""
        return is_prepared(self._spec, self.folder)

    def move_to_port(self, port: int, brokers: int | None = None) -> None:
        """Lets a stopped cluster listen on `port`, `port` + 1, ... from its next start on.

        One that was never started also gets as many `brokers` as are asked for; KnownError for any other.
        """
        if self.pids:
            raise KnownError("The cluster runs and cannot change its ports.", "Stop it first.")
        count = len(self._spec.brokers)
        if brokers is not None and brokers != count and self.was_started:
            present = counted(count, "{} broker", "{} brokers")
            raise KnownError(
                f"The cluster in {self.folder} has {present}, not {brokers}.",
                "Start it as it is; then add brokers, or take some out.",
            )
        moved = _moved(_with_brokers(self._spec, brokers or count), self.folder, port)
        check_ports(moved)
        save_spec(self.folder, moved)
        self._spec = moved
        self._handles = self._make_handles()
        self._hand_on(BrokersChanged(tuple(self._handles), time.time_ns() // 1_000_000))

    def free_ports_for_one_more(self) -> tuple[int, int]:
        """A client's and a controller's port for one more broker, the next behind those in use that are free."""
        taken = {port for broker in self._spec.brokers for port in (broker.port, broker.controller_port)}

        def free_from(first: int) -> int:
            ports = range(first, LAST_PORT + 1)
            free = next((port for port in ports if port not in taken and is_port_free(port)), None)
            if free is None:
                raise KnownError(f"No port from {first} on is free.", "Let the cluster listen on lower ports first.")
            return free

        last = max(self._spec.brokers, key=lambda broker: broker.port)
        port = free_from(last.port + 1)
        taken.add(port)
        return port, free_from(port + CONTROLLER_PORT_DISTANCE)

    def adopt(self, spec: ClusterSpec) -> None:
        """Makes `spec`, with brokers more, less or changed, the cluster's; handles of the brokers in both stay.

        A broker that is described otherwise than before must not run.
        """
        save_spec(self.folder, spec)
        self._spec = spec
        handles = {
            broker.node_id: self._handles.get(broker.node_id) or self._make_handle(broker) for broker in spec.brokers
        }
        for broker in spec.brokers:
            if handles[broker.node_id].spec != broker:
                handles[broker.node_id].describe(broker, log_directories(self.folder, broker))
        for node_id, handle in self._handles.items():
            if node_id not in handles:
                handle.close()
        self._handles = handles
        self._hand_on(BrokersChanged(tuple(handles), time.time_ns() // 1_000_000))

    def next_free_port(self, first: int) -> int | None:
        """The lowest first port from `first` on at which the whole cluster fits."""
        return free_port_from(first, *_moved_ports(self._spec, self.folder))

    def describe(self) -> dict[str, object]:
        """What `cluster start --json` prints: bootstrap, pids and directories by node id."""
        return {
            "bootstrap": self.bootstrap,
            "pids": {str(node_id): pid for node_id, pid in self.pids.items()},
            "directories": {str(node_id): str(handle.directories[0]) for node_id, handle in self._handles.items()},
        }

    def _make_handles(self) -> dict[int, BrokerHandle]:
        return {broker.node_id: self._make_handle(broker) for broker in self._spec.brokers}

    def _make_handle(self, broker: BrokerSpec) -> BrokerHandle:
        return BrokerHandle(
            broker,
            properties_path=properties_path(self.folder, broker),
            directories=log_directories(self.folder, broker),
            log_file=BrokerLogFile(log_file_path(self.folder, broker.node_id)),
            policy=self._policy,
            command=self._command_for(properties_path(self.folder, broker)),
            prepare=self._prepare,
            notify=self._tell,
            tasks=self._tasks,
        )

    async def _prepare(self, broker: BrokerSpec) -> None:
        if self._held:
            raise KnownError(self._held, "Wait until that is done, or cancel it.")
        await asyncio.to_thread(prepare_broker, self._spec, broker, self.folder)

    def _check_ports(self) -> None:
        idle = [handle.spec for handle in self._handles.values() if not handle.phase.has_process]
        voting = [broker for broker in voters(self._spec) if broker in idle]
        for port in ports_of(idle, voting):
            if not is_port_free(port):
                stays = port in _kept_ports(self._spec, self.folder)
                raise PortInUseError(port, None if stays else self.next_free_port(self._spec.brokers[0].port + 1))

    def _tell(self, event: ClusterEvent) -> None:
        self._hand_on(event)
        if not isinstance(event, BrokerPhaseChanged):
            return
        self.faults.on_event(event)
        self._write_running_file()
        phase = cluster_phase([handle.phase for handle in self._handles.values()])
        if phase is not self._phase:
            self._phase = phase
            self._hand_on(ClusterPhaseChanged(phase, time.time_ns() // 1_000_000))

    def _hand_on(self, event: ClusterEvent) -> None:
        for observer in list(self._observers):
            try:
                observer(event)
            except Exception as error:
                # An observer's bug must not keep the others, or the supervisor, from their work.
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"an observer of cluster {self.name} failed", "exception": error}
                )

    def _write_running_file(self) -> None:
        path = self.folder / RUNNING_FILE_NAME
        temporary = path.with_name(path.name + ".tmp")
        try:
            temporary.write_text(json.dumps(self.describe()) + "\n", encoding="utf-8")
            temporary.replace(path)
        except OSError:
            # A convenience for other programs: a full disk must not keep the supervisor from its work.
            temporary.unlink(missing_ok=True)

    def _remove_running_file(self) -> None:
        (self.folder / RUNNING_FILE_NAME).unlink(missing_ok=True)


def _new_id() -> str:
    return uuid_to_text(random_uuid())


def _with_brokers(spec: ClusterSpec, count: int) -> ClusterSpec:
    """The same cluster with another number of brokers; only for one that was never started."""
    if len(spec.brokers) == count:
        return spec
    return new_spec(spec.name, count, spec.brokers[0].port, spec.settings, _new_id)


def _moved(spec: ClusterSpec, folder: Path, port: int) -> ClusterSpec:
    """The same cluster from `port` on; while no voter knows another, the controllers go along."""
    return moved_to_port(spec, port) if is_prepared(spec, folder) else readdressed(spec, port)


def _on_free_ports(spec: ClusterSpec, folder: Path) -> ClusterSpec:
    if all(is_port_free(port) for port in ports_of(spec.brokers, voters(spec))):
        return spec
    return _moved(spec, folder, any_free_port(*_moved_ports(spec, folder)))


def _moved_ports(spec: ClusterSpec, folder: Path) -> tuple[Callable[[int], tuple[int, ...]], Callable[[int], bool]]:
    """Which ports the cluster would have to find free if it moved to a first one, and whether one is."""
    kept = _kept_ports(spec, folder)

    def needed(first: int) -> tuple[int, ...]:
        moved = _moved(spec, folder, first)
        return ports_of(moved.brokers, () if kept else voters(moved))

    return needed, lambda port: port not in kept and is_port_free(port)


def _kept_ports(spec: ClusterSpec, folder: Path) -> frozenset[int]:
    """Ports that stay when the cluster moves to another first port."""
    moved = _moved(spec, folder, spec.brokers[0].port + 1)
    pairs = zip(spec.brokers, moved.brokers, strict=True)
    return frozenset(old.controller_port for old, new in pairs if old.controller_port == new.controller_port)
