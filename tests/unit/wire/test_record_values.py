from __future__ import annotations

import pytest

from tests.helpers.random_messages import RandomMessages
from workbench.wire.errors import WireError
from workbench.wire.messages import GroupMetadataKey, OffsetCommitKey, OffsetCommitValue, TopicRecord, TransactionLogKey
from workbench.wire.record_values import (
    UnknownRecordError,
    decode_coordinator_key,
    decode_coordinator_value,
    decode_metadata_record,
    encode_coordinator_key,
    encode_coordinator_value,
    encode_metadata_record,
)
from workbench.wire.schema import message_blocks, schema_of

METADATA_RECORDS = [name for name in message_blocks() if schema_of(name).kind == "metadata"]


@pytest.mark.parametrize("name", METADATA_RECORDS)
def test_metadata_records_round_trip(name: str) -> None:
    versions = schema_of(name).versions
    for version in range(versions.lowest, versions.highest + 1):
        record = RandomMessages(5).message(name, version)
        assert decode_metadata_record(encode_metadata_record(record, version)) == (record, version)


def test_the_bytes_of_a_topic_record() -> None:
    record = TopicRecord(name="a", topic_id=b"\1" * 16)
    assert encode_metadata_record(record, 0) == b"\1\2\0" + b"\2a" + b"\1" * 16 + b"\0"


def test_unknown_and_broken_metadata_records() -> None:
    with pytest.raises(UnknownRecordError) as unknown:
        decode_metadata_record(b"\1\x63\0")
    assert (unknown.value.record_type, unknown.value.version) == (99, 0)
    with pytest.raises(UnknownRecordError):
        decode_metadata_record(b"\1\2\x09")
    with pytest.raises(WireError):
        decode_metadata_record(b"\2\2\0")
    with pytest.raises(WireError):
        decode_metadata_record(b"")


def test_coordinator_records_round_trip() -> None:
    key = OffsetCommitKey(group="g", topic="t", partition=3)
    data = encode_coordinator_key(key)
    assert data[:2] == b"\0\1"
    assert decode_coordinator_key(data) == key
    for version in range(5):
        value = RandomMessages(2).message("OffsetCommitValue", version)
        assert decode_coordinator_value(key, encode_coordinator_value(value, version)) == (value, version)
    assert isinstance(decode_coordinator_key(encode_coordinator_key(GroupMetadataKey(group="x"))), GroupMetadataKey)
    transaction = TransactionLogKey(transactional_id="t")
    assert decode_coordinator_key(encode_coordinator_key(transaction), "transaction") == transaction


def test_unknown_coordinator_records() -> None:
    with pytest.raises(UnknownRecordError):
        decode_coordinator_key(b"\x7f\0")
    with pytest.raises(UnknownRecordError):
        decode_coordinator_value(OffsetCommitKey(), b"\0\x63" + OffsetCommitValue().encode(0))
    with pytest.raises(WireError):
        decode_coordinator_key(b"\0")
