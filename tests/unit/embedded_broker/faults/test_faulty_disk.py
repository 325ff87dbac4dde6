"""The disk under the rules: every way of writing asks first, and a healed disk works on."""

from __future__ import annotations

import errno
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.broker_contract.messages import FaultKind, FaultRule
from workbench.embedded_broker.faults.faulty_disk import FaultyDisk
from workbench.embedded_broker.faults.injector import FaultInjector

FULL = (FaultRule("f", FaultKind.FULL_DISK),)


@pytest.fixture
def injector() -> FaultInjector:
    return FaultInjector()


def ways_to_write(disk: FaultyDisk, folder: Path) -> list[Callable[[], None]]:
    file = disk.open(str(folder / "a"), create=True)
    return [
        lambda: file.append(b"x"),
        file.sync,
        lambda: disk.write_file(str(folder / "b"), b"x"),
        lambda: disk.replace_file(str(folder / "c"), b"x"),
    ]


def test_a_full_disk_refuses_every_way_of_writing_until_it_is_healed(injector: FaultInjector, tmp_path: Path) -> None:
    ways = ways_to_write(FaultyDisk(injector), tmp_path)
    injector.set_rules(FULL)
    for write in ways:
        with pytest.raises(OSError) as refused:
            write()
        assert refused.value.errno == errno.ENOSPC
    assert (tmp_path / "a").read_bytes() == b"" and not (tmp_path / "b").exists() and not (tmp_path / "c").exists()
    injector.set_rules(())
    for write in ways:
        write()
    assert [(tmp_path / name).read_bytes() for name in "abc"] == [b"x"] * 3


def test_a_failing_directory_is_not_read_either(injector: FaultInjector, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    bad.mkdir()
    good.mkdir()
    disk = FaultyDisk(injector)
    files = {folder: disk.open(str(folder / "x"), create=True) for folder in (bad, good)}
    for file in files.values():
        file.append(b"data")
    injector.set_rules((FaultRule("f", FaultKind.FAILING_DIRECTORY, path=str(bad)),))
    assert files[good].read(0, 4) == b"data"
    with pytest.raises(OSError):
        files[bad].read(0, 4)
    with pytest.raises(OSError):
        disk.open(str(bad / "x"))


def test_an_fsync_makes_up_for_the_writes_of_the_event_loop(injector: FaultInjector, tmp_path: Path) -> None:
    """Once for all of them: a group commit waits for one write and one fsync."""
    injector.set_rules((FaultRule("f", FaultKind.SLOW_DISK, delay_ms=30),))
    file = FaultyDisk(injector).open(str(tmp_path / "x"), create=True)
    took: list[float] = []

    def sync() -> None:
        began = time.monotonic()
        file.sync()
        took.append(time.monotonic() - began)

    for appends in (3, 0):
        for _ in range(appends):
            file.append(b"x")
        worker = threading.Thread(target=sync)
        worker.start()
        worker.join()
    assert took[0] >= 0.059 and 0.029 <= took[1] < took[0]


def test_without_rules_it_is_the_disk(injector: FaultInjector, tmp_path: Path) -> None:
    disk = FaultyDisk(injector)
    file = disk.open(str(tmp_path / "x"), create=True)
    file.append(b"abc")
    assert (file.read(1, 2), file.size_bytes()) == (b"bc", 3)
    file.truncate(1)
    file.sync()
    file.close()
    assert disk.read_file(str(tmp_path / "x")) == b"a"
