"""A log replayed: what Apache Kafka wrote, what is cut, what is unknown."""

from __future__ import annotations

import struct

import pytest

from tests.helpers.consumer_offsets_log import BOTH_KINDS_ALIVE, golden_logs
from tests.helpers.coordinator_doubles import MemoryLogs
from tests.helpers.group_play import GroupPlay
from workbench.records.builder import build_batch
from workbench.records.record import NewRecord
from workbench.wire.error_codes import ErrorCode
from workbench.wire.record_values import (
    decode_coordinator_key,
    decode_coordinator_value,
    encode_coordinator_key,
    encode_coordinator_value,
)


def test_apache_kafka_s_log_is_taken_over() -> None:
    play = GroupPlay(logs=golden_logs())
    assert play.runtime.active_partitions() == [0]
    described = play.describe("classic-group")
    assert (described.group_state, described.protocol_type, described.protocol_data) == ("Stable", "consumer", "range")
    assert [member.client_id for member in described.members] == ["golden"]
    assert play.fetch(group="classic-group") == {("orders", 0): 10, ("orders", 1): 10}
    assert play.fetch(group="modern-alive") == {("orders", 0): 10, ("orders", 1): 10}
    assert play.fetch(group="txn-committed") == {("orders", 0): 3}
    assert play.fetch({"orders": [0]}, group="txn-aborted", is_stable=True) == {("orders", 0): -1}
    assert play.fetch({"orders": [0]}, group="txn-pending", is_stable=True) == {
        ("orders", 0): ErrorCode.UNSTABLE_OFFSET_COMMIT
    }
    assert {group.group_id: (group.group_type, group.group_state) for group in play.shard.list_groups([], [])} == {
        "classic-group": ("classic", "Stable"),
        "modern-alive": ("consumer", "Empty"),
        "share-alive": ("share", "Empty"),
        "share-group": ("share", "Empty"),
        "txn-committed": ("classic", "Empty"),
        "txn-pending": ("classic", "Empty"),
    }


def test_every_record_of_apache_kafka_s_reads_and_writes_back_the_same() -> None:
    """Those of the other protocols too, with a tagged structure that is null among them."""
    kinds = set()
    for record in golden_logs().records(0):
        assert record.key is not None
        key = decode_coordinator_key(record.key)
        assert encode_coordinator_key(key) == record.key
        if record.value is not None:
            value, version = decode_coordinator_value(key, record.value)
            assert encode_coordinator_value(value, version) == record.value
        kinds.add(key.NAME)
    assert len(kinds) >= 13


def test_it_can_be_written_on() -> None:
    logs = golden_logs()
    play = GroupPlay(logs=logs)
    end = logs.partitions[0].end
    assert play.commit({("orders", 0): 11}, group="txn-committed") == [ErrorCode.NONE]
    assert logs.partitions[0].end == end + 1
    play.failover()
    assert play.fetch(group="txn-committed") == {("orders", 0): 11}


def test_groups_of_other_protocols_are_there_with_their_members() -> None:
    play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
    states = {group.group_id: group.group_state for group in play.shard.list_groups([], ["consumer", "share"])}
    assert states["modern-alive"] == states["share-alive"] == "Stable"


@pytest.mark.parametrize("buffer_bytes", [1, 500, 5_000_000])
def test_how_much_is_read_at_once_does_not_matter(buffer_bytes: int) -> None:
    whole = GroupPlay(logs=golden_logs())
    parts = GroupPlay(logs=golden_logs(), offsets_load_buffer_size=buffer_bytes)
    assert parts.fetch(group="classic-group") == whole.fetch(group="classic-group")
    assert parts.shard.timeline.next_offset == whole.shard.timeline.next_offset


def test_what_is_above_the_high_watermark_is_not_told_until_it_is_committed() -> None:
    logs = MemoryLogs()
    writer = GroupPlay(logs=logs)
    writer.commit({("t", 0): 1})
    writer.commit({("t", 0): 2})
    logs.partitions[0].high_watermark = 1
    play = GroupPlay(logs=logs)
    assert play.fetch() == {("t", 0): 1}
    logs.commit(0)
    assert play.fetch() == {("t", 0): 2}


def log_of(*records: tuple[bytes | None, bytes | None]) -> MemoryLogs:
    logs = MemoryLogs()
    logs.append("__consumer_offsets", 0, build_batch([NewRecord(0, key, value) for key, value in records]))
    return logs


def test_unknown_records_and_records_without_a_key_are_passed_over() -> None:
    good = GroupPlay()
    good.commit({("t", 0): 9})
    record = good.logs.records(0)[0]
    play = GroupPlay(
        logs=log_of(
            (struct.pack(">h", 999) + b"future", b"x"),
            (None, b"x"),
            (record.key, struct.pack(">h", 99)),
            (record.key, record.value),
        )
    )
    assert play.fetch() == {("t", 0): 9}


def test_a_record_that_is_cut_keeps_the_partition_from_being_coordinated(caplog: pytest.LogCaptureFixture) -> None:
    good = GroupPlay()
    good.commit()
    record = good.logs.records(0)[0]
    assert record.value is not None
    play = GroupPlay(logs=log_of((record.key, record.value[:-4])))
    assert play.runtime.active_partitions() == []
    assert "could not be loaded" in caplog.text


def test_offsets_of_the_first_format_are_read() -> None:
    legacy_key = struct.pack(">h", 0) + b"\0\1g" + b"\0\1t" + struct.pack(">i", 0)
    legacy_value = struct.pack(">hq", 0, 7) + b"\0\0" + struct.pack(">q", 1_000)
    play = GroupPlay(logs=log_of((legacy_key, legacy_value)))
    assert play.fetch() == {("t", 0): 7}
    gone = GroupPlay(logs=log_of((legacy_key, legacy_value), (legacy_key, None)))
    assert gone.fetch() == {}


def test_a_log_whose_beginning_was_deleted_is_loaded_from_its_start() -> None:
    logs = MemoryLogs()
    writer = GroupPlay(logs=logs)
    for number in range(3):
        writer.commit({("t", number): number})
    del logs.partitions[0].batches[0]
    logs.partitions[0].start = 1
    assert GroupPlay(logs=logs).fetch() == {("t", 1): 1, ("t", 2): 2}


def test_an_empty_log_that_does_not_begin_at_0_is_written_from_where_it_is() -> None:
    logs = MemoryLogs()
    log = logs.partition(0)
    log.start = log.end = log.high_watermark = 40
    play = GroupPlay(logs=logs)
    assert play.commit() == [ErrorCode.NONE]
    assert log.end == 41
