from __future__ import annotations

from pathlib import Path

import pytest

from workbench.storage.quorum.snapshot_content import SnapshotContent, SnapshotError, encode_snapshot
from workbench.storage.quorum.snapshot_files import SnapshotFiles, SnapshotName, parse_snapshot_file_name
from workbench.system.disk import Disk

NAME = SnapshotName(epoch=2, end_offset=17)
CONTENT = SnapshotContent(5, (b"a", b"b"))


def batches() -> list[bytes]:
    return list(encode_snapshot(CONTENT, epoch=2, now_ms=1))


@pytest.fixture
def files(tmp_path: Path) -> SnapshotFiles:
    return SnapshotFiles(str(tmp_path), Disk())


def test_names_are_kafkas() -> None:
    assert NAME.file_name == "00000000000000000017-0000000002.checkpoint"
    assert parse_snapshot_file_name(NAME.file_name) == (NAME, ".checkpoint")
    partial = "00000000000000000017-0000000002-14692497628104756493.checkpoint.part"
    assert parse_snapshot_file_name(partial) == (NAME, ".checkpoint.part")
    assert parse_snapshot_file_name(NAME.file_name + ".deleted") == (NAME, ".checkpoint.deleted")
    assert parse_snapshot_file_name("00000000000000000017.snapshot") is None


def test_names_sort_by_epoch_before_offset() -> None:
    assert SnapshotName(1, 100) < SnapshotName(2, 50) < SnapshotName(2, 51)


def test_what_is_written_is_read_and_has_the_size_told(files: SnapshotFiles, tmp_path: Path) -> None:
    size = files.write(NAME, batches())
    assert files.read(NAME) == CONTENT
    assert (tmp_path / NAME.file_name).stat().st_size == size
    assert files.read_range(NAME, 10, 20) == b"".join(batches())[10:30]


def test_recovery_keeps_whole_snapshots_from_the_log_start_on(files: SnapshotFiles, tmp_path: Path) -> None:
    size = files.write(NAME, batches())
    files.write(SnapshotName(1, 5), batches())
    (tmp_path / "00000000000000000030-0000000002-9.checkpoint.part").write_bytes(b"half")
    (tmp_path / "00000000000000000001-0000000001.checkpoint.deleted").write_bytes(b"gone")
    (tmp_path / "00000000000000000000.log").write_bytes(b"")
    assert files.recover(log_start_offset=10) == {NAME: size}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000000000000000000.log", NAME.file_name]


def test_a_download_counts_only_once_it_is_finished(files: SnapshotFiles, tmp_path: Path) -> None:
    data = b"".join(batches())
    files.write_download(NAME, 0, data[:50])
    assert not (tmp_path / NAME.file_name).exists()
    files.write_download(NAME, 50, data[50:])
    assert files.finish_download(NAME) == len(data)
    assert files.read(NAME) == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == [NAME.file_name]


def test_a_damaged_download_is_refused(files: SnapshotFiles, tmp_path: Path) -> None:
    files.write_download(NAME, 0, b"".join(batches())[:-1])
    with pytest.raises(SnapshotError):
        files.finish_download(NAME)
    assert not (tmp_path / NAME.file_name).exists()


def test_a_chunk_in_the_wrong_place_is_refused(files: SnapshotFiles) -> None:
    files.write_download(NAME, 0, b"abc")
    with pytest.raises(ValueError, match="byte 7"):
        files.write_download(NAME, 7, b"def")


def test_starting_anew_or_abandoning_leaves_nothing_behind(files: SnapshotFiles, tmp_path: Path) -> None:
    files.write_download(SnapshotName(1, 5), 0, b"abc")
    files.write_download(NAME, 0, b"def")
    assert len(list(tmp_path.iterdir())) == 1
    files.close()
    assert list(tmp_path.iterdir()) == []


def test_own_snapshot_and_download_of_the_same_id_do_not_meet(files: SnapshotFiles) -> None:
    data = b"".join(batches())
    files.write_download(NAME, 0, data)
    files.write(NAME, batches())
    assert files.finish_download(NAME) == len(data)
    assert files.read(NAME) == CONTENT


def test_deleting_twice_is_fine(files: SnapshotFiles, tmp_path: Path) -> None:
    files.write(NAME, batches())
    files.delete(NAME)
    files.delete(NAME)
    assert list(tmp_path.iterdir()) == []
