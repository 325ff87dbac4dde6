"""Everything that can happen to the quorum machine, in the past tense."""

from __future__ import annotations

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.messages import Reply, Request
from workbench.storage.quorum.voters import VoterSet
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode


@dataclass(frozen=True, slots=True)
class Started:
    """The node came up; the first event of every machine."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """The machine's `wake_at_ms` was reached."""


@dataclass(frozen=True, slots=True)
class RequestArrived:
    """Another node asks; the answer is sent with the same `reply_to`."""

    reply_to: int
    request: Request


@dataclass(frozen=True, slots=True)
class ReplyArrived:
    """A node answered the request `request_id`."""

    request_id: int
    reply: Reply


@dataclass(frozen=True, slots=True)
class RequestFailed:
    """The request `request_id` got no usable answer: no connection, a timeout or an error for the whole response."""

    request_id: int
    error: ErrorCode


@dataclass(frozen=True, slots=True)
class RecordsSubmitted:
    """The controller of this node wants `values` appended as one batch in `epoch`."""

    epoch: int
    values: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class LogFlushed:
    """Everything before `end_offset` is durable, told of the log as it was in `generation`."""

    end_offset: int
    generation: int


@dataclass(frozen=True, slots=True)
class SnapshotWritten:
    """This node finished a snapshot of its own committed state."""

    snapshot_id: OffsetAndEpoch
    size_bytes: int


@dataclass(frozen=True, slots=True)
class SnapshotInstalled:
    """The downloaded snapshot is in place and the log starts at its end; what its control records say."""

    snapshot_id: OffsetAndEpoch
    size_bytes: int
    kraft_version: int | None
    voters: VoterSet | None


@dataclass(frozen=True, slots=True)
class LogPrefixDeleted:
    """Segments and snapshots before `start_offset` are gone."""

    start_offset: int


@dataclass(frozen=True, slots=True)
class ResignationRequested:
    """The controller of this node cannot go on leading in `epoch`."""

    epoch: int


@dataclass(frozen=True, slots=True)
class KRaftVersionUpgradeRequested:
    """The controller of this node wants the quorum to go from kraft.version 0 to `level`."""

    epoch: int
    level: int
    validate_only: bool = False


@dataclass(frozen=True, slots=True)
class ShutdownStarted:
    """The node is going down: lead no more and start no election."""


Event = (
    Started
    | TimePassed
    | RequestArrived
    | ReplyArrived
    | RequestFailed
    | RecordsSubmitted
    | LogFlushed
    | SnapshotWritten
    | SnapshotInstalled
    | LogPrefixDeleted
    | ResignationRequested
    | KRaftVersionUpgradeRequested
    | ShutdownStarted
)
