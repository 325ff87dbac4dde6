"""Both ways to read at a position give the same, and syncing reaches the system."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from workbench.system import platform_files
from workbench.system.platform_files import APPEND_FLAGS, READ_FLAGS, WRITE_FLAGS, read_at, sync_data, sync_directory


@pytest.fixture(params=[True, False], ids=["pread", "seek and read"])
def _way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param and not platform_files.HAS_POSITIONAL_READ:
        pytest.skip("this system has no pread")
    monkeypatch.setattr(platform_files, "HAS_POSITIONAL_READ", request.param)


@pytest.mark.usefixtures("_way")
def test_reading_at_a_position(tmp_path: Path) -> None:
    fd = os.open(tmp_path / "f", APPEND_FLAGS | os.O_CREAT)
    try:
        os.write(fd, bytes(range(100)))
        assert read_at(fd, 10, 5) == bytes(range(10, 15))
        assert read_at(fd, 95, 50) == bytes(range(95, 100))
        assert read_at(fd, 200, 5) == b""
        os.write(fd, b"end")
        assert read_at(fd, 99, 10) == b"\x63end", "an append goes to the end wherever a read has been"
    finally:
        os.close(fd)


@pytest.mark.usefixtures("_way")
def test_readers_in_threads_do_not_disturb_each_other(tmp_path: Path) -> None:
    (tmp_path / "f").write_bytes(bytes(range(256)) * 16)
    fd = os.open(tmp_path / "f", READ_FLAGS)
    wrong: list[bytes] = []

    def read(position: int) -> None:
        for _ in range(300):
            data = read_at(fd, position, 8)
            if data != bytes(range(position, position + 8)):
                wrong.append(data)

    threads = [threading.Thread(target=read, args=(position,)) for position in (0, 100, 200)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.close(fd)
    assert wrong == []


def test_a_read_that_the_system_cuts_short_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "f").write_bytes(b"0123456789")
    fd = os.open(tmp_path / "f", READ_FLAGS)
    real = os.pread
    monkeypatch.setattr(platform_files, "HAS_POSITIONAL_READ", True)
    monkeypatch.setattr(os, "pread", lambda fd, size, position: real(fd, min(size, 3), position))
    assert read_at(fd, 1, 8) == b"12345678"
    assert read_at(fd, 8, 8) == b"89"
    os.close(fd)


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="these have calls of their own")
def test_syncing_uses_what_there_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fd = os.open(tmp_path / "f", WRITE_FLAGS, 0o644)
    called: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda fd: called.append("fsync"))
    monkeypatch.setattr(os, "fdatasync", lambda fd: called.append("fdatasync"), raising=False)
    sync_data(fd)
    monkeypatch.delattr(os, "fdatasync")
    sync_data(fd)
    sync_directory(str(tmp_path))
    os.close(fd)
    assert called == ["fdatasync", "fsync", "fsync"]
