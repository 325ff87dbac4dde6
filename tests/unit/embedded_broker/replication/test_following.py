"""What a follower does with its leader's word."""

from __future__ import annotations

import pytest

from tests.helpers.partition_logs import batch
from tests.helpers.replica_machines import NOW, machine
from workbench.embedded_broker.replication.effects import (
    AdvanceLogStart,
    AppendCopy,
    BeginLogAnew,
    CutLog,
    Effects,
    WakeReaders,
)
from workbench.embedded_broker.replication.events import (
    FollowingBegan,
    LeaderAnswered,
    LeaderNamed,
    LeaderOffsetsFound,
    LeadershipGiven,
    RecordsCopied,
)
from workbench.embedded_broker.replication.machine import ReplicaMachine


def following(end: int, *epochs: tuple[int, int], start: int = 0, high_watermark: int = 0) -> ReplicaMachine:
    replica = machine(end, start=start, high_watermark=high_watermark)
    for epoch, first_offset in epochs:
        replica.log.leader_epochs.assign(epoch, first_offset)  # type: ignore[attr-defined]
    replica.step(LeaderNamed(2, 9, 0, (1, 2)), NOW)
    return replica


def test_only_a_log_without_epochs_begins_by_being_cut_to_what_is_committed() -> None:
    """With epochs that would lose what is committed when leaders change quickly (KIP-101)."""
    assert following(5, high_watermark=3).step(FollowingBegan(), NOW) == (CutLog(3),)
    assert following(3, high_watermark=3).step(FollowingBegan(), NOW) == ()
    assert following(5, (1, 0), high_watermark=3).step(FollowingBegan(), NOW) == ()
    leader = machine(5, high_watermark=3)
    leader.step(LeadershipGiven(1, 1, (1,), (1,)), NOW)
    assert leader.step(FollowingBegan(), NOW) == ()


def test_records_are_appended_and_then_the_high_watermark_follows() -> None:
    replica = following(3, (1, 0))
    records = bytes(batch(b"a", base_offset=3))
    assert replica.step(LeaderAnswered(records, 9, 1, -1, -1), NOW) == (AppendCopy(records, 9, 1),)
    assert replica.high_watermark == 0, "not before the records are there"
    assert replica.step(RecordsCopied(9, 1), NOW) == (WakeReaders(), AdvanceLogStart(1))
    assert replica.high_watermark == 3, "as far as our log reaches"
    assert replica.step(LeaderAnswered(None, 2, 0, -1, -1), NOW) == (WakeReaders(),)
    assert replica.step(LeaderAnswered(b"", 2, 0, -1, -1), NOW) == ()


@pytest.mark.parametrize(
    ("epoch", "end", "effects"),
    [
        (2, 2, (CutLog(2),)),
        (2, 9, (CutLog(3),)),
        (1, 0, (CutLog(0),)),
        (3, 4, (CutLog(3),)),
    ],
)
def test_a_log_that_diverged_is_cut_where_the_epochs_part(epoch: int, end: int, effects: Effects) -> None:
    replica = following(6, (2, 0), (4, 3), high_watermark=1)
    assert replica.step(LeaderAnswered(None, 9, 0, epoch, end), NOW) == effects


def test_an_empty_log_begins_with_the_whole_batch_that_holds_its_offset() -> None:
    replica = following(2, start=2)
    records = bytes(batch(b"a", b"b", b"c", base_offset=0))
    assert replica.step(LeaderAnswered(records, 3, 2, -1, -1), NOW) == (BeginLogAnew(0), AppendCopy(records, 3, 2))


def test_so_does_a_log_that_has_only_what_the_leader_has_deleted() -> None:
    replica = following(4, (1, 0))
    records = bytes(batch(b"a", b"b", b"c", base_offset=3))
    assert replica.step(LeaderAnswered(records, 6, 4, -1, -1), NOW) == (BeginLogAnew(3), AppendCopy(records, 6, 4))
    kept_there = replica.step(LeaderAnswered(records, 6, 3, -1, -1), NOW)
    assert kept_there == (AppendCopy(records, 6, 3),), "nothing is given up that the leader has"


@pytest.mark.parametrize(
    ("earliest", "latest", "effects"), [(0, 3, (CutLog(3),)), (8, 9, (BeginLogAnew(8),)), (0, 9, ())]
)
def test_a_log_outside_the_leaders_is_brought_inside(earliest: int, latest: int, effects: Effects) -> None:
    assert following(5, (1, 0)).step(LeaderOffsetsFound(earliest, latest), NOW) == effects
