"""The machine of one replica: `step(event, now_ms) -> effects`, without any input or output of its own.

    following -> leading     LeadershipGiven; in a later leader epoch a leader begins anew
    leading   -> following   LeaderNamed, with nobody as the leader too
    any       -> removed     ReplicaRemoved

Theory: the leader appends first and lets the high watermark follow what its in-sync replicas fetched (`leading.py`,
`isr.py`); a follower copies, and cuts its log where it left the leader's (`following.py`); who may read what is in
`reading.py`.

Invariants: only `_lead` and `_follow` change the role; metadata older than what the controller answered us is left out;
the high watermark is between log start and log end once the effects are carried out; who waits is answered once, and
with the leadership's end at the latest. The log is looked at, never changed: that is what effects are for, and they
are carried out before the next event.

Source: kafka.cluster.Partition (makeLeader, makeFollower, maybeIncrementLeaderHW, updateFollowerFetchState,
handleAlterPartitionUpdate), DelayedProduce, DelayedDeleteRecords; KIP-101, KIP-497, KIP-903, KIP-966.
"""

from __future__ import annotations

from typing import Protocol

from workbench.embedded_broker.replication import following, leading
from workbench.embedded_broker.replication.effects import (
    AnnounceLeadership,
    AnswerWaiters,
    BeginEpoch,
    Effect,
    Effects,
    FollowLeader,
    StopFollowing,
    WakeReaders,
)
from workbench.embedded_broker.replication.events import (
    BrokersChanged,
    CommitAwaited,
    DeletionAwaited,
    Event,
    FollowerFetched,
    FollowingBegan,
    IsrAnswered,
    LagCheckDue,
    LeaderAnswered,
    LeaderNamed,
    LeaderOffsetsFound,
    LeadershipGiven,
    LogCut,
    LogStartMoved,
    MinIsrConfigured,
    RecordsCopied,
    RecordsWritten,
    ReplicaRemoved,
    WaiterGaveUp,
)
from workbench.embedded_broker.replication.isr import IsrProposal, LeaderReplicas, Membership
from workbench.embedded_broker.replication.log_agreement import EpochsOfLog
from workbench.embedded_broker.replication.waiting_requests import WaitingRequests
from workbench.wire.error_codes import ErrorCode

NOTHING: Effects = ()


class KnownEpochs(EpochsOfLog, Protocol):
    """The leader epochs of a log, with the latest."""

    @property
    def latest_epoch(self) -> int | None: ...


class LogView(Protocol):
    """What the machine sees of the log."""

    @property
    def log_start_offset(self) -> int: ...

    @property
    def log_end_offset(self) -> int: ...

    @property
    def first_unstable_offset(self) -> int | None: ...

    @property
    def leader_epochs(self) -> KnownEpochs: ...


