"""Records of a payload: decoded exactly, refused where anything is off, and never read past their end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.record_batches import TestRecord, record_bytes, zigzag
from workbench.records import CorruptBatchError, NewRecord, Record
from workbench.records.builder import encode_records
from workbench.records.parsing import decode_records, payload_is_sound

FIELD = st.none() | st.binary(max_size=200)
RECORDS = st.lists(
    st.builds(
        NewRecord,
        timestamp=st.integers(-(2**40), 2**40),
        key=FIELD,
        value=FIELD,
        headers=st.lists(st.tuples(st.text(max_size=4), FIELD), max_size=3).map(tuple),
    ),
    max_size=10,
)

BROKEN = {
    "longer than the batch": b"\xff\x0f" + b"\0\0\0\x02k\x02v\0",
    "a key longer than its record": b"\x10\0\0\0\x7ek\x02v\0",
    "a negative length": b"\x01",
    "a header count without headers": b"\x10\0\0\0\x02k\x02v\x08",
    "bytes after the last record": b"\x10\0\0\0\x02k\x02v\0\0\0\0",
    "a key length below -1": b"\x0e\0\0\0\x03\x02v\0\0",
    "a header without a key": zigzag(8) + b"\0\0\0\x01\x01\x02\x01\x01",
    "an endless integer": b"\xff" * 12,
    "nothing": b"",
}


def decode(payload: bytes, count: int) -> list[Record]:
    return list(decode_records(payload, count, 0, 0, None))


@given(records=RECORDS)
def test_encoded_records_decode(records: list[NewRecord]) -> None:
    payload = bytes(encode_records(records, 0))
    assert [NewRecord(r.timestamp, r.key, r.value, r.headers) for r in decode(payload, len(records))] == records
    assert payload_is_sound(payload, len(records), in_order=True)
    assert payload_is_sound(memoryview(payload), len(records), in_order=False)


@given(records=RECORDS.filter(bool), data=st.data())
def test_sound_means_that_it_decodes(records: list[NewRecord], data: st.DataObject) -> None:
    payload = bytearray(encode_records(records, 0))
    for _ in range(data.draw(st.integers(1, 3))):
        payload[data.draw(st.integers(0, len(payload) - 1))] = data.draw(st.integers(0, 255))
    sound = payload_is_sound(bytes(payload), len(records), in_order=False)
    try:
        decode(bytes(payload), len(records))
        decodes = True
    except CorruptBatchError:
        decodes = False
    assert decodes or not sound


@pytest.mark.parametrize("payload", BROKEN.values(), ids=BROKEN.keys())
def test_broken_records_are_refused(payload: bytes) -> None:
    assert not payload_is_sound(payload, 1, in_order=False)
    with pytest.raises(CorruptBatchError):
        decode(payload, 1)


@pytest.mark.parametrize("deltas", [(2, 1, 0), (0, 0, 0), (0, 1, 5), (-1, 0, 1), (0, 1, 200)])
def test_offset_deltas_are_looked_at_only_where_they_matter(deltas: tuple[int, ...]) -> None:
    payload = b"".join(record_bytes(TestRecord(value=b"v", offset_delta=delta), 0) for delta in deltas)
    assert payload_is_sound(payload, 3, in_order=False)
    assert not payload_is_sound(payload, 3, in_order=True)
    assert [record.offset for record in decode(payload, 3)] == list(deltas)


def test_long_batches_have_long_deltas() -> None:
    payload = bytes(encode_records([NewRecord(0, None, b"")] * 200, 0))
    assert payload_is_sound(payload, 200, in_order=True)


def test_one_timestamp_for_all() -> None:
    payload = bytes(encode_records([NewRecord(3, None, b"a"), NewRecord(4, None, b"b")], 0))
    assert [record.timestamp for record in decode_records(payload, 2, 0, 0, 99)] == [99, 99]


def test_a_header_key_that_is_no_text_is_shown_anyway() -> None:
    payload = zigzag(10) + b"\0\0\0\x01\x01\x02\x04\xff\xfe\x01"
    assert decode(payload, 1)[0].headers == (("\ufffd\ufffd", None),)
