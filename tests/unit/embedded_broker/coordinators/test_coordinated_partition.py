"""Records and answers of a coordinated partition, in order, and what becomes of them when the log fails."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.coordinator_doubles import MemoryLogs
from tests.helpers.group_play import GroupPlay
from workbench.embedded_broker.coordinators.coordinated_partition import PartitionState
from workbench.embedded_broker.coordinators.decision import Decision
from workbench.embedded_broker.coordinators.group.offset_values import CommittedOffset
from workbench.embedded_broker.coordinators.group.records import offset_commit_record
from workbench.embedded_broker.errors import BrokerError
from workbench.records.batch import BatchView
from workbench.wire.error_codes import ErrorCode


class Outcomes:
    """Collects how operations end, in order."""

    def __init__(self) -> None:
        self.ended: list[tuple[str, ErrorCode | None]] = []

    def of(self, name: str) -> Any:
        return lambda response, error: self.ended.append((name, None if error is None else error.code))


def commit_of(offset: int, topic: str = "t", metadata: str = "", partitions: int = 1) -> Decision:
    records = [
        offset_commit_record("g", topic, partition, CommittedOffset(offset, -1, metadata, 0, None))
        for partition in range(partitions)
    ]
    return Decision(response="done", records=records)


def test_what_is_written_in_one_turn_is_one_batch() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    for number in range(5):
        play.runtime.write(0, lambda shard, now_ms, n=number: commit_of(n), outcomes.of(f"w{number}"))
    assert (play.logs.appends, outcomes.ended) == (0, [])
    play.scheduler.settle()
    assert play.logs.appends == 1
    assert outcomes.ended == [(f"w{number}", None) for number in range(5)]
    assert play.fetch() == {("t", 0): 4}


def test_answers_wait_for_the_high_watermark_and_so_do_readers_behind_them() -> None:
    play, outcomes = GroupPlay(replicates_at_once=False), Outcomes()
    play.runtime.write(0, lambda shard, now_ms: commit_of(1), outcomes.of("first"))
    play.runtime.write(0, lambda shard, now_ms: Decision(response="seen"), outcomes.of("reader in the batch"))
    play.scheduler.settle()
    play.runtime.write(0, lambda shard, now_ms: commit_of(2), outcomes.of("second"))
    play.scheduler.settle()
    play.runtime.write(0, lambda shard, now_ms: Decision(response="seen"), outcomes.of("reader"))
    assert outcomes.ended == []
    assert play.fetch() == {}
    play.logs.commit(0, 1)
    assert outcomes.ended == [("first", None), ("reader in the batch", None)]
    assert play.fetch() == {("t", 0): 1}
    play.logs.commit(0)
    assert outcomes.ended[2:] == [("second", None), ("reader", None)]
    assert play.fetch() == {("t", 0): 2}


def test_a_reader_with_nothing_before_it_is_answered_at_once() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.runtime.write(0, lambda shard, now_ms: Decision(response="seen"), outcomes.of("reader"))
    assert outcomes.ended == [("reader", None)]
    assert play.scheduler.pending_timers == 1, "only the expiry of offsets is left to wait for"


def test_a_failed_append_takes_everything_of_its_batch_back() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.commit({("t", 0): 1})
    play.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
    play.runtime.write(0, lambda shard, now_ms: commit_of(7), outcomes.of("a"))
    play.runtime.write(0, lambda shard, now_ms: commit_of(8, "other"), outcomes.of("b"))
    assert play.fetch(is_stable=False) == {("t", 0): 1}
    play.scheduler.settle()
    assert outcomes.ended == [("a", ErrorCode.NOT_ENOUGH_REPLICAS), ("b", ErrorCode.NOT_ENOUGH_REPLICAS)]
    play.logs.append_error = None
    assert play.fetch(is_stable=True) == {("t", 0): 1}
    assert play.commit({("t", 0): 3}) == [ErrorCode.NONE]
    assert play.fetch() == {("t", 0): 3}


def test_a_commit_that_is_not_replicated_in_time_is_given_up_but_not_taken_back() -> None:
    play, outcomes = GroupPlay(replicates_at_once=False), Outcomes()
    play.runtime.write(0, lambda shard, now_ms: commit_of(7), outcomes.of("slow"))
    play.scheduler.advance(4_999)
    assert outcomes.ended == []
    play.scheduler.advance(1)
    assert outcomes.ended == [("slow", ErrorCode.REQUEST_TIMED_OUT)]
    play.logs.commit(0)
    assert outcomes.ended == [("slow", ErrorCode.REQUEST_TIMED_OUT)]
    assert play.fetch() == {("t", 0): 7}


def test_a_full_batch_is_written_and_the_next_begun() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.logs.batch_limit_bytes = 1_000
    for number in range(4):
        play.runtime.write(
            0, lambda shard, now_ms, n=number: commit_of(n, metadata="x" * 300), outcomes.of(f"w{number}")
        )
    play.scheduler.settle()
    assert play.logs.appends == 2
    assert [name for name, _ in outcomes.ended] == ["w0", "w1", "w2", "w3"]
    assert all(len(batch) <= 1_000 for batch in play.logs.partitions[0].batches)


def test_records_that_belong_together_are_not_parted() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.logs.batch_limit_bytes = 1_000
    play.runtime.write(0, lambda shard, now_ms: commit_of(1, metadata="x" * 300), outcomes.of("small"))
    play.runtime.write(0, lambda shard, now_ms: commit_of(2, metadata="x" * 250, partitions=3), outcomes.of("atomic"))
    play.scheduler.settle()
    assert [BatchView(batch).record_count for batch in play.logs.partitions[0].batches] == [1, 3]


def test_many_independent_records_are_spread_over_batches() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.logs.batch_limit_bytes = 1_000
    decision = commit_of(1, metadata="x" * 300, partitions=5)
    decision.atomic = False
    play.runtime.write(0, lambda shard, now_ms: decision, outcomes.of("many"))
    play.scheduler.settle()
    assert play.logs.appends == 3
    assert outcomes.ended == [("many", None)]
    assert len(play.fetch()) == 5


def test_a_record_larger_than_a_batch_fails_alone() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.logs.batch_limit_bytes = 1_000
    play.runtime.write(0, lambda shard, now_ms: commit_of(1), outcomes.of("good"))
    play.runtime.write(0, lambda shard, now_ms: commit_of(2, metadata="x" * 2_000), outcomes.of("huge"))
    play.scheduler.settle()
    assert outcomes.ended == [("good", None), ("huge", ErrorCode.MESSAGE_TOO_LARGE)]
    assert play.fetch() == {("t", 0): 1}


def test_an_error_of_the_decision_is_the_answer() -> None:
    play, outcomes = GroupPlay(), Outcomes()

    def refuse(shard: object, now_ms: int) -> Decision:
        raise BrokerError(ErrorCode.ILLEGAL_GENERATION)

    play.runtime.write(0, refuse, outcomes.of("refused"))
    assert outcomes.ended == [("refused", ErrorCode.ILLEGAL_GENERATION)]


def test_a_bug_in_a_decision_is_an_unknown_server_error(caplog: pytest.LogCaptureFixture) -> None:
    play, outcomes = GroupPlay(), Outcomes()

    def bug(shard: object, now_ms: int) -> Decision:
        raise ZeroDivisionError

    play.runtime.write(0, bug, outcomes.of("bug"))
    assert outcomes.ended == [("bug", ErrorCode.UNKNOWN_SERVER_ERROR)]
    assert "ZeroDivisionError" in caplog.text


def test_a_log_that_somebody_else_wrote_to_is_loaded_anew() -> None:
    play, outcomes = GroupPlay(), Outcomes()
    play.commit({("t", 0): 1})
    stranger = GroupPlay(logs=MemoryLogs())
    stranger.commit({("t", 0): 50})
    play.logs.append("__consumer_offsets", 0, bytearray(stranger.logs.partitions[0].batches[0]))
    play.runtime.write(0, lambda shard, now_ms: commit_of(2, "u"), outcomes.of("confused"))
    play.scheduler.settle()
    assert outcomes.ended == [("confused", ErrorCode.NOT_COORDINATOR)]
    assert play.runtime.active_partitions() == [0]
    assert play.fetch() == {("t", 0): 50, ("u", 0): 2}, "what is in the log counts"


def test_giving_the_partition_up_answers_everybody() -> None:
    play, outcomes = GroupPlay(replicates_at_once=False), Outcomes()
    play.logs.replicates_at_once = True
    member, join = play.new_member()
    play.logs.replicates_at_once = False
    other, _ = play.new_member("d")
    waiting = play.join("d", other)
    play.runtime.write(0, lambda shard, now_ms: commit_of(1), outcomes.of("written"))
    play.scheduler.settle()
    play.runtime.write(0, lambda shard, now_ms: commit_of(2), outcomes.of("open"))
    play.runtime.on_resignation(0, 1)
    assert outcomes.ended == [("written", ErrorCode.NOT_COORDINATOR), ("open", ErrorCode.NOT_COORDINATOR)]
    assert play.joined(waiting).error_code == ErrorCode.NOT_COORDINATOR
    assert play.heartbeat(member, 1) is ErrorCode.NOT_COORDINATOR
    assert play.joined(join).error_code == ErrorCode.NONE
    play.scheduler.advance(3_600_000)
    assert play.scheduler.pending_timers == 0
    assert play.logs.partitions[0].listeners == []


def test_a_partition_that_cannot_be_read_is_not_coordinated() -> None:
    logs = MemoryLogs()
    logs.lost.add(0)
    play = GroupPlay(logs=logs)
    assert play.runtime._partitions[0].state is PartitionState.FAILED
    assert play.heartbeat("m", 1) is ErrorCode.NOT_COORDINATOR
    logs.lost.clear()
    play.runtime.on_election(0, 1)
    play.scheduler.settle()
    assert play.heartbeat("m", 1) is ErrorCode.UNKNOWN_MEMBER_ID


class TestTransactions:
    def write(self, play: GroupPlay, offset: int, producer_id: int = 7) -> Outcomes:
        outcomes = Outcomes()
        play.runtime.write(
            0, lambda shard, now_ms: commit_of(offset), outcomes.of("txn"), producer_id=producer_id, producer_epoch=3
        )
        return outcomes

    def end(self, play: GroupPlay, *, commit: bool, producer_id: int = 7) -> Outcomes:
        outcomes = Outcomes()
        play.runtime.complete_transaction(0, producer_id, 3, 11, commit, outcomes.of("marker"))
        return outcomes

    def test_a_transactional_commit_is_a_batch_of_its_producer_written_at_once(self) -> None:
        play, plain = GroupPlay(), Outcomes()
        play.runtime.write(0, lambda shard, now_ms: commit_of(1), plain.of("plain"))
        assert self.write(play, 2).ended == [("txn", None)]
        assert plain.ended == [("plain", None)]
        views = [BatchView(batch) for batch in play.logs.partitions[0].batches]
        assert [(view.producer_id, view.producer_epoch, view.is_transactional) for view in views] == [
            (-1, -1, False),
            (7, 3, True),
        ]
        assert play.fetch() == {("t", 0): 1}
        assert play.fetch(is_stable=True) == {("t", 0): ErrorCode.UNSTABLE_OFFSET_COMMIT}

    @pytest.mark.parametrize(("commit", "expected"), [(True, {("t", 0): 2}), (False, {})])
    def test_the_marker_decides(self, commit: bool, expected: dict[tuple[str, int], int]) -> None:
        play = GroupPlay()
        self.write(play, 2)
        assert self.end(play, commit=commit).ended == [("marker", None)]
        assert play.fetch(is_stable=True) == expected
        marker = BatchView(play.logs.partitions[0].batches[-1])
        assert (marker.is_control, marker.is_transactional, marker.producer_id) == (True, True, 7)
        play.failover()
        assert play.fetch(is_stable=True) == expected, "a new coordinator reads the same from the log"

    def test_a_marker_that_cannot_be_written_leaves_the_offset_pending(self) -> None:
        play = GroupPlay()
        self.write(play, 2)
        play.logs.append_error = ErrorCode.NOT_LEADER_OR_FOLLOWER
        assert self.end(play, commit=True).ended == [("marker", ErrorCode.NOT_LEADER_OR_FOLLOWER)]
        play.logs.append_error = None
        assert play.fetch(is_stable=False) == {}
        assert play.fetch({"t": [0]}, is_stable=True) == {("t", 0): ErrorCode.UNSTABLE_OFFSET_COMMIT}

    def test_pending_offsets_survive_a_failover(self) -> None:
        play = GroupPlay()
        self.write(play, 2)
        play.failover()
        assert play.fetch({"t": [0]}, is_stable=True) == {("t", 0): ErrorCode.UNSTABLE_OFFSET_COMMIT}
        self.end(play, commit=True)
        assert play.fetch() == {("t", 0): 2}
