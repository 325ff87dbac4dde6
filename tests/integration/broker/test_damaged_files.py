"""A node started on directories in which one file was damaged, file by file and in many ways.

It serves what the rest of the directory tells, or says in a sentence what is damaged. It never ends in a traceback, and
damage to anything but the records themselves costs none of them.
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.helpers.partition_logs import stored_values
from tests.helpers.whole_node import create, node_settings, running, write
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.node import Node
from workbench.embedded_broker.settings import BrokerSettings
from workbench.records import CorruptBatchError
from workbench.system.known_error import KnownError

RECORDS = {"t": [bytes([number]) * 20_000 for number in range(70)], "u": [b"a", b"b"]}
"""What is written; 70 records of 20 kB are two segments."""
ENDS = ("after a clean end", "after a kill")

Damage = Callable[[bytearray, Random], object]


def change_a_bit(data: bytearray, random: Random) -> None:
    place = random.randrange(min(len(data), random.choice((200, 10**6))))
    data[place] ^= 1 << random.randrange(8)


def overwrite_with_zeros(data: bytearray, random: Random) -> None:
    place = random.randrange(len(data))
    size = min(len(data) - place, random.choice((1, 100, len(data))))
    data[place : place + size] = bytes(size)


def cut(data: bytearray, random: Random) -> None:
    del data[random.choice((0, random.randrange(len(data)))) :]


def add_garbage(data: bytearray, random: Random) -> None:
    data += random.randbytes(50)


DAMAGES: tuple[Damage, ...] = (change_a_bit, overwrite_with_zeros, cut, add_garbage)


class Directories:
    """One node's directory as it was after a clean end and after a kill; copies of either are damaged and started."""

    def __init__(self, folder: Path, settings: BrokerSettings) -> None:
        self._folder, self._settings = folder, settings
        self.live = folder / "logs0"

    def keep(self, end: str) -> None:
        shutil.copytree(self.live, self._folder / end)

    def files(self, end: str) -> list[Path]:
        root = self._folder / end
        return sorted(path.relative_to(root) for path in root.rglob("*") if path.is_file() and path.stat().st_size)

    def damage(self, end: str, file: Path, damage: Damage, random: Random) -> None:
        shutil.rmtree(self.live)
        shutil.copytree(self._folder / end, self.live)
        data = bytearray((self.live / file).read_bytes())
        damage(data, random)
        (self.live / file).write_bytes(data)

    async def start(self) -> dict[str, list[bytes | None] | None]:
        """Values by topic, None where a batch cannot be read; KnownError where the node does not start."""
        node = Node(self._settings, lambda _: None, FaultInjector())
        try:
            async with asyncio.timeout(20):
                await node.start(None)
            assert node.failure is None
            partitions = node.broker.replicas.partitions
            return {topic: values_of(node, topic) for topic in RECORDS if (topic, 0) in partitions}
        finally:
            async with asyncio.timeout(20):
                await node.stop()

    def is_set_aside(self, topic: str) -> bool:
        return any(self.live.glob(f"{topic}-0.*-stray"))


def values_of(node: Node, topic: str) -> list[bytes | None] | None:
    try:
        return stored_values(node.broker.replicas.partitions[topic, 0].log)
    except CorruptBatchError:
        return None


@pytest.fixture
async def directories(tmp_path: Path) -> Directories:
    settings = node_settings(
        tmp_path,
        log_segment_bytes="1048576",
        log_index_size_max_bytes="4096",
        metadata_log_max_record_bytes_between_snapshots="500",
    )
    made = Directories(tmp_path, settings)
    async with running(settings) as node:
        for topic, values in RECORDS.items():
            await create(node, topic)
            for value in values:
                assert await write(node, topic, value) == 0
        made.keep("after a kill")
    made.keep("after a clean end")
    return made


def are_some_of(kept: list[bytes | None] | None, values: list[bytes]) -> bool:
    """In order. After a clean end nobody looks, as in Kafka: a batch is found bad when it is read."""
    rest = iter(values)
    return kept is None or all(value in rest for value in kept)


async def damage_and_start(directories: Directories, end: str, file: Path, damage: Damage, random: Random) -> None:
    directories.damage(end, file, damage, random)
    try:
        found = await directories.start()
    except KnownError as error:
        assert error.remedy
        assert file.parent.name in ("", "__cluster_metadata-0"), "one partition never keeps the node from starting"
        return
    except TimeoutError:
        assert file.name == "meta.properties", "a directory with another id is no voter: it waits for one"
        return
    for topic, values in RECORDS.items():
        if file.parts == (f"{topic}-0", "partition.metadata") and found[topic] == []:
            assert directories.is_set_aside(topic), "another topic's records, for all that one can tell"
        elif topic not in found:
            assert file.parent.name == "__cluster_metadata-0"
            assert directories.is_set_aside(topic), "what the metadata does not know any more is kept"
        elif file.parent.name == f"{topic}-0" and file.suffix == ".log":
            assert are_some_of(found[topic], values)
        else:
            assert found[topic] == values


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("rounds", [1, pytest.param(12, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])])
async def test_every_file_may_be_damaged(
    directories: Directories, end: str, rounds: int, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(rounds):
        for place, file in enumerate(directories.files(end)):
            random = Random(f"{end} {number} {file}")
            damage = DAMAGES[(number + place) % len(DAMAGES)]
            try:
                await damage_and_start(directories, end, file, damage, random)
            except BaseException as error:
                error.add_note(f"{file}, {damage.__name__}, round {number}, {end}")
                raise
            assert [one.getMessage() for one in caplog.records if one.exc_info] == [], f"{file}, {damage.__name__}"
            caplog.clear()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("meta.properties", "no cluster.id|no node.id|no valid id|no version"),
        ("bootstrap.checkpoint", "bootstrap.checkpoint is damaged"),
        ("__cluster_metadata-0/quorum-state", "metadata of this node"),
    ],
)
async def test_what_cannot_be_made_anew_is_told(directories: Directories, file: str, words: str) -> None:
    directories.damage("after a clean end", Path(file), lambda data, _: data.__delitem__(slice(20, None)), Random(1))
    with pytest.raises(KnownError, match=words) as refused:
        await directories.start()
    assert Path(file).name in refused.value.sentence and refused.value.remedy


async def test_a_damaged_id_of_the_metadata_topic_is_written_anew(directories: Directories) -> None:
    file = directories.live / "__cluster_metadata-0" / "partition.metadata"
    whole = file.read_bytes()
    file.write_bytes(b"")
    assert await directories.start() == RECORDS
    assert file.read_bytes() == whole
