"""Kafka's small text files."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.checkpoints import encode_lines, read_offsets, read_pairs, write_offsets, write_pairs
from workbench.storage.log.errors import CorruptFileError


def test_offsets() -> None:
    disk = FaultyDisk()
    offsets = {("a", 0): 5, ("with-dash", 12): 0, ("__consumer_offsets", 49): 2**60}
    write_offsets(disk, "/c", offsets)
    assert disk.read_file("/c") == b"0\n3\na 0 5\nwith-dash 12 0\n__consumer_offsets 49 1152921504606846976\n"
    assert read_offsets(disk, "/c") == offsets
    assert disk.list_names("/") == ["c"]


def test_pairs() -> None:
    disk = FaultyDisk()
    write_pairs(disk, "/c", [(0, 0), (3, 17)])
    assert disk.read_file("/c") == b"0\n2\n0 0\n3 17\n"
    assert read_pairs(disk, "/c") == [(0, 0), (3, 17)]


def test_a_missing_file_is_an_empty_one() -> None:
    assert read_offsets(FaultyDisk(), "/none") == {}
    assert encode_lines([]) == b"0\n0\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"0\n",
        b"0\n2\na 0 5\n",
        b"0\n1\na 0\n",
        b"0\n1\na x 5\n",
        b"1\n0\n",
        b"\xff\xfe",
        bytes(20),
        b"x\n1\n",
    ],
)
def test_what_does_not_parse_is_told(data: bytes) -> None:
    disk = FaultyDisk()
    disk.write_file("/c", data)
    with pytest.raises(CorruptFileError, match="/c"):
        read_offsets(disk, "/c")
    with pytest.raises(CorruptFileError, match="/c"):
        read_pairs(disk, "/c")


@pytest.mark.parametrize("cut", range(12))
def test_a_power_cut_leaves_the_old_or_the_new_one(cut: int) -> None:
    disk = FaultyDisk()
    write_offsets(disk, "/c", {("t", 0): 1})
    disk.cut_after = disk.operations + cut
    try:
        write_offsets(disk, "/c", {("t", 0): 2})
        expected = ({("t", 0): 2},)
    except BaseException:
        expected = ({("t", 0): 1}, {("t", 0): 2})
    assert read_offsets(disk.power_cut(), "/c") in expected
