"""Rows of a batch with the facts of it."""

from workbench.client.browse.batch_rows import facts_of, payload_of, rows_of
from workbench.records import BatchView, Compression, NewRecord, build_batch


def test_rows_share_the_facts_of_their_batch() -> None:
    batch = BatchView(
        build_batch(
            [NewRecord(5, None, b"v", (("h", None),)), NewRecord(6, b"k", None)],
            base_offset=40,
            leader_epoch=3,
            compression=Compression.SNAPPY,
            producer_id=9,
            producer_epoch=1,
            base_sequence=7,
        )
    )
    first, second = rows_of(batch, "t", 2)
    assert first.batch is second.batch
    facts = first.batch
    assert (facts.base_offset, facts.last_offset, facts.record_count, facts.leader_epoch) == (40, 41, 2, 3)
    assert (facts.producer_id, facts.producer_epoch, facts.base_sequence, facts.codec) == (9, 1, 7, "snappy")
    assert facts.uncompressed_size_bytes == len(payload_of(batch))
    assert facts.crc_valid
    assert (first.offset, first.timestamp_type, first.position_in_batch) == (40, "CreateTime", 0)
    assert first.headers == (("h", None),)
    assert (second.key, second.value, second.size_bytes) == (b"k", None, 1)


def test_a_spoilt_batch_is_told_by_its_crc() -> None:
    buffer = build_batch([NewRecord(5, None, b"value")])
    buffer[-3] ^= 1
    batch = BatchView(buffer)
    assert not facts_of(batch, 0).crc_valid


def test_cut_and_span() -> None:
    batch = BatchView(build_batch([NewRecord(5, b"long key", b"long value")] * 4))
    rows = list(rows_of(batch, "t", 0, first=1, end=3, cut_bytes=4))
    assert [row.offset for row in rows] == [1, 2]
    assert (rows[0].key, rows[0].value, rows[0].value_length) == (b"long", b"long", 10)
    assert rows[0].is_cut


def test_control_records_have_a_name() -> None:
    for number, name in ((0, "ABORT"), (1, "COMMIT"), (77, "CONTROL 77")):
        key = b"\x00\x00" + number.to_bytes(2, "big")
        batch = BatchView(build_batch([NewRecord(5, key, b"")], control=True))
        (row,) = rows_of(batch, "t", 0)
        assert row.control_type == name


def test_log_append_time() -> None:
    batch = BatchView(build_batch([NewRecord(5, None, b""), NewRecord(9, None, b"")], timestamp_type=1))
    assert {(row.timestamp_ms, row.timestamp_type) for row in rows_of(batch, "t", 0)} == {(9, "LogAppendTime")}
