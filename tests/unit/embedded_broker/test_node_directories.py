"""The log directories of a node."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.metadata_doubles import image_of, partition, topic_id, topic_records
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, PROPERTIES
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.node_directories import NodeDirectories
from workbench.embedded_broker.settings import settings_from
from workbench.storage.log import LogConfig
from workbench.system.known_error import KnownError


def formatted(disk: FaultyDisk, path: str, *, node: int = 1, cluster: str = "c1") -> None:
    disk.make_directory(path)
    disk.write_file(f"{path}/meta.properties", f"version=1\ncluster.id={cluster}\nnode.id={node}\n".encode())
    disk.root.sync()


def directories(disk: FaultyDisk, paths: str = "/a,/b", **more: str) -> NodeDirectories:
    return NodeDirectories(settings_from(PROPERTIES | {"log.dirs": paths} | more, Path("x")), disk)


@pytest.fixture
def disk() -> FaultyDisk:
    made = FaultyDisk()
    formatted(made, "/a")
    formatted(made, "/b")
    return made


def test_all_are_opened_in_order(disk: FaultyDisk) -> None:
    opened = directories(disk)
    opened.open()
    assert [each.path for each in opened.opened] == ["/a", "/b"] and opened.cluster_id == "c1"
    assert opened.metadata_directory.path == "/a"
    elsewhere = directories(disk, **{"metadata.log.dir": "/b"})
    elsewhere.open()
    assert elsewhere.metadata_directory.path == "/b"


@pytest.mark.parametrize(
    ("paths", "words"),
    [
        ("/missing", "no directory /missing"),
        ("/missing,/a", "no directory /missing"),
        ("/a,/bare", "meta.properties"),
        ("/theirs", "belongs to node 7"),
        ("/a,/other", "different clusters"),
        ("/torn", "meta.properties: .*no version"),
        ("/file", "no directory /file"),
    ],
)
def test_what_cannot_be_used_is_told(disk: FaultyDisk, paths: str, words: str) -> None:
    formatted(disk, "/theirs", node=7)
    formatted(disk, "/other", cluster="c2")
    disk.make_directory("/bare")
    disk.make_directory("/torn")
    disk.write_file("/torn/meta.properties", b"")
    disk.write_file("/file", b"")
    with pytest.raises(KnownError, match=words) as refused:
        directories(disk, paths).open()
    assert refused.value.remedy


def test_one_of_several_may_be_missing(disk: FaultyDisk, caplog: pytest.LogCaptureFixture) -> None:
    """KIP-112: the node goes on with the others, and says which one it has lost."""
    opened = directories(disk, "/a,/missing")
    opened.open()
    assert [each.path for each in opened.opened] == ["/a"] and opened.offline == ["/missing"]
    assert "/missing is offline" in caplog.text


def test_a_directory_given_up_gets_no_mark(disk: FaultyDisk) -> None:
    opened = directories(disk)
    opened.open()
    opened.logs_loaded = True
    opened.give_up(opened.opened[1])
    opened.close(None, clean=True, broker_epoch=42)
    assert opened.offline == ["/b"]
    assert disk.exists("/a/.kafka_cleanshutdown") and not disk.exists("/b/.kafka_cleanshutdown")


async def load(opened: NodeDirectories, image: MetadataImage) -> None:
    await opened.load_logs(image, lambda image, topic: LogConfig(), lambda: NOW_MS)


def with_topic(replicas: tuple[int, ...] = (1, 2), number: int = 1) -> MetadataImage:
    return image_of(topic_records("t", number, [partition(replicas)]))


async def previous_life(disk: FaultyDisk, *, clean: bool, epoch: int = 42) -> None:
    opened = directories(disk)
    opened.open()
    await load(opened, with_topic())
    log = opened.opened[1].create_log("t", 0, topic_id=topic_id(1), config=LogConfig(), now_ms=NOW_MS)
    log.append_as_leader(batch(b"a", b"b"), leader_epoch=0, now_ms=NOW_MS)
    opened.close({("t", 0): 2}, clean=clean, broker_epoch=epoch)


async def test_a_clean_end_is_remembered_with_its_epoch_and_high_watermarks(disk: FaultyDisk) -> None:
    await previous_life(disk, clean=True)
    opened = directories(disk)
    opened.open()
    assert opened.were_clean and opened.previous_epoch == 42
    await load(opened, with_topic())
    assert opened.opened[1].high_watermarks == {("t", 0): 2}
    assert opened.opened[1].logs["t", 0].log_end_offset == 2 and opened.logs_loaded


async def test_an_unclean_end_has_no_epoch(disk: FaultyDisk) -> None:
    await previous_life(disk, clean=False)
    opened = directories(disk)
    opened.open()
    assert not opened.were_clean and opened.previous_epoch == -1
    await load(opened, with_topic())
    assert opened.opened[1].logs["t", 0].log_end_offset == 2


async def test_one_directory_without_the_mark_makes_the_whole_unclean(disk: FaultyDisk) -> None:
    await previous_life(disk, clean=True)
    disk.remove("/a/.kafka_cleanshutdown")
    opened = directories(disk)
    opened.open()
    assert not opened.were_clean and opened.previous_epoch == -1


async def test_a_directory_that_was_never_loaded_is_not_marked(disk: FaultyDisk) -> None:
    opened = directories(disk)
    opened.open()
    opened.close(None, clean=True, broker_epoch=42)
    assert not disk.exists("/a/.kafka_cleanshutdown")


@pytest.mark.parametrize("image", [image_of([]), with_topic((2, 3)), with_topic(number=9)])
async def test_what_the_metadata_does_not_place_here_is_kept_aside(
    disk: FaultyDisk, image: MetadataImage, caplog: pytest.LogCaptureFixture
) -> None:
    await previous_life(disk, clean=True)
    opened = directories(disk)
    opened.open()
    with caplog.at_level(logging.WARNING):
        await load(opened, image)
    assert opened.opened[1].logs == {} and "set aside as stray" in caplog.text
    assert any(name.endswith("-stray") for name in disk.list_names("/b"))
