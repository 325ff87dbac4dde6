"""What one replica wants done, in the imperative; see `machine.py`.

Order: one after the other as given; one that fails ends the step, those behind it are not carried out. What changes
the log comes before what tells of it.
"""

from __future__ import annotations

from workbench.embedded_broker.replication.events import Buffer, Waiter
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

# The log


@dataclass(frozen=True, slots=True)
class BeginEpoch:
    """Note that the leader epoch begins at `start_offset`."""

    leader_epoch: int
    start_offset: int


@dataclass(frozen=True, slots=True)
class AppendCopy:
    """Append batches as the leader has them, then report RecordsCopied with the rest."""

    records: Buffer
    high_watermark: int
    log_start_offset: int


@dataclass(frozen=True, slots=True)
class CutLog:
    """Forget every record from `end_offset` on, then report LogCut."""

    end_offset: int


@dataclass(frozen=True, slots=True)
class BeginLogAnew:
    """Forget everything and begin at `start_offset`, then report LogCut."""

    start_offset: int


@dataclass(frozen=True, slots=True)
class AdvanceLogStart:
    """Forget what is below `offset`."""

    offset: int


# Those who wait


@dataclass(frozen=True, slots=True)
class AnswerWaiters:
    """Tell each of them the outcome, once."""

    waiters: tuple[Waiter, ...]
    code: ErrorCode


@dataclass(frozen=True, slots=True)
class WakeReaders:
    """There may be more to read, or an error to tell."""


@dataclass(frozen=True, slots=True)
class TellCommitted:
    """The leader's high watermark has advanced: tell the listeners, and wake readers."""


# Other brokers


@dataclass(frozen=True, slots=True)
class ProposeIsr:
    """Ask the controller for this in-sync set, then report IsrAnswered."""

    proposal: IsrProposal


@dataclass(frozen=True, slots=True)
class FollowLeader:
    """Copy from the leader named, and from nobody else; nobody leads where it is -1."""


@dataclass(frozen=True, slots=True)
class StopFollowing:
    """Copy no more."""


@dataclass(frozen=True, slots=True)
class AnnounceLeadership:
    """Tell the coordinators whether this broker leads."""

    leads: bool


Effect = (
    BeginEpoch
    | AppendCopy
    | CutLog
    | BeginLogAnew
    | AdvanceLogStart
    | AnswerWaiters
    | WakeReaders
    | TellCommitted
    | ProposeIsr
    | FollowLeader
    | StopFollowing
    | AnnounceLeadership
)

Effects = tuple[Effect, ...]
