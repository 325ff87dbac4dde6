"""One broker of the simulation: the program's own replica manager, logs, fetch sessions and handlers on a disk in
memory; only sockets, timers and the metadata quorum are replaced."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import cast

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.metadata_doubles import directory_id
from tests.simulation.replication.simulated_controller import TOPIC, SimulatedController
from tests.simulation.replication.violation import Violation
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers import fetch as fetch_handler
from workbench.embedded_broker.handlers import list_offsets as list_offsets_handler
from workbench.embedded_broker.handlers import produce as produce_handler
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.embedded_broker.metrics.broker_metrics import BrokerMetrics
from workbench.embedded_broker.replication.fetch_session import FetchSessionCache
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.isr_changes import IsrChanges
from workbench.embedded_broker.replication.leader_following import FetcherSettings, LeaderFollowing
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.replica_manager import ReplicaManager, Replication
from workbench.embedded_broker.replication.throttles import ReplicationThrottles
from workbench.embedded_broker.requests import (
    BROKER,
    ConnectionContext,
    ConnectionId,
    EncodedBody,
    RequestContext,
)
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.log_directory import LogDirectory
from workbench.storage.log.meta_properties import MetaProperties
from workbench.wire.messages import (
    FetchRequest,
    FetchResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    ProduceRequest,
    ProduceResponse,
)
from workbench.wire.uuids import uuid_to_text

DIRECTORY = "/logs"
LAG_MS = 400
FETCH_VERSION = 18
SEGMENT_BYTES = 2_000
THROTTLED_RATE = 5_000
_SETTINGS = FetcherSettings(max_wait_ms=0, partition_max_bytes=600, response_max_bytes=1_000, backoff_ms=50)


class SimulatedBroker:
    """The life of one process; `disk` outlives it. `new_following` and `look_at_isr` are the cluster's."""

    def __init__(
        self,
        node_id: int,
        disk: FaultyDisk,
        controller: SimulatedController,
        *,
        now_ms: Callable[[], int],
        new_following: Callable[[SimulatedBroker, int], None],
        proposed: Callable[[SimulatedBroker], None],
        random: Random,
        throttled: bool,
    ) -> None:
        """`throttled` holds back replicas out of sync on both sides, led here and followed here (KIP-73)."""
        self.node_id = node_id
        self.disk = disk
        self.now_ms = now_ms
        self.epoch = -1
        self.is_alive = True
        self.is_leaving = False
        self.metadata = MetadataLoader()
        self.metrics = BrokerMetrics()
        self.sessions = FetchSessionCache(100, random)
        self.fetch_max_bytes = 1 << 20
        self.throttles = ReplicationThrottles(node_id, now_ms, samples=3, sample_ms=100)
        if throttled:
            for throttle in (self.throttles.leader, self.throttles.follower):
                throttle.throttle(TOPIC, None)
                throttle.limit = THROTTLED_RATE
        self.followings: dict[int, LeaderFollowing] = {}
        self._followed: dict[tuple[str, int], int] = {}
        self._new_following = new_following
        self._proposed = proposed
        disk.make_directory(DIRECTORY)
        disk.root.sync()
        self.directory = LogDirectory(DIRECTORY, disk=disk)
        self.directory.meta = MetaProperties("test-cluster-id-000000", node_id, uuid_to_text(directory_id(node_id)))
        self.applied = 0
        self.previous_epoch = self.directory.previous_broker_epoch
        self.serves = False
        """The replicas follow the metadata; others may ask once the broker was unfenced too."""
        self.replicas = ReplicaManager(
            node_id,
            [self.directory],
            topic_config=self._config,
            now_ms=now_ms,
            directory_failed=self._failed,
            lag_time_max_ms=LAG_MS,
        )
        self.isr_changes = IsrChanges(node_id, broker_epoch=lambda: self.epoch, now_ms=now_ms)
        self.replicas.replicate_with(Replication(self, self, self))

    @property
    def image(self) -> MetadataImage:
        return self.metadata.image

    @staticmethod
    def _config(image: MetadataImage, topic: str) -> LogConfig:
        overrides = dict(image.configs.topic(topic))
        return LogConfig.from_properties(overrides | {"segment.bytes": str(SEGMENT_BYTES)})

    @staticmethod
    def _failed(directory: LogDirectory, error: OSError) -> None:
        raise error

    def apply_metadata(self, controller: SimulatedController, count: int) -> None:
        batches = controller.log[self.applied : self.applied + count]
        self.applied += len(batches)
        for batch in batches:
            self.metadata.handle_commit([batch])
        if not self.serves and 0 <= self.epoch <= self.metadata.last_applied_offset:
            # The registration has told the controller of an unclean end; before, it may think that we lead.
            self.directory.load_logs(lambda topic: self._config(self.metadata.image, topic), now_ms=self.now_ms())
            self.metadata.add_publisher(self.replicas)
            self.serves = True

    @property
    def is_open(self) -> bool:
        """Whether others are answered."""
        broker = self.image.cluster.brokers.get(self.node_id)
        return self.serves and broker is not None and broker.epoch == self.epoch and not broker.fenced

    def partition(self, index: int) -> Partition | None:
        return self.replicas.partitions.get((TOPIC, index))

    # `Fetchers`

    def follow(self, partition: Partition) -> None:
        key = (partition.topic, partition.index)
        before = self._followed.get(key)
        if before is not None and before != partition.leader_id:
            self.forget(key)
        leader_id = partition.leader_id
        if leader_id < 0:
            self.forget(key)
            return
        following = self.followings.get(leader_id)
        if following is None:
            following = self.followings[leader_id] = LeaderFollowing(
                self.node_id,
                leader_id,
                _SETTINGS,
                broker_epoch=lambda: self.epoch,
                fetched=lambda partition, size: self.throttles.follower.record(partition.topic, partition.index, size),
                storage_failed=self._disk_failed,
                now_ms=self.now_ms,
                throttle=self.throttles.follower,
            )
        self._followed[key] = leader_id
        following.follow(partition)
        following.reset_session()
        self._new_following(self, leader_id)

    @staticmethod
    def _disk_failed(partition: Partition, error: OSError) -> None:
        raise error

    def forget(self, key: tuple[str, int]) -> None:
        leader_id = self._followed.pop(key, None)
        if leader_id is not None:
            self.followings[leader_id].forget(key)

    def cluster_changed(self) -> None:
        """Everybody's address is known."""

    # `IsrProposals`

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        """Raises Violation where a member is to join that is not in the life that it fetched in (KIP-903)."""
        assert partition.leadership is not None
        for member, epoch in zip(proposal.isr, proposal.broker_epochs, strict=True):
            broker = self.image.cluster.brokers.get(member)
            is_new = member not in partition.leadership.committed_isr
            if is_new and (broker is None or not broker.active or epoch != broker.epoch):
                raise Violation(f"{partition.index}: {member} is to join for what it fetched in its life {epoch}")
        self.isr_changes.propose(partition, proposal)
        self._proposed(self)

    def placed(self, topic_id: bytes, index: int, directory_id: bytes) -> None:
        """There is one directory, which the controller knows."""

    # What others ask

    def endpoint_of(self, node_id: int, listener: str) -> None:
        return None

    def _context(self, api_key: int, version: int) -> RequestContext:
        connection = ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "host")
        return RequestContext(api_key, version, 1, "broker-9", connection)

    def answer_fetch(self, request: FetchRequest) -> FetchResponse:
        context = self._context(FetchRequest.API_KEY, FETCH_VERSION)
        answer = fetch_handler.handle(cast(Broker, self), context, request)
        assert isinstance(answer, EncodedBody)
        body = b"".join(cast("list[bytes]", answer.buffers))
        return FetchResponse.decode(body, FETCH_VERSION)[0]

    def answer_list_offsets(self, request: ListOffsetsRequest) -> int | None:
        context = self._context(ListOffsetsRequest.API_KEY, 11)
        response = list_offsets_handler.handle(cast(Broker, self), context, request)
        assert isinstance(response, ListOffsetsResponse)
        answer = response.topics[0].partitions[0]
        return None if answer.error_code else answer.offset

    def produce(
        self, index: int, batch: bytes, answered: Callable[[ProduceResponse.PartitionProduceResponse], None]
    ) -> Callable[[], None]:
        """Writes with acks=all as the handler does, without its timer: what is returned ends the wait."""
        request = ProduceRequest(
            acks=-1,
            topic_data=[
                ProduceRequest.TopicProduceData(
                    name=TOPIC,
                    partition_data=[ProduceRequest.PartitionProduceData(index=index, records=bytearray(batch))],
                )
            ],
        )
        write = produce_handler.Write(cast(Broker, self), self._context(ProduceRequest.API_KEY, 9), request)
        write.run()
        answer = write.response.responses[0].partition_responses[0]
        is_answered = False

        def answer_once() -> None:
            nonlocal is_answered
            if not is_answered:
                is_answered = True
                answered(answer)

        def expire() -> None:
            write.expire()
            answer_once()

        if write.waiting:
            write.watch(answer_once)
        else:
            answer_once()
        return expire

    def read(self, index: int, offset: int) -> FetchResponse.PartitionData:
        """What a consumer is answered."""
        topic_id = self.image.topics.topic_id(TOPIC)
        assert topic_id is not None
        wanted = FetchRequest.FetchPartition(partition=index, fetch_offset=offset, partition_max_bytes=600)
        request = FetchRequest(
            max_bytes=1_000,
            session_epoch=-1,
            topics=[FetchRequest.FetchTopic(topic_id=topic_id, partitions=[wanted])],
        )
        return self.answer_fetch(request).responses[0].partitions[0]

    # Ends

    def close_cleanly(self) -> None:
        self.is_alive = False
        self.replicas.checkpoint_high_watermarks()
        self.directory.close(clean=True, broker_epoch=self.epoch)

    def kill(self, *, power: bool) -> FaultyDisk:
        self.is_alive = False
        return self.disk.power_cut() if power else self.disk.process_killed()
