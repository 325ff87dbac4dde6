"""What can happen to one replica of a partition, in the past tense; see `machine.py`."""

from __future__ import annotations

from collections.abc import Callable

from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

Buffer = bytes | bytearray | memoryview
Waiter = Callable[[ErrorCode], None]
"""Whoever waits for an outcome; the machine only tells them apart."""


# What the metadata says


@dataclass(frozen=True, slots=True)
class LeadershipGiven:
    """This broker leads, in the epochs given."""

    leader_epoch: int
    partition_epoch: int
    replicas: tuple[int, ...]
    isr: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LeaderNamed:
    """Another broker leads, or nobody: -1."""

    leader_id: int
    leader_epoch: int
    partition_epoch: int
    replicas: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ReplicaRemoved:
    """The replica is here no more: deleted, or its directory failed; `code` tells those who wait."""

    code: ErrorCode


@dataclass(frozen=True, slots=True)
class MinIsrConfigured:
    """`min.insync.replicas` may have changed."""

    min_isr: int


@dataclass(frozen=True, slots=True)
class BrokersChanged:
    """Some broker was fenced, came back or began another life."""


@dataclass(frozen=True, slots=True)
class LagCheckDue:
    """Time to look who lags: every half of `replica.lag.time.max.ms`."""


# Leading


@dataclass(frozen=True, slots=True)
class RecordsWritten:
    """The leader's own log took a batch."""


@dataclass(frozen=True, slots=True)
class FollowerFetched:
    """A follower whose log agrees with ours below `offset` asks for what comes there.

    `broker_epoch` is the life it says it is in, -1 where it does not say (KIP-903).
    """

    replica: int
    broker_epoch: int
    offset: int
    log_start_offset: int


@dataclass(frozen=True, slots=True)
class IsrAnswered:
    """The controller's word on an in-sync set that was asked for (AlterPartition)."""

    proposal: IsrProposal
    code: ErrorCode
    leader_epoch: int
    partition_epoch: int
    isr: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LogStartMoved:
    """Records were deleted from the leader's log."""


# Waiting


@dataclass(frozen=True, slots=True)
class CommitAwaited:
    """A write waits until everything below `offset` is committed (acks=all)."""

    offset: int
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class DeletionAwaited:
    """A deletion waits until every live replica's log begins at or above `offset`."""

    offset: int
    waiter: Waiter


@dataclass(frozen=True, slots=True)
class WaiterGaveUp:
    """Its time is over, or its client is gone: it is not answered any more."""

    waiter: Waiter


# Following


@dataclass(frozen=True, slots=True)
class FollowingBegan:
    """The leader named is fetched from, from now on."""


@dataclass(frozen=True, slots=True)
class LeaderAnswered:
    """The leader's answer to a fetch: records from our end on, or where our log left its (`diverging_epoch` >= 0)."""

    records: Buffer | None
    high_watermark: int
    log_start_offset: int
    diverging_epoch: int
    diverging_end_offset: int


@dataclass(frozen=True, slots=True)
class RecordsCopied:
    """What the leader sent is in our log, or nothing was sent; the leader's high watermark and log start."""

    high_watermark: int
    log_start_offset: int


@dataclass(frozen=True, slots=True)
class LogCut:
    """Our log lost its end, or began anew."""


@dataclass(frozen=True, slots=True)
class LeaderOffsetsFound:
    """Our end is outside the leader's log, which reaches from `earliest` to `latest`."""

    earliest: int
    latest: int


Event = (
    LeadershipGiven
    | LeaderNamed
    | ReplicaRemoved
    | MinIsrConfigured
    | BrokersChanged
    | LagCheckDue
    | RecordsWritten
    | FollowerFetched
    | IsrAnswered
    | LogStartMoved
    | CommitAwaited
    | DeletionAwaited
    | WaiterGaveUp
    | FollowingBegan
    | LeaderAnswered
    | RecordsCopied
    | LogCut
    | LeaderOffsetsFound
)
