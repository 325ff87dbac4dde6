"""One replica of a partition on this broker: leader or follower, appending and reading.

Invariants: `high_watermark` is between log start and log end; a leader appends only in its leader epoch; what waits
for data or replication is woken after every change that may concern it, and failed when leadership ends.

Source: kafka.cluster.Partition, kafka.server.ReplicaManager, DelayedProduce, DelayedFetch.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.isr import LeaderReplicas
from workbench.storage.log.append_result import AppendOrigin, AppendResult
from workbench.storage.log.partition_log import PartitionLog
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.isr import Membership
    from workbench.embedded_broker.replication.waiters import FetchWaiter

NO_EPOCH = -1
TO_HIGH_WATERMARK = -1
"""Offset of DeleteRecords that stands for the high watermark."""

_waiter_order = count()

ReplicationCallback = Callable[[ErrorCode], None]


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Where a leader epoch ended: its end offset is the start of the next larger epoch, or the log end."""

    epoch: int
    end_offset: int


class Partition:
    """A partition's replica with its place in replication."""

    __slots__ = (
        "_append_listeners",
        "_commit_waiters",
        "_low_watermark_waiters",
        "_membership",
        "directory_id",
        "fetch_waiters",
        "index",
        "is_deleted",
        "is_leader",
        "leader_epoch",
        "leader_id",
        "leadership",
        "log",
        "min_isr",
        "node_id",
        "partition_epoch",
        "replicas",
        "saved_high_watermark",
        "topic",
        "topic_id",
    )

    def __init__(
        self, node_id: int, topic: str, topic_id: bytes, index: int, log: PartitionLog, membership: Membership
    ) -> None:
        self.node_id = node_id
        self.topic = topic
        self.topic_id = topic_id
        self.index = index
        self.log = log
        self.leader_id = -1
        self.leader_epoch = -1
        self.partition_epoch = -1
        self.is_leader = False
        self.is_deleted = False
        self.replicas: tuple[int, ...] = ()
        self.leadership: LeaderReplicas | None = None
        self.saved_high_watermark = 0
        self.min_isr = 1
        self.directory_id = bytes(16)
        self.fetch_waiters: set[FetchWaiter] = set()
        self._commit_waiters: list[tuple[int, int, ReplicationCallback]] = []
        self._low_watermark_waiters: list[tuple[int, ReplicationCallback]] = []
        self._append_listeners: list[Callable[[], None]] = []
        self._membership = membership

    def __repr__(self) -> str:
        return f"Partition({self.topic}-{self.index})"

    # State

    @property
    def high_watermark(self) -> int:
        leadership = self.leadership
        return self.saved_high_watermark if leadership is None else leadership.high_watermark

    @property
    def last_stable_offset(self) -> int:
        """End of what read_committed readers see: below it no transaction is open."""
        first_unstable = self.log.first_unstable_offset
        high_watermark = self.high_watermark
        if first_unstable is not None and first_unstable < high_watermark:
            return first_unstable
        return high_watermark

    def become_leader(
        self, leader_epoch: int, partition_epoch: int, replicas: tuple[int, ...], isr: tuple[int, ...], now_ms: int
    ) -> None:
        """Begins or continues to lead; a new leader epoch starts at the log end."""
        log = self.log
        is_new = not self.is_leader or leader_epoch != self.leader_epoch
        if is_new:
            log.leader_epochs.assign(leader_epoch, log.log_end_offset)
            high_watermark = min(max(self.high_watermark, log.log_start_offset), log.log_end_offset)
            self.leadership = LeaderReplicas.begin(
                self.node_id,
                replicas,
                isr,
                high_watermark=high_watermark,
                log_end_offset=log.log_end_offset,
                now_ms=now_ms,
            )
        else:
            assert self.leadership is not None
            if partition_epoch > self.partition_epoch:
                # The answer of the controller may have told this set before, and another be asked for since.
                self.leadership.committed_isr = frozenset(isr)
                self.leadership.proposed = None
            self.leadership.set_replicas(replicas, now_ms)
        self.is_leader = True
        self.leader_id = self.node_id
        self.leader_epoch = leader_epoch
        self.partition_epoch = partition_epoch
        self.replicas = replicas
        self.advance_high_watermark(now_ms)

    def become_follower(
        self, leader_id: int, leader_epoch: int, partition_epoch: int, replicas: tuple[int, ...]
    ) -> None:
        """Stops leading, or follows another leader; whoever waits here is sent away."""
        if self.leadership is not None:
            self.saved_high_watermark = self.leadership.high_watermark
            self.leadership = None
        self.is_leader = False
        self.leader_id = leader_id
        self.leader_epoch = leader_epoch
        self.partition_epoch = partition_epoch
        self.replicas = replicas
        self._fail_waiters(ErrorCode.NOT_LEADER_OR_FOLLOWER)

    def close_waiters(self, code: ErrorCode) -> None:
        """The replica goes away."""
        self.is_deleted = True
        self._fail_waiters(code)

    def _fail_waiters(self, code: ErrorCode) -> None:
        waiting, self._commit_waiters = self._commit_waiters, []
        for _, _, callback in waiting:
            callback(code)
        deleting, self._low_watermark_waiters = self._low_watermark_waiters, []
        for _, callback in deleting:
            callback(code)
        self.wake_fetchers()

    # Epochs

    def check_leader_epoch(self, current_leader_epoch: int) -> None:
        """Fences readers whose metadata is old, and tells those that are ahead of us (KIP-320)."""
        if current_leader_epoch in (NO_EPOCH, self.leader_epoch):
            return
        if current_leader_epoch < self.leader_epoch:
            raise BrokerError(ErrorCode.FENCED_LEADER_EPOCH)
        raise BrokerError(ErrorCode.UNKNOWN_LEADER_EPOCH)

    def require_leader(self) -> None:
        if not self.is_leader:
            raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)

    def epoch_end(self, epoch: int) -> EpochEnd:
        """End of the largest epoch at or below `epoch`; (-1, -1) where the log does not know."""
        found_epoch, end_offset = self.log.leader_epochs.end_offset_for(epoch, self.log.log_end_offset)
        return EpochEnd(found_epoch, end_offset)

    # Writing

    def append_as_leader(
        self, records: bytearray | memoryview | bytes, *, acks: int, now_ms: int, origin: AppendOrigin
    ) -> AppendResult:
        """Appends one batch; readers are woken, and with a lone replica it is committed at once.

        Raises BrokerError (not leader, too few in sync) and AppendError (what is wrong with the batch).
        """
        leadership = self.leadership
        if leadership is None:
            raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
        if acks == -1 and leadership.is_under_min_isr(self.min_isr):
            raise BrokerError(
                ErrorCode.NOT_ENOUGH_REPLICAS,
                f"The size of the current ISR Set({', '.join(map(str, sorted(leadership.committed_isr)))}) is "
                f"insufficient to satisfy the min.isr requirement of {self.min_isr} for partition "
                f"{self.topic}-{self.index}",
            )
        result = self.log.append_as_leader(records, leader_epoch=self.leader_epoch, now_ms=now_ms, origin=origin)
        if not leadership.followers:
            # A lone replica commits by writing; min.insync.replicas is capped by the number of replicas.
            leadership.high_watermark = self.log.log_end_offset
            if self._commit_waiters or self._append_listeners:
                self._committed()
        elif len(leadership.committed_isr) == 1:
            # Followers that are out of sync do not hold back what is committed.
            self.advance_high_watermark(now_ms)
        if self.fetch_waiters:
            self.wake_fetchers()
        return result

    def wake_fetchers(self) -> None:
        for waiter in self.fetch_waiters:
            waiter.wake()

    def advance_high_watermark(self, now_ms: int) -> bool:
        """Looks whether more is committed now; True if so."""
        leadership = self.leadership
        if leadership is None:
            return False
        moved = leadership.advance_high_watermark(self.log.log_end_offset, self.min_isr, now_ms, self._membership)
        if moved:
            self._committed()
            self.wake_fetchers()
        return moved

    def follower_high_watermark(self, leader_high_watermark: int) -> None:
        """A follower's is the leader's as far as its own log reaches."""
        new = min(leader_high_watermark, self.log.log_end_offset)
        if new != self.saved_high_watermark:
            self.saved_high_watermark = max(new, self.log.log_start_offset)
            self.wake_fetchers()

    def truncated(self) -> None:
        """The log was cut: nothing above its end can be known to be committed here."""
        self.saved_high_watermark = max(
            self.log.log_start_offset, min(self.saved_high_watermark, self.log.log_end_offset)
        )

    # Waiting for replication

    def is_committed(self, offset: int) -> bool:
        """Whether everything below `offset` is."""
        return self.high_watermark >= offset

    def when_committed(self, offset: int, callback: ReplicationCallback) -> None:
        """Calls back with NONE once the high watermark reaches `offset`, or with the error that prevents it."""
        heapq.heappush(self._commit_waiters, (offset, next(_waiter_order), callback))

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Calls `listener` after each advance of the high watermark."""
        self._append_listeners.append(listener)

    def forget_listener(self, listener: Callable[[], None]) -> None:
        if listener in self._append_listeners:
            self._append_listeners.remove(listener)

    def _committed(self) -> None:
        waiters = self._commit_waiters
        high_watermark = self.high_watermark
        while waiters and waiters[0][0] <= high_watermark:
            heapq.heappop(waiters)[2](self._commit_outcome())
        for listener in tuple(self._append_listeners):
            listener()

    def _commit_outcome(self) -> ErrorCode:
        leadership = self.leadership
        if leadership is not None and len(leadership.maximal_isr) < leadership.effective_min_isr(self.min_isr):
            return ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND
        return ErrorCode.NONE

    # Deletion of records

    def delete_records(self, before_offset: int) -> int:
        """Moves the leader's log start to `before_offset` (-1: the high watermark); the offset meant.

        Raises BrokerError: not the leader, OFFSET_OUT_OF_RANGE above the high watermark, POLICY_VIOLATION where the
        topic is compacted only. Raises OSError.
        """
        leadership = self.leadership
        if leadership is None:
            raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
        config = self.log.config
        if config.compact and not config.delete:
            raise BrokerError(ErrorCode.POLICY_VIOLATION)
        high_watermark = leadership.high_watermark
        offset = high_watermark if before_offset == TO_HIGH_WATERMARK else before_offset
        if not 0 <= offset <= high_watermark:
            raise BrokerError(ErrorCode.OFFSET_OUT_OF_RANGE)
        self.log.advance_log_start_offset(offset)
        self.low_watermark_may_have_moved()
        return offset

    @property
    def low_watermark(self) -> int:
        """Where the log begins on every live replica, for its leader; -1 while a follower has not told yet."""
        start = self.log.log_start_offset
        return start if self.leadership is None else self.leadership.low_watermark(start, self._membership)

    def when_low_watermark(self, offset: int, callback: ReplicationCallback) -> None:
        """Calls back with NONE once every live replica's log begins at or above `offset`, or with what prevents it."""
        self._low_watermark_waiters.append((offset, callback))

    @property
    def awaits_low_watermark(self) -> bool:
        return bool(self._low_watermark_waiters)

    def low_watermark_may_have_moved(self) -> None:
        """A follower fetched, or a broker was fenced: looks who has waited for it."""
        if not self._low_watermark_waiters:
            return
        low = self.low_watermark
        reached = [callback for offset, callback in self._low_watermark_waiters if offset <= low]
        self._low_watermark_waiters = [one for one in self._low_watermark_waiters if one[0] > low]
        for callback in reached:
            callback(ErrorCode.NONE)
