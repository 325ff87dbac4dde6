"""A batch is looked at without trusting it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.records import BatchView, CorruptBatchError, NewRecord, UnsupportedMagicError, build_batch
from workbench.records.batch import iterate_batches
from workbench.records.builder import seal

ONE = build_batch([NewRecord(10, b"k", b"v"), NewRecord(30, None, b"w"), NewRecord(30, b"x", None)], base_offset=100)


def test_header_fields() -> None:
    batch = build_batch(
        [NewRecord(1, None, b"a")] * 4,
        base_offset=7,
        leader_epoch=3,
        producer_id=12,
        producer_epoch=4,
        base_sequence=2**31 - 2,
    )
    view = BatchView(batch)
    assert (view.base_offset, view.last_offset, view.next_offset) == (7, 10, 11)
    assert (view.producer_id, view.producer_epoch, view.base_sequence) == (12, 4, 2**31 - 2)
    assert view.last_sequence == 1, "sequences wrap at 2^31"
    assert view.has_producer_id
    assert view.size_bytes == len(batch)
    assert (view.base_timestamp, view.max_timestamp, view.delete_horizon_ms) == (1, 1, None)


def test_without_a_producer_there_are_no_sequences() -> None:
    assert BatchView(ONE).last_sequence == -1
    assert not BatchView(ONE).has_producer_id


def test_offset_of_the_largest_timestamp_is_the_first_that_has_it() -> None:
    assert BatchView(ONE).offset_of_max_timestamp() == 101
    assert BatchView(build_batch([NewRecord(-1, None, b"v")])).offset_of_max_timestamp() is None


def test_delete_horizon() -> None:
    batch = bytearray(ONE)
    batch[22] |= 0x40
    seal(batch)
    assert BatchView(batch).delete_horizon_ms == 10


@pytest.mark.parametrize("size", range(len(ONE)))
def test_a_cut_batch_is_refused(size: int) -> None:
    with pytest.raises(CorruptBatchError):
        BatchView(ONE[:size])
    assert list(iterate_batches(ONE[:size])) == []


@given(place=st.integers(21, len(ONE) - 1), flip=st.integers(1, 255))
def test_the_crc_sees_every_change_behind_it(place: int, flip: int) -> None:
    changed = bytearray(ONE)
    changed[place] ^= flip
    with pytest.raises(CorruptBatchError):
        BatchView(changed).check_crc()


@given(place=st.integers(0, len(ONE) - 1), flip=st.integers(1, 255))
def test_no_change_breaks_the_reader(place: int, flip: int) -> None:
    changed = bytearray(ONE)
    changed[place] ^= flip
    try:
        for view in iterate_batches(changed):
            list(view.records())
    except (CorruptBatchError, UnsupportedMagicError):
        pass


def test_iteration_stops_before_what_is_cut() -> None:
    two = bytes(ONE + ONE)
    assert [view.position for view in iterate_batches(two)] == [0, len(ONE)]
    assert [view.position for view in iterate_batches(two[:-1])] == [0]
    assert [view.position for view in iterate_batches(memoryview(two), len(ONE))] == [len(ONE)]


def test_an_impossible_length_is_told_with_its_place() -> None:
    broken = bytes(ONE) + bytes(40)
    with pytest.raises(CorruptBatchError) as caught:
        list(iterate_batches(broken))
    assert (caught.value.position, caught.value.size_bytes) == (len(ONE), 40)


@pytest.mark.parametrize("magic", [0, 1, 3])
def test_other_formats_are_named(magic: int) -> None:
    old = bytearray(ONE)
    old[16] = magic
    with pytest.raises(UnsupportedMagicError) as caught:
        BatchView(old)
    assert caught.value.magic == magic


def test_a_codec_that_does_not_exist() -> None:
    batch = bytearray(ONE)
    batch[22] = 5
    seal(batch)
    with pytest.raises(CorruptBatchError):
        _ = BatchView(batch).compression


def test_a_count_that_is_not_true_is_found_when_the_records_are_read() -> None:
    for count in (2, 4, -1):
        batch = bytearray(ONE)
        batch[57:61] = count.to_bytes(4, "big", signed=True)
        seal(batch)
        with pytest.raises(CorruptBatchError):
            list(BatchView(batch).records())


def test_payload_and_repr() -> None:
    view = BatchView(bytearray(5) + ONE, 5)
    assert bytes(view.payload) == bytes(ONE[61:])
    assert "base_offset=100" in repr(view)
