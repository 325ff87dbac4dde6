"""Appending: the short way and the long way do the same, refused appends change nothing, a full disk hurts nobody."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import record_batches
from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import (
    DIRECTORY,
    NOW,
    append,
    batch,
    end_transaction,
    open_log,
    produce,
    stored_batches,
    stored_records,
    stored_values,
)
from tests.helpers.record_batches import TestRecord
from workbench.records import BatchView, Compression, NewRecord, build_batch
from workbench.records.control import LeaderChange, QuorumVoter, build_control_batch
from workbench.storage.log import AppendError, AppendOrigin, AppendResult, LogConfig, PartitionLog
from workbench.wire.error_codes import ErrorCode


def files(disk: FaultyDisk) -> dict[str, bytes]:
    return {name: disk.read_file(f"{DIRECTORY}/{name}") for name in disk.list_names(DIRECTORY)}


def test_offsets_and_epoch_are_written_into_the_callers_buffer() -> None:
    log = open_log()
    append(log, b"a", b"b")
    data = batch(b"c", b"d", b"e")
    result = log.append_as_leader(memoryview(data), leader_epoch=3, now_ms=NOW)
    assert result == AppendResult(2, 4, -1, 0, False, len(data), 3, NOW + 2, True, False)
    view = BatchView(data)
    assert (view.base_offset, view.leader_epoch, view.crc_is_valid()) == (2, 3, True)
    assert log.log_end_offset == 5
    assert stored_values(log) == [b"a", b"b", b"c", b"d", b"e"]


def test_a_read_only_buffer_is_left_alone() -> None:
    log = open_log()
    data = bytes(batch(b"a"))
    append(log, b"before")
    log.append_as_leader(data, leader_epoch=1, now_ms=NOW)
    assert data == bytes(batch(b"a"))
    assert stored_values(log) == [b"before", b"a"]


WRONG = {
    "nothing": b"",
    "cut": bytes(batch(b"v"))[:-1],
    "two": bytes(batch(b"v")) * 2,
    "crc": record_batches.batch([b"v"], crc=1),
    "count": record_batches.batch([b"v"], count=3),
    "many records": record_batches.batch([b"v"] * 20, count=19, last_offset_delta=18, crc=0),
    "control": record_batches.batch([b"v"], attributes=0x20),
    "future": bytes(batch(b"v", timestamp=NOW + 4_000_000)),
    "codec": record_batches.batch([b"v"], attributes=7),
    "not compressed": record_batches.batch([b"v"], attributes=3),
    "falling deltas": record_batches.batch(
        [TestRecord(value=b"v", offset_delta=1), TestRecord(value=b"v", offset_delta=0)],
        last_offset_delta=1,
        codec="lz4",
    ),
    "no sequence": record_batches.batch([b"v"], producer_id=4, producer_epoch=0),
    "base offset": record_batches.batch([b"v"], base_offset=9),
    "too large": bytes(batch(bytes(1_100_000))),
    "records": bytes(batch(b"v"))[:-3] + b"\x7f" * 3,
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG.keys())
def test_a_refused_append_changes_nothing(data: bytes) -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    produce(log, 1, 0, 3)
    before = files(disk)
    with pytest.raises(AppendError):
        log.append_as_leader(data, leader_epoch=5, now_ms=NOW)
    assert files(disk) == before
    assert (log.log_end_offset, log.leader_epochs.latest_epoch) == (3, 0)
    assert list(log.producers.producers) == [1]
    assert append(log, b"next").first_offset == 3


@st.composite
def good_batches(draw: st.DrawFn) -> bytearray:
    count = draw(st.integers(1, 12))
    records = [
        NewRecord(NOW + draw(st.integers(0, 50)), draw(st.none() | st.binary(max_size=5)), draw(st.binary(max_size=30)))
        for _ in range(count)
    ]
    return build_batch(records, compression=draw(st.sampled_from(list(Compression))))


@settings(max_examples=40, deadline=None)
@given(batches=st.lists(good_batches(), min_size=1, max_size=8))
def test_the_short_way_and_the_long_way_write_the_same(batches: list[bytearray]) -> None:
    short, long = FaultyDisk(), FaultyDisk()
    config = LogConfig(index_interval_bytes=100, internal_segment_bytes=600)
    # A lower bound that no record is below makes every batch go the long way.
    quick = open_log(short, config)
    careful = open_log(long, replace(config, message_timestamp_before_max_ms=NOW))
    for data in batches:
        first = quick.append_as_leader(bytearray(data), leader_epoch=2, now_ms=NOW)
        assert first == careful.append_as_leader(bytearray(data), leader_epoch=2, now_ms=NOW)
    for log in (quick, careful):
        log.close()
    assert files(short) == files(long)


def test_duplicates_answer_what_was_written_first() -> None:
    """Surprise 8."""
    log = open_log()
    append(log, b"other")
    first = produce(log, 7, 0, 3)
    produce(log, 7, 3)
    again = produce(log, 7, 0, 3)
    assert (again.duplicate, again.first_offset, again.last_offset) == (True, first.first_offset, first.last_offset)
    assert again.log_append_time_ms == NOW + 2
    assert again.size_bytes == 0
    assert log.log_end_offset == 5


@pytest.mark.parametrize(
    ("epoch", "sequence", "count", "code"),
    [
        (0, 0, 2, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
        (0, 5, 1, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
        (1, 3, 1, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER),
        (-1, 3, 1, ErrorCode.INVALID_PRODUCER_EPOCH),
    ],
)
def test_wrong_sequences(epoch: int, sequence: int, count: int, code: ErrorCode) -> None:
    """Surprise 9."""
    log = open_log()
    produce(log, 7, 0, 3)
    with pytest.raises(AppendError) as caught:
        produce(log, 7, sequence, count, producer_epoch=epoch)
    assert caught.value.code is code
    assert log.log_end_offset == 3


def test_a_transaction_and_its_markers() -> None:
    log = open_log()
    append(log, b"plain")
    produce(log, 7, 0, 2, transactional=True)
    produce(log, 8, 0, 1, transactional=True)
    assert log.first_unstable_offset == 1
    end_transaction(log, 8, commit=True)
    end_transaction(log, 7, commit=False)
    assert [tuple(entry) for entry in log.collect_aborted_transactions(0, 100)] == [(7, 1, 5, 6)]
    log.high_watermark_advanced(6)
    assert log.first_unstable_offset is None
    with pytest.raises(AppendError) as caught:
        end_transaction(log, 7, commit=True, coordinator_epoch=-2)
    assert caught.value.code is ErrorCode.TRANSACTION_COORDINATOR_FENCED


def test_transaction_version_2_wants_a_bumped_epoch_in_the_marker() -> None:
    log = open_log()
    produce(log, 7, 0, transactional=True)
    with pytest.raises(AppendError) as caught:
        end_transaction(log, 7, commit=True, transaction_version=2)
    assert caught.value.code is ErrorCode.INVALID_PRODUCER_EPOCH
    end_transaction(log, 7, commit=True, producer_epoch=1, transaction_version=2)
    assert log.producers.producers[7].epoch == 1


def test_a_transaction_needs_its_guard_where_that_is_asked_for() -> None:
    log = open_log()
    log.producers.guards.required = True
    data = bytes(batch(b"v", producer_id=7, producer_epoch=0, base_sequence=0, transactional=True))
    with pytest.raises(AppendError) as caught:
        log.append_as_leader(data, leader_epoch=0, now_ms=NOW)
    assert caught.value.code is ErrorCode.INVALID_TXN_STATE
    guard = log.producers.guards.begin(7, 0, 0, supports_epoch_bump=False, now_ms=NOW)
    log.append_as_leader(data, leader_epoch=0, now_ms=NOW, verification_guard=guard)
    assert log.producers.producers[7].in_transaction


@pytest.mark.parametrize("size", [0, 30, 70])
def test_a_full_disk_leaves_the_log_as_it_was(size: int) -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    append(log, b"kept")
    before = files(disk)
    for way in ({}, {"producer_id": 5, "producer_epoch": 0, "base_sequence": 0, "transactional": True}):
        disk.space_left = size
        with pytest.raises(AppendError) as caught:
            append(log, b"lost", **way)
        assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
        assert files(disk) == before
        assert log.failure is None
        assert not log.producers.producers
    disk.space_left = size
    with pytest.raises(AppendError):
        log.append_as_follower(batch(b"lost", base_offset=1))
    disk.space_left = None
    append(log, b"again")
    assert stored_values(log) == [b"kept", b"again"]
    log.close()
    assert stored_values(open_log(disk, clean=True)) == [b"kept", b"again"]


def test_where_even_the_cut_fails_the_log_takes_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    append(log, b"kept")
    disk.space_left = 10

    def broken(self: object) -> None:
        raise OSError("the device is gone")

    monkeypatch.setattr("workbench.storage.log.segment.LogSegment.cut_back", broken)
    with pytest.raises(AppendError):
        append(log, b"lost")
    disk.space_left = None
    assert log.failure is not None
    for attempt in (lambda: append(log, b"x"), lambda: log.append_as_follower(batch(b"x", base_offset=1))):
        with pytest.raises(AppendError, match="device is gone") as caught:
            attempt()
        assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert stored_values(log) == [b"kept"], "what was there can still be read"
    assert stored_values(open_log(disk)) == [b"kept"], "recovery cuts the rest off"


def test_a_disk_too_full_for_a_new_segment() -> None:
    disk = FaultyDisk()
    log = open_log(disk, LogConfig(internal_segment_bytes=150))
    produce(log, 1, 0)
    names = disk.list_names(DIRECTORY)
    disk.space_left = 5
    with pytest.raises(AppendError) as caught:
        append(log, bytes(50))
    assert caught.value.code is ErrorCode.KAFKA_STORAGE_ERROR
    assert disk.list_names(DIRECTORY) == names
    disk.space_left = None
    assert append(log, bytes(50)).rolled
    assert stored_values(log) == [b"v", bytes(50)]


@pytest.mark.parametrize("way", ["short", "long"])
def test_a_batch_larger_than_a_segment(way: str) -> None:
    config = LogConfig(internal_segment_bytes=200)
    log = open_log(None, config if way == "short" else replace(config, message_timestamp_before_max_ms=5))
    with pytest.raises(AppendError) as caught:
        append(log, bytes(300))
    assert caught.value.code is ErrorCode.RECORD_LIST_TOO_LARGE


# Rolling (semantics 5)


def rolls(log: PartitionLog, *, timestamp: int = NOW, now_ms: int = NOW, size: int = 10) -> bool:
    return append(log, bytes(size), timestamp=timestamp, now_ms=now_ms).rolled


@pytest.mark.parametrize("way", [{}, {"message_timestamp_before_max_ms": 10**15}])
def test_roll_on_size(way: dict[str, Any]) -> None:
    one = len(batch(bytes(10)))
    log = open_log(None, LogConfig(internal_segment_bytes=one * 2, **way))
    assert [rolls(log) for _ in range(5)] == [False, False, True, False, True]
    assert [segment.base_offset for segment in log.segments] == [0, 2, 4]


@pytest.mark.parametrize("way", [{}, {"message_timestamp_before_max_ms": 10**15}])
def test_roll_on_age_counted_from_the_first_batch(way: dict[str, Any]) -> None:
    log = open_log(None, LogConfig(segment_ms=1000, **way))
    assert not rolls(log, timestamp=NOW)
    assert not rolls(log, timestamp=NOW + 1000, now_ms=NOW + 10**9)
    assert rolls(log, timestamp=NOW + 1001)
    assert not rolls(log, timestamp=NOW + 2001)
    assert rolls(log, timestamp=NOW + 2002)


def test_records_without_time_age_with_the_clock() -> None:
    log = open_log(None, LogConfig(segment_ms=1000))
    assert not rolls(log, timestamp=-1, now_ms=NOW + 5000)
    assert rolls(log, timestamp=-1, now_ms=NOW + 5001)


def test_age_is_known_after_a_restart() -> None:
    disk = FaultyDisk()
    config = LogConfig(segment_ms=1000)
    log = open_log(disk, config)
    rolls(log, timestamp=NOW)
    log.close()
    log = open_log(disk, config, clean=True)
    assert rolls(log, timestamp=NOW + 1001)


@pytest.mark.parametrize(
    ("timestamps", "rolled"),
    [
        ([NOW] * 7, [False, False, True, False, True, False, True]),
        ([-1] * 7, [False, False, False, False, True, False, False]),
    ],
    ids=["time index", "offset index"],
)
def test_roll_on_a_full_index(timestamps: list[int], rolled: list[bool]) -> None:
    """One time index entry is kept for the roll itself."""
    log = open_log(None, LogConfig(index_interval_bytes=0, segment_index_bytes=24))
    assert [rolls(log, timestamp=timestamp) for timestamp in timestamps] == rolled


def test_roll_on_an_offset_too_far_from_the_base() -> None:
    log = open_log()
    append(log, b"a")
    result = log.append_as_follower(batch(b"far", base_offset=2**31 + 5))
    assert result.rolled
    assert log.active_segment.base_offset == 2**31 + 5
    assert stored_values(log) == [b"a", b"far"]


def test_compaction_lag_rolls_a_compacted_topics_segment() -> None:
    log = open_log(None, LogConfig(cleanup_policy=("compact",), max_compaction_lag_ms=100))
    assert not append(log, b"v", key=b"k", timestamp=NOW).rolled
    assert append(log, b"v", key=b"k", timestamp=NOW + 101).rolled


# Batches with offsets


def test_a_follower_writes_what_its_leader_has() -> None:
    leader, disk = open_log(None, LogConfig(internal_segment_bytes=700)), FaultyDisk()
    rng = Random(5)
    for place in range(30):
        append(leader, rng.randbytes(30), epoch=place // 10)
    produce(leader, 4, 0, transactional=True)
    end_transaction(leader, 4, commit=False)
    follower = open_log(disk, LogConfig(internal_segment_bytes=700))
    while follower.log_end_offset < leader.log_end_offset:
        read = leader.read(follower.log_end_offset, 500)
        follower.append_as_follower(read.data[0], now_ms=NOW)
    assert [bytes(v.payload) for v in stored_batches(follower)] == [bytes(v.payload) for v in stored_batches(leader)]
    assert follower.leader_epochs.entries[:3] == leader.leader_epochs.entries[:3]
    assert {p: e.snapshot() for p, e in follower.producers.producers.items()} == {
        p: e.snapshot() for p, e in leader.producers.producers.items()
    }
    assert follower.collect_aborted_transactions(0, 100) == leader.collect_aborted_transactions(0, 100)
    assert [s.base_offset for s in follower.segments] == [s.base_offset for s in leader.segments]


def test_a_follower_keeps_gaps_but_takes_nothing_twice() -> None:
    log = open_log()
    two = bytes(batch(b"a", base_offset=5, leader_epoch=1) + batch(b"b", base_offset=9, leader_epoch=1))
    result = log.append_as_follower(two + two[:40])
    assert (result.first_offset, result.last_offset, result.record_count, log.log_end_offset) == (5, 9, 2, 10)
    assert log.leader_epochs.entries == [(1, 5)]
    with pytest.raises(AppendError, match="does not follow"):
        log.append_as_follower(two)
    assert log.append_as_follower(b"").last_offset == 9
    assert log.log_end_offset == 10


def test_an_empty_follower_may_begin_inside_a_batch() -> None:
    log = open_log()
    log.truncate_fully_and_start_at(7, now_ms=NOW)
    log.append_as_follower(batch(b"a", b"b", b"c", base_offset=6), now_ms=NOW)
    assert (log.log_start_offset, log.log_end_offset) == (7, 9)
    assert BatchView(log.read(7, 1000).data[0]).base_offset == 6
    other = open_log()
    other.truncate_fully_and_start_at(7, now_ms=NOW)
    with pytest.raises(AppendError, match="does not follow"):
        other.append_as_follower(batch(b"a", base_offset=6), now_ms=NOW)


def test_a_follower_leaves_out_what_a_later_leader_wrote() -> None:
    log = open_log()
    both = batch(b"a", leader_epoch=1) + batch(b"b", base_offset=1, leader_epoch=2)
    assert log.append_as_follower(both, leader_epoch=1).last_offset == 0
    assert stored_values(log) == [b"a"]


def test_a_follower_refuses_a_broken_batch_and_all_that_came_with_it() -> None:
    log = open_log()
    broken = batch(b"b", base_offset=1)
    broken[-2] ^= 1
    with pytest.raises(AppendError) as caught:
        log.append_as_follower(batch(b"a") + broken)
    assert caught.value.code is ErrorCode.CORRUPT_MESSAGE
    assert log.log_end_offset == 0


def test_a_quorum_leader_appends_its_own_epoch_only() -> None:
    log = open_log()
    change = build_control_batch([LeaderChange(1, (QuorumVoter(1),), (QuorumVoter(1),))], timestamp=NOW, leader_epoch=4)
    data = change + batch(b"record", base_offset=1, leader_epoch=4)
    result = log.append_as_leader(data, leader_epoch=4, now_ms=NOW, origin=AppendOrigin.RAFT_LEADER)
    assert (result.first_offset, result.last_offset) == (0, 1)
    with pytest.raises(AppendError, match="epoch 4, not 5"):
        log.append_as_leader(
            batch(b"x", base_offset=2, leader_epoch=4),
            leader_epoch=5,
            now_ms=NOW,
            origin=AppendOrigin.RAFT_LEADER,
        )


def test_log_append_time_is_answered() -> None:
    log = open_log(None, LogConfig(message_timestamp_type="LogAppendTime"))
    assert append(log, b"a", b"b", now_ms=NOW + 77).log_append_time_ms == NOW + 77
    assert [record.timestamp for record in stored_records(log)] == [NOW + 77] * 2


def test_a_changed_configuration_is_in_force_from_the_next_append_on() -> None:
    log = open_log()
    append(log, b"v")
    log.update_config(LogConfig(cleanup_policy=("compact",)))
    with pytest.raises(AppendError):
        append(log, b"v")
    log.update_config(LogConfig(max_message_bytes=10))
    with pytest.raises(AppendError) as caught:
        append(log, b"v")
    assert caught.value.code is ErrorCode.MESSAGE_TOO_LARGE
