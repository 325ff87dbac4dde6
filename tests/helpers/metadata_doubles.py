"""Clusters for tests of metadata and controller: states made of records, and a quorum that commits when told."""

from __future__ import annotations

import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any

from workbench.embedded_broker.controller.result import ControllerResult
from workbench.embedded_broker.controller.state import ControllerSettings, ControllerState
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE, MetadataImage, TopicImage
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.quorum.contract import (
    CommittedBatch,
    LeaderAndEpoch,
    NotLeaderError,
    OffsetAndEpoch,
    QuorumListener,
)
from workbench.wire.messages import (
    BrokerRegistrationChangeRecord,
    ConfigRecord,
    FeatureLevelRecord,
    PartitionRecord,
    RegisterBrokerRecord,
    TopicRecord,
)

CLUSTER_ID = "test-cluster-id-000000"


def directory_id(broker_id: int, index: int = 0) -> bytes:
    return bytes([0xD0 + index, broker_id]) + bytes(13) + b"\x01"


def topic_id(number: int) -> bytes:
    return b"\x70" + number.to_bytes(15)


def register_broker_record(
    broker_id: int, *, epoch: int = 100, rack: str | None = None, fenced: bool = True, directories: int = 1
) -> RegisterBrokerRecord:
    return RegisterBrokerRecord(
        broker_id=broker_id,
        incarnation_id=bytes([broker_id]) * 16,
        broker_epoch=epoch + broker_id,
        end_points=[RegisterBrokerRecord.BrokerEndpoint(name="PLAINTEXT", host=f"host{broker_id}", port=9092)],
        features=[
            RegisterBrokerRecord.BrokerFeature(name=name, min_supported_version=low, max_supported_version=high)
            for name, low, high in (
                ("metadata.version", 7, 30),
                ("kraft.version", 0, 1),
                ("eligible.leader.replicas.version", 0, 1),
            )
        ],
        rack=rack,
        fenced=fenced,
        log_dirs=[directory_id(broker_id, index) for index in range(directories)],
        cordoned_log_dirs=[],
    )


def feature_records(*, elr: bool = True, metadata_version: int = 30) -> list[Any]:
    records: list[Any] = [FeatureLevelRecord(name="metadata.version", feature_level=metadata_version)]
    if elr:
        records.append(FeatureLevelRecord(name="eligible.leader.replicas.version", feature_level=1))
        records.append(ConfigRecord(resource_type=4, resource_name="", name="min.insync.replicas", value="1"))
    return records


def topic_records(
    name: str, number: int, partitions: Sequence[PartitionRegistration], configs: Mapping[str, str] | None = None
) -> list[Any]:
    return [
        TopicRecord(name=name, topic_id=topic_id(number)),
        *(
            ConfigRecord(resource_type=2, resource_name=name, name=key, value=value)
            for key, value in (configs or {}).items()
        ),
        *(partition.to_record(topic_id(number), index) for index, partition in enumerate(partitions)),
    ]


def partition(
    replicas: Sequence[int], isr: Sequence[int] | None = None, leader: int | None = None, **more: Any
) -> PartitionRegistration:
    isr = replicas if isr is None else isr
    return PartitionRegistration(
        replicas=tuple(replicas),
        directories=tuple(directory_id(replica) for replica in replicas),
        isr=tuple(isr),
        leader=(isr[0] if isr else -1) if leader is None else leader,
        **more,
    )


def image_of(records: Sequence[Any], offset: int | None = None) -> MetadataImage:
    delta = MetadataDelta(EMPTY_IMAGE)
    for record in records:
        delta.replay(record)
    return delta.apply(len(records) - 1 if offset is None else offset, 1, 1_000)


