"""Who is in sync with a leader, and where the high watermark stands; pure.

Invariants:
- the high watermark never falls while one leader leads, and is the smallest log end over the maximal ISR (the committed
  one together with the one proposed) and over caught-up replicas that may join it, so that an ISR change in flight can
  never expose what a member lacks (KIP-497);
- it does not advance while the ISR is smaller than min.insync.replicas (KIP-966);
- a follower counts with what it fetched in this leader epoch only.

Source: kafka.cluster.Partition, Replica, AlterPartitionManager.
"""

from __future__ import annotations

from dataclasses import field
from typing import Protocol

from workbench.system.quick_dataclass import dataclass

UNKNOWN_OFFSET = -1


class Membership(Protocol):
    """What the newest metadata says of the brokers that hold replicas."""

    lag_time_max_ms: int
    """`replica.lag.time.max.ms`."""

    def may_join(self, replica: int, broker_epoch: int | None) -> bool:
        """Whether a follower that fetched in `broker_epoch` may be in sync: neither fenced nor leaving, and still in
        that life; -1 where its requests carry no epoch, None where it has not fetched yet (KIP-903)."""
        ...

    def is_alive(self, replica: int) -> bool:
        """Whether the broker is not fenced."""
        ...

    def broker_epoch(self, replica: int) -> int:
        """The life it registered last; -1 where it is not known."""
        ...


@dataclass(slots=True)
class FollowerState:
    """What the leader knows of one follower."""

    log_end_offset: int = UNKNOWN_OFFSET
    log_start_offset: int = UNKNOWN_OFFSET
    last_caught_up_ms: int = 0
    last_fetch_leader_end_offset: int = 0
    last_fetch_ms: int = 0
    broker_epoch: int | None = None
    """The life in which it fetched last: -1 where it did not say, None before its first fetch."""

    def record_fetch(self, offset: int, log_start_offset: int, leader_end: int, now_ms: int, broker_epoch: int) -> None:
        """A fetch at `offset` says that everything below is held."""
        if offset >= leader_end:
            if now_ms > self.last_caught_up_ms:
                self.last_caught_up_ms = now_ms
        elif offset >= self.last_fetch_leader_end_offset:
            # It reached where the leader stood at its fetch before, so it was level with it then.
            self.last_caught_up_ms = max(self.last_caught_up_ms, self.last_fetch_ms)
        self.log_end_offset = offset
        self.log_start_offset = log_start_offset
        if leader_end > self.last_fetch_leader_end_offset:
            self.last_fetch_leader_end_offset = leader_end
        self.last_fetch_ms = now_ms
        self.broker_epoch = broker_epoch


@dataclass(frozen=True, slots=True)
class IsrProposal:
    """An ISR that the leader asks the controller for.

    `broker_epochs` has the life in which each member fetched last when the leader decided, -1 where it did not say: a
    member that began another life since must not get in on the strength of the one before (KIP-903).
    """

    isr: tuple[int, ...]
    is_expansion: bool
    broker_epochs: tuple[int, ...] = ()


