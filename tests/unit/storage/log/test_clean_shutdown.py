"""The marker of a clean stop."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk, PowerCutError
from workbench.storage.log.clean_shutdown import take_clean_shutdown_marker, write_clean_shutdown_marker


def test_it_is_taken_once() -> None:
    disk = FaultyDisk()
    write_clean_shutdown_marker(disk, "/", 28)
    assert disk.read_file("/.kafka_cleanshutdown") == b'{"version":0,"brokerEpoch":28}'
    assert take_clean_shutdown_marker(disk, "/") == (True, 28)
    assert take_clean_shutdown_marker(disk, "/") == (False, -1)


def test_once_taken_no_power_cut_brings_it_back() -> None:
    disk = FaultyDisk()
    write_clean_shutdown_marker(disk, "/", 28)
    take_clean_shutdown_marker(disk, "/")
    assert all(not disk.power_cut().exists("/.kafka_cleanshutdown") for _ in range(20))


def test_nor_where_the_process_that_took_it_was_killed_before_that_was_durable() -> None:
    disk = FaultyDisk()
    write_clean_shutdown_marker(disk, "/", 28)
    disk.cut_after = disk.operations + 1
    with pytest.raises(PowerCutError):
        take_clean_shutdown_marker(disk, "/")
    disk = disk.process_killed()
    assert take_clean_shutdown_marker(disk, "/") == (False, -1)
    assert all(not disk.power_cut().exists("/.kafka_cleanshutdown") for _ in range(20))


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"brokerEpoch":null}', b"\xff"])
def test_whatever_it_holds_it_marks_a_clean_stop(data: bytes) -> None:
    disk = FaultyDisk()
    disk.write_file("/.kafka_cleanshutdown", data)
    assert take_clean_shutdown_marker(disk, "/") == (True, -1)
