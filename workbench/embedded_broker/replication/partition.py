"""One replica of a partition on this broker: its log, its machine, and those who wait on it.

What is to be done decides `machine.py`; here it is carried out, in the order given.

Source: kafka.cluster.Partition, kafka.server.ReplicaManager.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication import reading
from workbench.embedded_broker.replication.effects import (
    AdvanceLogStart,
    AnnounceLeadership,
    AnswerWaiters,
    AppendCopy,
    BeginEpoch,
    BeginLogAnew,
    CutLog,
    Effects,
    FollowLeader,
    ProposeIsr,
    StopFollowing,
    TellCommitted,
    WakeReaders,
)
from workbench.embedded_broker.replication.events import (
    CommitAwaited,
    DeletionAwaited,
    Event,
    FollowerFetched,
    LogCut,
    LogStartMoved,
    RecordsCopied,
    RecordsWritten,
    WaiterGaveUp,
)
from workbench.embedded_broker.replication.isr import LeaderReplicas
from workbench.embedded_broker.replication.machine import ReplicaMachine
from workbench.storage.log.append_result import AppendOrigin, AppendResult
from workbench.storage.log.partition_log import PartitionLog
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.fetch_session import Wakeable
    from workbench.embedded_broker.replication.isr import IsrProposal, Membership

log = logging.getLogger(__name__)

TO_HIGH_WATERMARK = -1
"""Offset of DeleteRecords that stands for the high watermark."""

_RECORDS_WRITTEN = RecordsWritten()
_LOG_CUT = LogCut()
_ANY_TIME = 0
"""For events whose outcome does not depend on the time."""

ReplicationCallback = Callable[[ErrorCode], None]


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Where a leader epoch ended: its end offset is the start of the next larger epoch, or the log end."""

    epoch: int
    end_offset: int


class Surroundings(Protocol):
    """What a replica needs done outside itself (`replica_manager.py`)."""

    def fetch_from_leader(self, partition: Partition) -> None: ...

    def stop_fetching(self, partition: Partition) -> None: ...

    def propose(self, partition: Partition, proposal: IsrProposal) -> None: ...

    def leadership_changed(self, partition: Partition, leads: bool) -> None: ...