def state_of(
    brokers: Sequence[int] = (1, 2, 3),
    records: Sequence[Any] = (),
    *,
    elr: bool = True,
    metadata_version: int = 30,
    racks: Mapping[int, str] | None = None,
    fenced: Sequence[int] = (),
    properties: Mapping[str, str] | None = None,
    seed: int = 1,
    **settings: Any,
) -> ControllerState:
    """An active controller of node 1 that knows `brokers`, unfenced unless told, and what `records` say beside."""
    racks = racks or {}
    everything = [
        *feature_records(elr=elr, metadata_version=metadata_version),
        *(register_broker_record(b, rack=racks.get(b), fenced=b in fenced) for b in brokers),
        *records,
    ]
    ids = itertools.count(1_000)
    return ControllerState(
        image_of(everything),
        ControllerSettings(node_id=1, cluster_id=CLUSTER_ID, static_properties=properties or {}, **settings),
        now_ms=0,
        rng=random.Random(seed),
        new_topic_id=lambda: topic_id(next(ids)),
    )


def carry_out(state: ControllerState, result: ControllerResult[Any] | Sequence[Any]) -> Any:
    """Replays a decision's records as if they had been appended, and returns its response."""
    records = result.records if isinstance(result, ControllerResult) else list(result)
    if records:
        state.replay(records, state.image.offset + 1, 1, 0)
    return result.response if isinstance(result, ControllerResult) else None


def topic_of(state: ControllerState, name: str) -> TopicImage:
    return state.image.topics.by_name[name]


def partition_of(state: ControllerState, name: str, index: int = 0) -> PartitionRegistration:
    return state.image.topics.by_name[name].partitions[index]


def fence_record(broker_id: int, *, epoch: int = 100, fenced: int = 1) -> BrokerRegistrationChangeRecord:
    return BrokerRegistrationChangeRecord(broker_id=broker_id, broker_epoch=epoch + broker_id, fenced=fenced)


def partition_record(number: int, index: int, registration: PartitionRegistration) -> PartitionRecord:
    return registration.to_record(topic_id(number), index)


class FakeQuorum:
    """A quorum of one node whose commits a test lets through one by one, or at once with `auto_commit`."""

    def __init__(self, node_id: int = 1, *, auto_commit: bool = False) -> None:
        self.node_id = node_id
        self.leader_and_epoch = LeaderAndEpoch(None, 0)
        self.high_watermark = 0
        self.auto_commit = auto_commit
        self.batches: list[tuple[int, int, tuple[bytes, ...]]] = []
        self.resigned: list[int] = []
        self.snapshots: list[tuple[OffsetAndEpoch, int, Sequence[bytes]]] = []
        self.end = 0
        self._committed = 0
        self._listeners: list[QuorumListener] = []

    @property
    def log_end_offset(self) -> int:
        return self.end

    def register(self, listener: QuorumListener) -> None:
        self._listeners.append(listener)

    def elect(self, leader_id: int | None, epoch: int) -> None:
        self.leader_and_epoch = LeaderAndEpoch(leader_id, epoch)
        for listener in self._listeners:
            listener.handle_leader_change(self.leader_and_epoch)

    def append(self, epoch: int, values: Sequence[bytes]) -> int:
        if self.leader_and_epoch != LeaderAndEpoch(self.node_id, epoch):
            raise NotLeaderError
        self.batches.append((self.end, epoch, tuple(values)))
        self.end += len(values)
        last = self.end - 1
        if self.auto_commit:
            self.commit()
        return last

    def commit(self) -> None:
        """Commits everything appended so far."""
        new = self.batches[self._committed :]
        self._committed = len(self.batches)
        self.high_watermark = self.end
        batches = [CommittedBatch(base, base + len(v) - 1, epoch, 1_000, v) for base, epoch, v in new]
        if batches:
            for listener in self._listeners:
                listener.handle_commit(batches)

    def lose_uncommitted(self) -> None:
        """Another leader overwrote what was not committed."""
        lost = self.batches[self._committed :]
        del self.batches[self._committed :]
        self.end -= sum(len(values) for _, _, values in lost)

    def resign(self, epoch: int) -> None:
        self.resigned.append(epoch)

    def write_snapshot(
        self, snapshot_id: OffsetAndEpoch, last_contained_timestamp_ms: int, values: Sequence[bytes]
    ) -> None:
        self.snapshots.append((snapshot_id, last_contained_timestamp_ms, values))
