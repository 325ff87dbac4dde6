"""What the builder makes is byte for byte what the format says, and other clients read it."""

from __future__ import annotations

import pytest
from aiokafka.record import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers import record_batches
from workbench.records import BatchView, Compression, NewRecord, build_batch
from workbench.records.builder import seal

FIELD = st.none() | st.binary(max_size=40)
RECORDS = st.lists(
    st.builds(
        NewRecord,
        timestamp=st.integers(0, 2**41),
        key=FIELD,
        value=FIELD,
        headers=st.lists(st.tuples(st.text(max_size=5), FIELD), max_size=3).map(tuple),
    ),
    min_size=1,
    max_size=20,
)


@given(records=RECORDS, codec=st.sampled_from(list(Compression)), base_offset=st.integers(0, 2**62))
def test_what_is_built_reads_back(records: list[NewRecord], codec: Compression, base_offset: int) -> None:
    view = BatchView(build_batch(records, base_offset=base_offset, compression=codec, leader_epoch=7))
    view.check_crc()
    read = list(view.records())
    assert [(r.timestamp, r.key, r.value, r.headers) for r in read] == [
        (r.timestamp, r.key, r.value, r.headers) for r in records
    ]
    assert [r.offset for r in read] == list(range(base_offset, base_offset + len(records)))
    assert view.next_offset == base_offset + len(records)
    assert (view.compression, view.leader_epoch, view.record_count) == (codec, 7, len(records))
    assert view.max_timestamp == max(r.timestamp for r in records)


@given(records=RECORDS)
def test_uncompressed_batches_are_those_of_the_format(records: list[NewRecord]) -> None:
    expected = record_batches.batch(
        [record_batches.TestRecord(r.key, r.value, r.headers, r.timestamp - records[0].timestamp) for r in records],
        timestamp=records[0].timestamp,
        producer_id=9,
        producer_epoch=2,
        base_sequence=100,
        max_timestamp=max(r.timestamp for r in records),
    )
    assert build_batch(records, producer_id=9, producer_epoch=2, base_sequence=100) == expected


@pytest.mark.parametrize("codec", list(Compression))
def test_another_client_reads_it(codec: Compression) -> None:
    records = [NewRecord(1000 + i, b"k%d" % i, b"v" * i, (("h", None), ("g", b"x"))) for i in range(50)]
    batch = MemoryRecords(bytes(build_batch(records, base_offset=5, compression=codec))).next_batch()
    assert batch.validate_crc()
    read = list(batch)
    assert [(r.offset, r.timestamp, r.key, r.value) for r in read] == [
        (5 + i, 1000 + i, b"k%d" % i, b"v" * i) for i in range(50)
    ]
    assert read[3].headers == [("h", None), ("g", b"x")]


def test_log_append_time_is_what_readers_see() -> None:
    batch = build_batch([NewRecord(5, None, b"a"), NewRecord(9, None, b"b")], timestamp_type=1, append_time_ms=1234)
    view = BatchView(batch)
    assert view.timestamp_type == 1
    assert [record.timestamp for record in view.records()] == [1234, 1234]


def test_attributes_say_what_was_asked() -> None:
    view = BatchView(build_batch([NewRecord(1, b"k", b"v")], transactional=True, control=True))
    assert (view.is_transactional, view.is_control, view.compression) == (True, True, Compression.NONE)


def test_seal_makes_a_changed_batch_valid_again() -> None:
    batch = build_batch([NewRecord(1, b"k", b"v")])
    batch[-2] ^= 1
    assert not BatchView(batch).crc_is_valid()
    seal(batch)
    assert BatchView(batch).crc_is_valid()
