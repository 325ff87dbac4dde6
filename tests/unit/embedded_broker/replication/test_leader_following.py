"""What a follower asks and does with the answers, on real logs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.membership import Members
from tests.helpers.partition_logs import batch, open_log, stored_values
from workbench.embedded_broker.replication.events import LeaderNamed, LeadershipGiven
from workbench.embedded_broker.replication.leader_following import TELL_PASSING_AFTER, FetcherSettings, LeaderFollowing
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.throttle import ReplicationThrottle
from workbench.records import BatchView
from workbench.storage.log import PartitionLog
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import FetchRequest, FetchResponse

TOPIC_ID = b"t" * 16
LEADER = 2


class Follower:
    """Broker 1, which follows broker 2 in leader epoch 5."""

    def __init__(self) -> None:
        self.fetched: list[tuple[str, int]] = []
        self.failures: list[OSError] = []
        self.throttle = ReplicationThrottle(lambda: self.now_ms)
        self.now_ms = 0
        self.following = LeaderFollowing(
            1,
            LEADER,
            FetcherSettings(backoff_ms=1_000),
            broker_epoch=lambda: 77,
            fetched=lambda partition, size: self.fetched.append((partition.topic, size)),
            storage_failed=lambda partition, error: self.failures.append(error),
            now_ms=lambda: 1_700_000_000_000,
            throttle=self.throttle,
        )

    def follow(self, log: PartitionLog, index: int = 0, *, epoch: int = 5, high_watermark: int = 0) -> Partition:
        partition = Partition(1, "t", TOPIC_ID, index, log, Members(), high_watermark=high_watermark)
        partition.step(LeaderNamed(LEADER, epoch, 0, (1, LEADER)), 0)
        self.following.follow(partition)
        return partition

    def request(self) -> FetchRequest:
        request = self.following.request()
        request.encode(18)
        return request

    def asked(self) -> dict[int, FetchRequest.FetchPartition]:
        return {one.partition: one for topic in self.request().topics for one in topic.partitions}

    def answer(
        self, *data: FetchResponse.PartitionData, now_s: float = 0.0, session_id: int = 9, error: int = 0
    ) -> None:
        topics = [FetchResponse.FetchableTopicResponse(topic_id=TOPIC_ID, partitions=list(data))]
        self.following.received(
            FetchResponse(error_code=error, session_id=session_id, responses=topics if data else []), now_s
        )


def told(index: int = 0, **fields: Any) -> FetchResponse.PartitionData:
    fields.setdefault("high_watermark", 0)
    fields.setdefault("log_start_offset", 0)
    return FetchResponse.PartitionData(partition_index=index, **fields)


def batches(*spans: tuple[int, int, int]) -> bytes:
    """Batches of (base offset, records, leader epoch)."""
    return b"".join(
        bytes(batch(*[b"%d" % (base + n) for n in range(count)], base_offset=base, leader_epoch=epoch))
        for base, count, epoch in spans
    )


def log_of(*spans: tuple[int, int, int]) -> PartitionLog:
    log = open_log()
    if spans:
        log.append_as_follower(batches(*spans), leader_epoch=spans[-1][2])
    return log


def test_the_first_request_begins_a_session_with_what_the_log_has() -> None:
    follower = Follower()
    follower.follow(log_of((0, 3, 4)))
    request = follower.request()
    assert (request.session_id, request.session_epoch) == (0, 0)
    assert (request.replica_state.replica_id, request.replica_state.replica_epoch) == (1, 77)
    one = request.topics[0].partitions[0]
    assert (one.fetch_offset, one.last_fetched_epoch, one.current_leader_epoch, one.log_start_offset) == (3, 4, 5, 0)


def test_records_are_appended_and_acknowledged_with_the_next_request() -> None:
    follower = Follower()
    partition = follower.follow(log_of())
    follower.request()
    follower.answer(told(records=batches((0, 2, 5)), high_watermark=9))
    assert stored_values(partition.log) == [b"0", b"1"]
    assert partition.high_watermark == 2, "as far as our log reaches"
    assert follower.fetched and follower.fetched[0][0] == "t"
    request = follower.request()
    assert (request.session_id, request.session_epoch) == (9, 1)
    assert request.topics[0].partitions[0].fetch_offset == 2
    assert request.topics[0].partitions[0].last_fetched_epoch == 5


def test_a_session_tells_only_what_is_new() -> None:
    follower = Follower()
    first, second = follower.follow(log_of(), 0), follower.follow(log_of(), 1)
    assert sorted(follower.asked()) == [0, 1]
    follower.answer(told(1, records=batches((0, 1, 5)), high_watermark=1))
    assert list(follower.asked()) == [1]
    follower.answer()
    assert follower.asked() == {}
    follower.answer(told(1, high_watermark=1, log_start_offset=1))
    assert second.log.log_start_offset == 1
    assert follower.asked()[1].log_start_offset == 1, "the leader waits for it where records are deleted"
    assert first.log.log_end_offset == 0


def test_without_a_session_everything_is_told_each_time() -> None:
    follower = Follower()
    partition = follower.follow(log_of())
    follower.request()
    follower.answer(told(records=batches((0, 1, 5))), session_id=0)
    assert partition.log.log_end_offset == 1
    request = follower.request()
    assert request.session_epoch == 0 and request.topics[0].partitions[0].fetch_offset == 1


def test_a_lost_session_begins_anew_at_once_and_other_errors_rest() -> None:
    follower = Follower()
    follower.follow(log_of())
    follower.request()
    follower.answer(error=ErrorCode.FETCH_SESSION_ID_NOT_FOUND)
    assert follower.following.is_awake(0.0) and follower.request().session_epoch == 0
    follower.answer(error=ErrorCode.UNKNOWN_SERVER_ERROR, now_s=10.0)
    assert not follower.following.is_awake(10.5)
    assert follower.following.next_wake_s() == 11.0
    assert follower.following.is_awake(11.0)


def test_the_session_epoch_goes_round() -> None:
    follower = Follower()
    follower.follow(log_of())
    follower.request()
    follower.answer()
    follower.following._session_epoch = 2**31 - 1
    follower.answer()
    assert follower.request().session_epoch == 1


def test_the_log_start_of_the_leader_is_followed() -> None:
    follower = Follower()
    partition = follower.follow(log_of((0, 4, 5)))
    follower.request()
    follower.answer(told(high_watermark=4, log_start_offset=2))
    assert partition.log.log_start_offset == 2
    follower.request()
    follower.answer(told(high_watermark=4, log_start_offset=9))
    assert partition.log.log_start_offset == 4, "never beyond our own end"


def test_a_diverged_log_is_cut_and_asked_for_again() -> None:
    follower = Follower()
    partition = follower.follow(log_of((0, 3, 2), (3, 3, 3)), high_watermark=5)
    follower.request()
    follower.answer(told(diverging_epoch=FetchResponse.EpochEndOffset(epoch=2, end_offset=2), high_watermark=9))
    # The batch of three holds offset 2, so that all of it goes.
    assert partition.log.log_end_offset == 0 and partition.high_watermark == 0
    assert follower.asked()[0].fetch_offset == 0


def test_an_epoch_we_do_not_know_cuts_to_the_end_of_the_one_before() -> None:
    follower = Follower()
    partition = follower.follow(log_of((0, 3, 1), (3, 3, 4)))
    follower.request()
    follower.answer(told(diverging_epoch=FetchResponse.EpochEndOffset(epoch=3, end_offset=5)))
    assert partition.log.log_end_offset == 3
    asked = follower.asked()[0]
    assert (asked.fetch_offset, asked.last_fetched_epoch) == (3, 1)


def test_an_epoch_begun_without_a_record_is_forgotten_when_it_diverges() -> None:
    """A leader that wrote nothing and then follows would ask for its own epoch for ever."""
    follower = Follower()
    log = log_of((0, 2, 1))
    log.leader_epochs.assign(4, 2)
    partition = follower.follow(log)
    assert follower.asked()[0].last_fetched_epoch == 4
    follower.answer(told(diverging_epoch=FetchResponse.EpochEndOffset(epoch=1, end_offset=2)))
    asked = follower.asked()[0]
    assert (asked.fetch_offset, asked.last_fetched_epoch) == (2, 1)
    assert partition.log.log_end_offset == 2


def test_a_log_without_epochs_is_cut_to_the_high_watermark() -> None:
    follower = Follower()
    log = log_of((0, 1, 1), (1, 1, 1), (2, 1, 1))
    log.leader_epochs.clear()
    partition = follower.follow(log, high_watermark=2)
    assert partition.log.log_end_offset == 2


def test_a_log_with_epochs_is_not_cut_before_the_leader_was_asked() -> None:
    """Cutting to the high watermark loses what is committed when leaders change quickly (KIP-101)."""
    follower = Follower()
    assert follower.follow(log_of((0, 3, 1)), high_watermark=1).log.log_end_offset == 3


@pytest.mark.parametrize("change", ["epoch", "end", "leader", "elected", "forgotten"])
def test_an_answer_to_another_question_is_not_used(change: str) -> None:
    follower = Follower()
    partition = follower.follow(log_of((0, 1, 5)))
    follower.request()
    if change == "epoch":
        partition.step(LeaderNamed(LEADER, 6, 1, (1, 2)), 0)
    elif change == "end":
        partition.log.append_as_follower(batches((1, 1, 5)), leader_epoch=5)
    elif change == "leader":
        partition.step(LeaderNamed(3, 5, 1, (1, 2, 3)), 0)
    elif change == "elected":
        partition.step(LeadershipGiven(5, 1, (1, 2), (1, 2)), 0)
    else:
        follower.following.forget(("t", 0))
    end = partition.log.log_end_offset
    follower.answer(told(records=batches((1, 5, 5)), high_watermark=6))
    assert partition.log.log_end_offset == end


def test_batches_of_a_later_epoch_are_left_out() -> None:
    follower = Follower()
    partition = follower.follow(log_of())
    follower.request()
    follower.answer(told(records=batches((0, 1, 5), (1, 1, 6))))
    assert partition.log.log_end_offset == 1


def test_errors_that_metadata_clears_up_rest_for_a_moment_that_grows() -> None:
    follower = Follower()
    follower.follow(log_of())
    rests = []
    for _ in range(10):
        follower.request()
        follower.answer(told(error_code=ErrorCode.UNKNOWN_LEADER_EPOCH))
        wake = follower.following.next_wake_s()
        assert wake is not None
        rests.append(wake)
        assert follower.following.is_awake(wake)
    assert rests[0] == 0.010 and rests == sorted(rests) and rests[-1] == 1.0
    follower.request()
    follower.answer(told())
    follower.request()
    follower.answer(told(error_code=ErrorCode.FENCED_LEADER_EPOCH))
    assert follower.following.next_wake_s() == 0.010, "after a good answer it begins with a short one"


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        (ErrorCode.FENCED_LEADER_EPOCH, 1),
        (ErrorCode.NOT_LEADER_OR_FOLLOWER, 1),
        (ErrorCode.KAFKA_STORAGE_ERROR, 12),
    ],
)
def test_what_passes_with_a_change_of_leader_is_told_once_if_it_does_not_pass(
    code: ErrorCode, lines: int, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Follower()
    follower.follow(log_of())
    told_after = []
    with caplog.at_level("INFO"):
        for _ in range(12):
            follower.request()
            follower.answer(told(error_code=code))
            told_after.append(len(caplog.records))
            assert follower.following.is_awake(follower.following.next_wake_s() or 0)
    assert told_after[-1] == lines
    assert lines > 1 or told_after.count(0) == TELL_PASSING_AFTER - 1


def test_one_that_rests_leaves_the_session_and_the_others_go_on() -> None:
    follower = Follower()
    follower.follow(log_of(), 0)
    second = follower.follow(log_of(), 1)
    follower.request()
    follower.answer(
        told(0, error_code=ErrorCode.KAFKA_STORAGE_ERROR), told(1, records=batches((0, 1, 5)), high_watermark=1)
    )
    assert second.log.log_end_offset == 1
    request = follower.request()
    assert [(one.topic_id, list(one.partitions)) for one in request.forgotten_topics_data] == [(TOPIC_ID, [0])]
    assert not follower.following.someone_woke(0.5)
    assert follower.following.someone_woke(1.0)
    assert 0 in follower.asked()


def test_following_anew_ends_a_rest() -> None:
    follower = Follower()
    partition = follower.follow(log_of())
    follower.request()
    follower.answer(told(error_code=ErrorCode.FENCED_LEADER_EPOCH))
    partition.step(LeaderNamed(LEADER, 6, 1, (1, 2)), 0)
    follower.following.follow(partition)
    assert follower.following.is_awake(0.0)
    assert follower.asked()[0].current_leader_epoch == 6


def test_a_forgotten_topic_begins_a_new_session() -> None:
    follower = Follower()
    follower.follow(log_of(), 0)
    follower.follow(log_of(), 1)
    follower.request()
    follower.answer()
    follower.following.forget(("t", 0))
    request = follower.request()
    assert request.session_epoch == 0 and [one.partition for one in request.topics[0].partitions] == [1]


def test_a_topic_made_anew_with_the_same_name_is_another() -> None:
    follower = Follower()
    old = follower.follow(log_of((0, 2, 5)))
    follower.request()
    new = Partition(1, "t", b"n" * 16, 0, log_of(), Members())
    new.step(LeaderNamed(LEADER, 0, 0, (1, 2)), 0)
    follower.following.follow(new)
    request = follower.request()
    assert [topic.topic_id for topic in request.topics] == [b"n" * 16]
    follower.answer(told(records=batches((2, 1, 5))))
    assert (old.log.log_end_offset, new.log.log_end_offset) == (2, 0)
    assert len(follower.following) == 1


def test_data_that_does_not_fit_rests_and_is_asked_for_again() -> None:
    follower = Follower()
    partition = follower.follow(log_of((0, 1, 5)))
    follower.request()
    broken = bytearray(batches((1, 1, 5)))
    broken[-1] ^= 0xFF
    follower.answer(told(records=bytes(broken)))
    assert partition.log.log_end_offset == 1 and not follower.following.is_awake(0.5)
    assert follower.following.is_awake(1.0)
    assert follower.asked()[0].fetch_offset == 1
    follower.answer(told(records=batches((1, 1, 5))))
    assert partition.log.log_end_offset == 2


def test_a_failing_disk_is_told() -> None:
    follower = Follower()
    partition = follower.follow(log_of((0, 4, 5)))
    follower.request()

    def fail(offset: int, *, now_ms: int) -> bool:
        raise OSError(5, "broken")

    partition.log.truncate_to = fail  # type: ignore[method-assign]
    follower.answer(told(diverging_epoch=FetchResponse.EpochEndOffset(epoch=4, end_offset=1)))
    assert len(follower.failures) == 1 and not follower.following.is_awake(0.5)


# Logs outside the leader's


def lost(log: PartitionLog) -> tuple[Follower, Partition]:
    follower = Follower()
    partition = follower.follow(log)
    follower.request()
    follower.answer(told(error_code=ErrorCode.OFFSET_OUT_OF_RANGE, high_watermark=-1, log_start_offset=-1))
    assert follower.following.has_lost
    assert follower.following.take_lost() == [partition]
    assert not follower.following.has_lost
    return follower, partition


def test_a_leader_that_begins_later_makes_us_begin_there() -> None:
    follower, partition = lost(log_of((0, 3, 5)))
    follower.following.offsets_found(partition, 5, 8, 20, 0.0)
    assert (partition.log.log_start_offset, partition.log.log_end_offset, partition.high_watermark) == (8, 8, 8)
    assert follower.asked()[0].fetch_offset == 8


def test_a_shorter_leader_makes_us_cut() -> None:
    follower, partition = lost(log_of((0, 2, 5), (2, 2, 5)))
    follower.following.offsets_found(partition, 5, 0, 2, 0.0)
    assert (partition.log.log_start_offset, partition.log.log_end_offset) == (0, 2)


def test_a_log_that_lies_within_the_leaders_keeps_everything() -> None:
    follower, partition = lost(log_of((0, 3, 5)))
    follower.following.offsets_found(partition, 5, 0, 20, 0.0)
    assert stored_values(partition.log) == [b"0", b"1", b"2"]
    assert not follower.following.is_awake(0.0) and follower.following.is_awake(0.5)


def test_offsets_of_another_leader_epoch_are_not_used() -> None:
    follower, partition = lost(log_of((0, 3, 5)))
    partition.step(LeaderNamed(LEADER, 6, 1, (1, 2)), 0)
    follower.following.offsets_found(partition, 5, 8, 20, 0.0)
    assert partition.log.log_end_offset == 3


def test_without_an_answer_it_rests() -> None:
    follower, partition = lost(log_of((0, 3, 5)))
    follower.following.offsets_unknown(partition, 0.0)
    assert not follower.following.is_awake(0.5) and follower.following.is_awake(1.0)


def test_a_log_that_begins_inside_a_batch_takes_the_whole_batch() -> None:
    """The leader's start was moved into a batch; what it sends begins before where we were told to."""
    follower, partition = lost(log_of())
    follower.following.offsets_found(partition, 5, 2, 4, 0.0)
    assert partition.log.log_end_offset == 2
    follower.request()
    follower.answer(told(records=batches((0, 4, 5)), high_watermark=4, log_start_offset=2))
    assert (partition.log.log_start_offset, partition.log.log_end_offset) == (2, 4)
    assert BatchView(partition.log.read(2, 1_000).data[0]).base_offset == 0


