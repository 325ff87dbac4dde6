"""The metadata log's end, read from a node's files while it grows."""

from __future__ import annotations

from pathlib import Path

from workbench.records import NewRecord, build_batch
from workbench.ui.view_models.metadata_records import METADATA_FOLDER, MetadataLogTail, in_words
from workbench.wire.messages import NoOpRecord, PartitionRecord, TopicRecord
from workbench.wire.record_values import encode_metadata_record
from workbench.wire.uuids import uuid_to_text

TOPIC_ID = bytes(range(16))


def _batch(base_offset: int, *messages: object) -> bytes:
    records = [NewRecord(5_000, None, encode_metadata_record(message, 0)) for message in messages]  # type: ignore[arg-type]
    return bytes(build_batch(records, base_offset=base_offset, leader_epoch=4))


def _segment(folder: Path, base_offset: int) -> Path:
    log = folder / METADATA_FOLDER
    log.mkdir(exist_ok=True)
    return log / f"{base_offset:020}.log"


def test_it_reads_on_from_where_it_was(tmp_path: Path) -> None:
    path = _segment(tmp_path, 0)
    path.write_bytes(_batch(0, TopicRecord(name="orders", topic_id=TOPIC_ID), NoOpRecord()))
    tail = MetadataLogTail((tmp_path,))
    first = tail.read()
    assert [(row.offset, row.kind, row.epoch) for row in first] == [(0, "TopicRecord", 4), (1, "NoOpRecord", 4)]
    assert first[0].text == f"name=orders, topic_id={uuid_to_text(TOPIC_ID)}"
    assert tail.read() == ()
    with path.open("ab") as file:
        file.write(_batch(2, NoOpRecord()))
    assert [row.offset for row in tail.read()] == [2]
    assert [row.offset for row in tail.rows] == [0] and [row.offset for row in tail.beats] == [1, 2]


def test_a_batch_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = _segment(tmp_path, 0)
    whole = _batch(0, NoOpRecord())
    path.write_bytes(whole[:-3])
    tail = MetadataLogTail((tmp_path,))
    assert tail.read() == ()
    path.write_bytes(whole)
    assert [row.offset for row in tail.read()] == [0]


def test_the_next_segment_follows_without_a_gap(tmp_path: Path) -> None:
    old = _segment(tmp_path, 0)
    old.write_bytes(_batch(0, NoOpRecord()))
    tail = MetadataLogTail((tmp_path,))
    tail.read()
    with old.open("ab") as file:
        file.write(_batch(1, NoOpRecord()))
    _segment(tmp_path, 2).write_bytes(_batch(2, NoOpRecord()))
    assert [row.offset for row in tail.read()] == [1, 2]


def test_without_files_there_is_nothing(tmp_path: Path) -> None:
    assert MetadataLogTail((tmp_path,)).read() == ()


def test_what_cannot_be_decoded_is_told(tmp_path: Path) -> None:
    batch = build_batch([NewRecord(1, None, b"\x01\xff\xff")], base_offset=0, leader_epoch=1)
    _segment(tmp_path, 0).write_bytes(bytes(batch))
    (row,) = MetadataLogTail((tmp_path,)).read()
    assert row.kind == "unknown" and "cannot be decoded" in row.text


def test_only_what_differs_from_the_default_is_told() -> None:
    words = in_words(PartitionRecord(partition_id=0, topic_id=TOPIC_ID, replicas=[1, 2], leader=1))
    assert words.startswith("partition_id=0, ") and "replicas=[1, 2]" in words
    assert "isr" not in words
