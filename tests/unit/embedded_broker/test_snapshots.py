"""When the metadata is written down."""

from __future__ import annotations

from typing import Any

from tests.helpers.metadata_doubles import FakeQuorum
from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE, MetadataImage
from workbench.embedded_broker.quorum.contract import LoadedSnapshot, OffsetAndEpoch
from workbench.embedded_broker.snapshots import SnapshotPublisher
from workbench.wire.record_values import decode_metadata_record


def publisher(broker: ReplicaBroker, *, max_bytes: int = 1 << 30, max_interval_ms: int = 0) -> FakeQuorum:
    quorum = FakeQuorum()
    broker.metadata.bytes_since_snapshot = 0
    broker.metadata.add_publisher(
        SnapshotPublisher(
            broker.metadata, quorum, max_bytes=max_bytes, max_interval_ms=max_interval_ms, now_ms=broker.now_ms
        )
    )
    return quorum


def image_in(snapshot: tuple[OffsetAndEpoch, int, Any]) -> MetadataImage:
    delta = MetadataDelta(EMPTY_IMAGE)
    for value in snapshot[2]:
        delta.replay(decode_metadata_record(value)[0])
    return delta.apply(snapshot[0].offset - 1, snapshot[0].epoch, snapshot[1])


def test_enough_bytes_make_a_snapshot_of_the_whole_image() -> None:
    broker = ReplicaBroker()
    quorum = publisher(broker, max_bytes=150)
    broker.create("t", (1, 2))
    assert quorum.snapshots == []
    broker.create("u", (1, 2), number=2)
    (snapshot,) = quorum.snapshots
    assert snapshot[0] == OffsetAndEpoch(broker.image.offset + 1, broker.image.epoch)
    assert image_in(snapshot).same_content(broker.image)
    broker.create("v", (1,), number=3)
    assert len(quorum.snapshots) == 1, "it counts anew"


def test_enough_time_makes_one_with_the_next_change() -> None:
    broker = ReplicaBroker()
    quorum = publisher(broker, max_interval_ms=3_600_000)
    broker.time_ms += 3_599_999
    broker.create("t", (1,))
    assert quorum.snapshots == []
    broker.time_ms += 1
    broker.create("u", (1,), number=2)
    assert len(quorum.snapshots) == 1
    broker.create("v", (1,), number=3)
    assert len(quorum.snapshots) == 1


def test_a_snapshot_that_was_loaded_need_not_be_written() -> None:
    source = ReplicaBroker()
    quorum = publisher(source, max_bytes=1)
    source.create("t", (1,))
    snapshot_id, timestamp_ms, values = quorum.snapshots[-1]
    broker = ReplicaBroker()
    fresh = publisher(broker, max_bytes=1 << 30, max_interval_ms=1_000)
    broker.time_ms += 5_000
    broker.metadata.handle_load_snapshot(LoadedSnapshot(snapshot_id, timestamp_ms, values))
    assert fresh.snapshots == [] and broker.image.topics.by_name.keys() == {"t"}
