"""The embedded cluster's processes as the window sees them: a thin Qt face over `LocalCluster`.

Everything that happens to a broker comes as a signal; the switches are coroutines that the caller spawns.
"""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from workbench.cluster.events import (
    BrokerLogged,
    BrokerPhaseChanged,
    BrokerSampled,
    BrokerStateReported,
    ClusterEvent,
)
from workbench.cluster.plan import CONTROLLER_LISTENER
from workbench.storage.workspace.metrics import RateSample
from workbench.ui.view_models.problems import BrokerTrouble
from workbench.ui.view_models.rate_history import RateHistory
from workbench.ui.view_models.timeline_model import TimelineModel

if TYPE_CHECKING:
    from workbench.cluster.broker_handle import BrokerHandle
    from workbench.cluster.faults import Fault
    from workbench.cluster.supervisor import LocalCluster


_OWN_CLIENTS = re.compile(r"kafka-workbench|broker-\d+-|node-\d+|raft")
"""Client ids of the workbench and of brokers that fetch from each other."""


class LocalBrokers(QObject):
    """Brokers of one embedded cluster; `opened` is None until its folder was opened."""

    phase_changed = Signal()
    broker_changed = Signal(int)
    sampled = Signal(int)
    logged = Signal(int, object)

    def __init__(self, folder: Path, rates: RateHistory, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.rates = rates
        self.timeline = TimelineModel(self)
        self.cluster: LocalCluster | None = None
        self.last_pids: dict[int, int] = {}

    async def open(self, name: str, port: int | None, brokers: int | None = None) -> LocalCluster:
        """Opens the folder's cluster or describes a new one of `brokers`, 3 by default; KnownError where that fails.

        A cluster that was never started is as good as new: it gets as many as are asked for.
        """
        import asyncio

        from workbench.cluster.preparation import is_prepared
        from workbench.cluster.spec import load_spec
        from workbench.cluster.supervisor import LocalCluster

        def described() -> tuple[int | None, bool]:
            spec = load_spec(self.folder)
            return (None, False) if spec is None else (spec.brokers[0].port, is_prepared(spec, self.folder))

        present, was_started = await asyncio.to_thread(described)
        wanted = port if port is not None and present != port else None
        count = None if was_started else brokers
        self.cluster = LocalCluster.open(self.folder, name=name, brokers=count, port=wanted)
        self.cluster.subscribe(self._observe)
        self.phase_changed.emit()
        return self.cluster

    @property
    def handles(self) -> dict[int, BrokerHandle]:
        """Brokers by node id; empty before `open`."""
        return dict(self.cluster.brokers) if self.cluster is not None else {}

    @property
    def bootstrap(self) -> str:
        """`bootstrap.servers`, "" before `open`."""
        return self.cluster.bootstrap if self.cluster is not None else ""

    @property
    def running_count(self) -> int:
        """Brokers that serve clients."""
        return sum(1 for handle in self.handles.values() if handle.phase.value == "running")

    @property
    def active_faults(self) -> tuple[Fault, ...]:
        """What was made to go wrong and is not healed yet, oldest first."""
        return self.cluster.faults.active if self.cluster is not None else ()

    @property
    def any_process(self) -> bool:
        """Whether any broker's process lives."""
        return any(handle.phase.has_process for handle in self.handles.values())

    def troubles(self) -> tuple[BrokerTrouble, ...]:
        """Brokers that do not run and are not just starting."""
        found = []
        for node_id, handle in self.handles.items():
            phase = handle.phase.value
            if phase in ("running", "starting"):
                continue
            failure = handle.failure
            found.append(
                BrokerTrouble(
                    node_id,
                    phase,
                    failure.sentence if failure else "",
                    failure.remedy if failure else "",
                    on_purpose=failure is None and phase in ("stopped", "stopping"),
                )
            )
        return tuple(found)

    async def start_all(self) -> None:
        """Starts every broker; KnownError with the first reason why not."""
        if self.cluster is not None:
            await self.cluster.start()

    async def stop_all(self) -> None:
        """Stops every broker cleanly."""
        if self.cluster is not None:
            await self.cluster.stop()

    async def client_names(self) -> list[str]:
        """Client ids of the programs connected now: neither the workbench itself nor brokers among themselves."""
        names = set()
        for connections in await asyncio.gather(*(handle.connections() for handle in self.handles.values())):
            for connection in connections:
                name = connection.client_id or connection.client_software
                if name and not _OWN_CLIENTS.match(name) and connection.listener != CONTROLLER_LISTENER:
                    names.add(name)
        return sorted(names)

    async def close(self) -> None:
        """Stops what runs and gives the folder up."""
        if self.cluster is not None:
            cluster, self.cluster = self.cluster, None
            await cluster.close()

    def _observe(self, event: ClusterEvent) -> None:
        self.timeline.take(event)
        if isinstance(event, BrokerPhaseChanged) and event.pid is not None:
            self.last_pids[event.node_id] = event.pid
        match event:
            case BrokerSampled():
                self._sampled(event)
            case BrokerLogged(node_id, line):
                self.logged.emit(node_id, line)
            case BrokerPhaseChanged() | BrokerStateReported():
                self.broker_changed.emit(event.node_id)
            case _:
                self.phase_changed.emit()

    def _sampled(self, event: BrokerSampled) -> None:
        rates = event.rates
        if rates.interval_ms:
            now_ms = time.time_ns() // 1_000_000
            self.rates.add(
                RateSample(
                    now_ms,
                    event.node_id,
                    rates.bytes_in,
                    rates.bytes_out,
                    rates.messages_in,
                    rates.messages_out,
                    rates.requests,
                )
            )
        self.sampled.emit(event.node_id)
