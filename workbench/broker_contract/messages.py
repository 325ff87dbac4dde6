"""The messages of the control channel between the supervisor and one broker.

The broker writes its messages to standard output and reads the supervisor's from standard input, one JSON object a
line (`message_json`). A reader ignores types and fields that it does not know, so either side may be newer.

Invariants: counters count from the start of the process and never fall; rates are the reader's business. A broker
sends `StateReported` at least once, `FailureReported` at most once and then ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from workbench.system.quick_dataclass import dataclass


class BrokerState(StrEnum):
    """What a broker says of itself."""

    STARTING = "starting"
    RECOVERING = "recovering"
    READY = "ready"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class TopicCounters:
    """What one topic has taken in and given out since the process started."""

    bytes_in: int = 0
    bytes_out: int = 0
    messages_in: int = 0
    messages_out: int = 0


@dataclass(frozen=True, slots=True)
class LatencySummary:
    """Time from a request's last byte in to its response's first byte out, over the last interval."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class MetricsSample:
    """One broker's figures at one moment: counters since its start, gauges as of now.

    `topics` holds only topics whose counters changed since the sample before. `bytes_in` and `bytes_out` count record
    data as Kafka's BytesInPerSec and BytesOutPerSec do (without replication); `network_*` counts whole frames.
    `client_errors` counts partitions of clients' Produce and Fetch requests by the error that they were answered with.
    """

    at_ms: int
    uptime_ms: int
    bytes_in: int = 0
    bytes_out: int = 0
    messages_in: int = 0
    messages_out: int = 0
    replication_bytes_in: int = 0
    replication_bytes_out: int = 0
    network_bytes_in: int = 0
    network_bytes_out: int = 0
    requests: int = 0
    requests_by_api: Mapping[str, int] = field(default_factory=dict)
    error_responses: int = 0
    client_errors: Mapping[str, int] = field(default_factory=dict)
    topics: Mapping[str, TopicCounters] = field(default_factory=dict)
    latencies_by_api: Mapping[str, LatencySummary] = field(default_factory=dict)
    connections: int = 0
    partitions: int = 0
    leaders: int = 0
    under_replicated_partitions: int = 0
    offline_partitions: int = 0
    active_controller: bool = False
    log_size_bytes: int = 0
    memory_bytes: int = 0
    cpu_ms: int = 0
    open_files: int = 0
    open_files_limit: int = 0


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """One client's or broker's connection, as the broker sees it."""

    connection_id: str
    peer: str
    listener: str
    client_id: str = ""
    client_software: str = ""
    client_software_version: str = ""
    principal: str = ""
    opened_at_ms: int = 0
    last_request_at_ms: int = 0
    last_api: str = ""
    requests: int = 0
    bytes_in: int = 0
    bytes_out: int = 0


# Broker to supervisor.


@dataclass(frozen=True, slots=True)
class StateReported:
    """The broker has entered `state`; `progress` runs from 0 to 1 while it recovers its logs."""

    state: BrokerState
    at_ms: int
    detail: str = ""
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class FailureReported:
    """The broker cannot go on for a reason that a person can remove; it ends after this."""

    sentence: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class MetricsReported:
    """A sample, about once a second."""

    sample: MetricsSample


@dataclass(frozen=True, slots=True)
class ConnectionsReported:
    """The answer to `ReportConnections` with the same `request_id`."""

    request_id: int
    connections: tuple[ConnectionInfo, ...] = ()


class ChangeKind(StrEnum):
    """What the active controller tells of the cluster as it changes."""

    CONTROLLER_ELECTED = "controller elected"
    BROKER_FENCED = "broker fenced"
    BROKER_UNFENCED = "broker unfenced"
    BROKER_LEAVING = "broker leaving"
    LEADERS_MOVED = "leaders moved"
    PARTITIONS_OFFLINE = "partitions offline"
    PARTITIONS_ONLINE = "partitions online"
    ISR_SHRANK = "in-sync sets shrank"
    ISR_GREW = "in-sync sets grew"


@dataclass(frozen=True, slots=True)
class ChangeReported:
    """One change; `count` partitions or brokers, of which `partitions` (topic-index) names the first fifty.

    `nodes` are the brokers concerned: the fenced ones, the new leaders, the new controller (with its `epoch`).
    """

    kind: ChangeKind
    at_ms: int
    count: int
    partitions: tuple[str, ...] = ()
    nodes: tuple[int, ...] = ()
    epoch: int = -1


BrokerMessage = StateReported | FailureReported | MetricsReported | ConnectionsReported | ChangeReported


class FaultKind(StrEnum):
    """What can be made to go wrong inside a broker; killing and pausing it are the supervisor's own doing."""

    CUT_LINK = "cut link"
    """Nothing passes between the broker and `peer`."""
    SLOW_LINK = "slow link"
    """Every request from and to `peer` is late by `delay_ms`."""
    SLOW_DISK = "slow disk"
    """Every write and fsync takes `delay_ms` longer."""
    FULL_DISK = "full disk"
    """Writes fail as on a full disk (ENOSPC)."""
    FAILING_DIRECTORY = "failing directory"
    """Reads and writes under `path` fail as on a broken disk (EIO)."""
    CLOCK_SKEW = "clock skew"
    """The broker's clock is off by `delay_ms`, ahead if positive."""


CLIENTS = "clients"
"""As `peer`: every connection that is not another broker's."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One fault in force; `peer` is a node id as text or `CLIENTS`."""

    fault_id: str
    kind: FaultKind
    peer: str = ""
    path: str = ""
    delay_ms: int = 0


# Supervisor to broker.


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Stop cleanly, as on SIGTERM."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReportConnections:
    """Ask for the open connections."""

    request_id: int


@dataclass(frozen=True, slots=True)
class SetMetricsInterval:
    """Send a sample every `interval_ms` from now on."""

    interval_ms: int


@dataclass(frozen=True, slots=True)
class SetFaults:
    """These faults are in force from now on, and no others."""

    rules: tuple[FaultRule, ...] = ()


SupervisorMessage = SetFaults | Shutdown | ReportConnections | SetMetricsInterval

BROKER_MESSAGES: tuple[type, ...] = (
    StateReported,
    FailureReported,
    MetricsReported,
    ConnectionsReported,
    ChangeReported,
)
SUPERVISOR_MESSAGES: tuple[type, ...] = (SetFaults, Shutdown, ReportConnections, SetMetricsInterval)
