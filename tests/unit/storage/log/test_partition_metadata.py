"""partition.metadata."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.partition_metadata import read_topic_id, write_topic_id
from workbench.wire.uuids import METADATA_TOPIC_ID


def test_the_file_is_kafkas() -> None:
    disk = FaultyDisk()
    disk.make_directory("/d")
    assert read_topic_id(disk, "/d") is None
    path = write_topic_id(disk, "/d", METADATA_TOPIC_ID)
    assert disk.read_file(path) == b"version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ"
    assert read_topic_id(disk, "/d") == METADATA_TOPIC_ID


@pytest.mark.parametrize(
    "data",
    [b"", b"version: 1\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ", b"version: 0\ntopic_id: short", b"version: 0", bytes(43)],
)
def test_a_broken_file_is_told(data: bytes) -> None:
    disk = FaultyDisk()
    disk.write_file("/partition.metadata", data)
    with pytest.raises(CorruptFileError, match=r"partition\.metadata"):
        read_topic_id(disk, "/")