class ReplicaMachine:
    """A replica's place in replication."""

    __slots__ = (
        "_saved_high_watermark",
        "deletions",
        "is_leader",
        "is_removed",
        "leader_epoch",
        "leader_id",
        "leadership",
        "log",
        "membership",
        "min_isr",
        "node_id",
        "partition_epoch",
        "replicas",
        "writes",
    )

    def __init__(
        self, node_id: int, log: LogView, membership: Membership, *, high_watermark: int = 0, min_isr: int = 1
    ) -> None:
        """`high_watermark` is the one saved, which may lag behind or, after a loss, lie outside the log."""
        self.node_id = node_id
        self.log = log
        self.membership = membership
        self.min_isr = min_isr
        self.leader_id = -1
        self.leader_epoch = -1
        self.partition_epoch = -1
        self.is_leader = False
        self.is_removed = False
        self.replicas: tuple[int, ...] = ()
        self.leadership: LeaderReplicas | None = None
        self._saved_high_watermark = min(max(high_watermark, log.log_start_offset), log.log_end_offset)
        self.writes = WaitingRequests()
        self.deletions = WaitingRequests()

    # What is asked of the machine

    @property
    def high_watermark(self) -> int:
        leadership = self.leadership
        return self._saved_high_watermark if leadership is None else leadership.high_watermark

    @property
    def low_watermark(self) -> int:
        """Where the log begins on every live replica, for its leader; -1 while a follower has not told yet."""
        start = self.log.log_start_offset
        return start if self.leadership is None else self.leadership.low_watermark(start, self.membership)

    @property
    def waiting(self) -> int:
        """How many writes and deletions wait."""
        return len(self.writes) + len(self.deletions)

    def refusal_of_write(self, acks: int) -> ErrorCode | None:
        """Why a write cannot be taken: not the leader; with acks=all (-1) too few in sync. Before it is appended."""
        leadership = self.leadership
        if leadership is None:
            return ErrorCode.NOT_LEADER_OR_FOLLOWER
        if acks == -1 and leadership.is_under_min_isr(self.min_isr):
            return ErrorCode.NOT_ENOUGH_REPLICAS
        return None

    def is_under_way(self, proposal: IsrProposal) -> bool:
        """Whether the leader still waits for the controller's word on it."""
        return self.leadership is not None and self.leadership.proposed is proposal and not self.is_removed

    def awaits(self, leader_id: int, leader_epoch: int, offset: int) -> bool:
        """Whether what this leader was asked at `offset`, in that leader epoch, is still the question."""
        return (
            self.leadership is None
            and self.leader_id == leader_id
            and self.leader_epoch == leader_epoch
            and self.log.log_end_offset == offset
        )

    def step(self, event: Event, now_ms: int) -> Effects:
        """Takes `event` in and returns what is to be done."""
        # Every write and every follower's fetch passes here: the frequent ones first.
        if isinstance(event, RecordsWritten):
            return leading.written(self, now_ms)
        if isinstance(event, FollowerFetched):
            return leading.fetched(self, event, now_ms)
        if isinstance(event, CommitAwaited):
            return leading.await_commit(self, event)
        if isinstance(event, LeaderAnswered):
            return following.leader_answered(self, event)
        if isinstance(event, RecordsCopied):
            return following.records_copied(self, event)
        match event:
            case WaiterGaveUp():
                if not self.writes.remove(event.waiter):
                    self.deletions.remove(event.waiter)
                return NOTHING
            case LagCheckDue():
                return leading.check_lag(self, now_ms)
            case BrokersChanged():
                return (*leading.deletions_done(self), *leading.advance(self, now_ms))
            case LeadershipGiven():
                return self._lead(event, now_ms)
            case LeaderNamed():
                return self._follow(event)
            case IsrAnswered():
                return leading.isr_answered(self, event, now_ms)
            case MinIsrConfigured():
                self.min_isr = event.min_isr
                return leading.advance(self, now_ms)
            case ReplicaRemoved():
                return self._remove(event)
            case DeletionAwaited():
                self.deletions.add(event.offset, event.waiter)
                return leading.deletions_done(self)
            case LogStartMoved():
                return leading.deletions_done(self)
            case FollowingBegan():
                return following.began(self)
            case LogCut():
                self.keep_high_watermark(self._saved_high_watermark)
                return NOTHING
            case LeaderOffsetsFound():
                return following.leader_offsets_found(self, event)

    # Changing the role

    def _lead(self, event: LeadershipGiven, now_ms: int) -> Effects:
        """Begins or continues to lead; a new leader epoch starts at the log end."""
        if event.partition_epoch < self.partition_epoch:
            return NOTHING
        effects: list[Effect] = []
        log = self.log
        leadership = self.leadership
        is_new = leadership is None or event.leader_epoch != self.leader_epoch
        if leadership is None:
            effects.append(StopFollowing())
        if is_new:
            end = log.log_end_offset
            effects.append(BeginEpoch(event.leader_epoch, end))
            self.leadership = LeaderReplicas.begin(
                self.node_id,
                event.replicas,
                event.isr,
                high_watermark=min(max(self.high_watermark, log.log_start_offset), end),
                log_end_offset=end,
                now_ms=now_ms,
            )
        elif leadership is not None:
            if event.partition_epoch > self.partition_epoch:
                # The answer of the controller may have told this set before, and another be asked for since.
                leadership.committed_isr = frozenset(event.isr)
                leadership.proposed = None
            leadership.set_replicas(event.replicas, now_ms)
        self.is_leader = True
        self.leader_id = self.node_id
        self.leader_epoch = event.leader_epoch
        self.partition_epoch = event.partition_epoch
        self.replicas = event.replicas
        effects += leading.advance(self, now_ms)
        if is_new:
            effects.append(AnnounceLeadership(True))
        return tuple(effects)

    def _follow(self, event: LeaderNamed) -> Effects:
        """Stops leading, or follows another leader or in another epoch; whoever waits here is sent away."""
        if event.partition_epoch < self.partition_epoch:
            return NOTHING
        led = self.leadership is not None
        same = self.leader_id == event.leader_id and self.leader_epoch == event.leader_epoch
        if self.leadership is not None:
            self._saved_high_watermark = self.leadership.high_watermark
            self.leadership = None
        self.is_leader = False
        self.leader_id = event.leader_id
        self.leader_epoch = event.leader_epoch
        self.partition_epoch = event.partition_epoch
        self.replicas = event.replicas
        effects = self._send_away(ErrorCode.NOT_LEADER_OR_FOLLOWER)
        if not same:
            effects.append(FollowLeader())
        if led:
            effects.append(AnnounceLeadership(False))
        return tuple(effects)

    def _remove(self, event: ReplicaRemoved) -> Effects:
        self.is_removed = True
        effects: list[Effect] = [StopFollowing(), *self._send_away(event.code)]
        if self.is_leader:
            effects.append(AnnounceLeadership(False))
        return tuple(effects)

    def _send_away(self, code: ErrorCode) -> list[Effect]:
        waiters = (*self.writes.take_all(), *self.deletions.take_all())
        return [AnswerWaiters(waiters, code), WakeReaders()] if waiters else [WakeReaders()]

    # Following

    def keep_high_watermark(self, known: int) -> bool:
        """A follower's is what it knows of the leader's, as far as its own log reaches; True if it moved."""
        log = self.log
        new = max(min(known, log.log_end_offset), log.log_start_offset)
        if new == self._saved_high_watermark:
            return False
        self._saved_high_watermark = new
        return True
