"""One replica's decisions, as a conversation: what happened, what is to be done."""

from __future__ import annotations

import pytest

from tests.helpers.replica_machines import NOW, leading, machine, nobody
from workbench.embedded_broker.replication.effects import (
    AnnounceLeadership,
    AnswerWaiters,
    BeginEpoch,
    FollowLeader,
    ProposeIsr,
    StopFollowing,
    TellCommitted,
    WakeReaders,
)
from workbench.embedded_broker.replication.events import (
    BrokersChanged,
    CommitAwaited,
    DeletionAwaited,
    FollowerFetched,
    IsrAnswered,
    LagCheckDue,
    LeaderNamed,
    LeadershipGiven,
    LogCut,
    MinIsrConfigured,
    RecordsWritten,
    ReplicaRemoved,
    WaiterGaveUp,
)
from workbench.wire.error_codes import ErrorCode


def test_the_saved_high_watermark_is_brought_within_the_log() -> None:
    assert [machine(5, start=2, high_watermark=mark).high_watermark for mark in (0, 3, 9)] == [2, 3, 5]


def test_becoming_leader_notes_the_epoch_before_it_is_announced() -> None:
    replica = machine(7, high_watermark=5)
    assert replica.step(LeadershipGiven(4, 6, (1, 2), (1, 2)), NOW) == (
        StopFollowing(),
        BeginEpoch(4, 7),
        AnnounceLeadership(True),
    )
    assert replica.is_leader and replica.high_watermark == 5 and replica.leadership is not None
    assert replica.leadership.leader_epoch_start_offset == 7
    assert replica.step(LeadershipGiven(4, 7, (1, 2), (1, 2)), NOW) == (), "the same leadership goes on"
    assert replica.step(LeadershipGiven(5, 8, (1, 2), (1, 2)), NOW) == (BeginEpoch(5, 7), AnnounceLeadership(True))


def test_becoming_follower_sends_those_who_wait_away() -> None:
    replica = leading(3)
    replica.step(CommitAwaited(3, nobody), NOW)
    assert replica.step(LeaderNamed(2, 5, 7, (1, 2, 3)), NOW) == (
        AnswerWaiters((nobody,), ErrorCode.NOT_LEADER_OR_FOLLOWER),
        WakeReaders(),
        FollowLeader(),
        AnnounceLeadership(False),
    )
    assert replica.step(LeaderNamed(2, 5, 8, (1, 2, 3)), NOW) == (WakeReaders(),), "it is followed already"
    assert replica.step(LeaderNamed(3, 6, 9, (1, 2, 3)), NOW) == (WakeReaders(), FollowLeader())


def test_metadata_older_than_the_controllers_answer_is_left_out() -> None:
    """The answer to AlterPartition may come before the metadata that tells the steps up to it."""
    replica = leading(0, (1, 2))
    replica.step(FollowerFetched(3, 103, 0, 0), NOW)
    assert replica.leadership is not None and replica.leadership.proposed is not None
    replica.step(IsrAnswered(replica.leadership.proposed, ErrorCode.NONE, 4, 8, (1, 2, 3)), NOW)
    for older in (LeadershipGiven(4, 7, (1, 2, 3), (1, 2)), LeaderNamed(2, 5, 7, (1, 2, 3))):
        assert replica.step(older, NOW) == ()
    assert replica.is_leader and replica.leadership.committed_isr == {1, 2, 3} and replica.partition_epoch == 8


def test_a_lone_replica_commits_by_writing() -> None:
    replica = machine(1)
    replica.step(LeadershipGiven(0, 0, (1,), (1,)), NOW)
    replica.step(CommitAwaited(2, nobody), NOW)
    replica.log.log_end_offset = 2  # type: ignore[misc]
    assert replica.step(RecordsWritten(), NOW) == (AnswerWaiters((nobody,), ErrorCode.NONE), TellCommitted())


def test_what_followers_fetched_is_committed_and_who_caught_up_is_proposed() -> None:
    replica = leading(4, (1, 2))
    assert replica.step(RecordsWritten(), NOW) == (WakeReaders(),)
    replica.step(CommitAwaited(4, nobody), NOW)
    effects = replica.step(FollowerFetched(3, 103, 4, 0), NOW)
    assert [type(one) for one in effects] == [ProposeIsr]
    assert replica.step(FollowerFetched(2, 102, 4, 0), NOW) == (
        AnswerWaiters((nobody,), ErrorCode.NONE),
        TellCommitted(),
    )


@pytest.mark.parametrize(
    ("isr", "acks", "refusal"),
    [((1,), -1, ErrorCode.NOT_ENOUGH_REPLICAS), ((1,), 1, None), ((1, 2), -1, None)],
)
def test_acks_all_needs_enough_in_sync(isr: tuple[int, ...], acks: int, refusal: ErrorCode | None) -> None:
    assert leading(0, isr, min_isr=2).refusal_of_write(acks) is refusal


def test_a_follower_takes_no_writes_and_lets_nobody_wait() -> None:
    replica = machine(3)
    assert replica.refusal_of_write(1) is ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert replica.step(CommitAwaited(3, nobody), NOW) == (AnswerWaiters((nobody,), ErrorCode.NOT_LEADER_OR_FOLLOWER),)


def test_who_gave_up_is_not_kept() -> None:
    replica = leading(3)
    replica.step(CommitAwaited(3, nobody), NOW)
    replica.step(DeletionAwaited(2, nobody), NOW)
    assert replica.waiting == 2
    replica.step(WaiterGaveUp(nobody), NOW)
    replica.step(WaiterGaveUp(nobody), NOW)
    assert replica.waiting == 0


def test_a_removed_replica_leads_and_follows_no_more() -> None:
    replica = leading(3)
    replica.step(CommitAwaited(3, nobody), NOW)
    assert replica.step(ReplicaRemoved(ErrorCode.KAFKA_STORAGE_ERROR), NOW) == (
        StopFollowing(),
        AnswerWaiters((nobody,), ErrorCode.KAFKA_STORAGE_ERROR),
        WakeReaders(),
        AnnounceLeadership(False),
    )


def test_time_brokers_and_settings_may_commit_more() -> None:
    for event in (LagCheckDue(), BrokersChanged(), MinIsrConfigured(1)):
        replica = leading(3, (1,))
        assert replica.high_watermark == 3, "followers that are out of sync hold nothing back"
        replica.log.log_end_offset = 4  # type: ignore[misc]
        assert replica.step(event, NOW) == (TellCommitted(),)


def test_answers_are_awaited_from_one_leader_in_one_epoch_at_one_offset() -> None:
    replica = machine(3)
    replica.step(LeaderNamed(2, 5, 0, (1, 2)), NOW)
    assert replica.awaits(2, 5, 3)
    assert not any((replica.awaits(3, 5, 3), replica.awaits(2, 4, 3), replica.awaits(2, 5, 2)))
    replica.log.log_end_offset = 1  # type: ignore[misc]
    assert not replica.awaits(2, 5, 3)
    replica.keep_high_watermark(3)
    assert replica.step(LogCut(), NOW) == () and replica.high_watermark == 1
