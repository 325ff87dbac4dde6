"""meta.properties."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.meta_properties import (
    MetaProperties,
    parse_properties,
    read_meta_properties,
    write_meta_properties,
)
from workbench.system.known_error import KnownError

OURS = MetaProperties("9wbxeblpRCuoC1yZ6Aa0wg", 1, "2fwF1k_HR7e0LrF2KDuqWQ")


def disk_with(text: str) -> FaultyDisk:
    disk = FaultyDisk()
    disk.make_directory("/d")
    disk.write_file("/d/meta.properties", text.encode())
    return disk


def test_as_kafka_writes_it() -> None:
    text = (
        "#\n#Sat Nov 21 14:19:53 UTC 2026\nnode.id=1\ndirectory.id=2fwF1k_HR7e0LrF2KDuqWQ\nversion=1\n"
        "cluster.id=9wbxeblpRCuoC1yZ6Aa0wg\n"
    )
    assert read_meta_properties(disk_with(text), "/d") == OURS


@pytest.mark.parametrize("meta", [OURS, MetaProperties("c", 5), MetaProperties("c", 5, None, {"later.key": "x"})])
def test_round_trip(meta: MetaProperties) -> None:
    disk = disk_with("")
    write_meta_properties(disk, "/d", meta)
    assert read_meta_properties(disk, "/d") == meta


def test_a_directory_that_is_not_formatted() -> None:
    assert read_meta_properties(FaultyDisk(), "/") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cluster.id=c\nnode.id=1\n",
        "version=x",
        "version=1\nnode.id=one\ncluster.id=c",
        "version=1\ncluster.id=c",
        "version=1\ncluster.i",
        "version=1\nnode.id=1",
        "version=1\nnode.id=1\ncluster.id=c\ndirectory.id=cut",
    ],
)
def test_a_broken_file(text: str) -> None:
    with pytest.raises(CorruptFileError, match=r"meta\.properties"):
        read_meta_properties(disk_with(text), "/d")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("version=2\nnode.id=1\ncluster.id=c", "newer version"), ("version=0\nbroker.id=1\ncluster.id=c", "ZooKeeper")],
)
def test_directories_of_other_versions_come_with_a_remedy(text: str, sentence: str) -> None:
    with pytest.raises(KnownError, match=sentence) as caught:
        read_meta_properties(disk_with(text), "/d")
    assert caught.value.remedy


def test_properties_format() -> None:
    text = "# c\n! c\n\n a = b \nc:d\ng=x\\:h\nalone\nurl=http\\://x"
    assert parse_properties(text) == {"a": "b", "c": "d", "g": "x:h", "alone": "", "url": "http://x"}
