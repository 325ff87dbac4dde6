"""A node from its start to its end, in this process."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.eventually import eventually
from tests.helpers.whole_node import create, delete, node_settings, running, write
from workbench.broker_contract.messages import FaultKind, FaultRule
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.node import Node, read_settings
from workbench.embedded_broker.node_directories import NodeDirectories
from workbench.system.known_error import KnownError


async def test_it_serves_and_keeps_what_it_was_given(tmp_path: Path) -> None:
    settings = node_settings(tmp_path)
    async with running(settings) as node:
        port = settings.broker_listeners[0].port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await create(node, "t", 2)
        assert await write(node, "t", b"a", b"b") == 0
        first_epoch = node.broker.broker_epoch
        assert node.broker.is_active_controller
    assert await asyncio.wait_for(reader.read(1), 5) == b"", "connections end with the node"
    writer.close()
    assert (tmp_path / "logs0" / ".kafka_cleanshutdown").exists()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)

    async with running(settings) as node:
        assert node.broker.broker_epoch > first_epoch
        replica = node.broker.replicas.partitions["t", 0]
        assert replica.is_leader and (replica.log.log_end_offset, replica.high_watermark) == (2, 2)
        assert not (tmp_path / "logs0" / ".kafka_cleanshutdown").exists(), "a mark is good for one start"


async def test_a_deleted_topic_leaves_no_counters_behind(tmp_path: Path) -> None:
    async with running(node_settings(tmp_path)) as node:
        for name in ("gone", "kept"):
            await create(node, name)
            assert await write(node, name, b"a") == 0
        assert set(node.broker.metrics.topics) == {"gone", "kept"}
        await delete(node, "gone")
        assert set(node.broker.metrics.topics) == {"kept"}


async def test_logs_are_opened_only_once_the_registration_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then the controller may think that we lead what an unclean end took from us."""
    seen: list[tuple[int, int]] = []
    load_logs = NodeDirectories.load_logs

    async def noted(self: NodeDirectories, image: Any, *rest: Any) -> None:
        registration = image.cluster.brokers[1]
        seen.append((image.offset, registration.epoch))
        assert registration.fenced
        await load_logs(self, image, *rest)

    monkeypatch.setattr(NodeDirectories, "load_logs", noted)
    settings = node_settings(tmp_path)
    for _ in range(2):
        async with running(settings) as node:
            offset, epoch = seen[-1]
            assert offset >= epoch == node.broker.broker_epoch
    assert seen[0][1] < seen[1][1]


async def test_replicas_over_several_directories_are_known_to_the_controller(tmp_path: Path) -> None:
    async with running(node_settings(tmp_path, directories=2)) as node:
        await create(node, "t", 4)

        def places() -> set[bytes]:
            topic = node.broker.image.topics.by_name["t"]
            found = {registration.directory(1) for registration in topic.partitions.values()}
            return {directory for directory in found if directory is not None}

        expected = {partition.directory_id for partition in node.broker.replicas.partitions.values()}
        assert len(expected) == 2
        await eventually(lambda: places() == expected, "the metadata has the directories")


async def test_a_failing_directory_ends_the_node_without_the_mark(tmp_path: Path) -> None:
    faults = FaultInjector()
    stops: list[str] = []
    node = Node(node_settings(tmp_path), stops.append, faults)
    await node.start(None)
    await create(node, "t")
    faults.set_rules((FaultRule("f", FaultKind.FAILING_DIRECTORY, path=str(tmp_path / "logs0" / "t-0")),))
    await write(node, "t", b"a")
    node.broker.replicas.storage_failed("t", 0, OSError(5, "broken"))
    assert stops and node.failure is not None and node.failure.remedy
    faults.set_rules(())
    await node.stop()
    assert not (tmp_path / "logs0" / ".kafka_cleanshutdown").exists()


async def test_a_disk_that_stays_full_does_not_hide_why_the_node_ended(tmp_path: Path) -> None:
    faults = FaultInjector()
    stops: list[str] = []
    node = Node(node_settings(tmp_path), stops.append, faults)
    await node.start(None)
    faults.set_rules((FaultRule("f", FaultKind.FULL_DISK),))
    with suppress(Exception):
        await create(node, "t")
    await eventually(lambda: bool(stops), "the metadata log could not be written")
    await node.stop()  # with the disk as full as before: its indexes cannot be written either
    assert node.failure is not None and "No space left" in node.failure.sentence
    assert "disk is full" in node.failure.remedy


async def test_stopping_is_safe_at_any_point_of_the_start(tmp_path: Path) -> None:
    missing = node_settings(tmp_path / "x", log_dirs=str(tmp_path / "nowhere"))
    node = Node(missing, lambda _: None, FaultInjector())
    with pytest.raises(KnownError, match="no directory"):
        await node.start(None)
    await node.stop()

    for delay_s in (0.0, 0.01, 0.05, 0.1):
        node = Node(node_settings(tmp_path / "y"), lambda _: None, FaultInjector())
        starting = asyncio.ensure_future(node.start(None))
        await asyncio.sleep(delay_s)
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await asyncio.wait_for(node.stop(), 20)
    async with running(node_settings(tmp_path / "y")):
        """What was given up at any point starts again."""


async def test_a_taken_port_is_told_before_anything_is_joined(tmp_path: Path) -> None:
    settings = node_settings(tmp_path)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", settings.broker_listeners[0].port)
    node = Node(settings, lambda _: None, FaultInjector())
    with pytest.raises(KnownError, match="in use"):
        await node.start(None)
    await node.stop()
    server.close()


def test_the_properties_file_is_read_or_told(tmp_path: Path) -> None:
    file = tmp_path / "server.properties"
    with pytest.raises(KnownError, match="There is no file"):
        read_settings(file)
    with pytest.raises(KnownError, match="cannot be read"):
        read_settings(tmp_path)
    file.write_bytes(b"node.id=\\u12\n")
    with pytest.raises(KnownError, match="not a properties file"):
        read_settings(file)
    file.write_text(
        "node.id=5\nprocess.roles=broker\ncontroller.listener.names=C\ncontroller.quorum.bootstrap.servers=h:1\n"
    )
    assert read_settings(file).node_id == 5
