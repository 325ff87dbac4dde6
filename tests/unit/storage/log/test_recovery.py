"""Opening a log that was not closed cleanly, or that somebody damaged (semantics 7)."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import (
    DIRECTORY,
    NOW,
    append,
    batch,
    end_transaction,
    open_log,
    produce,
    stored_values,
)
from tests.helpers.record_batches import old_message_set
from workbench.records import UnsupportedMagicError
from workbench.storage.log import AppendError, LogConfig, PartitionLog
from workbench.storage.log.recovery import LogLoader

SMALL = LogConfig(internal_segment_bytes=400, index_interval_bytes=50)
ONE = len(batch(b"00"))


def path(base_offset: int, suffix: str = ".log") -> str:
    return f"{DIRECTORY}/{base_offset:020d}{suffix}"


def filled(disk: FaultyDisk, count: int = 20, config: LogConfig = SMALL) -> PartitionLog:
    log = open_log(disk, config)
    for place in range(count):
        append(log, b"%02d" % place, epoch=place // 7)
    return log


def values(count: int) -> list[bytes]:
    return [b"%02d" % place for place in range(count)]


def killed(disk: FaultyDisk, **options: int) -> PartitionLog:
    """The log opened again after its process died."""
    return open_log(disk.process_killed(), SMALL, **options)


def test_a_killed_process_loses_nothing() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    again = killed(disk)
    assert stored_values(again) == values(20)
    assert again.leader_epochs.entries == log.leader_epochs.entries
    assert [s.base_offset for s in again.segments] == [s.base_offset for s in log.segments]
    assert again.reports == []
    for before, after in zip(log.segments[:-1], again.segments[:-1], strict=True):
        assert before.offset_index.entries() == after.offset_index.entries()
        assert before.time_index.entries() == after.time_index.entries()


@pytest.mark.parametrize("torn", [1, 11, 60, 61, ONE - 1])
def test_the_log_is_cut_at_a_torn_batch(torn: int) -> None:
    disk = FaultyDisk()
    log = filled(disk)
    active = log.active_segment
    disk.cut_file(active.path, active.size_bytes - ONE + torn)
    again = killed(disk)
    assert stored_values(again) == values(19)
    report = again.reports[0]
    assert (report.file, report.position, report.size_bytes) == (active.path, active.size_bytes - ONE, torn)
    assert report.action == "truncated"
    assert append(again, b"next").first_offset == 19
    assert killed(again.disk).reports == [], "opening twice gives the same"  # type: ignore[arg-type]


def test_what_lies_behind_a_bad_batch_is_removed() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    second = log.segments[1]
    disk.corrupt(second.path, ONE + 40, b"\xff\xff")
    again = killed(disk)
    assert stored_values(again) == values(second.base_offset + 1)
    assert [report.action for report in again.reports] == ["truncated"] + ["deleted"] * (len(log.segments) - 2)
    assert not again.disk.exists(path(log.segments[2].base_offset))
    assert not again.disk.exists(path(log.segments[2].base_offset, ".snapshot"))


def test_what_was_synced_is_not_read_again() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.flush()
    first = log.segments[0]
    disk.corrupt(first.path, ONE + 40, b"\xff")
    again = killed(disk, recovery_point=log.recovery_point)
    assert again.log_end_offset == 20
    assert again.reports == []


def test_the_segment_that_ends_at_the_recovery_point_is_checked() -> None:
    """Its last time index entry is written by the roll, which syncs nothing."""
    disk = FaultyDisk()
    log = open_log(disk, SMALL)
    append(log, b"00")
    log.flush()
    log.roll(now_ms=NOW)
    disk.corrupt(path(0, ".timeindex"), 8, bytes(4))
    disk.cut_file(path(0, ".timeindex"), 11)
    again = killed(disk, recovery_point=1)
    assert again.segments[0].time_index.entries() == [(NOW, 0)]


@pytest.mark.parametrize("garbage", [bytes(1000), b"\xff" * 100, b"text that is no batch" * 5])
def test_garbage_at_the_end(garbage: bytes) -> None:
    disk = FaultyDisk()
    log = filled(disk, 5)
    log.active_segment.file().append(garbage)
    again = killed(disk)
    assert stored_values(again) == values(5)
    assert again.reports[0].size_bytes == len(garbage)


def test_a_stop_that_was_not_so_clean_is_noticed() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.close()
    log = open_log(disk, SMALL, clean=True)
    log.active_segment.file().append(b"torn")
    again = open_log(disk, SMALL, clean=True)
    assert stored_values(again) == values(20)
    assert [report.action for report in again.reports] == ["truncated"]


@pytest.mark.parametrize("suffixes", [(".index",), (".timeindex",), (".index", ".timeindex", ".txnindex")])
def test_missing_indexes_are_made_anew(suffixes: tuple[str, ...]) -> None:
    disk = FaultyDisk()
    log = open_log(disk, SMALL)
    for place in range(6):
        produce(log, 9, place, transactional=True)
        end_transaction(log, 9, commit=place % 2 == 0)
    log.close()
    bases = [segment.base_offset for segment in log.segments]
    wanted = {}
    for base in bases[:2]:
        for suffix in suffixes:
            if disk.exists(path(base, suffix)):
                wanted[path(base, suffix)] = disk.read_file(path(base, suffix))
                disk.remove(path(base, suffix))
    again = open_log(disk, SMALL, clean=True)
    again.offset_of_max_timestamp()
    for offset in range(again.log_end_offset):
        again.read(offset, 100)
    again.close()
    assert {name: disk.read_file(name) for name in wanted} == wanted
    assert again.reports


def test_a_damaged_transaction_index_is_made_anew_from_the_markers() -> None:
    disk = FaultyDisk()
    log = open_log(disk, SMALL)
    produce(log, 9, 0, transactional=True)
    for place in range(10):
        append(log, b"%02d" % place)
    end_transaction(log, 9, commit=False)
    wanted = log.collect_aborted_transactions(0, 100)
    log.close()
    index = path(log.segments[-1].base_offset, ".txnindex")
    disk.corrupt(index, 10, b"\x7f")
    again = open_log(disk, SMALL, clean=True)
    assert again.collect_aborted_transactions(0, 100) == wanted
    assert [(report.file, report.action) for report in again.reports] == [(index, "rebuilt")]


def test_an_index_without_its_log_goes() -> None:
    disk = FaultyDisk()
    filled(disk, 3).close()
    disk.write_file(path(500, ".index"), b"")
    open_log(disk, SMALL, clean=True)
    assert not disk.exists(path(500, ".index"))


@pytest.mark.parametrize("data", [b"", b"0\n2\n5 0\n1 3\n", b"nonsense"])
def test_damaged_epochs_are_read_from_the_batches(data: bytes) -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.close()
    disk.write_file(f"{DIRECTORY}/leader-epoch-checkpoint", data)
    again = open_log(disk, SMALL, clean=True)
    assert again.leader_epochs.entries == log.leader_epochs.entries
    assert [report.action for report in again.reports] == ["rebuilt"]


def test_epochs_behind_the_end_go() -> None:
    disk = FaultyDisk()
    log = filled(disk, 3)
    log.leader_epochs.assign(9, 50)
    log.close()
    assert open_log(disk, SMALL, clean=True).leader_epochs.latest_epoch == 0


def test_an_epoch_that_was_given_up_does_not_come_back_from_its_file() -> None:
    """A replica leads without a write, follows again and copies there what is of an older epoch; then it is killed."""
    disk = FaultyDisk()
    log = filled(disk, 3)
    log.leader_epochs.assign(2, 3)
    assert log.flush() == 3
    log.truncate_to(3, now_ms=NOW)
    append(log, b"03", epoch=0)
    entries = list(log.leader_epochs.entries)
    assert [(entry.epoch, entry.start_offset) for entry in entries] == [(0, 0)]
    assert list(killed(disk, recovery_point=3).leader_epochs.entries) == entries


def test_a_log_that_ends_before_its_start_begins_anew() -> None:
    disk = FaultyDisk()
    filled(disk, 3).close()
    again = open_log(disk, SMALL, clean=True, log_start_offset=100)
    assert (again.log_start_offset, again.log_end_offset) == (100, 100)
    assert append(again, b"x").first_offset == 100


def test_the_start_is_the_checkpoint_or_the_first_segment() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.close()
    assert open_log(disk, SMALL, clean=True, log_start_offset=3).log_start_offset == 3
    log = open_log(disk, SMALL, clean=True)
    log.delete_segments_before(log.segments[2].base_offset)
    log.close()
    again = open_log(disk, SMALL, clean=True, log_start_offset=3)
    assert again.log_start_offset == log.segments[0].base_offset
    assert stored_values(again) == values(20)[again.log_start_offset :]


def test_a_hole_before_an_unsynced_segment_ends_the_log() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    second = log.segments[1]
    disk.cut_file(second.path, ONE)
    again = killed(disk)
    assert stored_values(again) == values(second.base_offset + 1)
    assert again.reports[-1].reason.startswith("the log has lost")


def test_a_gap_that_compaction_left_is_no_hole() -> None:
    disk = FaultyDisk()
    config = LogConfig(internal_segment_bytes=200)
    log = open_log(disk, config)
    for base in (0, 2, 50, 52, 300):
        log.append_as_follower(batch(bytes(10), base_offset=base), now_ms=NOW)
    assert len(log.segments) == 3
    again = open_log(disk.process_killed(), config)
    assert again.log_end_offset == 301
    assert again.reports == []


def test_a_gap_below_the_recovery_point_is_no_hole() -> None:
    """All that lies below was synced, so nothing was lost there: the records were never in this log."""
    disk = FaultyDisk()
    config = LogConfig(internal_segment_bytes=200)
    log = open_log(disk, config)
    for base in (0, 1, 50):
        log.append_as_follower(batch(bytes(10), base_offset=base), now_ms=NOW)
    assert [segment.base_offset for segment in log.segments] == [0, 50]
    assert open_log(disk.process_killed(), config, recovery_point=50).log_end_offset == 51
    assert open_log(disk.process_killed(), config, recovery_point=49).log_end_offset == 2


def test_overlapping_segments_end_the_log() -> None:
    disk = FaultyDisk()
    filled(disk, 3)
    disk.write_file(path(2), bytes(batch(b"other", base_offset=2)))
    again = killed(disk)
    assert stored_values(again) == values(3)
    assert [report.action for report in again.reports] == ["deleted"]


def test_offsets_that_fall_inside_a_segment_end_the_log() -> None:
    disk = FaultyDisk()
    log = filled(disk, 3)
    log.active_segment.file().append(bytes(batch(b"again", base_offset=1)))
    again = killed(disk)
    assert stored_values(again) == values(3)
    assert again.reports[0].action == "truncated"


def test_records_of_an_old_format_are_never_thrown_away() -> None:
    disk = FaultyDisk()
    filled(disk, 0).close()
    disk.write_file(path(0), old_message_set(1, b"precious"))
    with pytest.raises(UnsupportedMagicError):
        open_log(disk, SMALL)
    assert disk.read_file(path(0)) == old_message_set(1, b"precious")


# What compaction may have left


def test_files_marked_for_deletion_go_but_not_the_quorums() -> None:
    disk = FaultyDisk()
    filled(disk, 3).close()
    for name in ("00000000000000000000.log.deleted", "00000000000000000050.index.cleaned"):
        disk.write_file(f"{DIRECTORY}/{name}", b"x")
    kept = f"{DIRECTORY}/00000000000000000010-0000000001.checkpoint.deleted"
    disk.write_file(kept, b"x")
    assert stored_values(open_log(disk, SMALL, clean=True)) == values(3)
    assert [name for name in disk.list_names(DIRECTORY) if name.endswith((".deleted", ".cleaned"))] == [
        kept.rsplit("/", 1)[1]
    ]


def test_an_interrupted_swap_is_finished() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    log.close()
    second, third = log.segments[1].base_offset, log.segments[2].base_offset
    compacted = bytes(batch(b"compacted", base_offset=second)) + bytes(batch(b"too", base_offset=third + 1))
    disk.write_file(path(second) + ".swap", compacted)
    for suffix in (".index", ".timeindex"):
        disk.write_file(path(second, suffix) + ".swap", b"")
    again = open_log(disk, SMALL, clean=True)
    found = stored_values(again)
    assert found[: second + 2] == [*values(second), b"compacted", b"too"]
    assert found[-1] == b"19"
    assert not disk.exists(path(third))
    assert not [name for name in disk.list_names(DIRECTORY) if name.endswith(".swap")]


def test_a_swap_that_belongs_to_an_unfinished_split_is_dropped() -> None:
    disk = FaultyDisk()
    filled(disk).close()
    disk.write_file(path(5) + ".swap", bytes(batch(b"x", base_offset=5)))
    disk.write_file(path(2) + ".cleaned", b"")
    assert stored_values(open_log(disk, SMALL, clean=True)) == values(20)


# Producers (semantics 24)


def test_producers_come_from_the_newest_snapshot_and_the_batches_behind_it() -> None:
    disk = FaultyDisk()
    log = open_log(disk, SMALL)
    for place in range(20):
        produce(log, place % 3, place // 3)
    expected = {producer: entry.snapshot() for producer, entry in log.producers.producers.items()}
    again = killed(disk)
    assert {producer: entry.snapshot() for producer, entry in again.producers.producers.items()} == expected
    with pytest.raises(AppendError, match="sequence"):
        produce(again, 0, 50)
    again.close()
    clean = open_log(again.disk, SMALL, clean=True)  # type: ignore[arg-type]
    assert {producer: entry.snapshot() for producer, entry in clean.producers.producers.items()} == expected


def test_a_damaged_snapshot_costs_only_time() -> None:
    disk = FaultyDisk()
    log = open_log(disk, SMALL)
    for place in range(10):
        produce(log, 1, place)
    log.close()
    snapshot = path(10, ".snapshot")
    disk.corrupt(snapshot, 20, b"\xff")
    again = open_log(disk, SMALL, clean=True)
    assert again.producers.producers[1].last_sequence == 9
    assert [(report.file, report.action) for report in again.reports] == [(snapshot, "deleted")]


def test_snapshots_that_belong_to_no_segment_go() -> None:
    disk = FaultyDisk()
    log = open_log(disk, SMALL)
    for place in range(10):
        produce(log, 1, place)
    log.close()
    bases = [segment.base_offset for segment in log.segments]
    for offset in (1, 9999):
        disk.write_file(path(offset, ".snapshot"), disk.read_file(path(10, ".snapshot")))
    open_log(disk, SMALL, clean=True)
    left = [int(name[:20]) for name in disk.list_names(DIRECTORY) if name.endswith(".snapshot")]
    assert left == [*bases[1:], 10]


def test_a_loader_is_given_what_the_checkpoints_say() -> None:
    disk = FaultyDisk()
    log = filled(disk)
    loaded = LogLoader(
        DIRECTORY,
        SMALL,
        disk.process_killed(),
        recovery_point=5,
        log_start_offset=2,
        clean=False,
        now_ms=NOW,
        producer_expiration_ms=1000,
    ).load()
    assert (loaded.log_start_offset, loaded.log_end_offset, loaded.recovery_point) == (2, 20, 5)
    assert len(loaded.segments) == len(log.segments)
