"""What a leader makes of fetches, time and the controller's answers."""

from __future__ import annotations

import pytest

from tests.helpers.replica_machines import NOW, leading, nobody
from workbench.embedded_broker.replication.effects import AnswerWaiters, ProposeIsr, TellCommitted
from workbench.embedded_broker.replication.events import (
    CommitAwaited,
    DeletionAwaited,
    FollowerFetched,
    IsrAnswered,
    LagCheckDue,
    LogStartMoved,
)
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.machine import ReplicaMachine
from workbench.wire.error_codes import ErrorCode


def proposed(replica: ReplicaMachine) -> IsrProposal | None:
    assert replica.leadership is not None
    return replica.leadership.proposed


def test_what_is_committed_already_is_answered_at_once_and_says_if_too_few_have_it() -> None:
    replica = leading(3, (1, 2), min_isr=2)
    replica.step(FollowerFetched(2, 102, 3, 0), NOW)
    assert replica.step(CommitAwaited(3, nobody), NOW) == (AnswerWaiters((nobody,), ErrorCode.NONE),)
    assert replica.leadership is not None
    replica.leadership.committed_isr = frozenset({1})
    too_few = ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND
    assert replica.step(CommitAwaited(3, nobody), NOW) == (AnswerWaiters((nobody,), too_few),)


def test_a_broker_that_is_no_replica_counts_for_nothing() -> None:
    assert leading(3).step(FollowerFetched(9, 109, 3, 0), NOW) == ()


def test_who_lags_is_to_leave_and_counts_until_the_controller_says_so() -> None:
    replica = leading(3, (1, 2))
    later = NOW + 31_000
    assert replica.step(LagCheckDue(), NOW + 29_000) == ()
    [effect] = replica.step(LagCheckDue(), later)
    assert effect == ProposeIsr(IsrProposal((1,), is_expansion=False, broker_epochs=(-1,)))
    assert replica.step(LagCheckDue(), later) == () and replica.high_watermark == 0
    proposal = proposed(replica)
    assert proposal is not None
    assert replica.step(IsrAnswered(proposal, ErrorCode.NONE, 4, 7, (1,)), later) == (TellCommitted(),)
    assert replica.high_watermark == 3 and replica.partition_epoch == 7


@pytest.mark.parametrize(
    ("code", "leader_epoch", "partition_epoch", "is_over"),
    [
        (ErrorCode.NONE, 4, 7, True),
        (ErrorCode.NONE, 4, 6, True),
        (ErrorCode.NONE, 4, 5, False),
        (ErrorCode.NONE, 3, 7, False),
        (ErrorCode.INELIGIBLE_REPLICA, -1, -1, True),
        (ErrorCode.INVALID_UPDATE_VERSION, -1, -1, False),
        (ErrorCode.UNKNOWN_SERVER_ERROR, -1, -1, False),
    ],
)
def test_which_answers_end_a_change(code: ErrorCode, leader_epoch: int, partition_epoch: int, is_over: bool) -> None:
    replica = leading(3, (1, 2))
    replica.step(FollowerFetched(3, 103, 3, 0), NOW)
    proposal = proposed(replica)
    assert proposal is not None and replica.is_under_way(proposal)
    replica.step(IsrAnswered(proposal, code, leader_epoch, partition_epoch, (1, 2, 3)), NOW)
    assert replica.is_under_way(proposal) is not is_over


def test_an_answer_to_another_change_is_not_used() -> None:
    replica = leading(3, (1, 2))
    replica.step(FollowerFetched(3, 103, 3, 0), NOW)
    other = IsrProposal((1, 2, 3), is_expansion=True)
    assert replica.step(IsrAnswered(other, ErrorCode.NONE, 4, 7, (1, 2, 3)), NOW) == ()
    assert proposed(replica) is not None and replica.partition_epoch == 6


def test_a_deletion_waits_for_every_replicas_log_start() -> None:
    replica = leading(3)
    replica.step(FollowerFetched(2, 102, 3, 2), NOW)
    replica.log.log_start_offset = 2  # type: ignore[misc]
    assert replica.step(DeletionAwaited(2, nobody), NOW) == ()
    assert replica.step(LogStartMoved(), NOW) == ()
    effects = replica.step(FollowerFetched(3, 103, 3, 2), NOW)
    assert effects == (TellCommitted(), AnswerWaiters((nobody,), ErrorCode.NONE))