class TestThrottle:
    def lagging(self) -> Follower:
        """Partition 0 is throttled and lags, 1 is throttled and in sync, 2 lags but is not throttled."""
        follower = Follower()
        for index in range(3):
            follower.follow(log_of((0, 1, 5)), index)
        follower.request()
        follower.answer(told(0, high_watermark=9), told(1, high_watermark=1), told(2, high_watermark=9))
        follower.throttle.throttle("t", frozenset({0, 1}))
        follower.throttle.limit = 1_000
        return follower

    def test_only_what_lags_is_held_back_while_the_limit_is_exceeded(self) -> None:
        follower = self.lagging()
        assert follower.following.is_awake(1.0) and not follower.request().forgotten_topics_data
        follower.throttle.record("t", 0, 5_000)
        assert follower.following.is_awake(1.0)
        request = follower.request()
        assert [(one.topic_id, list(one.partitions)) for one in request.forgotten_topics_data] == [(TOPIC_ID, [0])]
        assert not follower.following.someone_woke(1.0) and follower.following.next_wake_s() is None
        follower.now_ms += 5_000
        assert follower.following.is_awake(6.0)
        assert list(follower.asked()) == [0], "it is asked for again as soon as the rate has fallen"

    def test_with_all_held_back_nothing_is_asked(self) -> None:
        follower = self.lagging()
        follower.throttle.record("t", 0, 5_000)
        follower.throttle.throttle("t", None)
        follower.following.forget(("t", 1))
        assert not follower.following.is_awake(1.0)
        follower.throttle.release("t")
        assert follower.following.is_awake(1.0), "a throttle that is lifted holds nobody back"
        assert {0, 2} >= set(follower.asked())

    def test_a_new_leader_epoch_has_to_catch_up_anew(self) -> None:
        follower = self.lagging()
        follower.throttle.record("t", 0, 5_000)
        follower.follow(log_of((0, 1, 5)), 1, epoch=6)
        assert follower.following.is_awake(1.0)
        assert list(follower.asked()) == [] and follower.following.is_awake(1.0)
