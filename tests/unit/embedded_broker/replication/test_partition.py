"""One replica: leading, following, committing, deleting."""

from __future__ import annotations

import pytest

from tests.helpers.membership import Members
from tests.helpers.partition_logs import batch, open_log, stored_values
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.events import (
    BrokersChanged,
    FollowerFetched,
    LeaderNamed,
    LeadershipGiven,
    LogCut,
    RecordsCopied,
    ReplicaRemoved,
)
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.partition import EpochEnd, Partition
from workbench.storage.log import LogConfig
from workbench.storage.log.append_result import AppendOrigin, AppendResult
from workbench.wire.error_codes import ErrorCode

TOPIC_ID = b"t" * 16
NOW = 1_700_000_000_000


def replica(*, min_isr: int = 1, config: LogConfig | None = None, membership: Members | None = None) -> Partition:
    partition = Partition(1, "t", TOPIC_ID, 0, open_log(config=config), membership or Members())
    partition.machine.min_isr = min_isr
    return partition


def leader(
    replicas: tuple[int, ...] = (1, 2, 3), isr: tuple[int, ...] | None = None, epoch: int = 5, **more: object
) -> Partition:
    partition = replica(**more)  # type: ignore[arg-type]
    partition.step(LeadershipGiven(epoch, 0, replicas, replicas if isr is None else isr), NOW)
    return partition


def write(partition: Partition, *values: bytes, acks: int = -1) -> AppendResult:
    return partition.append_as_leader(batch(*values), acks=acks, now_ms=NOW, origin=AppendOrigin.CLIENT)


def fetched(partition: Partition, follower: int, offset: int, *, start: int = 0, now_ms: int = NOW) -> None:
    assert partition.leadership is not None
    partition.step(FollowerFetched(follower, 1, offset, start), now_ms)


class Outcomes(list[ErrorCode]):
    def __call__(self, code: ErrorCode) -> None:
        self.append(code)


def test_a_lone_replica_commits_by_writing() -> None:
    partition = leader((1,), min_isr=3)
    heard: list[int] = []
    partition.on_commit(lambda: heard.append(partition.high_watermark))
    write(partition, b"a", b"b")
    assert partition.high_watermark == 2 and heard == [2]


def test_followers_commit_by_fetching_in_order_of_offsets() -> None:
    partition = leader(min_isr=2)
    write(partition, b"a")
    write(partition, b"b")
    first, second = Outcomes(), Outcomes()
    partition.when_committed(2, second)
    partition.when_committed(1, first)
    fetched(partition, 2, 2)
    assert partition.high_watermark == 0, "one in-sync follower has not fetched yet"
    fetched(partition, 3, 1)
    assert first == [ErrorCode.NONE] and not second
    fetched(partition, 3, 2)
    assert second == [ErrorCode.NONE]


def test_a_leader_whose_followers_fell_out_commits_by_writing() -> None:
    partition = leader((1, 2, 3), isr=(1,), min_isr=1)
    write(partition, b"a")
    assert partition.high_watermark == 1


def test_a_follower_about_to_come_back_holds_the_commit() -> None:
    """Nothing that a replica lacks may be committed while it may become a member at any moment (KIP-497)."""
    partition = leader((1, 2, 3), isr=(1,), min_isr=1)
    write(partition, b"a")
    fetched(partition, 2, 1)
    write(partition, b"b")
    assert partition.high_watermark == 1
    fetched(partition, 2, 2)
    assert partition.high_watermark == 2


def test_too_few_in_sync_refuse_the_write_or_its_answer() -> None:
    partition = leader(isr=(1, 2), min_isr=3)
    with pytest.raises(BrokerError) as refused:
        write(partition, b"a")
    assert refused.value.code is ErrorCode.NOT_ENOUGH_REPLICAS
    assert partition.log.log_end_offset == 0
    write(partition, b"a", acks=1)
    fetched(partition, 2, 1)
    assert partition.high_watermark == 0, "below min.insync.replicas nothing is committed (KIP-966)"

    partition = leader(isr=(1, 2, 3), min_isr=2)
    write(partition, b"a")
    outcome = Outcomes()
    partition.when_committed(1, outcome)
    fetched(partition, 2, 1)
    fetched(partition, 3, 1)
    assert outcome == [ErrorCode.NONE]
    assert partition.leadership is not None
    partition.leadership.committed_isr = frozenset({1})
    partition.when_committed(1, outcome)
    assert outcome[-1] is ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND


def test_min_isr_is_capped_by_the_number_of_replicas() -> None:
    partition = leader((1, 2), min_isr=3)
    write(partition, b"a")
    fetched(partition, 2, 1)
    assert partition.high_watermark == 1


def test_only_a_leader_writes_and_waiters_are_sent_away_with_the_leadership() -> None:
    partition = leader(min_isr=2)
    write(partition, b"a")
    outcome = Outcomes()
    partition.when_committed(1, outcome)
    partition.when_low_watermark(1, outcome)
    partition.step(LeaderNamed(2, 6, 1, (1, 2, 3)), 0)
    assert outcome == [ErrorCode.NOT_LEADER_OR_FOLLOWER] * 2
    with pytest.raises(BrokerError) as refused:
        write(partition, b"b")
    assert refused.value.code is ErrorCode.NOT_LEADER_OR_FOLLOWER


