"""Records are written in the version that the finalised metadata.version allows."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import directory_id, partition, register_broker_record, topic_id
from workbench.embedded_broker.metadata.record_versions import encode_for, record_version
from workbench.wire.messages import BrokerRegistrationChangeRecord, PartitionChangeRecord, TopicRecord
from workbench.wire.record_values import decode_metadata_record


@pytest.mark.parametrize(
    ("metadata_version", "partition_version", "broker_version"),
    [(7, 0, 1), (8, 0, 2), (16, 0, 2), (17, 1, 3), (22, 1, 3), (23, 2, 3), (29, 2, 3), (30, 2, 4)],
)
def test_versions(metadata_version: int, partition_version: int, broker_version: int) -> None:
    assert record_version(PartitionChangeRecord(), metadata_version) == partition_version
    assert record_version(register_broker_record(1), metadata_version) == broker_version
    assert record_version(TopicRecord(), metadata_version) == 0


def test_registration_changes_use_the_lowest_version_that_holds_them() -> None:
    assert record_version(BrokerRegistrationChangeRecord(fenced=1), 30) == 0
    assert record_version(BrokerRegistrationChangeRecord(in_controlled_shutdown=1), 30) == 1
    assert record_version(BrokerRegistrationChangeRecord(log_dirs=[directory_id(1)]), 30) == 2
    assert record_version(BrokerRegistrationChangeRecord(cordoned_log_dirs=[]), 30) == 3


def test_what_an_old_version_cannot_say_is_left_out() -> None:
    record = partition([1, 2], elr=(3,)).to_record(topic_id(1), 0)
    decoded, version = decode_metadata_record(encode_for(record, 10))
    assert version == 0
    assert decoded.directories == []
    assert decoded.eligible_leader_replicas is None
    broker, version = decode_metadata_record(encode_for(register_broker_record(1), 10))
    assert (version, broker.log_dirs) == (2, [])
    change = PartitionChangeRecord(topic_id=topic_id(1), isr=[1], eligible_leader_replicas=[2], directories=[b"d" * 16])
    decoded, version = decode_metadata_record(encode_for(change, 20))
    assert (version, decoded.eligible_leader_replicas, decoded.directories) == (1, None, [b"d" * 16])
