"""What both indexes do with their file."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.index_file import IndexFile, entries_before_zeros

PATH = "/index"


class Offsets(IndexFile):
    """An index of offsets alone."""

    def __init__(self, disk: FaultyDisk) -> None:
        super().__init__(disk, PATH, 64, 4)

    def append(self, offset: int) -> None:
        self._offsets.append(offset)

    def _encode(self, start: int, end: int) -> bytes:
        return b"".join(offset.to_bytes(4, "big") for offset in self._offsets[start:end])

    def load(self, offsets: list[int], size_bytes: int) -> None:
        self._offsets.extend(offsets)
        self._loaded(size_bytes)


def content(disk: FaultyDisk) -> list[int]:
    data = disk.read_file(PATH)
    return [int.from_bytes(data[at : at + 4], "big") for at in range(0, len(data), 4)]


@given(st.integers(0, 10**6))
def test_the_file_holds_the_entries_whatever_was_added_and_dropped(seed: int) -> None:
    random = Random(seed)
    disk = FaultyDisk()
    index = Offsets(disk)
    wanted: list[int] = []
    for _ in range(random.randrange(1, 30)):
        match random.randrange(5):
            case 0 | 1:
                wanted.append((wanted[-1] if wanted else 0) + random.randrange(1, 5))
                index.append(wanted[-1])
            case 2:
                index.write_pending()
            case 3:
                below = random.randrange(40)
                index.truncate(below)
                wanted = [offset for offset in wanted if offset < below]
            case 4 if random.random() < 0.2:
                index.clear()
                wanted = []
    index.ensure_file()
    index.write_pending()
    assert content(disk) == wanted and len(index) == len(wanted)


def test_only_what_is_new_is_written() -> None:
    disk = FaultyDisk()
    index = Offsets(disk)
    for offset in (1, 2):
        index.append(offset)
        index.write_pending()
    disk.write_file(PATH, bytes(4) + (2).to_bytes(4, "big"))
    index.append(3)
    index.write_pending()
    assert content(disk) == [0, 2, 3], "what was there before is not read, nor written again"


@pytest.mark.parametrize(("size_bytes", "written"), [(8, [9, 9, 3]), (11, [1, 2, 3]), (64, [1, 2, 3])])
def test_a_file_with_more_than_its_entries_is_made_anew(size_bytes: int, written: list[int]) -> None:
    disk = FaultyDisk()
    disk.write_file(PATH, b"\0\0\0\x09" * 2 + bytes(size_bytes - 8))
    index = Offsets(disk)
    index.load([1, 2], size_bytes)
    index.append(3)
    index.write_pending()
    assert content(disk) == written


def test_it_is_synced_once_after_each_write() -> None:
    disk = FaultyDisk()
    index = Offsets(disk)
    index.ensure_file()
    index.append(7)
    index.write_pending()
    index.sync()
    assert disk._file(PATH).synced == (7).to_bytes(4, "big")
    before = disk.operations
    index.sync()
    index.write_pending()
    index.ensure_file()
    assert disk.operations <= before + 1, "but for a look whether the file is there"


def test_entries_before_the_zeros() -> None:
    for count in range(6):
        for good in range(count + 1):
            assert entries_before_zeros(count, lambda place, good=good: place >= good) == good