class Partition:
    """A partition's replica with its place in replication."""

    __slots__ = (
        "_commit_listeners",
        "_surroundings",
        "changes",
        "directory_id",
        "fetch_waiters",
        "index",
        "log",
        "machine",
        "node_id",
        "topic",
        "topic_id",
    )

    def __init__(
        self,
        node_id: int,
        topic: str,
        topic_id: bytes,
        index: int,
        log: PartitionLog,
        membership: Membership,
        surroundings: Surroundings | None = None,
        *,
        high_watermark: int = 0,
        min_isr: int = 1,
    ) -> None:
        """Without `surroundings` what concerns other brokers and coordinators is left undone."""
        self.node_id = node_id
        self.topic = topic
        self.topic_id = topic_id
        self.index = index
        self.log = log
        self.machine = ReplicaMachine(node_id, log, membership, high_watermark=high_watermark, min_isr=min_isr)
        self.directory_id = bytes(16)
        self.changes = 0
        """Counts whatever may concern those who read here."""
        self.fetch_waiters: set[Wakeable] = set()
        self._commit_listeners: list[Callable[[], None]] = []
        self._surroundings = surroundings

    def __repr__(self) -> str:
        return f"Partition({self.topic}-{self.index})"

    # State

    @property
    def is_leader(self) -> bool:
        return self.machine.is_leader

    @property
    def is_deleted(self) -> bool:
        return self.machine.is_removed

    @property
    def leader_id(self) -> int:
        return self.machine.leader_id

    @property
    def leader_epoch(self) -> int:
        return self.machine.leader_epoch

    @property
    def partition_epoch(self) -> int:
        return self.machine.partition_epoch

    @property
    def replicas(self) -> tuple[int, ...]:
        return self.machine.replicas

    @property
    def leadership(self) -> LeaderReplicas | None:
        return self.machine.leadership

    @property
    def high_watermark(self) -> int:
        return self.machine.high_watermark

    @property
    def last_stable_offset(self) -> int:
        """End of what read_committed readers see."""
        return reading.committed_ends(self.machine)[1]

    @property
    def low_watermark(self) -> int:
        """Where the log begins on every live replica, for its leader; -1 while a follower has not told yet."""
        return self.machine.low_watermark

    def check_leader_epoch(self, current_leader_epoch: int) -> None:
        """Fences readers whose metadata is old, and tells those that are ahead of us (KIP-320)."""
        reading.check_leader_epoch(self.machine, current_leader_epoch)

    def require_leader(self) -> None:
        if not self.machine.is_leader:
            raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)

    def epoch_end(self, epoch: int) -> EpochEnd:
        """End of the largest epoch at or below `epoch`; (-1, -1) where the log does not know."""
        found_epoch, end_offset = self.log.leader_epochs.end_offset_for(epoch, self.log.log_end_offset)
        return EpochEnd(found_epoch, end_offset)

    # Carrying out

    def step(self, event: Event, now_ms: int) -> int:
        """Lets the machine take `event` and does what it says; the bytes that were copied from a leader by it.

        Raises OSError, and AppendError or LogError where what a leader sent cannot be appended.
        """
        if type(event) is not FollowerFetched:
            self.changes += 1
        effects = self.machine.step(event, now_ms)
        return self._carry_out(effects, now_ms) if effects else 0

    def _carry_out(self, effects: Effects, now_ms: int) -> int:
        copied_bytes = 0
        for effect in effects:
            # Every write and fetch passes here: the frequent ones first.
            if isinstance(effect, TellCommitted):
                for listener in tuple(self._commit_listeners):
                    listener()
                self._wake_readers()
            elif isinstance(effect, WakeReaders):
                self._wake_readers()
            elif isinstance(effect, AnswerWaiters):
                for answer in effect.waiters:
                    answer(effect.code)
            elif isinstance(effect, AppendCopy):
                result = self.log.append_as_follower(
                    effect.records, leader_epoch=self.machine.leader_epoch, now_ms=now_ms
                )
                copied_bytes += result.size_bytes
                self.step(RecordsCopied(effect.high_watermark, effect.log_start_offset), now_ms)
            elif isinstance(effect, CutLog):
                self._cut(effect.end_offset, now_ms)
            elif isinstance(effect, BeginLogAnew):
                self._begin_anew(effect.start_offset, now_ms)
            elif isinstance(effect, AdvanceLogStart):
                self.log.advance_log_start_offset(effect.offset)
            elif isinstance(effect, BeginEpoch):
                self.log.leader_epochs.assign(effect.leader_epoch, effect.start_offset)
            elif isinstance(effect, ProposeIsr | FollowLeader | StopFollowing | AnnounceLeadership):
                self._tell_surroundings(effect)
        return copied_bytes

    def _wake_readers(self) -> None:
        self.changes += 1
        for waiter in self.fetch_waiters:
            waiter.wake()

    def _cut(self, end_offset: int, now_ms: int) -> None:
        log.info(
            "%s-%d: our log differs from that of broker %d; cutting it from %d to %d",
            self.topic,
            self.index,
            self.leader_id,
            self.log.log_end_offset,
            end_offset,
        )
        self.log.truncate_to(end_offset, now_ms=now_ms)
        self.step(_LOG_CUT, now_ms)

    def _begin_anew(self, start_offset: int, now_ms: int) -> None:
        loses_records = self.log.log_end_offset > self.log.log_start_offset
        log.log(
            logging.WARNING if loses_records else logging.INFO,
            "%s-%d: our log ends at %d and is not within that of broker %d; beginning anew at %d",
            self.topic,
            self.index,
            self.log.log_end_offset,
            self.leader_id,
            start_offset,
        )
        self.log.truncate_fully_and_start_at(start_offset, now_ms=now_ms)
        self.step(_LOG_CUT, now_ms)

    def _tell_surroundings(self, effect: ProposeIsr | FollowLeader | StopFollowing | AnnounceLeadership) -> None:
        surroundings = self._surroundings
        if surroundings is None:
            return
        match effect:
            case ProposeIsr():
                surroundings.propose(self, effect.proposal)
            case FollowLeader():
                surroundings.fetch_from_leader(self)
            case StopFollowing():
                surroundings.stop_fetching(self)
            case AnnounceLeadership():
                surroundings.leadership_changed(self, effect.leads)

    # Writing

    def append_as_leader(
        self, records: bytearray | memoryview | bytes, *, acks: int, now_ms: int, origin: AppendOrigin
    ) -> AppendResult:
        """Appends one batch; readers are woken, and with a lone replica it is committed at once.

        Raises BrokerError (not leader, too few in sync) and AppendError (what is wrong with the batch).
        """
        machine = self.machine
        refusal = machine.refusal_of_write(acks)
        if refusal is not None:
            raise BrokerError(refusal, self._explanation(refusal))
        result = self.log.append_as_leader(records, leader_epoch=machine.leader_epoch, now_ms=now_ms, origin=origin)
        self.changes += 1
        effects = machine.step(_RECORDS_WRITTEN, now_ms)
        if effects:
            self._carry_out(effects, now_ms)
        return result

    def _explanation(self, refusal: ErrorCode) -> str | None:
        leadership = self.leadership
        if refusal is not ErrorCode.NOT_ENOUGH_REPLICAS or leadership is None:
            return None
        return (
            f"The size of the current ISR Set({', '.join(map(str, sorted(leadership.committed_isr)))}) is insufficient "
            f"to satisfy the min.isr requirement of {self.machine.min_isr} for partition {self.topic}-{self.index}"
        )

    # Waiting for replication

    def is_committed(self, offset: int) -> bool:
        """Whether everything below `offset` is."""
        return self.machine.high_watermark >= offset

    def when_committed(self, offset: int, callback: ReplicationCallback) -> None:
        """Calls back with NONE once the high watermark reaches `offset`, or with the error that prevents it."""
        self.step(CommitAwaited(offset, callback), _ANY_TIME)

    def when_low_watermark(self, offset: int, callback: ReplicationCallback) -> None:
        """Calls back with NONE once every live replica's log begins at or above `offset`, or with what prevents it."""
        self.step(DeletionAwaited(offset, callback), _ANY_TIME)

    def give_up(self, callback: ReplicationCallback) -> None:
        """It is not called back any more: its time is over."""
        self.step(WaiterGaveUp(callback), _ANY_TIME)

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each advance of the high watermark."""
        self._commit_listeners.append(listener)

    def forget_listener(self, listener: Callable[[], None]) -> None:
        if listener in self._commit_listeners:
            self._commit_listeners.remove(listener)

    # Deletion of records

    def delete_records(self, before_offset: int) -> int:
        """Moves the leader's log start to `before_offset` (-1: the high watermark); the offset meant.

        Raises BrokerError: not the leader, OFFSET_OUT_OF_RANGE above the high watermark, POLICY_VIOLATION where the
        topic is compacted only. Raises OSError.
        """
        self.require_leader()
        config = self.log.config
        if config.compact and not config.delete:
            raise BrokerError(ErrorCode.POLICY_VIOLATION)
        high_watermark = self.high_watermark
        offset = high_watermark if before_offset == TO_HIGH_WATERMARK else before_offset
        if not 0 <= offset <= high_watermark:
            raise BrokerError(ErrorCode.OFFSET_OUT_OF_RANGE)
        self.log.advance_log_start_offset(offset)
        self.step(LogStartMoved(), _ANY_TIME)
        return offset
