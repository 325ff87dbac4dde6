"""The time index and its file."""

from __future__ import annotations

import struct

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.time_index import TimeIndex

PATH = "/00000000000000000100.timeindex"


def written(*entries: tuple[int, int]) -> bytes:
    return b"".join(struct.pack(">qi", *entry) for entry in entries)


def loaded(data: bytes) -> TimeIndex:
    disk = FaultyDisk()
    disk.write_file(PATH, data)
    index = TimeIndex(disk, PATH, 1024)
    index.load()
    return index


def test_only_larger_timestamps_get_an_entry() -> None:
    index = TimeIndex(FaultyDisk(), PATH, 1024)
    assert index.last_entry() is None
    for timestamp, offset in ((-1, 0), (10, 5), (10, 7), (9, 8), (11, 9)):
        index.maybe_append(timestamp, offset)
    assert index.entries() == [(10, 5), (11, 9)]
    assert index.last_entry() == (11, 9)
    assert [index.lookup(time) for time in (0, 9, 10, 11, 99)] == [0, 0, 5, 9, 9]


def test_the_file() -> None:
    index = loaded(written((10, 5), (11, 9)))
    assert index.entries() == [(10, 5), (11, 9)]
    index.maybe_append(12, 20)
    index.write_pending()
    assert index._disk.read_file(PATH) == written((10, 5), (11, 9), (12, 20))
    before = index._disk.operations  # type: ignore[attr-defined]
    index.write_pending()
    assert index._disk.operations == before  # type: ignore[attr-defined]


def test_zeros_and_cut_entries_at_the_end_are_no_entries() -> None:
    data = written((10, 5), (11, 9))
    assert loaded(data + bytes(1200)).entries() == [(10, 5), (11, 9)]
    assert loaded(data[:-1]).entries() == [(10, 5)]
    assert loaded(bytes(1200)).entries() == []
    assert loaded(written((10, 0)) + bytes(1200)).entries() == [(10, 0)], "the segment's first record"
    assert loaded(written((0, 5)) + bytes(1200)).entries() == [(0, 5)], "a record of 1970"
    index = loaded(data + bytes(1200))
    index.maybe_append(12, 20)
    index.write_pending()
    assert index._disk.read_file(PATH) == written((10, 5), (11, 9), (12, 20))


@pytest.mark.parametrize(
    "entries",
    [((10, 5), (0, 0), (11, 6)), ((10, 5), (10, 6)), ((10, 5), (9, 6)), ((10, 5), (11, 4)), ((10, -5), (11, 4))],
)
def test_entries_out_of_order_are_told(entries: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(CorruptFileError) as caught:
        loaded(written(*entries))
    assert caught.value.file == PATH


def test_truncation() -> None:
    index = loaded(written((10, 5), (11, 9), (12, 20)))
    index.truncate(9)
    assert index.entries() == [(10, 5)]
    index.write_pending()
    assert index._disk.read_file(PATH) == written((10, 5))
    index.clear()
    index.write_pending()
    assert index._disk.read_file(PATH) == b""


def test_one_entry_is_kept_for_the_roll() -> None:
    index = TimeIndex(FaultyDisk(), PATH, 24)
    assert not index.is_full
    index.maybe_append(1, 1)
    assert index.is_full
    index.ensure_file()
    assert index._disk.exists(PATH)
    index.write_pending()
    index.sync()
    assert index._disk._file(PATH).synced == written((1, 1))  # type: ignore[attr-defined]
