"""The offset index and its file."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.offset_index import OffsetIndex

PATH = "/00000000000000000100.index"


def written(*entries: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(">ii", *entry) for entry in entries)


def loaded(data: bytes, segment_bytes: int = 10**6) -> OffsetIndex:
    disk = FaultyDisk()
    disk.write_file(PATH, data)
    index = OffsetIndex(disk, PATH, 1024)
    index.load(segment_bytes)
    return index


def test_look_up_finds_the_last_entry_at_or_before() -> None:
    index = loaded(written((5, 100), (9, 250)))
    assert [index.lookup(offset) for offset in (0, 4, 5, 8, 9, 1000)] == [
        (-1, 0),
        (-1, 0),
        (5, 100),
        (5, 100),
        (9, 250),
        (9, 250),
    ]
    assert index.offset_behind(100) == 5
    assert index.offset_behind(101) == 9
    assert index.offset_behind(251) is None
    assert (index.last_position(), len(index)) == (250, 2)


def test_what_is_appended_is_written_once() -> None:
    disk = FaultyDisk()
    index = OffsetIndex(disk, PATH, 1024)
    assert index.last_position() == 0
    index.append(3, 10)
    index.write_pending()
    index.append(7, 20)
    index.write_pending()
    before = disk.operations
    index.write_pending()
    assert disk.operations == before
    assert disk.read_file(PATH) == written((3, 10), (7, 20))
    index.sync()
    assert disk._file(PATH).synced == written((3, 10), (7, 20))


def test_zeros_that_a_killed_kafka_leaves_are_no_entries() -> None:
    data = written((3, 10), (7, 20))
    index = loaded(data + bytes(1000 - len(data)))
    assert index.entries() == [(3, 10), (7, 20)]
    index.append(9, 30)
    index.write_pending()
    assert index._disk.read_file(PATH) == written((3, 10), (7, 20), (9, 30))
    assert loaded(bytes(1000)).entries() == []


@pytest.mark.parametrize(
    ("data", "segment_bytes"),
    [
        (written((7, 20), (3, 30)), 1000),
        (written((3, 30), (7, 20)), 1000),
        (written((3, 30), (3, 40)), 1000),
        (written((3, 30), (7, 1000)), 1000),
        (written((-1, 30), (7, 50)), 1000),
        (b"\xff" * 64, 1000),
    ],
)
def test_entries_that_cannot_be_are_told_with_the_file(data: bytes, segment_bytes: int) -> None:
    with pytest.raises(CorruptFileError) as caught:
        loaded(data, segment_bytes)
    assert caught.value.file == PATH
    assert caught.value.size_bytes == len(data)


def test_a_cut_last_entry_is_left_out() -> None:
    index = loaded(written((3, 10), (7, 20))[:-3])
    assert index.entries() == [(3, 10)]
    index.append(8, 40)
    index.write_pending()
    assert index._disk.read_file(PATH) == written((3, 10), (8, 40))


ENTRIES = st.lists(st.tuples(st.integers(1, 50), st.integers(1, 50)), max_size=30)


@given(steps=ENTRIES, cut=st.integers(0, 1600), flush=st.booleans())
def test_truncation_drops_the_entries_at_and_above(steps: list[tuple[int, int]], cut: int, flush: bool) -> None:
    disk = FaultyDisk()
    index = OffsetIndex(disk, PATH, 10_000)
    offset = position = 0
    entries = []
    for more, bytes_more in steps:
        offset, position = offset + more, position + bytes_more
        index.append(offset, position)
        entries.append((offset, position))
    if flush:
        index.write_pending()
    index.truncate(cut)
    left = [entry for entry in entries if entry[0] < cut]
    assert index.entries() == left
    index.append(5000, 5000)
    index.write_pending()
    assert disk.read_file(PATH) == written(*left, (5000, 5000))
    index.clear()
    index.write_pending()
    assert disk.read_file(PATH) == b""


def test_full() -> None:
    index = OffsetIndex(FaultyDisk(), PATH, 20)
    index.append(1, 1)
    assert not index.is_full
    index.append(2, 2)
    assert index.is_full


def test_an_empty_file_is_made() -> None:
    disk = FaultyDisk()
    index = OffsetIndex(disk, PATH, 20)
    index.ensure_file()
    index.ensure_file()
    assert disk.read_file(PATH) == b""