@dataclass(slots=True)
class LeaderReplicas:
    """The replicas of a partition as its leader sees them in one leader epoch."""

    node_id: int
    replicas: tuple[int, ...]
    committed_isr: frozenset[int]
    high_watermark: int
    leader_epoch_start_offset: int
    followers: dict[int, FollowerState] = field(default_factory=dict)
    proposed: IsrProposal | None = None

    @staticmethod
    def begin(
        node_id: int,
        replicas: tuple[int, ...],
        isr: tuple[int, ...],
        *,
        high_watermark: int,
        log_end_offset: int,
        now_ms: int,
    ) -> LeaderReplicas:
        """A new leader gives every member of the ISR the full lag time to show up."""
        state = LeaderReplicas(
            node_id=node_id,
            replicas=replicas,
            committed_isr=frozenset(isr),
            high_watermark=high_watermark,
            leader_epoch_start_offset=log_end_offset,
        )
        state.set_replicas(replicas, now_ms)
        return state

    def set_replicas(self, replicas: tuple[int, ...], now_ms: int) -> None:
        self.replicas = replicas
        for replica in replicas:
            if replica != self.node_id and replica not in self.followers:
                caught_up = now_ms if replica in self.committed_isr else 0
                self.followers[replica] = FollowerState(last_caught_up_ms=caught_up)
        for gone in [replica for replica in self.followers if replica not in replicas]:
            del self.followers[gone]

    @property
    def maximal_isr(self) -> frozenset[int]:
        if self.proposed is not None and self.proposed.is_expansion:
            return self.committed_isr | frozenset(self.proposed.isr)
        return self.committed_isr

    def effective_min_isr(self, configured: int) -> int:
        """min.insync.replicas cannot ask for more replicas than there are."""
        return min(configured, len(self.replicas))

    def is_under_min_isr(self, min_isr: int) -> bool:
        """Counted without a member that is only proposed."""
        members = len(self.committed_isr)
        return members < min_isr and members < len(self.replicas)

    def advance_high_watermark(self, log_end_offset: int, min_isr: int, now_ms: int, membership: Membership) -> bool:
        """Raises the high watermark as far as it may go; True if it moved."""
        new, known = log_end_offset, self.high_watermark
        if new <= known or self.is_under_min_isr(min_isr):
            return False
        maximal = self.maximal_isr
        for replica, state in self.followers.items():
            if state.log_end_offset < new and (
                replica in maximal
                or (
                    self._is_caught_up(state, log_end_offset, now_ms, membership.lag_time_max_ms)
                    and membership.may_join(replica, state.broker_epoch)
                )
            ):
                new = state.log_end_offset
                if new <= known:
                    return False
        self.high_watermark = new
        return True

    def expansion_for(self, replica: int, membership: Membership) -> IsrProposal | None:
        """The ISR with `replica`, if it caught up with the high watermark within this leader epoch."""
        if self.proposed is not None or replica in self.committed_isr:
            return None
        state = self.followers.get(replica)
        if state is None or state.log_end_offset < max(self.high_watermark, self.leader_epoch_start_offset):
            return None
        if not membership.may_join(replica, state.broker_epoch):
            return None
        return self._proposal(self.committed_isr | {replica}, is_expansion=True)

    def shrinking(self, log_end_offset: int, now_ms: int, lag_time_max_ms: int) -> IsrProposal | None:
        """The ISR without those that lag for too long."""
        if self.proposed is not None:
            return None
        late = {
            replica
            for replica in self.committed_isr
            if replica != self.node_id and self._is_late(replica, log_end_offset, now_ms, lag_time_max_ms)
        }
        if not late:
            return None
        return self._proposal(self.committed_isr - late, is_expansion=False)

    def _proposal(self, members: frozenset[int], *, is_expansion: bool) -> IsrProposal:
        isr = tuple(sorted(members))
        states = [self.followers.get(member) for member in isr]
        epochs = tuple(-1 if state is None or state.broker_epoch is None else state.broker_epoch for state in states)
        return IsrProposal(isr, is_expansion, epochs)

    def _is_late(self, replica: int, log_end_offset: int, now_ms: int, lag_time_max_ms: int) -> bool:
        state = self.followers.get(replica)
        return state is None or not self._is_caught_up(state, log_end_offset, now_ms, lag_time_max_ms)

    @staticmethod
    def _is_caught_up(state: FollowerState, log_end_offset: int, now_ms: int, lag_time_max_ms: int) -> bool:
        return state.log_end_offset == log_end_offset or now_ms - state.last_caught_up_ms <= lag_time_max_ms

    def low_watermark(self, own_log_start_offset: int, membership: Membership) -> int:
        """Smallest log start over live replicas: what DeleteRecords waits for."""
        low = own_log_start_offset
        for replica, state in self.followers.items():
            if state.log_start_offset < low and membership.is_alive(replica):
                low = state.log_start_offset
        return low
