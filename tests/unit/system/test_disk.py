"""The disk seam: the real one and its double do the same, and the double forgets what was not synced."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from tests.helpers.faulty_disk import FaultyDisk, PowerCutError
from workbench.system.disk import Disk


@pytest.fixture(params=["real", "double"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Disk, str]]:
    if request.param == "real":
        yield Disk(), str(tmp_path)
    else:
        disk = FaultyDisk()
        disk.make_directory("/d")
        yield disk, "/d"


def test_append_read_truncate(place: tuple[Disk, str]) -> None:
    disk, folder = place
    file = disk.open(f"{folder}/a", create=True)
    file.append(b"hello ")
    file.append(memoryview(b"world"))
    assert file.read(3, 5) == b"lo wo"
    assert file.read(9, 100) == b"ld"
    assert file.read(100, 5) == b""
    file.truncate(5)
    file.append(b"!")
    file.sync()
    assert (file.size_bytes(), file.read(0, 100)) == (6, b"hello!")
    file.close()
    file.close()
    assert disk.read_file(f"{folder}/a") == b"hello!"
    reader = disk.open_read_only(f"{folder}/a")
    assert reader.read(0, 5) == b"hello"
    reader.close()


def test_names(place: tuple[Disk, str]) -> None:
    disk, folder = place
    with pytest.raises(FileNotFoundError):
        disk.open(f"{folder}/none")
    with pytest.raises(FileNotFoundError):
        disk.read_file(f"{folder}/none")
    with pytest.raises(FileNotFoundError):
        disk.rename(f"{folder}/none", f"{folder}/x")
    with pytest.raises(FileNotFoundError):
        disk.remove(f"{folder}/none")
    disk.sync_file(f"{folder}/none")
    disk.make_directory(f"{folder}/sub/deep")
    disk.make_directory(f"{folder}/sub/deep")
    disk.write_file(f"{folder}/b", b"1", sync=True)
    disk.write_file(f"{folder}/b", b"")
    disk.write_file(f"{folder}/sub/c", b"22")
    assert disk.list_names(folder) == ["b", "sub"]
    assert disk.is_directory(f"{folder}/sub")
    assert not disk.is_directory(f"{folder}/b")
    assert disk.exists(f"{folder}/b")
    assert disk.size_bytes(f"{folder}/sub/c") == 2
    disk.rename(f"{folder}/sub", f"{folder}/other")
    assert disk.read_file(f"{folder}/other/c") == b"22"
    disk.remove(f"{folder}/b")
    disk.remove_tree(f"{folder}/other")
    disk.sync_directory(folder)
    assert disk.list_names(folder) == []
    assert disk.modified_ms is not None


def test_replace_file(place: tuple[Disk, str]) -> None:
    disk, folder = place
    disk.replace_file(f"{folder}/r", b"one")
    disk.replace_file(f"{folder}/r", b"two", sync=False, sync_directory=False)
    assert disk.read_file(f"{folder}/r") == b"two"
    assert disk.list_names(folder) == ["r"]
    total, usable = disk.space_bytes(folder)
    assert total >= usable > 0


def test_modified_time(tmp_path: Path) -> None:
    file = tmp_path / "m"
    file.write_bytes(b"")
    assert Disk().modified_ms(str(file)) == file.stat().st_mtime_ns // 1_000_000


def test_a_lock_is_held_once(tmp_path: Path) -> None:
    disk = Disk()
    lock = disk.lock(str(tmp_path / ".lock"))
    assert lock is not None
    assert disk.lock(str(tmp_path / ".lock")) is None
    lock.release()
    again = disk.lock(str(tmp_path / ".lock"))
    assert again is not None
    again.release()


def test_a_reader_does_not_move_the_place_where_the_next_append_goes(tmp_path: Path) -> None:
    file = Disk().open(str(tmp_path / "f"), create=True)
    file.append(b"0123456789")

    def read_often() -> None:
        for _ in range(200):
            assert file.read(2, 3) == b"234"

    thread = threading.Thread(target=read_often)
    thread.start()
    for _ in range(200):
        file.append(b"x")
    thread.join()
    assert file.read(0, 1000) == b"0123456789" + b"x" * 200
    file.close()


@pytest.mark.parametrize("seed", range(30))
def test_the_double_keeps_what_was_synced(seed: int) -> None:
    disk = FaultyDisk(Random(seed))
    disk.make_directory("/d")
    disk.root.sync()
    file = disk.open("/d/a", create=True)
    file.append(b"safe")
    file.sync()
    disk.sync_directory("/d")
    file.append(b" lost or kept or torn")
    disk.write_file("/d/unsynced", b"1")
    found = disk.power_cut()
    content = found.read_file("/d/a")
    assert content.startswith(b"safe")
    assert len(content) <= len(b"safe lost or kept or torn")


def test_the_double_loses_names_that_were_not_synced() -> None:
    outcomes = set()
    for seed in range(30):
        disk = FaultyDisk(Random(seed))
        disk.make_directory("/d")
        disk.root.sync()
        disk.write_file("/d/a", b"1", sync=True)
        outcomes.add(disk.power_cut().exists("/d/a"))
    assert outcomes == {True, False}


def test_the_double_dies_at_the_operation_asked_for() -> None:
    disk = FaultyDisk()
    disk.make_directory("/d")
    disk.cut_after = disk.operations + 1
    disk.write_file("/d/a", b"")
    with pytest.raises(PowerCutError):
        disk.write_file("/d/b", b"")
    with pytest.raises(PowerCutError):
        disk.read_file("/d/a")
    assert disk.process_killed().exists("/d/a")


def test_the_double_fills_up() -> None:
    disk = FaultyDisk()
    file = disk.open("/a", create=True)
    disk.space_left = 5
    with pytest.raises(OSError, match="No space") as caught:
        file.append(b"1234567")
    assert caught.value.errno == errno.ENOSPC
    assert file.read(0, 100) == b"12345"
