"""Records as Apache Kafka writes and reads them."""

from __future__ import annotations

from tests.helpers.consumer_offsets_log import golden_batches
from tests.helpers.coordinator_doubles import START_MS, MemoryLogs
from tests.helpers.group_play import GroupPlay
from workbench.embedded_broker.coordinators.decision import CoordinatorRecord
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.offset_values import CommittedOffset
from workbench.embedded_broker.coordinators.group.records import (
    empty_group_metadata_record,
    group_metadata_record,
    group_tombstone,
    load_classic_group,
    offset_commit_record,
    offset_tombstone,
)
from workbench.embedded_broker.coordinators.group.states import ClassicGroupState
from workbench.embedded_broker.coordinators.open_batch import encode_record
from workbench.records.batch import BatchView
from workbench.wire.messages import GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue
from workbench.wire.record_values import decode_coordinator_key, decode_coordinator_value


def encoded(record: CoordinatorRecord) -> tuple[str, str | None]:
    new = encode_record(record, START_MS)
    assert new.key is not None
    return new.key.hex(), None if new.value is None else new.value.hex()


def test_an_offset_is_version_4_with_the_topic_id_as_tag_0() -> None:
    record = offset_commit_record("g", "t", 2, CommittedOffset(5, 3, "m", 1_000, None, bytes(range(16))))
    assert encoded(record) == (
        "0001" + "000167" + "000174" + "00000002",
        "0004" + "0000000000000005" + "00000003" + "026d" + "00000000000003e8" + "01" + "0010" + bytes(range(16)).hex(),
    )


def test_an_offset_with_an_expiry_is_version_1() -> None:
    record = offset_commit_record("g", "t", 2, CommittedOffset(5, 3, "m", 1_000, 2_000, bytes(range(16))))
    assert encoded(record)[1] == "0001" + "0000000000000005" + "00016d" + "00000000000003e8" + "00000000000007d0"


def test_an_empty_group() -> None:
    assert encoded(empty_group_metadata_record(ClassicGroup("g", now_ms=1_000))) == (
        "0002" + "000167",
        "0003" + "0000" + "00000000" + "ffff" + "ffff" + "00000000000003e8" + "00000000",
    )


def test_tombstones_have_no_value() -> None:
    assert encoded(group_tombstone("g")) == ("0002000167", None)
    assert encoded(offset_tombstone("g", "t", 0)) == ("000100016700017400000000", None)


def test_a_group_without_a_timestamp_of_its_state_keeps_being_without() -> None:
    group = load_classic_group("g", GroupMetadataValue(protocol_type="consumer", generation=3, protocol=None))
    assert (group.state_timestamp_ms, group.state) == (None, ClassicGroupState.EMPTY)
    value = group_metadata_record(group, {}).value
    assert isinstance(value, GroupMetadataValue)
    assert (value.current_state_timestamp, value.generation, value.protocol_type) == (-1, 3, "consumer")


def test_members_of_old_records_take_their_session_timeout_for_rebalances() -> None:
    member = GroupMetadataValue.MemberMetadata(
        member_id="m", client_id="c", client_host="/h", session_timeout=7, rebalance_timeout=-1
    )
    group = load_classic_group(
        "g", GroupMetadataValue(protocol_type="x", generation=3, protocol="p", leader="m", members=[member])
    )
    assert group.members["m"].rebalance_timeout_ms == 7
    assert group.is_in(ClassicGroupState.STABLE)


def test_what_apache_kafka_wrote_is_written_the_same_by_us() -> None:
    """Each classic group and offset of the golden log, loaded and written again, gives the same bytes."""
    compared = 0
    for batch in golden_batches():
        view = BatchView(batch)
        if view.is_control:
            continue
        assert view.base_sequence == 0, "Kafka's coordinators number from 0"
        for record in view.records():
            assert record.key is not None
            key = decode_coordinator_key(record.key)
            if record.value is None:
                continue
            value, _ = decode_coordinator_value(key, record.value)
            if isinstance(key, GroupMetadataKey):
                group = load_classic_group(key.group, value)
                own = group_metadata_record(group, {m.member_id: m.assignment for m in group.members.values()})
            elif isinstance(key, OffsetCommitKey):
                assert isinstance(value, OffsetCommitValue)
                own = offset_commit_record(
                    key.group, key.topic, key.partition, CommittedOffset.from_record(value, record.offset)
                )
            else:
                continue
            again = encode_record(own, record.timestamp)
            assert (again.key, again.value) == (record.key, record.value)
            compared += 1
    assert compared > 20


def test_our_batches_have_the_shape_of_kafka_s() -> None:
    logs = MemoryLogs()
    GroupPlay(logs=logs).commit()
    view = BatchView(logs.partitions[0].batches[0])
    assert (view.magic, view.attributes, view.producer_id, view.producer_epoch, view.base_sequence) == (2, 0, -1, -1, 0)
    assert view.max_timestamp == START_MS
