"""A node's part in the metadata quorum."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.helpers.eventually import eventually
from tests.helpers.whole_node import free_ports, node_settings
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.network.dispatch import RequestDispatcher
from workbench.embedded_broker.network.socket_server import SocketServer, bind
from workbench.embedded_broker.quorum_member import QuorumMember
from workbench.embedded_broker.requests import Role
from workbench.embedded_broker.settings import settings_from
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.quorum.format import FormatRequest, format_log_dirs
from workbench.system.clock import Clock
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AllocateProducerIdsRequest


class Taking:
    """A broker with its part in the quorum, its controller listener open."""

    def __init__(self, broker: Broker, directory: LogDirectory) -> None:
        self.broker = broker
        self.directory = directory
        self.failures: list[Exception] = []
        self.member = QuorumMember(broker, directory, disk=Disk(), clock=Clock(), on_failure=self.failures.append)
        self.dispatcher = RequestDispatcher(broker, 1 << 20)
        self.server = SocketServer(
            self.dispatcher, max_idle_ms=0, max_connections=100, send_buffer_bytes=-1, receive_buffer_bytes=-1
        )

    async def join(self) -> None:
        await self.member.join()
        for listener in self.broker.settings.controller_listeners:
            await self.server.start(bind(listener, Role.CONTROLLER))

    async def leave(self) -> None:
        await self.dispatcher.stop()
        await self.server.stop()
        await self.member.leave()
        self.directory.close(clean=False)


def voter(folder: Path) -> Taking:
    settings = node_settings(folder)
    directory = LogDirectory(str(folder / "logs0"), disk=Disk(), require_meta=True)
    assert directory.meta is not None
    return Taking(Broker(settings, directory.meta.cluster_id), directory)


def observer(folder: Path, of: Taking) -> Taking:
    """A broker without a controller, node 2."""
    (port,) = free_ports(1)
    controller_port = of.broker.settings.controller_listeners[0].port
    settings = settings_from(
        {
            "node.id": "2",
            "process.roles": "broker",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller_port}",
            "log.dirs": str(folder),
        },
        folder / "x",
    )
    format_log_dirs(FormatRequest(of.broker.cluster_id, 2, [str(folder)]), Disk(), Clock().now_ms)
    directory = LogDirectory(str(folder), disk=Disk(), require_meta=True)
    return Taking(Broker(settings, of.broker.cluster_id), directory)


async def test_a_lone_voter_controls_and_answers_itself(tmp_path: Path) -> None:
    one = voter(tmp_path)
    await one.join()
    await eventually(lambda: one.broker.is_active_controller, "it controls")
    await eventually(lambda: one.broker.image.features.metadata_version, "the bootstrap records are committed")
    response = await one.member.channel.ask(AllocateProducerIdsRequest(broker_id=1, broker_epoch=1), 0, 5)
    assert response.error_code == ErrorCode.STALE_BROKER_EPOCH, "it knows no such broker yet, but it answers"
    await eventually(lambda: 1 in one.broker.image.cluster.controllers, "it registered itself as a controller")
    await one.leave()
    assert one.failures == []


async def test_an_observer_reads_along_and_asks_over_the_wire(tmp_path: Path) -> None:
    one = voter(tmp_path / "one")
    await one.join()
    two = observer(tmp_path / "two", one)
    await two.join()
    await eventually(lambda: two.broker.image.offset >= one.broker.image.offset >= 0, "it has what is committed")
    assert two.broker.controller is None and not two.broker.is_active_controller
    assert two.broker.image.same_content(one.broker.image) or two.broker.image.offset != one.broker.image.offset
    response = await two.member.channel.ask(AllocateProducerIdsRequest(broker_id=2, broker_epoch=1), 0, 5)
    assert response.error_code == ErrorCode.STALE_BROKER_EPOCH
    await two.leave()
    await one.leave()


async def test_what_was_committed_is_there_after_the_next_start(tmp_path: Path) -> None:
    one = voter(tmp_path)
    await one.join()
    await eventually(lambda: one.broker.image.cluster.controllers, "something is committed")
    before = one.broker.image
    await one.leave()
    again = voter(tmp_path)
    # The ports are others now, the voter is the same: its directory's id makes it one.
    await again.join()
    await eventually(lambda: again.broker.image.offset >= before.offset, "it is all there")
    assert again.broker.image.features == before.features
    await again.leave()


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("__cluster_metadata-0/quorum-state", b"", "quorum-state holds no election state"),
        ("__cluster_metadata-0/quorum-state", b'{"leaderId":1,"lea', "quorum-state holds no election state"),
        ("__cluster_metadata-0/00000000000000000009-0000000001.checkpoint", b"", "snapshot of 0 bytes is incomplete"),
        ("bootstrap.checkpoint", b"x" * 99, "bootstrap.checkpoint is damaged"),
    ],
)
async def test_damaged_metadata_is_a_sentence_with_a_remedy(
    tmp_path: Path, file: str, content: bytes, words: str
) -> None:
    one = voter(tmp_path)
    damaged = tmp_path / "logs0" / file
    damaged.parent.mkdir(exist_ok=True)
    damaged.write_bytes(content)
    with pytest.raises(KnownError, match=words) as refused:
        await one.join()
    assert file.partition("/")[0] in refused.value.remedy, "what is to be moved away"
    await one.leave()


async def test_metadata_that_cannot_be_read_is_a_sentence_with_a_remedy(tmp_path: Path) -> None:
    one = voter(tmp_path)
    (tmp_path / "logs0/__cluster_metadata-0/quorum-state").mkdir(parents=True)
    with pytest.raises(KnownError, match=r"cannot be read or written: .*quorum-state") as refused:
        await one.join()
    assert refused.value.remedy
    await one.leave()


@pytest.mark.parametrize("content", [b"", b"version: 0\ntopic_id: AAAA"])
async def test_the_log_knows_its_topic_again_after_a_power_cut(tmp_path: Path, content: bytes) -> None:
    one = voter(tmp_path)
    (tmp_path / "logs0/__cluster_metadata-0").mkdir(exist_ok=True)
    file = tmp_path / "logs0/__cluster_metadata-0/partition.metadata"
    file.write_bytes(content)
    await one.join()
    await eventually(lambda: one.broker.is_active_controller, "it controls")
    assert b"topic_id: AAAAAAAAAAAAAAAAAAAAAQ" in file.read_bytes()
    await one.leave()


async def test_leaving_is_safe_before_joining(tmp_path: Path) -> None:
    one = voter(tmp_path)
    await asyncio.wait_for(one.member.leave(), 5)
    one.directory.close(clean=False)
