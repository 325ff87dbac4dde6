"""What a leader refuses, and what it changes (semantics 1 to 4; surprises 4, 5)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers import record_batches
from tests.helpers.partition_logs import NOW, batch
from tests.helpers.record_batches import TestRecord
from workbench.records import BatchView, Compression
from workbench.records.control import EndTxnMarker, build_control_batch
from workbench.storage.log import AppendError, AppendOrigin, LogConfig
from workbench.storage.log.validation import ValidatedBatch, only_batch, validate_batch
from workbench.wire.error_codes import ErrorCode

GOOD = bytes(batch(b"v"))


def validate(data: bytes | bytearray, config: LogConfig | None = None, **options: Any) -> ValidatedBatch:
    options = {
        "first_offset": 100,
        "leader_epoch": 7,
        "now_ms": NOW,
        "origin": AppendOrigin.CLIENT,
        "partition": "t-0",
    } | options
    return validate_batch(only_batch(data), config or LogConfig(), **options)


def refused(data: bytes | bytearray, config: LogConfig | None = None, **options: Any) -> AppendError:
    with pytest.raises(AppendError) as caught:
        validate(data, config, **options)
    return caught.value


def test_offsets_and_epoch_are_given_without_a_new_crc() -> None:
    before = BatchView(GOOD)
    result = validate(GOOD)
    view = BatchView(result.data)
    assert (view.base_offset, view.leader_epoch, view.crc, result.log_append_time_ms) == (100, 7, before.crc, -1)
    view.check_crc()
    assert result.data[16:] == GOOD[16:]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", ErrorCode.INVALID_RECORD),
        (GOOD[:16], ErrorCode.INVALID_RECORD),
        (GOOD[:-1], ErrorCode.INVALID_RECORD),
        (GOOD + GOOD, ErrorCode.INVALID_RECORD),
        (record_batches.old_message_set(1, b"x" * 50), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], magic=3), ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], length=10), ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], length=48), ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], length=-1), ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], crc=0), ErrorCode.CORRUPT_MESSAGE),
        (record_batches.batch([b"v"], count=2), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], count=0), ErrorCode.INVALID_RECORD),
        (record_batches.batch([]), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], last_offset_delta=-1), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], count=2, last_offset_delta=1), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], base_offset=1), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], attributes=0x20), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], producer_id=1, producer_epoch=0), ErrorCode.INVALID_RECORD),
        (record_batches.batch([b"v"], attributes=5), ErrorCode.UNKNOWN_SERVER_ERROR),
        (record_batches.batch([b"not compressed"], attributes=4), ErrorCode.UNKNOWN_SERVER_ERROR),
        (GOOD + b"\xff" * 20, ErrorCode.CORRUPT_MESSAGE),
    ],
)
def test_what_is_refused(data: bytes, code: ErrorCode) -> None:
    assert refused(data).code is code


@pytest.mark.parametrize("spare", [b"abc", GOOD[:20], bytes(11)])
def test_spare_bytes_behind_a_good_batch_are_passed_over(spare: bytes) -> None:
    assert bytes(validate(GOOD + spare).data[16:]) == GOOD[16:]


def test_size() -> None:
    config = LogConfig(max_message_bytes=len(GOOD))
    validate(GOOD, config)
    assert refused(bytes(batch(b"vv")), config).code is ErrorCode.MESSAGE_TOO_LARGE


@pytest.mark.parametrize("deltas", [(2, 1, 0), (0, 0, 0), (0, 1, 5)])
def test_wrong_deltas_are_stored_so_unless_compressed(deltas: tuple[int, ...]) -> None:
    records = [TestRecord(b"k", b"v", offset_delta=delta) for delta in deltas]
    plain = record_batches.batch(records, last_offset_delta=2)
    assert bytes(validate(plain).data[16:]) == plain[16:]
    packed = record_batches.batch(records, last_offset_delta=2, codec="gzip")
    assert refused(packed).code is ErrorCode.UNKNOWN_SERVER_ERROR


@pytest.mark.parametrize(
    ("timestamp", "fine"),
    [(NOW, True), (NOW + 3_600_000, True), (NOW + 3_600_001, False), (0, True), (-1, True)],
)
def test_timestamps_too_far_in_the_future(timestamp: int, fine: bool) -> None:
    data = batch(b"v", timestamp=timestamp)
    if fine:
        validate(data)
    else:
        error = refused(data)
        assert (error.code, error.tell_message) == (ErrorCode.INVALID_TIMESTAMP, True)
        assert [fault.batch_index for fault in error.record_errors] == [0]
        assert error.record_errors[0].message.startswith(
            f"Timestamp {timestamp} of message with offset 0 is out of range. The timestamp should be within ["
        )


def test_timestamps_too_far_in_the_past() -> None:
    config = LogConfig(message_timestamp_before_max_ms=10)
    validate(batch(b"v", timestamp=NOW - 10), config)
    assert refused(batch(b"v", timestamp=NOW - 11), config).code is ErrorCode.INVALID_TIMESTAMP


def test_producers_may_not_say_log_append_time() -> None:
    data = batch(b"v", timestamp_type=1)
    assert refused(data, LogConfig(message_timestamp_type="LogAppendTime")).code is ErrorCode.INVALID_TIMESTAMP
    view = BatchView(validate(data).data)
    assert view.timestamp_type == 0, "with CreateTime the bit is taken off"
    view.check_crc()


@pytest.mark.parametrize("codec", list(Compression))
def test_log_append_time(codec: Compression) -> None:
    result = validate(
        batch(b"a", b"b", compression=codec), LogConfig(message_timestamp_type="LogAppendTime"), now_ms=99
    )
    result.view.check_crc()
    assert result.log_append_time_ms == 99
    assert [record.timestamp for record in result.view.records()] == [99, 99]


def test_a_compacted_topic_wants_keys() -> None:
    config = LogConfig(cleanup_policy=("compact",))
    validate(batch(b"v", key=b"k"), config)
    error = refused(batch(b"a", b"b"), config)
    assert (error.code, error.tell_message) == (ErrorCode.INVALID_RECORD, True)
    assert [fault.batch_index for fault in error.record_errors] == [0, 1]
    reason = "Compacted topic cannot accept message without key in topic partition t-0"
    told = ", ".join(f"RecordError(batchIndex={place}, message='{reason}')" for place in range(2))
    assert error.message == (
        "One or more records have been rejected due to 2 record errors in total, and only showing the first three "
        f"errors at most: [{told}]"
    )


@pytest.mark.parametrize("source", list(Compression))
@pytest.mark.parametrize("target", ["uncompressed", "gzip", "snappy", "lz4", "zstd"])
def test_recompression_keeps_the_records(source: Compression, target: str) -> None:
    data = batch(
        b"a" * 100, b"b", compression=source, producer_id=3, producer_epoch=1, base_sequence=9, transactional=True
    )
    view = validate(data, LogConfig(compression_type=target)).view
    view.check_crc()
    assert view.compression.config_name == target.replace("uncompressed", "none")
    assert [(r.offset, r.timestamp, r.value) for r in view.records()] == [(100, NOW, b"a" * 100), (101, NOW + 1, b"b")]
    assert (view.producer_id, view.producer_epoch, view.base_sequence, view.is_transactional) == (3, 1, 9, True)
    assert (view.base_offset, view.leader_epoch) == (100, 7)


def test_what_recompression_makes_too_large_is_refused() -> None:
    data = batch(b"a" * 10_000, compression=Compression.ZSTD)
    config = LogConfig(compression_type="uncompressed", max_message_bytes=1000)
    assert refused(data, config).code is ErrorCode.MESSAGE_TOO_LARGE


def test_a_wrong_largest_timestamp_is_put_right() -> None:
    view = validate(record_batches.batch([b"v"], timestamp=NOW, max_timestamp=NOW + 5)).view
    view.check_crc()
    assert view.max_timestamp == NOW


def test_the_largest_of_negative_times_is_none() -> None:
    view = validate(record_batches.batch([b"v"], timestamp=-5)).view
    view.check_crc()
    assert view.max_timestamp == -1
    assert [record.timestamp for record in view.records()] == [-5]


def test_negative_times_cannot_be_compressed_anew() -> None:
    data = record_batches.batch([b"v"], timestamp=-5)
    assert refused(data, LogConfig(compression_type="gzip")).code is ErrorCode.UNKNOWN_SERVER_ERROR
    validate(record_batches.batch([b"v"], timestamp=-1), LogConfig(compression_type="gzip"))


def test_a_producer_without_an_epoch_cannot_be_compressed_anew() -> None:
    data = record_batches.batch([b"v"], timestamp=NOW, producer_id=1, producer_epoch=-1, base_sequence=0)
    assert refused(data, LogConfig(compression_type="gzip")).code is ErrorCode.UNKNOWN_SERVER_ERROR
    assert validate(data).view.producer_epoch == -1


def test_attributes_that_mean_nothing_are_lost_with_the_first_change() -> None:
    data = record_batches.batch([b"v"], timestamp=NOW, attributes=0x80)
    assert validate(data).view.attributes == 0x80
    view = validate(data, LogConfig(message_timestamp_type="LogAppendTime"), now_ms=99).view
    view.check_crc()
    assert view.attributes == 0x08


def test_coordinators_may_write_control_batches_and_are_never_recompressed_then() -> None:
    marker = build_control_batch([EndTxnMarker(True, 0)], timestamp=NOW, producer_id=1, producer_epoch=0)
    result = validate(marker, LogConfig(compression_type="zstd"), origin=AppendOrigin.COORDINATOR)
    assert result.view.compression is Compression.NONE
    assert result.view.is_control
