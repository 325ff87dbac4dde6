"""A whole node in the test's own process: its directories formatted in a temporary folder, its ports free ones."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.helpers.eventually import eventually
from tests.helpers.replica_broker import records
from tests.helpers.single_node import random_id
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.node import Node
from workbench.embedded_broker.requests import APIS, BROKER, ConnectionContext, ConnectionId, RequestContext
from workbench.embedded_broker.settings import BrokerSettings, settings_from
from workbench.storage.quorum.format import FormatRequest, format_log_dirs
from workbench.storage.quorum.voters import Endpoint
from workbench.system.clock import Clock
from workbench.system.disk import Disk
from workbench.wire.compiler import Message
from workbench.wire.messages import CreateTopicsRequest, DeleteTopicsRequest, ProduceRequest


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for each in held:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in held]
    finally:
        for each in held:
            each.close()


def node_settings(folder: Path, *, directories: int = 1, **more: str) -> BrokerSettings:
    """Settings of one combined node below `folder`, whose directories are formatted if they are not yet."""
    client, controller = free_ports(2)
    names = [str(folder / f"logs{number}") for number in range(directories)]
    properties: Mapping[str, str] = {
        "node.id": "1",
        "process.roles": "broker,controller",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller}",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "log.dirs": ",".join(names),
        "offsets.topic.replication.factor": "1",
        "controller.quorum.election.timeout.ms": "200",
    } | {name.replace("_", "."): value for name, value in more.items()}
    request = FormatRequest(
        cluster_id=random_id(),
        node_id=1,
        log_dirs=names,
        standalone_endpoint=Endpoint.of("CONTROLLER", "127.0.0.1", controller),
        ignore_formatted=True,
    )
    if not (folder / "logs0" / "meta.properties").exists():
        format_log_dirs(request, Disk(), Clock().now_ms)
    return settings_from(properties, folder / "server.properties")


@asynccontextmanager
async def running(settings: BrokerSettings, faults: FaultInjector | None = None) -> AsyncIterator[Node]:
    """The node from its start to its clean end."""
    stops: list[str] = []
    node = Node(settings, stops.append, faults or FaultInjector())
    try:
        await asyncio.wait_for(node.start(None), 30)
        yield node
    finally:
        await asyncio.wait_for(node.stop(), 30)


async def ask(node: Node, request: Message, version: int) -> Any:
    connection = ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "127.0.0.1")
    context = RequestContext(request.API_KEY, version, 1, "tests", connection)
    answer: Any = APIS[request.API_KEY].handle(node.broker, context, request)
    return await answer if asyncio.iscoroutine(answer) or asyncio.isfuture(answer) else answer


async def create(node: Node, name: str, partitions: int = 1) -> None:
    topic = CreateTopicsRequest.CreatableTopic(name=name, num_partitions=partitions, replication_factor=1)
    response = await ask(node, CreateTopicsRequest(topics=[topic], timeout_ms=10_000), 7)
    assert response.topics[0].error_code == 0
    await eventually(lambda: (name, partitions - 1) in node.broker.replicas.partitions, "the topic is here")


async def delete(node: Node, name: str) -> None:
    response = await ask(node, DeleteTopicsRequest(topic_names=[name], timeout_ms=10_000), 5)
    assert response.responses[0].error_code == 0
    await eventually(lambda: (name, 0) not in node.broker.replicas.partitions, "the topic is gone")


async def write(node: Node, topic: str, *values: bytes) -> int:
    data = ProduceRequest.PartitionProduceData(records=records(*values))
    wanted = ProduceRequest.TopicProduceData(name=topic, partition_data=[data])
    response = await ask(node, ProduceRequest(acks=-1, timeout_ms=5_000, topic_data=[wanted]), 9)
    code: int = response.responses[0].partition_responses[0].error_code
    return code