def test_a_deleted_replica_says_so_to_who_waits() -> None:
    partition = leader(min_isr=2)
    write(partition, b"a")
    outcome = Outcomes()
    partition.when_committed(1, outcome)
    partition.step(ReplicaRemoved(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), 0)
    assert outcome == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION] and partition.is_deleted


def test_a_new_leader_epoch_begins_at_the_log_end() -> None:
    partition = leader(epoch=5)
    write(partition, b"a", b"b")
    partition.step(LeadershipGiven(7, 1, (1, 2, 3), (1, 2, 3)), NOW)
    write(partition, b"c")
    assert partition.epoch_end(5) == EpochEnd(5, 2)
    assert partition.epoch_end(6) == EpochEnd(5, 2)
    assert partition.epoch_end(7) == EpochEnd(7, 3)
    assert partition.epoch_end(8) == EpochEnd(-1, -1)
    assert partition.leadership is not None and partition.leadership.leader_epoch_start_offset == 2


def test_the_same_partition_epoch_told_twice_leaves_a_change_under_way() -> None:
    """The answer of the controller comes before the metadata; a new change may have been asked for in between."""
    partition = leader(isr=(1, 2))
    assert partition.leadership is not None
    partition.machine.partition_epoch = 3
    proposal = partition.leadership.proposed = IsrProposal((1, 2, 3), is_expansion=True)
    partition.step(LeadershipGiven(5, 3, (1, 2, 3), (1, 2)), NOW)
    assert partition.leadership.proposed is proposal
    partition.step(LeadershipGiven(5, 4, (1, 2, 3), (1, 2, 3)), NOW)
    assert partition.leadership.proposed is None
    assert partition.leadership.committed_isr == {1, 2, 3}


def test_epochs_of_readers_are_compared() -> None:
    partition = leader(epoch=5)
    partition.check_leader_epoch(-1)
    partition.check_leader_epoch(5)
    for epoch, code in ((4, ErrorCode.FENCED_LEADER_EPOCH), (6, ErrorCode.UNKNOWN_LEADER_EPOCH)):
        with pytest.raises(BrokerError) as refused:
            partition.check_leader_epoch(epoch)
        assert refused.value.code is code


def test_a_followers_high_watermark_is_the_leaders_as_far_as_its_log_reaches() -> None:
    partition = replica()
    partition.step(LeaderNamed(2, 5, 0, (1, 2)), 0)
    partition.log.append_as_follower(batch(b"a", b"b", leader_epoch=5), leader_epoch=5)
    partition.step(RecordsCopied(9, 0), NOW)
    assert partition.high_watermark == 2
    partition.step(RecordsCopied(1, 0), NOW)
    assert partition.high_watermark == 1, "a new leader may know less for a while"
    partition.log.truncate_to(0, now_ms=NOW)
    partition.step(LogCut(), NOW)
    assert partition.high_watermark == 0


def test_the_high_watermark_outlives_a_change_of_roles() -> None:
    partition = leader((1, 2))
    write(partition, b"a", b"b")
    fetched(partition, 2, 2)
    partition.step(LeaderNamed(2, 6, 1, (1, 2)), 0)
    assert partition.high_watermark == 2
    partition.step(LeadershipGiven(7, 2, (1, 2), (1, 2)), NOW)
    assert partition.high_watermark == 2


def test_the_last_stable_offset_is_below_open_transactions() -> None:
    partition = leader((1,))
    write(partition, b"a")
    partition.append_as_leader(
        batch(b"t", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True),
        acks=-1,
        now_ms=NOW,
        origin=AppendOrigin.CLIENT,
    )
    write(partition, b"b")
    assert (partition.last_stable_offset, partition.high_watermark) == (1, 3)


def test_deleting_records_waits_for_every_living_replica() -> None:
    membership = Members()
    partition = leader(membership=membership)
    write(partition, b"a", b"b")
    write(partition, b"c")
    for follower in (2, 3):
        fetched(partition, follower, 3)
    assert partition.delete_records(2) == 2
    assert partition.low_watermark == 0
    outcome = Outcomes()
    partition.when_low_watermark(2, outcome)
    fetched(partition, 2, 3, start=2)
    assert not outcome and partition.low_watermark == 0
    membership.fenced.add(3)
    partition.step(BrokersChanged(), 0)
    assert outcome == [ErrorCode.NONE] and partition.low_watermark == 2
    assert stored_values(partition.log)[-1] == b"c"


@pytest.mark.parametrize(
    ("offset", "code"), [(-2, ErrorCode.OFFSET_OUT_OF_RANGE), (4, ErrorCode.OFFSET_OUT_OF_RANGE), (-1, None), (3, None)]
)
def test_deletion_goes_up_to_the_high_watermark(offset: int, code: ErrorCode | None) -> None:
    partition = leader((1, 2))
    write(partition, b"a", b"b", b"c")
    fetched(partition, 2, 3)
    write(partition, b"d")
    if code is None:
        assert partition.delete_records(offset) == 3
        assert partition.log.log_start_offset == 3
    else:
        with pytest.raises(BrokerError) as refused:
            partition.delete_records(offset)
        assert refused.value.code is code


def test_what_is_only_compacted_is_not_deleted() -> None:
    partition = leader((1,), config=LogConfig.from_properties({"cleanup.policy": "compact"}))
    with pytest.raises(BrokerError) as refused:
        partition.delete_records(0)
    assert refused.value.code is ErrorCode.POLICY_VIOLATION
