"""One log.dir: lock, identity, creation, deletion, checkpoints, clean and unclean stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import NOW, append, stored_values
from tests.helpers.record_batches import old_message_set
from workbench.records import UnsupportedMagicError
from workbench.storage.log import LogConfig, LogError
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.log.meta_properties import MetaProperties, write_meta_properties
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError

ID, OTHER = bytes(range(16)), bytes(range(1, 17))
CONFIG = LogConfig(internal_segment_bytes=300)


def opened(disk: FaultyDisk) -> LogDirectory:
    disk.make_directory("/data")
    directory = LogDirectory("/data", disk=disk)
    directory.load_logs(lambda topic: CONFIG, now_ms=NOW)
    return directory


def with_logs(disk: FaultyDisk) -> LogDirectory:
    directory = opened(disk)
    for partition in range(3):
        log = directory.create_log("t", partition, topic_id=ID, config=CONFIG, now_ms=NOW)
        for place in range(8):
            append(log, b"%d-%d" % (partition, place))
    return directory


def test_a_clean_stop_needs_no_recovery() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    directory.close(broker_epoch=12)
    assert disk.read_file("/data/recovery-point-offset-checkpoint") == b"0\n3\nt 0 8\nt 1 8\nt 2 8\n"
    assert disk.read_file("/data/log-start-offset-checkpoint") == b"0\n0\n"
    again = opened(disk)
    assert (again.was_clean, again.previous_broker_epoch) == (True, 12)
    assert sorted(again.logs) == [("t", 0), ("t", 1), ("t", 2)]
    assert stored_values(again.logs["t", 1]) == [b"1-%d" % place for place in range(8)]
    assert again.logs["t", 1].topic_id == ID
    assert again.reports == []
    assert not opened(disk).was_clean, "the marker counts once"


def test_an_unclean_stop_recovers() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    directory.flush_all()
    append(directory.logs["t", 0], b"late")
    again = opened(disk.process_killed())
    assert not again.was_clean
    assert again.logs["t", 0].log_end_offset == 9
    assert again.logs["t", 0].recovery_point == 8
    directory = with_logs(FaultyDisk())
    directory.close(clean=False)
    assert not directory.disk.exists("/data/.kafka_cleanshutdown")


def test_flushing_what_has_rolled() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    assert directory.flush_rolled() == 3, "new ones too"
    assert directory.flush_rolled() == 0
    append(directory.logs["t", 1], bytes(200))
    assert directory.flush_rolled() == 1
    assert b"t 1 9\n" in disk.read_file("/data/recovery-point-offset-checkpoint")


def test_log_starts_that_the_files_do_not_tell() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    directory.logs["t", 0].advance_log_start_offset(2)
    directory.logs["t", 1].delete_segments_before(6)
    directory.close()
    assert disk.read_file("/data/log-start-offset-checkpoint") == b"0\n1\nt 0 2\n"
    again = opened(disk)
    assert again.logs["t", 0].log_start_offset == 2
    assert again.logs["t", 1].log_start_offset == directory.logs["t", 1].log_start_offset > 0


def test_high_watermarks_are_kept_for_the_replicas() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    directory.checkpoint_high_watermarks({("t", 0): 5})
    directory.close()
    assert opened(disk).high_watermarks == {("t", 0): 5}


def test_creating_what_exists() -> None:
    directory = with_logs(FaultyDisk())
    log = directory.logs["t", 0]
    assert directory.create_log("t", 0, topic_id=ID, config=CONFIG, now_ms=NOW) is log
    with pytest.raises(LogError, match="another topic"):
        directory.create_log("t", 0, topic_id=OTHER, config=CONFIG, now_ms=NOW)


def test_creating_waits_for_no_device() -> None:
    disk = FaultyDisk()
    directory = opened(disk)
    disk.trace.clear()
    directory.create_log("t", 0, topic_id=ID, config=CONFIG, now_ms=NOW)
    assert [step for step in disk.trace if step.startswith("sync")] == []


@pytest.mark.parametrize("seed", range(20))
def test_a_new_log_that_was_flushed_survives_a_power_cut(seed: int) -> None:
    disk = FaultyDisk()
    disk.rng.seed(seed)
    directory = opened(disk)
    disk.root.sync()
    log = directory.create_log("t", 0, topic_id=ID, config=CONFIG, now_ms=NOW)
    append(log, b"v")
    directory.flush_rolled()
    again = opened(disk.power_cut())
    assert again.logs["t", 0].topic_id == ID
    assert stored_values(again.logs["t", 0]) == [b"v"]


@pytest.mark.parametrize("data", [None, b"", b"garbage"])
def test_a_directory_without_its_topic_id_is_given_it_again(data: bytes | None) -> None:
    disk = FaultyDisk()
    with_logs(disk).close()
    if data is None:
        disk.remove("/data/t-0/partition.metadata")
    else:
        disk.write_file("/data/t-0/partition.metadata", data)
    directory = opened(disk)
    assert directory.logs["t", 0].topic_id is None
    directory.create_log("t", 0, topic_id=ID, config=CONFIG, now_ms=NOW)
    directory.close()
    assert opened(disk).logs["t", 0].topic_id == ID


def test_deletion_is_a_renaming_and_a_removal_later() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    assert directory.delete_log("t", 1, now_ms=NOW)
    assert not directory.delete_log("t", 1, now_ms=NOW)
    assert ("t", 1) not in directory.logs
    (deleted,) = directory.deleted_directories
    assert deleted.path.endswith("-delete")
    assert directory.remove_deleted(before_ms=NOW - 1) == 0
    assert disk.exists(deleted.path)
    assert directory.remove_deleted(before_ms=NOW) == 1
    assert not disk.exists(deleted.path)
    log = directory.create_log("t", 1, topic_id=OTHER, config=CONFIG, now_ms=NOW)
    assert log.log_end_offset == 0


def test_many_are_deleted_at_once() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    assert directory.delete_logs([("t", 0), ("t", 2), ("t", 9)], now_ms=NOW) == 2
    assert list(directory.logs) == [("t", 1)]
    assert len(directory.deleted_directories) == 2
    assert directory.delete_logs([("t", 0)], now_ms=NOW) == 0
    directory.close()
    assert list(opened(disk).logs) == [("t", 1)]


def test_a_deletion_that_was_not_finished_is_finished_later() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    directory.delete_log("t", 1, now_ms=NOW)
    directory.close()
    again = opened(disk)
    assert sorted(again.logs) == [("t", 0), ("t", 2)]
    assert again.remove_deleted(before_ms=NOW) == 1
    assert [name for name in disk.list_names("/data") if name.endswith("-delete")] == []


def test_a_stray_directory_is_kept_aside() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    assert directory.mark_stray("t", 2, now_ms=NOW)
    directory.remove_deleted(before_ms=NOW + 10**9)
    assert [name for name in disk.list_names("/data") if name.endswith("-stray")]
    directory.close()
    assert sorted(opened(disk).logs) == [("t", 0), ("t", 1)]


def test_what_was_kept_aside_stays_aside_without_power() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    disk.root.sync()
    assert directory.mark_stray("t", 2, now_ms=NOW)
    assert not directory.mark_stray("t", 2, now_ms=NOW), "it is not there any more"
    for _ in range(20):
        assert [name for name in disk.power_cut().list_names("/data") if name.endswith("-stray")]


def test_a_truncation_is_checkpointed_before_it_cuts() -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    directory.flush_all()
    disk.trace.clear()
    directory.logs["t", 0].truncate_to(3, now_ms=NOW)
    names = [step for step in disk.trace if "recovery-point" in step or step.startswith("truncate")]
    assert names[-1].startswith("truncate")
    assert "rename" in names[-2]
    assert b"t 0 3\n" in disk.read_file("/data/recovery-point-offset-checkpoint")


def test_one_bad_log_does_not_hinder_the_others() -> None:
    disk = FaultyDisk()
    with_logs(disk).close(clean=False)
    disk.write_file("/data/t-1/00000000000000000000.log", old_message_set(0, b"old"))
    directory = opened(disk)
    assert sorted(directory.logs) == [("t", 0), ("t", 2)]
    assert isinstance(directory.failures["t", 1], UnsupportedMagicError)
    directory.close()
    assert not disk.exists("/data/.kafka_cleanshutdown"), "not everything was closed cleanly"


def test_damaged_checkpoints_cost_only_time() -> None:
    disk = FaultyDisk()
    with_logs(disk).close()
    for name in ("recovery-point-offset-checkpoint", "replication-offset-checkpoint"):
        disk.write_file(f"/data/{name}", b"\xff\xfe")
    directory = opened(disk)
    assert directory.logs["t", 0].log_end_offset == 8
    assert [report.action for report in directory.reports] == ["skipped", "skipped"]


def test_the_metadata_log_is_the_quorums() -> None:
    disk = FaultyDisk()
    directory = opened(disk)
    directory.create_log("__cluster_metadata", 0, topic_id=ID, config=CONFIG, now_ms=NOW)
    directory.close()
    assert disk.exists("/data/__cluster_metadata-0/partition.metadata")
    assert opened(disk).logs == {}


def test_progress_is_told() -> None:
    disk = FaultyDisk()
    with_logs(disk).close()
    seen: list[tuple[int, int]] = []
    LogDirectory("/data", disk=disk).load_logs(
        lambda topic: CONFIG, now_ms=NOW, on_progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]


def test_names_that_are_no_partitions_are_left_alone() -> None:
    disk = FaultyDisk()
    with_logs(disk).close()
    disk.make_directory("/data/remote-log-index-cache")
    disk.write_file("/data/bootstrap.checkpoint", b"")
    directory = opened(disk)
    assert len(directory.logs) == 3
    assert directory.failures == {}
    assert directory.size_bytes == sum(log.size_bytes for log in directory.logs.values())
    assert directory.space_bytes()[0] > 0


# On a real disk


def test_two_brokers_cannot_have_one_directory(tmp_path: Path) -> None:
    first = LogDirectory(tmp_path, disk=Disk())
    with pytest.raises(KnownError, match="in use") as caught:
        LogDirectory(tmp_path, disk=Disk())
    assert caught.value.remedy
    first.close()
    LogDirectory(tmp_path, disk=Disk()).close()


def test_identity(tmp_path: Path) -> None:
    with pytest.raises(KnownError, match=r"no meta\.properties"):
        LogDirectory(tmp_path, disk=Disk(), require_meta=True)
    write_meta_properties(Disk(), str(tmp_path), MetaProperties("cluster", 1, "2fwF1k_HR7e0LrF2KDuqWQ"))
    directory = LogDirectory(tmp_path, disk=Disk(), require_meta=True)
    assert directory.meta == MetaProperties("cluster", 1, "2fwF1k_HR7e0LrF2KDuqWQ")
    directory.close()


def test_a_whole_life_on_a_real_disk(tmp_path: Path) -> None:
    for life in range(3):
        directory = LogDirectory(tmp_path / "new" / "data", disk=Disk())
        directory.load_logs(lambda topic: CONFIG, now_ms=NOW)
        log = directory.create_log("t", 0, topic_id=ID, config=CONFIG, now_ms=NOW)
        assert log.log_end_offset == life * 10
        for _ in range(10):
            append(log, b"v" * 20)
        directory.flush_rolled()
        directory.close(clean=life != 1)
    assert directory.reports == []


def test_an_error_while_closing_leaves_no_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = FaultyDisk()
    directory = with_logs(disk)
    disk.space_left = 0
    with pytest.raises(OSError, match="No space"):
        directory.close()
    assert not disk.exists("/data/.kafka_cleanshutdown")
    disk.space_left = None
    again = opened(disk)
    assert [log.log_end_offset for log in again.logs.values()] == [8, 8, 8]
