"""What handlers of the group APIs need of a broker, around a real coordinator with its log in memory."""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Mapping
from pathlib import Path
from typing import Any

from tests.helpers.coordinator_doubles import MemoryLogs
from workbench.embedded_broker.broker import NodeEndpoint
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group_service import GroupService
from workbench.embedded_broker.coordinators.scheduler import LoopScheduler
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.embedded_broker.quorum.contract import CommittedBatch
from workbench.embedded_broker.requests import (
    APIS,
    BROKER,
    ConnectionContext,
    ConnectionId,
    RequestContext,
)
from workbench.embedded_broker.settings import settings_from
from workbench.wire import messages
from workbench.wire.compiler import Message
from workbench.wire.messages import (
    PartitionRecord,
    RegisterBrokerRecord,
    RemoveTopicRecord,
    TopicRecord,
)
from workbench.wire.record_values import encode_metadata_record

OFFSETS_TOPIC = "__consumer_offsets"


def topic_id(name: str) -> bytes:
    return name.encode().ljust(16, b".")[:16]


class HandledBroker:
    """Node 1 leads every partition; topics appear through metadata records, as in a broker."""

    node_id = 1

    def __init__(
        self, topics: Mapping[str, int] | None = None, *, offsets_partitions: int = 4, **settings: int
    ) -> None:
        self.settings = settings_from(
            {
                "node.id": "1",
                "process.roles": "broker,controller",
                "controller.listener.names": "CONTROLLER",
                "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
                "controller.quorum.bootstrap.servers": "localhost:9193",
                "log.dirs": "nowhere",
                "offsets.topic.replication.factor": "1",
            },
            Path("server.properties"),
        )
        self.metadata = MetadataLoader()
        self.logs = MemoryLogs()
        self.groups = GroupService(
            1, GroupSettings(**{"group_initial_rebalance_delay_ms": 0, **settings}), self.logs, LoopScheduler()
        )
        self.metadata.add_publisher(self.groups)
        self.forwarded: list[Message] = []
        self.forward_answer: Message | Exception | None = None
        self._offset = 0
        self.commit(
            RegisterBrokerRecord(
                broker_id=1,
                broker_epoch=1,
                fenced=False,
                end_points=[RegisterBrokerRecord.BrokerEndpoint(name="PLAINTEXT", host="localhost", port=9092)],
                rack=None,
            ),
            1,
        )
        if offsets_partitions:
            self.create(OFFSETS_TOPIC, offsets_partitions)
        for name, partitions in (topics or {}).items():
            self.create(name, partitions)

    @property
    def image(self) -> Any:
        return self.metadata.image

    def endpoint_of(self, node_id: int, listener: str) -> NodeEndpoint | None:
        endpoint = self.image.cluster.endpoint(node_id, listener)
        return None if endpoint is None else NodeEndpoint(node_id, endpoint.host, endpoint.port, None)

    async def forward(self, message: Message, version: int, context: RequestContext) -> Any:
        self.forwarded.append(message)
        assert message.encode(version)
        if isinstance(self.forward_answer, Exception):
            raise self.forward_answer
        return self.forward_answer

    # metadata

    def commit(self, message: Message, version: int = 0) -> None:
        batch = CommittedBatch(self._offset, self._offset, 1, 0, (encode_metadata_record(message, version),))
        self._offset += 1
        self.metadata.handle_commit([batch])

    def create(self, name: str, partitions: int, *, leader: int = 1) -> None:
        self.commit(TopicRecord(name=name, topic_id=topic_id(name)))
        for partition in range(partitions):
            self.lead(name, partition, leader, 0)

    def lead(self, name: str, partition: int, leader: int, epoch: int) -> None:
        self.commit(
            PartitionRecord(
                partition_id=partition,
                topic_id=topic_id(name),
                replicas=[1, 2],
                isr=[1],
                leader=leader,
                leader_epoch=epoch,
                partition_epoch=epoch,
                directories=[bytes(15) + b"\x09", bytes(15) + b"\x08"],
            ),
            1,
        )

    def delete(self, name: str) -> None:
        self.commit(RemoveTopicRecord(topic_id=topic_id(name)))

    # requests

    async def ask(self, request: Message, version: int, *, client: str = "app") -> Any:
        """The response after the way over the wire."""
        name = request.NAME.removesuffix("Request")
        if request.API_KEY not in APIS:
            module = "".join("_" + c.lower() if c.isupper() else c for c in name).lstrip("_")
            importlib.import_module(f"workbench.embedded_broker.handlers.{module}")
        api = APIS[request.API_KEY]
        assert api.lowest_version <= version <= api.highest_version
        decoded, _ = type(request).decode(request.encode(version), version)
        connection = ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "127.0.0.1")
        context = RequestContext(request.API_KEY, version, 1, client, connection)
        answer: Any = api.handle(self, context, decoded)  # type: ignore[arg-type]
        if isinstance(answer, Awaitable):
            answer = await answer
        response_class: type[Message] = getattr(messages, f"{name}Response")
        assert isinstance(answer, response_class)
        return response_class.decode(answer.encode(version), version)[0]
