"""The shape of a log: ends, segments, durability, and a flush beside appends."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import (
    DIRECTORY,
    NOW,
    append,
    end_transaction,
    open_log,
    produce,
    stored_values,
)
from workbench.storage.log import AppendError, LogClosedError, LogConfig, PartitionLog
from workbench.system.disk import Disk

SMALL = LogConfig(internal_segment_bytes=250, index_interval_bytes=50)


def filled(disk: FaultyDisk, count: int = 10, config: LogConfig = SMALL) -> PartitionLog:
    log = open_log(disk, config)
    for place in range(count):
        append(log, b"%d" % place, bytes(20), epoch=place // 4)
    return log


def values(count: int) -> list[bytes]:
    return [value for place in range(count) for value in (b"%d" % place, bytes(20))]


@pytest.mark.parametrize("offset", range(21))
def test_truncation_leaves_every_batch_wholly_below(offset: int) -> None:
    disk = FaultyDisk()
    log = filled(disk)
    whole = offset // 2
    assert log.truncate_to(offset, now_ms=NOW) is (offset < 20)
    assert log.log_end_offset == whole * 2
    assert stored_values(log) == values(whole)
    assert all(entry.start_offset < log.log_end_offset for entry in log.leader_epochs.entries)
    append(log, b"new", epoch=9)
    assert stored_values(log) == [*values(whole), b"new"]
    assert log.leader_epochs.latest_epoch == 9
    log.close()
    again = open_log(disk, SMALL, clean=True)
    assert stored_values(again) == [*values(whole), b"new"]
    assert again.leader_epochs.entries == log.leader_epochs.entries


def test_truncation_takes_producers_back() -> None:
    log = open_log(None, SMALL)
    for place in range(6):
        produce(log, 5, place)
    produce(log, 6, 0, transactional=True)
    end_transaction(log, 6, commit=False)
    log.truncate_to(7, now_ms=NOW)
    assert log.producers.producers[6].in_transaction
    assert log.first_unstable_offset == 6
    assert log.collect_aborted_transactions(0, 100) == []
    log.truncate_to(3, now_ms=NOW)
    assert log.producers.producers[5].last_sequence == 2
    assert log.first_unstable_offset is None
    assert produce(log, 5, 3).first_offset == 3


def test_an_epoch_without_records_goes_with_a_truncation_that_cuts_nothing() -> None:
    log = filled(FaultyDisk())
    log.leader_epochs.assign(7, 20)
    assert not log.truncate_to(20, now_ms=NOW)
    assert log.leader_epochs.latest_epoch == 2


def test_truncation_below_everything_begins_there() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.delete_segments_before(10)
    log.truncate_to(3, now_ms=NOW)
    assert (log.log_start_offset, log.log_end_offset, len(log.segments)) == (3, 3, 1)
    assert append(log, b"x").first_offset == 3
    with pytest.raises(ValueError, match="-1"):
        log.truncate_to(-1, now_ms=NOW)


def test_truncation_lowers_the_recovery_point_on_disk_first() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.flush()
    seen: list[tuple[int, int]] = []
    log.before_recovery_point_falls = lambda offset: seen.append((offset, log.log_end_offset))
    log.truncate_to(15, now_ms=NOW)
    assert seen == [(14, 20)]
    assert log.recovery_point == 14


def test_starting_over() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    produce(log, 5, 0)
    log.truncate_fully_and_start_at(100, now_ms=NOW)
    assert (log.log_start_offset, log.log_end_offset, log.recovery_point) == (100, 100, 0)
    assert log.leader_epochs.entries == []
    assert not log.producers.producers
    append(log, b"x")
    assert stored_values(log) == [b"x"]
    log.remove_deleted()
    log.close()
    assert not [name for name in disk.list_names(DIRECTORY) if name.startswith("00000000000000000000.")]
    assert stored_values(open_log(disk, SMALL, clean=True)) == [b"x"]
    log = filled(FaultyDisk())
    log.truncate_fully_and_start_at(100, now_ms=NOW, log_start_offset=50)
    assert log.log_start_offset == 50


def test_log_start() -> None:
    log = filled(FaultyDisk())
    assert log.advance_log_start_offset(9)
    assert not log.advance_log_start_offset(5)
    assert log.log_start_offset == 9
    assert [tuple(entry) for entry in log.leader_epochs.entries] == [(1, 9), (2, 16)]
    assert log.advance_log_start_offset(1000)
    assert log.log_start_offset == log.log_end_offset == 20


def test_old_segments_go_but_never_the_active_one() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    bases = [segment.base_offset for segment in log.segments]
    assert log.delete_segments_before(bases[2] + 1) == 2
    assert log.log_start_offset == bases[2]
    assert log.has_deleted_files
    assert [name for name in disk.list_names(DIRECTORY) if name.endswith(".deleted")]
    log.remove_deleted()
    assert not [name for name in disk.list_names(DIRECTORY) if name.endswith(".deleted")]
    assert not log.has_deleted_files
    assert log.delete_segments_before(bases[2]) == 0
    log.delete_segments_before(10**6)
    assert len(log.segments) == 1
    assert stored_values(log) == values(10)[log.log_start_offset :]


def test_roll_takes_a_snapshot_and_an_empty_segment_stays() -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    produce(log, 5, 0)
    first = log.active_segment
    assert log.roll(now_ms=NOW) is log.active_segment is not first
    assert log.roll(now_ms=NOW) is log.active_segment
    assert len(log.segments) == 2
    assert disk.exists(f"{DIRECTORY}/{1:020d}.snapshot")
    assert log.rolled_since_flush
    log.flush()
    assert not log.rolled_since_flush


def test_an_empty_log_gets_no_snapshot() -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    log.close()
    assert [name for name in disk.list_names(DIRECTORY) if name.endswith(".snapshot")] == []
    log = open_log(disk, clean=True)
    produce(log, 5, 0)
    log.take_producer_snapshot()
    assert disk.exists(f"{DIRECTORY}/{1:020d}.snapshot")


def test_flush_moves_the_recovery_point_and_syncs_once() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    assert (log.recovery_point, log.unflushed_records) == (0, 20)
    assert log.flush() == 20
    assert (log.recovery_point, log.unflushed_records) == (20, 0)
    before = disk.operations
    assert log.flush() == 20
    assert disk.operations == before, "there is nothing to sync"


def test_a_failed_flush_promises_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk()
    log = filled(disk)

    def broken(self: object, path: str) -> None:
        raise OSError("no sync")

    with monkeypatch.context() as patched:
        patched.setattr(FaultyDisk, "sync_directory", broken)
        with pytest.raises(OSError, match="no sync"):
            log.flush()
    assert log.recovery_point == 0
    assert log.flush() == 20
    assert all(open_log(disk.power_cut(), SMALL).log_end_offset == 20 for _ in range(20))


def test_closing() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.close()
    log.close()
    assert log.flush() == 20
    found = disk.power_cut()
    again = open_log(found, SMALL, clean=True)
    assert stored_values(again) == values(10)
    assert again.reports == []
    log = filled(FaultyDisk())
    log.close(clean=False)
    assert log.recovery_point == 0


def test_files_are_trimmed_and_complete_after_a_clean_close() -> None:
    disk = FaultyDisk()
    filled(disk).close()
    for name in disk.list_names(DIRECTORY):
        if name.endswith(".log"):
            stem = f"{DIRECTORY}/{name.removesuffix('.log')}"
            assert disk.size_bytes(stem + ".index") % 8 == 0
            assert disk.size_bytes(stem + ".timeindex") % 12 == 0
            assert disk.size_bytes(stem + ".timeindex") > 0


def test_appends_and_reads_go_on_while_another_thread_flushes(tmp_path: Path) -> None:
    log = PartitionLog.open(
        tmp_path / "t-0", LogConfig(internal_segment_bytes=20_000, index_interval_bytes=100), disk=Disk(), now_ms=NOW
    )
    stop = threading.Event()
    promised: list[int] = []
    failures: list[BaseException] = []

    def flush_often() -> None:
        try:
            while not stop.is_set():
                promised.append(log.flush())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=flush_often)
    thread.start()
    try:
        for place in range(3000):
            assert append(log, b"%d" % place, bytes(50)).first_offset == log.log_end_offset - 2
            if place % 500 == 499:
                log.truncate_to(log.log_end_offset - 6, now_ms=NOW)
            log.read(max(0, log.log_end_offset - 10), 1000)
    finally:
        stop.set()
        thread.join()
    assert failures == []
    assert promised
    assert log.flush() == log.log_end_offset
    contents = stored_values(log)
    log.close(clean=False)
    again = PartitionLog.open(tmp_path / "t-0", LogConfig(), disk=Disk(), now_ms=NOW, recovery_point=log.recovery_point)
    assert stored_values(again) == contents
    assert again.reports == []
    again.close()


def test_a_log_says_what_it_is() -> None:
    log = filled(FaultyDisk())
    assert repr(log) == f"PartitionLog('{DIRECTORY}', 0..20)"
    assert log.size_bytes == sum(segment.size_bytes for segment in log.segments)


def test_a_closed_log_is_closed() -> None:
    log = filled(FaultyDisk())
    log.close()
    with pytest.raises(AppendError, match="closed"):
        append(log, b"x")
    with pytest.raises(AppendError, match="closed"):
        log.append_as_follower(b"")
    with pytest.raises(LogClosedError):
        log.read(0, 100)
