"""The index of aborted transactions."""

from __future__ import annotations

import errno

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.transaction_index import ENTRY_BYTES, AbortedTransaction, TransactionIndex

PATH = "/00000000000000000000.txnindex"
ENTRIES = [
    AbortedTransaction(1, 0, 10, 5),
    AbortedTransaction(2, 5, 20, 21),
    AbortedTransaction(1, 30, 40, 41),
]


def filled() -> tuple[FaultyDisk, TransactionIndex]:
    disk = FaultyDisk()
    index = TransactionIndex(disk, PATH)
    for entry in ENTRIES:
        index.append(entry)
    return disk, index


def reloaded(disk: FaultyDisk) -> list[AbortedTransaction]:
    index = TransactionIndex(disk, PATH)
    index.load(0)
    return index.entries()


def test_without_an_abort_there_is_no_file() -> None:
    disk = FaultyDisk()
    index = TransactionIndex(disk, PATH)
    index.load(0)
    index.clear()
    index.truncate(0)
    index.sync()
    assert (len(index), disk.exists(PATH)) == (0, False)


def test_entries_are_in_the_file_at_once() -> None:
    disk, index = filled()
    assert disk.size_bytes(PATH) == 3 * ENTRY_BYTES == 102
    assert disk.read_file(PATH)[:34].hex() == "0000" + "".join(f"{n:016x}" for n in (1, 0, 10, 5))
    assert reloaded(disk) == ENTRIES
    index.sync()
    assert len(disk._file(PATH).synced) == 102
    before = disk.operations
    index.sync()
    assert disk.operations == before


@pytest.mark.parametrize(
    ("start", "end", "found", "complete"),
    [
        (0, 11, [0, 1], True),
        (0, 100, [0, 1, 2], False),
        (11, 12, [1], True),
        (21, 30, [], True),
        (21, 31, [2], True),
        (41, 100, [], False),
    ],
)
def test_those_that_a_reader_must_know_of(start: int, end: int, found: list[int], complete: bool) -> None:
    _, index = filled()
    assert index.collect(start, end) == ([ENTRIES[place] for place in found], complete)


def test_truncation_and_clearing() -> None:
    disk, index = filled()
    index.truncate(41)
    assert reloaded(disk) == ENTRIES
    index.truncate(20)
    assert reloaded(disk) == index.entries() == ENTRIES[:1]
    index.clear()
    assert reloaded(disk) == index.entries() == []


def test_a_failed_append_is_made_good_by_the_next() -> None:
    disk = FaultyDisk()
    index = TransactionIndex(disk, PATH)
    index.append(ENTRIES[0])
    disk.space_left = 7
    with pytest.raises(OSError, match="No space") as caught:
        index.append(ENTRIES[1])
    assert caught.value.errno == errno.ENOSPC
    disk.space_left = None
    index.append(ENTRIES[2])
    assert reloaded(disk) == ENTRIES


@pytest.mark.parametrize("size", [1, 33, 35, 101])
def test_a_cut_file_is_told(size: int) -> None:
    disk, _ = filled()
    disk.cut_file(PATH, size)
    with pytest.raises(CorruptFileError, match="cut") as caught:
        reloaded(disk)
    assert caught.value.position + caught.value.size_bytes == size


@pytest.mark.parametrize(("position", "data"), [(1, b"\x01"), (34 + 18, bytes(8)), (34 + 10, b"\x7f")])
def test_a_wrong_entry_is_told(position: int, data: bytes) -> None:
    disk, _ = filled()
    disk.corrupt(PATH, position, data)
    with pytest.raises(CorruptFileError):
        reloaded(disk)
