from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.control_history import ControlHistory
from workbench.embedded_broker.quorum.log_picture import Diverging, LogPicture, NeedsSnapshot, Valid, recency
from workbench.storage.quorum.voters import VoterSet

# Epochs by offset, never falling: a log.
logs = st.lists(st.integers(1, 4), max_size=12).map(sorted)


def picture(epochs: list[int], start: int = 0, snapshots: dict[OffsetAndEpoch, int] | None = None) -> LogPicture:
    made = LogPicture(ControlHistory(VoterSet()), start, start, start, snapshots=dict(snapshots or {}))
    for index, epoch in enumerate(epochs):
        made.append(start + index, start + index + 1, epoch, ())
    return made


def test_recency_prefers_the_later_epoch_to_the_longer_log() -> None:
    assert recency(OffsetAndEpoch(5, 2)) > recency(OffsetAndEpoch(9, 1))
    assert recency(OffsetAndEpoch(5, 2)) > recency(OffsetAndEpoch(4, 2))


def test_end_of_an_epoch_is_the_start_of_the_next_known_one() -> None:
    log = picture([1, 1, 3, 3, 3])
    assert log.end_offset_for_epoch(1) == OffsetAndEpoch(2, 1)
    assert log.end_offset_for_epoch(2) == OffsetAndEpoch(2, 1)
    assert log.end_offset_for_epoch(3) == OffsetAndEpoch(5, 3)
    assert log.end_offset_for_epoch(9) == OffsetAndEpoch(5, 3)
    assert log.end_offset_for_epoch(0) == OffsetAndEpoch(0, 0)


def test_an_empty_log_has_the_epoch_of_the_snapshot_it_starts_at() -> None:
    assert picture([]).last_epoch == 0
    assert picture([], 7, {OffsetAndEpoch(7, 4): 10}).end == OffsetAndEpoch(7, 4)


@given(logs, logs)
def test_validation_and_truncation_lead_a_follower_to_the_common_prefix(leader: list[int], follower: list[int]) -> None:
    """What the leader answers brings any follower, in finitely many rounds, to a prefix of the leader's log."""
    # In a real quorum the same offset and epoch always hold the same record, and what came before it.
    common = 0
    while common < min(len(leader), len(follower)) and leader[common] == follower[common]:
        common += 1
    follower = follower[:common] + [epoch for epoch in follower[common:] if epoch not in leader]
    leading, following = picture(leader), picture(follower)
    for _ in range(20):
        match leading.validate(following.end_offset, following.last_epoch):
            case Valid():
                break
            case Diverging(end):
                following.truncate(following.truncation_point(end))
            case other:
                pytest.fail(str(other))
    else:
        pytest.fail("it never ended")
    assert following.end_offset <= len(leader)
    assert follower[: following.end_offset] == leader[: following.end_offset]


def test_a_follower_behind_the_log_start_needs_the_latest_snapshot() -> None:
    oldest, latest = OffsetAndEpoch(5, 2), OffsetAndEpoch(8, 3)
    log = picture([2, 3, 3, 3, 3], start=5, snapshots={oldest: 1, latest: 1})
    assert log.validate(3, 2) == NeedsSnapshot(latest)
    assert log.validate(5, 1) == NeedsSnapshot(latest)
    assert log.validate(6, 1) == NeedsSnapshot(latest)
    assert log.validate(5, 2) == Valid()
    assert log.validate(9, 3) == Valid()
    assert log.validate(12, 3) == Diverging(OffsetAndEpoch(10, 3))


def test_an_empty_follower_of_a_whole_log_is_valid_whatever_its_epoch() -> None:
    assert picture([1, 2]).validate(0, 0) == Valid()


def test_batches_must_follow_each_other() -> None:
    with pytest.raises(ValueError, match="cannot follow"):
        picture([1]).append(2, 3, 1, ())


def test_a_flush_that_a_truncation_overtook_is_worthless() -> None:
    log = picture([1, 1, 1])
    generation = log.generation
    log.truncate(1)
    log.append(1, 2, 2, ())
    assert not log.flushed(3, generation)
    assert log.flushed_offset == 0
    assert log.flushed(2, log.generation)
    assert log.flushed_offset == 2


def test_truncating_at_the_end_changes_nothing() -> None:
    log = picture([1, 1])
    log.truncate(2)
    assert (log.end_offset, log.generation) == (2, 0)


def test_deleting_a_prefix_moves_the_first_epoch_and_forgets_older_snapshots() -> None:
    old, new = OffsetAndEpoch(1, 1), OffsetAndEpoch(3, 2)
    log = picture([1, 1, 2, 2, 3])
    log.snapshots = {old: 1, new: 1}
    log.delete_prefix(3)
    assert log.start_offset == 3 and log.epochs == [(2, 3), (3, 4)] and list(log.snapshots) == [new]
    assert log.end_offset_for_epoch(2) == OffsetAndEpoch(4, 2)


def test_starting_over_at_a_snapshot() -> None:
    log = picture([1, 1])
    log.restart_at(OffsetAndEpoch(9, 4), 77)
    assert log.end == OffsetAndEpoch(9, 4)
    assert (log.start_offset, log.flushed_offset, log.snapshots) == (9, 9, {OffsetAndEpoch(9, 4): 77})
    assert log.generation == 1
