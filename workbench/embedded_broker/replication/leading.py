"""What a leader makes of its own writes, its followers' fetches and the controller's answers: part of `machine.py`.

Invariants: the high watermark never falls while one leader leads; a write waits until it is reached or the leadership
ends; one change of the in-sync set is under way at a time, and until its outcome is known the larger set counts.

Source: kafka.cluster.Partition (maybeIncrementLeaderHW, updateFollowerFetchState, maybeExpandIsr, maybeShrinkIsr,
handleAlterPartitionUpdate, handleAlterPartitionError); KIP-497, KIP-903, KIP-966.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.replication.effects import (
    AnswerWaiters,
    Effects,
    ProposeIsr,
    TellCommitted,
    WakeReaders,
)
from workbench.embedded_broker.replication.events import CommitAwaited, FollowerFetched, IsrAnswered
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.isr import IsrProposal, LeaderReplicas
    from workbench.embedded_broker.replication.machine import ReplicaMachine

ISR_REFUSALS = frozenset({ErrorCode.OPERATION_NOT_ATTEMPTED, ErrorCode.INELIGIBLE_REPLICA})
"""Answers that say that a change was not made and will not be; every other error leaves that open."""

_NOTHING: Effects = ()
_WAKE_READERS: Effects = (WakeReaders(),)
_TELL_COMMITTED = TellCommitted()
_COMMITTED: Effects = (_TELL_COMMITTED,)


def written(machine: ReplicaMachine, now_ms: int) -> Effects:
    leadership = machine.leadership
    if leadership is None:
        return _NOTHING
    if not leadership.followers:
        # A lone replica commits by writing; min.insync.replicas is capped by the number of replicas.
        leadership.high_watermark = machine.log.log_end_offset
        return _committed(machine, leadership)
    if len(leadership.committed_isr) == 1:
        # Followers that are out of sync do not hold back what is committed.
        return advance(machine, now_ms) or _WAKE_READERS
    return _WAKE_READERS


def advance(machine: ReplicaMachine, now_ms: int) -> Effects:
    """Looks whether more is committed now."""
    leadership = machine.leadership
    if leadership is None or not leadership.advance_high_watermark(
        machine.log.log_end_offset, machine.min_isr, now_ms, machine.membership
    ):
        return _NOTHING
    return _committed(machine, leadership)


def _committed(machine: ReplicaMachine, leadership: LeaderReplicas) -> Effects:
    if not machine.writes:
        return _COMMITTED
    waiters = machine.writes.take_up_to(leadership.high_watermark)
    return (AnswerWaiters(waiters, _outcome(machine, leadership)), _TELL_COMMITTED) if waiters else _COMMITTED


def _outcome(machine: ReplicaMachine, leadership: LeaderReplicas) -> ErrorCode:
    """Of a write that is committed: it is kept, but the producer learns that too few had it (KIP-497)."""
    if len(leadership.maximal_isr) < leadership.effective_min_isr(machine.min_isr):
        return ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND
    return ErrorCode.NONE


def await_commit(machine: ReplicaMachine, event: CommitAwaited) -> Effects:
    leadership = machine.leadership
    if leadership is None:
        return (AnswerWaiters((event.waiter,), ErrorCode.NOT_LEADER_OR_FOLLOWER),)
    if leadership.high_watermark >= event.offset:
        return (AnswerWaiters((event.waiter,), _outcome(machine, leadership)),)
    machine.writes.add(event.offset, event.waiter)
    return _NOTHING


def deletions_done(machine: ReplicaMachine) -> Effects:
    if not machine.deletions:
        return _NOTHING
    waiters = machine.deletions.take_up_to(machine.low_watermark)
    return (AnswerWaiters(waiters, ErrorCode.NONE),) if waiters else _NOTHING


def fetched(machine: ReplicaMachine, event: FollowerFetched, now_ms: int) -> Effects:
    leadership = machine.leadership
    state = None if leadership is None else leadership.followers.get(event.replica)
    if leadership is None or state is None:
        return _NOTHING
    end_before = state.log_end_offset
    state.record_fetch(event.offset, event.log_start_offset, machine.log.log_end_offset, now_ms, event.broker_epoch)
    effects = _NOTHING
    if event.replica not in leadership.committed_isr:
        effects = _propose(leadership, leadership.expansion_for(event.replica, machine.membership))
    if event.offset != end_before:
        effects += advance(machine, now_ms)
    if machine.deletions:
        effects += deletions_done(machine)
    return effects


def check_lag(machine: ReplicaMachine, now_ms: int) -> Effects:
    leadership = machine.leadership
    if leadership is None:
        return _NOTHING
    shrunk = leadership.shrinking(machine.log.log_end_offset, now_ms, machine.membership.lag_time_max_ms)
    return (*_propose(leadership, shrunk), *advance(machine, now_ms))


def _propose(leadership: LeaderReplicas, proposal: IsrProposal | None) -> Effects:
    if proposal is None:
        return _NOTHING
    leadership.proposed = proposal
    return (ProposeIsr(proposal),)


def isr_answered(machine: ReplicaMachine, event: IsrAnswered, now_ms: int) -> Effects:
    """An answer counts for the change that is under way, and only in the epochs in which it was asked for."""
    leadership = machine.leadership
    if leadership is None or not machine.is_under_way(event.proposal):
        return _NOTHING
    if event.code in ISR_REFUSALS:
        leadership.proposed = None
    elif (
        event.code == ErrorCode.NONE
        and event.leader_epoch == machine.leader_epoch
        and event.partition_epoch >= machine.partition_epoch
    ):
        leadership.committed_isr = frozenset(event.isr)
        leadership.proposed = None
        machine.partition_epoch = event.partition_epoch
        return advance(machine, now_ms)
    return _NOTHING
