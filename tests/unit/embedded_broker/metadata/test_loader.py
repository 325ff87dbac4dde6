"""From committed batches to images: order, transactions, snapshots, late publishers, bad records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.helpers.metadata_doubles import feature_records, partition, register_broker_record, topic_records
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE, MetadataImage
from workbench.embedded_broker.metadata.loader import MetadataLoader, MetadataRecordError
from workbench.embedded_broker.metadata.record_versions import encode_for
from workbench.embedded_broker.quorum.contract import CommittedBatch, LeaderAndEpoch, LoadedSnapshot, OffsetAndEpoch
from workbench.wire.messages import (
    AbortTransactionRecord,
    BeginTransactionRecord,
    EndTransactionRecord,
    NoOpRecord,
    UnregisterBrokerRecord,
)


class Recorder:
    def __init__(self) -> None:
        self.deltas: list[MetadataDelta] = []
        self.images: list[MetadataImage] = []
        self.leaders: list[LeaderAndEpoch] = []

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        assert not self.images or delta.is_snapshot or delta.image is self.images[-1]
        self.deltas.append(delta)
        self.images.append(image)

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        self.leaders.append(leader)


class Log:
    """Feeds a loader batch after batch."""

    def __init__(self) -> None:
        self.loader = MetadataLoader()
        self.seen = Recorder()
        self.loader.add_publisher(self.seen)
        self.end = 0

    def batch(self, *records: Any) -> CommittedBatch:
        values = tuple(encode_for(record, 30) for record in records)
        base = self.end
        self.end += max(1, len(values))
        return CommittedBatch(base, self.end - 1, 1, 1_000 + base, values)

    def commit(self, *records: Any) -> None:
        self.loader.handle_commit([self.batch(*records)])

    @property
    def offsets(self) -> list[int]:
        return [image.offset for image in self.seen.images]


def topic(name: str, number: int) -> Sequence[Any]:
    return topic_records(name, number, [partition([1])])


def test_each_commit_is_published_once_with_its_last_offset() -> None:
    log = Log()
    log.commit(*feature_records())
    log.commit(*topic("a", 1))
    assert log.offsets == [2, 4]
    assert log.loader.image is log.seen.images[-1]
    assert log.loader.last_applied_offset == 4
    assert log.loader.image.append_timestamp_ms == 1_003


def test_control_batches_only_move_the_offset() -> None:
    log = Log()
    log.commit(*feature_records())
    log.commit()
    assert log.loader.image.offset == 3
    assert log.seen.deltas[-1].is_empty


def test_several_batches_of_one_commit_are_one_delta() -> None:
    log = Log()
    log.loader.handle_commit([log.batch(*topic("a", 1)), log.batch(*topic("b", 2))])
    assert log.offsets == [3]
    assert set(log.loader.image.topics.by_name) == {"a", "b"}


def test_a_transaction_is_published_when_it_ends() -> None:
    log = Log()
    log.commit(*feature_records())
    log.commit(BeginTransactionRecord(name="x"), *topic("a", 1))
    assert log.offsets == [2]
    assert log.loader.last_applied_offset == 5
    log.commit(*topic("b", 2))
    assert log.offsets == [2]
    log.commit(EndTransactionRecord())
    assert log.offsets == [2, 8]
    assert set(log.loader.image.topics.by_name) == {"a", "b"}


def test_an_aborted_transaction_leaves_nothing() -> None:
    log = Log()
    log.commit(BeginTransactionRecord(), *topic("a", 1))
    log.commit(AbortTransactionRecord(reason="x"), *topic("b", 2))
    assert set(log.loader.image.topics.by_name) == {"b"}


def test_what_stands_before_a_transaction_in_its_batch_is_published_first() -> None:
    log = Log()
    log.commit(*topic("a", 1), BeginTransactionRecord(), *topic("b", 2))
    assert log.offsets == [1]
    assert set(log.loader.image.topics.by_name) == {"a"}
    log.commit(EndTransactionRecord())
    assert set(log.loader.image.topics.by_name) == {"a", "b"}


def test_transactions_do_not_nest_and_do_not_end_unbegun() -> None:
    log = Log()
    with pytest.raises(MetadataRecordError):
        log.commit(EndTransactionRecord())
    log = Log()
    log.commit(BeginTransactionRecord())
    with pytest.raises(MetadataRecordError, match="offset 1"):
        log.commit(BeginTransactionRecord())


def test_a_snapshot_replaces_everything() -> None:
    log = Log()
    log.commit(*topic("a", 1))
    log.commit(BeginTransactionRecord(), *topic("c", 3))
    values = [encode_for(record, 30) for record in [*feature_records(), *topic("b", 2)]]
    log.loader.handle_load_snapshot(LoadedSnapshot(OffsetAndEpoch(50, 7), 99, values))
    image = log.loader.image
    assert (image.offset, image.epoch, image.append_timestamp_ms) == (49, 7, 99)
    assert set(image.topics.by_name) == {"b"}
    assert log.seen.deltas[-1].is_snapshot
    assert log.loader.bytes_since_snapshot == 0
    log.end = 50
    log.commit(NoOpRecord())
    assert log.loader.image.offset == 50


def test_a_late_publisher_gets_everything_at_once() -> None:
    log = Log()
    log.commit(*feature_records(), register_broker_record(1), *topic("a", 1))
    log.loader.handle_leader_change(LeaderAndEpoch(1, 5))
    late = Recorder()
    log.loader.add_publisher(late)
    assert late.leaders == [LeaderAndEpoch(1, 5)]
    (delta,) = late.deltas
    assert delta.image is EMPTY_IMAGE
    assert delta.topics is not None
    assert len(delta.topics.changed_topics) == 1
    assert late.images == [log.loader.image]
    log.loader.remove_publisher(late)
    log.commit(NoOpRecord())
    assert len(late.images) == 1


def test_before_anything_a_publisher_gets_nothing() -> None:
    recorder = Recorder()
    MetadataLoader().add_publisher(recorder)
    assert not recorder.images
    assert not recorder.leaders


def test_bad_records_name_their_offset() -> None:
    log = Log()
    log.commit(*feature_records())
    with pytest.raises(MetadataRecordError, match="offset 3: broker 9 is changed"):
        from tests.helpers.metadata_doubles import fence_record

        log.commit(fence_record(9))
    with pytest.raises(MetadataRecordError, match="offset 70"):
        log.loader.handle_commit([CommittedBatch(70, 70, 1, 0, (b"\x01\xff",))])
    with pytest.raises(MetadataRecordError, match="record 0 of snapshot"):
        log.loader.handle_load_snapshot(LoadedSnapshot(OffsetAndEpoch(5, 1), 0, [b"\x07"]))


def test_removing_what_is_not_there_is_harmless() -> None:
    log = Log()
    log.commit(UnregisterBrokerRecord(broker_id=4, broker_epoch=1))
    assert not log.loader.image.cluster.brokers
