"""Leader epochs of a log (KIP-101, KIP-279)."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.leader_epochs import EpochEntry, LeaderEpochCache

PATH = "/leader-epoch-checkpoint"


def cache(*entries: tuple[int, int]) -> LeaderEpochCache:
    epochs = LeaderEpochCache(FaultyDisk(), PATH)
    for epoch, offset in entries:
        epochs.assign(epoch, offset)
    return epochs


def entries_of(epochs: LeaderEpochCache) -> list[tuple[int, int]]:
    return [tuple(entry) for entry in epochs.entries]


def test_epochs_grow() -> None:
    epochs = cache((1, 0), (3, 10))
    assert entries_of(epochs) == [(1, 0), (3, 10)]
    assert not epochs.assign(3, 15), "an epoch begins once"
    assert epochs.latest_epoch == 3
    assert epochs.latest_epoch == 3
    assert epochs.earliest_entry == EpochEntry(1, 0)
    assert epochs.previous_epoch(3) == 1
    assert epochs.previous_epoch(1) is None


@pytest.mark.parametrize(
    ("assigned", "left"),
    [
        ((4, 10), [(1, 0), (4, 10)]),
        ((4, 5), [(1, 0), (4, 5)]),
        ((2, 20), [(1, 0), (2, 20)]),
        ((3, 8), [(1, 0), (3, 8)]),
        ((1, 0), [(1, 0)]),
        ((4, 0), [(4, 0)]),
    ],
)
def test_an_entry_replaces_those_that_it_conflicts_with(assigned: tuple[int, int], left: list[tuple[int, int]]) -> None:
    epochs = cache((1, 0), (3, 10))
    assert epochs.assign(*assigned)
    assert entries_of(epochs) == left


@pytest.mark.parametrize(
    ("epoch", "end"),
    [(-1, (-1, -1)), (0, (0, 5)), (1, (1, 10)), (2, (1, 10)), (3, (3, 20)), (5, (5, 99)), (6, (-1, -1))],
)
def test_end_offset_for(epoch: int, end: tuple[int, int]) -> None:
    assert cache((1, 5), (3, 10), (5, 20)).end_offset_for(epoch, 99) == end


def test_without_epochs_nothing_is_known() -> None:
    epochs = cache()
    assert epochs.end_offset_for(0, 10) == (-1, -1)
    assert epochs.latest_epoch is epochs.earliest_entry is None
    assert epochs.epoch_for_offset(5) is None


def test_epoch_for_offset() -> None:
    epochs = cache((1, 5), (3, 10))
    assert [epochs.epoch_for_offset(offset) for offset in (4, 5, 9, 10, 99)] == [None, 1, 1, 3, 3]


@pytest.mark.parametrize(
    ("offset", "left"),
    [(0, []), (5, []), (6, [(1, 5)]), (10, [(1, 5)]), (11, [(1, 5), (3, 10)]), (-1, [(1, 5), (3, 10)])],
)
def test_truncation_from_the_end(offset: int, left: list[tuple[int, int]]) -> None:
    epochs = cache((1, 5), (3, 10))
    epochs.truncate_from_end(offset)
    assert entries_of(epochs) == left


@pytest.mark.parametrize(
    ("offset", "left"),
    [(0, [(1, 5), (3, 10)]), (5, [(1, 5), (3, 10)]), (7, [(1, 7), (3, 10)]), (10, [(3, 10)]), (50, [(3, 50)])],
)
def test_truncation_from_the_start(offset: int, left: list[tuple[int, int]]) -> None:
    epochs = cache((1, 5), (3, 10))
    epochs.truncate_from_start(offset)
    assert entries_of(epochs) == left


def test_the_file() -> None:
    epochs = cache((1, 5), (3, 10))
    disk = epochs._disk
    assert not disk.exists(PATH), "written only when asked to"
    assert epochs.write()
    assert not epochs.write(), "nothing has changed"
    assert disk.read_file(PATH) == b"0\n2\n1 5\n3 10\n"
    again = LeaderEpochCache(disk, PATH)
    again.load()
    assert again.entries == epochs.entries
    again.clear()
    again.write()
    assert disk.read_file(PATH) == b"0\n0\n"


def test_a_failed_write_is_tried_again() -> None:
    epochs = cache((1, 5))
    disk = epochs._disk
    assert isinstance(disk, FaultyDisk)
    disk.space_left = 2
    with pytest.raises(OSError, match="No space"):
        epochs.write()
    disk.space_left = None
    assert epochs.write()
    assert disk.read_file(PATH) == b"0\n1\n1 5\n"


def test_an_empty_file_is_made() -> None:
    epochs = cache()
    epochs.ensure_file()
    assert epochs._disk.read_file(PATH) == b"0\n0\n"
    epochs.assign(1, 0)
    epochs.write()
    epochs.ensure_file()
    assert epochs._disk.read_file(PATH) == b"0\n1\n1 0\n"


@pytest.mark.parametrize("data", [b"0\n2\n3 0\n1 5\n", b"0\n2\n1 5\n3 0\n", b"0\n1\n"])
def test_a_wrong_file_is_told(data: bytes) -> None:
    disk = FaultyDisk()
    disk.write_file(PATH, data)
    with pytest.raises(CorruptFileError):
        LeaderEpochCache(disk, PATH).load()


@pytest.mark.parametrize("entry", [(-1, 0), (0, -1)])
def test_what_cannot_be_is_refused(entry: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="epoch"):
        cache(entry)
