"""Snapshot files beside a log."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import DIRECTORY, end_transaction, open_log, produce
from workbench.storage.log.errors import CorruptionReport
from workbench.storage.log.producer_entry import ProducerEntry
from workbench.storage.log.producer_snapshots import ProducerSnapshots, apply_scanned, replay_producers
from workbench.storage.log.producer_state import ProducerState


def snapshots(*offsets: int) -> ProducerSnapshots:
    disk = FaultyDisk()
    disk.make_directory("/d")
    files = ProducerSnapshots(disk, "/d")
    for offset in offsets:
        state = ProducerState()
        state.load([ProducerEntry(offset, 0, 0, 10**15)], 0)
        files.write(offset, state, sync=False)
    return files


def test_the_newest_that_fits() -> None:
    files = snapshots(10, 20, 30)
    files.find()
    reports: list[CorruptionReport] = []
    found = files.newest(0, 25, reports)
    assert found is not None
    assert found[0] == 20
    assert [entry.producer_id for entry in found[1]] == [20]
    assert files.newest(10, 19, reports) is None
    assert reports == []


def test_an_unreadable_one_is_removed_and_the_next_taken() -> None:
    files = snapshots(10, 20)
    disk = files._disk
    assert isinstance(disk, FaultyDisk)
    disk.corrupt(files.path(20), 8, b"\xff")
    reports: list[CorruptionReport] = []
    found = files.newest(0, 100, reports)
    assert found is not None
    assert found[0] == 10
    assert (reports[0].file, reports[0].action) == (files.path(20), "deleted")
    assert files.offsets == [10]
    disk.remove(files.path(10))
    assert files.newest(0, 100, reports) is None


def test_which_are_kept() -> None:
    files = snapshots(5, 10, 20, 33)
    files.remove_stray([10, 20])
    assert files.offsets == [10, 20, 33]
    files.remove_stray([10, 20, 40])
    assert files.offsets == [10, 20]
    files.remove_outside(10, 100)
    assert files.offsets == [20]
    files.remove_all()
    assert files.offsets == []
    assert files._disk.list_names("/d") == []


def test_a_directory_that_moved() -> None:
    files = snapshots(5)
    files.moved_to("/other")
    assert files.path(5) == "/other/00000000000000000005.snapshot"


def test_batches_behind_the_snapshot_are_applied() -> None:
    log = open_log()
    for sequence in range(5):
        produce(log, 1, sequence)
    produce(log, 2, 0, transactional=True)
    end_transaction(log, 2, commit=False)
    files = ProducerSnapshots(log.disk, DIRECTORY)
    half = ProducerState()
    for scanned in log.active_segment.batches():
        if scanned.base_offset < 3:
            apply_scanned(half, scanned, log.active_segment, index_aborted=False)
    files.write(3, half, sync=True)
    for end, last_sequence, ongoing in ((2, 1, {}), (3, 2, {}), (4, 3, {}), (6, 4, {5: 2}), (7, 4, {})):
        state = ProducerState()
        replay_producers(state, files, log.segments, log_start_offset=0, end_offset=end, now_ms=0, reports=[])
        assert state.producers[1].last_sequence == last_sequence
        assert state.ongoing == ongoing


@pytest.mark.parametrize("clean", [True, False])
def test_what_a_producer_sends_again_after_restarts_is_known(clean: bool) -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    for sequence in range(12):
        produce(log, 1, sequence)
        produce(log, 2, sequence)
    first = [entry.first_offset for entry in log.producers.producers[1].batches]
    for _ in range(2):
        # The second time there is nothing behind the snapshot that the first one left.
        log.close(clean=clean)
        log = open_log(disk, clean=clean)
        again = [produce(log, 1, sequence) for sequence in range(7, 12)]
        assert [(result.duplicate, result.first_offset) for result in again] == [(True, offset) for offset in first]
    assert not produce(log, 1, 12).duplicate


def test_a_gap_in_the_tail_is_not_bridged() -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    produce(log, 1, 0)
    produce(log, 1, 1)
    produce(log, 1, 0, producer_epoch=1)
    log.close()
    log = open_log(disk, clean=True)
    assert [batch.last_sequence for batch in log.producers.producers[1].batches] == [0]
    assert produce(log, 1, 0, producer_epoch=1).duplicate
