"""What observers of a `LocalCluster` are told, on the event loop that runs it.

Invariant: an observer is called after the handle's own attributes show the new state, never concurrently.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from workbench.broker_contract.messages import BrokerState, ChangeReported, MetricsSample
from workbench.cluster.policy import BrokerPhase, Failure
from workbench.cluster.rates import BrokerRates
from workbench.system.quick_dataclass import dataclass


class ClusterPhase(StrEnum):
    """All brokers of a cluster taken together."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    STOPPING = "stopping"
    FAILED = "failed"


class LogLevel(StrEnum):
    """How grave a line of a broker's log is."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARN"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that a broker wrote, or that the supervisor says about it (`source` "supervisor")."""

    at_ms: int
    level: LogLevel
    text: str
    source: str = "broker"


@dataclass(frozen=True, slots=True)
class BrokerPhaseChanged:
    """A broker's process has come, gone or changed; `pid` is None where none runs."""

    node_id: int
    phase: BrokerPhase
    pid: int | None
    failure: Failure | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class BrokerStateReported:
    """What the broker says of itself while it starts, with progress from 0 to 1 where it recovers its logs."""

    node_id: int
    state: BrokerState
    detail: str
    progress: float | None
    at_ms: int


@dataclass(frozen=True, slots=True)
class BrokerSampled:
    """A broker's figures, about once a second."""

    node_id: int
    sample: MetricsSample
    rates: BrokerRates


@dataclass(frozen=True, slots=True)
class BrokerLogged:
    """A broker wrote a line."""

    node_id: int
    line: LogLine


@dataclass(frozen=True, slots=True)
class ClusterPhaseChanged:
    """The cluster as a whole has changed."""

    phase: ClusterPhase
    at_ms: int


@dataclass(frozen=True, slots=True)
class ClusterChanged:
    """The active controller, on `node_id`, tells of a change: leaders, in-sync sets, fenced brokers."""

    node_id: int
    change: ChangeReported


@dataclass(frozen=True, slots=True)
class FaultBegan:
    """A fault that somebody asked for is in force; `words` say what it is."""

    fault_id: str
    words: str
    node_ids: tuple[int, ...]
    at_ms: int


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """A fault is over; `by_itself` tells that its time was."""

    fault_id: str
    words: str
    node_ids: tuple[int, ...]
    at_ms: int
    by_itself: bool


@dataclass(frozen=True, slots=True)
class BrokersChanged:
    """Brokers were added to the cluster or taken out; `node_ids` are those it has now."""

    node_ids: tuple[int, ...]
    at_ms: int


ClusterEvent = (
    BrokerPhaseChanged
    | BrokerStateReported
    | BrokerSampled
    | BrokerLogged
    | ClusterPhaseChanged
    | ClusterChanged
    | FaultBegan
    | FaultEnded
    | BrokersChanged
)
Observer = Callable[[ClusterEvent], None]


def cluster_phase(phases: list[BrokerPhase]) -> ClusterPhase:
    """The phase of a cluster whose brokers are in `phases`."""
    kinds = set(phases)
    if BrokerPhase.STOPPING in kinds or BrokerPhase.KILLING in kinds:
        return ClusterPhase.STOPPING if not kinds & {BrokerPhase.RUNNING} else ClusterPhase.DEGRADED
    if kinds == {BrokerPhase.RUNNING}:
        return ClusterPhase.RUNNING
    if BrokerPhase.RUNNING in kinds:
        return ClusterPhase.DEGRADED
    if kinds & {BrokerPhase.STARTING, BrokerPhase.WAITING}:
        return ClusterPhase.STARTING
    if BrokerPhase.PAUSED in kinds:
        return ClusterPhase.DEGRADED
    if BrokerPhase.FAILED in kinds:
        return ClusterPhase.FAILED
    return ClusterPhase.STOPPED
