"""An embedded cluster whose brokers are only played: real faults and real events, no process."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from workbench.broker_contract.messages import FaultRule, MetricsSample
from workbench.cluster.events import BrokerPhaseChanged, ClusterEvent
from workbench.cluster.faults import FaultBoard
from workbench.cluster.policy import BrokerPhase, Failure
from workbench.cluster.rates import BrokerRates
from workbench.cluster.spec import BrokerSpec
from workbench.ui.bridge import Bridge
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.rate_history import RateHistory


class PlayedHandle:
    """A broker that does at once what it is told."""

    def __init__(self, node_id: int, cluster: PlayedCluster) -> None:
        self.node_id = node_id
        self.spec = BrokerSpec(node_id, 9091 + node_id, 9192 + node_id, "dir", (f"broker-{node_id}",))
        self.phase = BrokerPhase.RUNNING
        self.failure: Failure | None = None
        self.pid: int | None = 4_000 + node_id
        self.directories = (Path(f"/nowhere/broker-{node_id}"),)
        self.address = f"localhost:{self.spec.port}"
        self.rates = BrokerRates()
        self.last_sample: MetricsSample | None = MetricsSample(1, 65_000, log_size_bytes=2**20)
        self.phase_since_ms = time.time_ns() // 1_000_000
        self.rules: list[FaultRule] = []
        self.log_lines: list[object] = []
        self.reported_state = None
        self.progress = None
        self._cluster = cluster

    def set_faults(self, rules: Any) -> bool:
        self.rules = list(rules)
        return True

    def pause(self) -> None:
        self.become(BrokerPhase.PAUSED)

    def resume(self) -> None:
        self.become(BrokerPhase.RUNNING)

    async def kill(self) -> None:
        self.become(BrokerPhase.KILLING)
        self.become(BrokerPhase.KILLED)

    async def stop(self) -> None:
        self.become(BrokerPhase.STOPPING)
        self.become(BrokerPhase.STOPPED)

    async def start(self) -> None:
        self.become(BrokerPhase.STARTING)
        self.become(BrokerPhase.RUNNING)

    async def connections(self, timeout_s: float = 2.0) -> tuple[object, ...]:
        return ()

    def become(self, phase: BrokerPhase) -> None:
        """Another phase, told as the supervisor does."""
        self.phase = phase
        self.pid = 4_000 + self.node_id if phase.has_process else None
        self.phase_since_ms = time.time_ns() // 1_000_000
        self._cluster.tell(BrokerPhaseChanged(self.node_id, phase, self.pid, self.failure, self.phase_since_ms))


class PlayedCluster:
    """What `LocalBrokers` needs of a `LocalCluster`."""

    def __init__(self, count: int) -> None:
        self.name = "local"
        self.bootstrap = "localhost:9092"
        self.observer: Any = None
        self.brokers: dict[int, Any] = {node: PlayedHandle(node, self) for node in range(1, count + 1)}
        self.faults = FaultBoard(lambda: self.brokers, self.tell)

    def tell(self, event: ClusterEvent) -> None:
        if self.observer is not None:
            self.observer(event)
        self.faults.on_event(event)

    async def close(self) -> None:
        self.faults.close()


def played_brokers(count: int = 3) -> LocalBrokers:
    """The window's face over played brokers, all of which have just started."""
    local = LocalBrokers(Path("/nowhere"), RateHistory("local", None))
    cluster = PlayedCluster(count)
    local.cluster = cluster  # type: ignore[assignment]
    cluster.observer = local._observe
    for handle in cluster.brokers.values():
        handle.become(BrokerPhase.RUNNING)
    return local


def played_model(count: int = 3, bridge: Bridge | None = None) -> ClusterModel:
    """A model over them, described as running."""
    local = played_brokers(count)
    model = ClusterModel(bridge or Bridge(), "local", "", rank=4, rates=local.rates, local=local)
    model.state = ClusterState.RUNNING
    return model
