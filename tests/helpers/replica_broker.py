"""A broker around its real replicas: logs on a disk in memory, metadata from records, time wound by hand."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any, cast

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.metadata_doubles import (
    directory_id,
    feature_records,
    fence_record,
    partition,
    register_broker_record,
    topic_id,
    topic_records,
)
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers import catalog as _catalog  # noqa: F401
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.record_versions import record_version
from workbench.embedded_broker.quorum.contract import CommittedBatch
from workbench.embedded_broker.replication.fetch_session import FetchSessionCache
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.replica_manager import ReplicaManager, Replication
from workbench.embedded_broker.requests import (
    APIS,
    BROKER,
    ConnectionContext,
    ConnectionId,
    EncodedBody,
    RequestContext,
)
from workbench.embedded_broker.settings import settings_from
from workbench.records import NewRecord, build_batch
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.log.meta_properties import MetaProperties
from workbench.system.tasks import TaskKeeper
from workbench.wire import messages
from workbench.wire.compiler import Message
from workbench.wire.messages import ConfigRecord, RemoveTopicRecord
from workbench.wire.record_values import encode_metadata_record
from workbench.wire.uuids import uuid_to_text

NOW_MS = 1_700_000_000_000
CLUSTER_ID = "test-cluster-id-000000"
PROPERTIES = {
    "node.id": "1",
    "process.roles": "broker,controller",
    "controller.listener.names": "CONTROLLER",
    "listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9193",
    "controller.quorum.bootstrap.servers": "localhost:9193",
    "log.dirs": "/logs0",
}


def records(*values: bytes, **options: Any) -> bytes:
    """One batch as a producer sends it."""
    return bytes(build_batch([NewRecord(NOW_MS, None, value) for value in values], **options))


class ReplicaBroker(Broker):
    """Node 1 of brokers 1 to 3; `fetches` and `proposals` note what the replicas ask of the rest."""

    def __init__(
        self,
        *,
        directories: int = 1,
        prefers_near_replicas: bool = False,
        racks: Mapping[int, str] | None = None,
        disk: FaultyDisk | None = None,
        tasks: TaskKeeper | None = None,
        **settings: str,
    ) -> None:
        super().__init__(settings_from(PROPERTIES | settings, Path("server.properties")), CLUSTER_ID)
        self.time_ms = NOW_MS
        self.disk = disk or FaultyDisk()
        self.fetches: dict[tuple[str, int], Partition] = {}
        self.proposals: list[tuple[Partition, IsrProposal]] = []
        self.placements: list[tuple[int, bytes]] = []
        self.failed_directories: list[LogDirectory] = []
        self.sessions = FetchSessionCache(100, Random(1))
        self.broker_epoch = 101
        opened = []
        for number in range(directories):
            path = f"/logs{number}"
            self.disk.make_directory(path)
            self.disk.root.sync()
            directory = LogDirectory(path, disk=self.disk)
            directory.meta = MetaProperties(CLUSTER_ID, 1, uuid_to_text(directory_id(1, number)))
            opened.append(directory)
        self.replicas = ReplicaManager(
            1,
            opened,
            topic_config=lambda image, topic: LogConfig.from_properties(dict(image.configs.topic(topic))),
            now_ms=self.now_ms,
            directory_failed=lambda directory, error: self.failed_directories.append(directory),
            prefers_near_replicas=prefers_near_replicas,
            tasks=tasks,
        )
        self.replicas.replicate_with(Replication(self, self, self))
        self._offset = 0
        self.metadata.add_publisher(self.replicas)
        racks = racks or {}
        self.commit(
            *feature_records(),
            *(
                register_broker_record(broker, rack=racks.get(broker), fenced=False, directories=directories)
                for broker in (1, 2, 3)
            ),
        )

    def now_ms(self) -> int:
        return self.time_ms

    def finalized_kraft_version(self) -> dict[str, int]:
        return {"kraft.version": 1}

    # Metadata

    def commit(self, *changes: Message) -> None:
        """Commits records as one batch of the metadata log."""
        version = self.image.features.metadata_version or 30
        values = tuple(encode_metadata_record(record, record_version(record, version)) for record in changes)
        batch = CommittedBatch(self._offset, self._offset + len(values) - 1, 1, 0, values)
        self._offset += len(values)
        self.metadata.handle_commit([batch])

    def create(
        self,
        name: str,
        *registrations: PartitionRegistration | Sequence[int],
        number: int = 1,
        configs: Mapping[str, str] | None = None,
    ) -> Partition:
        """Makes a topic, each partition given by its replicas or registration; returns the first partition here."""
        made = [one if isinstance(one, PartitionRegistration) else partition(one) for one in registrations]
        self.commit(*topic_records(name, number, made, configs))
        return self.replicas.partitions[name, 0]

    def change(self, name: str, index: int = 0, **fields: Any) -> None:
        """Changes a partition's registration."""
        topic = self.image.topics.by_name[name]
        changed = replace(topic.partitions[index], **fields)
        self.commit(changed.to_record(topic.id, index))

    def configure(self, name: str, **values: str) -> None:
        self.commit(
            *(
                ConfigRecord(resource_type=2, resource_name=name, name=key.replace("_", "."), value=value)
                for key, value in values.items()
            )
        )

    def delete(self, number: int = 1) -> None:
        self.commit(RemoveTopicRecord(topic_id=topic_id(number)))

    def fence(self, broker: int) -> None:
        self.commit(fence_record(broker))

    # `Fetchers`, `IsrProposals` and `Placements`

    def follow(self, partition: Partition) -> None:
        self.fetches[partition.topic, partition.index] = partition

    def forget(self, key: tuple[str, int]) -> None:
        self.fetches.pop(key, None)

    def cluster_changed(self) -> None:
        """Nobody has an address."""

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        assert partition.leadership is not None
        partition.leadership.proposed = proposal
        self.proposals.append((partition, proposal))

    def placed(self, topic_id: bytes, index: int, directory_id: bytes) -> None:
        self.placements.append((index, directory_id))

    # Requests

    def begin(self, request: Message, version: int, *, client: str = "app", listener: str = "PLAINTEXT") -> Any:
        """What the handler returns, a response or something to wait for, after the request's way over the wire."""
        api = APIS[request.API_KEY]
        assert api.lowest_version <= version <= api.highest_version
        decoded, _ = type(request).decode(request.encode(version), version)
        connection = self.last_connection = ConnectionContext(ConnectionId("c"), listener, BROKER, "127.0.0.1")
        return api.handle(self, RequestContext(request.API_KEY, version, 1, client, connection), decoded)

    def finish(self, request: Message, version: int, answer: Any) -> Any:
        """The response after its way over the wire."""
        name = request.NAME.removesuffix("Request")
        response_class: type[Message] = getattr(messages, f"{name}Response")
        if isinstance(answer, EncodedBody):
            data = b"".join(cast("list[bytes]", answer.buffers))
        else:
            assert isinstance(answer, response_class)
            data = answer.encode(version)
        decoded, end = response_class.decode(data, version)
        assert end == len(data)
        return decoded

    def ask(self, request: Message, version: int, **more: Any) -> Any:
        """The response to a request that need not wait."""
        answer = self.begin(request, version, **more)
        assert not isinstance(answer, Awaitable), "the request waits"
        return self.finish(request, version, answer)

    async def ask_waiting(self, request: Message, version: int, **more: Any) -> Any:
        answer = self.begin(request, version, **more)
        return self.finish(request, version, await answer if isinstance(answer, Awaitable) else answer)
