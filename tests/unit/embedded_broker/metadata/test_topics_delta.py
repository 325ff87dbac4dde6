"""What a change of topics means for one broker's replicas."""

from __future__ import annotations

from tests.helpers.metadata_doubles import directory_id, image_of, partition, topic_id, topic_records
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.topics_delta import LocalReplicaChanges
from workbench.wire.messages import PartitionChangeRecord, RemoveTopicRecord

BASE = image_of(
    [
        *topic_records("a", 1, [partition([1, 2]), partition([2, 1])]),
        *topic_records("b", 2, [partition([1])]),
    ]
)


def changes(broker_id: int, *records: object, snapshot: bool = False) -> LocalReplicaChanges:
    delta = MetadataDelta(BASE, is_snapshot=snapshot)
    for record in records:
        delta.replay(record)
    if snapshot:
        delta.finish_snapshot()
    assert delta.topics is not None
    return delta.topics.local_changes(broker_id)


def test_a_new_topic_is_led_or_followed() -> None:
    records = topic_records("c", 3, [partition([1, 2]), partition([2, 1]), partition([3])])
    found = changes(1, *records)
    assert set(found.leaders) == set(found.elected_leaders) == {("c", 0)}
    assert set(found.followers) == {("c", 1)}
    assert found.leaders["c", 0] == (topic_id(3), partition([1, 2]))
    assert found.directories == {("c", 0): (topic_id(3), directory_id(1)), ("c", 1): (topic_id(3), directory_id(1))}
    assert not found.deletes


def test_a_change_of_the_isr_is_no_election() -> None:
    found = changes(1, PartitionChangeRecord(topic_id=topic_id(1), partition_id=0, isr=[1]))
    assert set(found.leaders) == {("a", 0)}
    assert not found.elected_leaders


def test_a_new_leader_is() -> None:
    change = PartitionChangeRecord(topic_id=topic_id(1), partition_id=0, leader=2)
    assert set(changes(2, change).elected_leaders) == {("a", 0)}
    assert set(changes(1, change).followers) == {("a", 0)}


def test_a_replica_that_leaves_is_deleted() -> None:
    change = PartitionChangeRecord(
        topic_id=topic_id(1), partition_id=0, replicas=[2], isr=[2], leader=2, directories=[]
    )
    assert changes(1, change).deletes == {("a", 0): topic_id(1)}


def test_a_deleted_topic_is_deleted_where_it_was() -> None:
    assert changes(1, RemoveTopicRecord(topic_id=topic_id(2))).deletes == {("b", 0): topic_id(2)}
    assert not changes(2, RemoveTopicRecord(topic_id=topic_id(2))).deletes


def test_a_topic_made_anew_is_both() -> None:
    found = changes(1, RemoveTopicRecord(topic_id=topic_id(2)), *topic_records("b", 7, [partition([1])]))
    assert found.deletes == {("b", 0): topic_id(2)}
    assert found.leaders["b", 0][0] == topic_id(7)


def test_a_snapshot_changes_only_what_differs() -> None:
    same = topic_records("a", 1, [partition([1, 2]), partition([2, 1])])
    found = changes(1, *same, snapshot=True)
    assert found.deletes == {("b", 0): topic_id(2)}
    assert not found.leaders
    assert not found.followers


def test_a_new_directory_is_told() -> None:
    change = PartitionChangeRecord(
        topic_id=topic_id(1), partition_id=0, directories=[directory_id(1, 1), directory_id(2)]
    )
    assert changes(1, change).directories == {("a", 0): (topic_id(1), directory_id(1, 1))}
    assert not changes(2, change).directories
