"""All partitions of this broker: follows the metadata, creates, opens and deletes logs, serves reads and writes.

Invariants: `partitions` holds the replicas that the newest image places here and whose directory works, and a replica
is leader or follower as that image says, once the steps of a large change are done (`sliced_work.py`). Storage is used
on the event loop; deletion of files and fsyncs run in worker threads.

Source: kafka.server.ReplicaManager, kafka.log.LogManager.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.image import ConfigResourceType, MetadataImage
from workbench.embedded_broker.metadata.registrations import is_reserved_directory
from workbench.embedded_broker.metadata.topic_names import is_internal_topic
from workbench.embedded_broker.replication.events import (
    BrokersChanged,
    LagCheckDue,
    LeaderNamed,
    LeadershipGiven,
    MinIsrConfigured,
    ReplicaRemoved,
)
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.replica_selection import ReplicaView, nearest_replica
from workbench.embedded_broker.replication.sliced_work import SlicedWork, Step
from workbench.storage.log.log_config import LogConfig
from workbench.system.quick_dataclass import dataclass
from workbench.system.tasks import TaskKeeper
from workbench.wire.error_codes import ErrorCode
from workbench.wire.uuids import ZERO_UUID, uuid_from_text

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.delta import MetadataDelta
    from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
    from workbench.embedded_broker.replication.fetch_session import FetchPartition
    from workbench.embedded_broker.replication.isr import IsrProposal
    from workbench.embedded_broker.replication.reading import FetchRequirements
    from workbench.storage.log.log_directory import LogDirectory

log = logging.getLogger(__name__)

TopicPartition = tuple[str, int]

TELL_REFUSALS_EVERY_MS = 10_000
DELETED_TOGETHER = 100
"""How many logs are deleted before others are served again."""
PREFERRED_REPLICA_SINCE = 11
"""Fetch version from which on consumers tell their rack."""


def directory_id_of(directory: LogDirectory) -> bytes:
    """The directory's id as it stands in metadata; zeros where Kafka before 3.7 formatted it."""
    meta = directory.meta
    return ZERO_UUID if meta is None or meta.directory_id is None else uuid_from_text(meta.directory_id)


class Fetchers(Protocol):
    """Who copies what other brokers lead (`fetchers.py`)."""

    def follow(self, partition: Partition) -> None: ...

    def forget(self, key: TopicPartition) -> None: ...

    def cluster_changed(self) -> None: ...


class IsrProposals(Protocol):
    """Who asks the controller for changes of in-sync sets (`isr_change_sender.py`)."""

    def propose(self, partition: Partition, proposal: IsrProposal) -> None: ...


class Placements(Protocol):
    """Who tells the controller where replicas lie (`directory_assignments.py`)."""

    def placed(self, topic_id: bytes, index: int, directory_id: bytes) -> None: ...


@dataclass(slots=True)
class Replication:
    """What replicas need of the rest of the cluster."""

    fetchers: Fetchers
    isr_changes: IsrProposals
    placements: Placements


class ReplicaManager:
    """The replicas of one broker over its log directories."""

    def __init__(
        self,
        node_id: int,
        directories: Iterable[LogDirectory],
        *,
        topic_config: Callable[[MetadataImage, str], LogConfig],
        now_ms: Callable[[], int],
        directory_failed: Callable[[LogDirectory, OSError], None],
        lag_time_max_ms: int = 30_000,
        prefers_near_replicas: bool = False,
        tasks: TaskKeeper | None = None,
    ) -> None:
        """With `prefers_near_replicas` consumers are sent to a replica in their rack (KIP-392)."""
        self.node_id = node_id
        self.directories = list(directories)
        self.partitions: dict[TopicPartition, Partition] = {}
        self.image = MetadataImage()
        self.lag_time_max_ms = lag_time_max_ms
        self._prefers_near_replicas = prefers_near_replicas
        self._topic_config = topic_config
        self._now_ms = now_ms
        self._directory_failed = directory_failed
        self._listeners: list[Callable[[Partition, bool], None]] = []
        self._replication: Replication | None = None
        self._last_refusal_ms = 0
        self._some_are_offline = False
        self._offline: set[TopicPartition] = set()
        self._tasks = tasks
        self._work = SlicedWork(tasks)
        self._unsettled: set[LogDirectory] = set()
        self._is_settling = False

    # Following the metadata

    def on_leadership(self, listener: Callable[[Partition, bool], None]) -> None:
        """Calls `listener(partition, leads)` after every change of leadership here, deletion included."""
        self._listeners.append(listener)

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """Who controls makes no difference to replicas."""

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        """Follows a change: all of it at once if it is small, or of internal topics, which coordinators open right
        after; otherwise piece by piece, so that thousands of files do not keep the quorum waiting."""
        is_first = self.image.offset < 0
        self.image = image
        at_once: list[Step] = []
        steps: list[Step] = []
        if delta.topics is not None:
            changes = delta.topics.local_changes(self.node_id)
            at_once.append(partial(self._delete, [key for key in changes.deletes if is_internal_topic(key[0])]))
            deletes = [key for key in changes.deletes if not is_internal_topic(key[0])]
            for begin in range(0, len(deletes), DELETED_TOGETHER):
                steps.append(partial(self._delete, deletes[begin : begin + DELETED_TOGETHER]))
            for key, (topic_id, registration) in changes.leaders.items():
                into = at_once if is_internal_topic(key[0]) else steps
                into.append(partial(self._lead, key, topic_id, registration))
            for key, (topic_id, registration) in changes.followers.items():
                into = at_once if is_internal_topic(key[0]) else steps
                into.append(partial(self._follow, key, topic_id, registration))
        if delta.configs is not None:
            steps.append(partial(self._apply_configs, delta, image))
        if delta.cluster is not None:
            steps.append(self._cluster_changed)
        for step in at_once:
            step()
        self._work.do(steps, for_start=is_first)

    @property
    def is_behind(self) -> bool:
        """Whether steps of a large change are not done yet."""
        return self._work.is_under_way

    async def caught_up(self) -> None:
        """Waits until every step of the changes so far is done."""
        await self._work.finished()

    def stop_following(self) -> None:
        """What is left of changes is not done any more: the broker stops."""
        self._work.give_up()

    def _cluster_changed(self) -> None:
        if self._replication is not None:
            self._replication.fetchers.cluster_changed()
        for partition in self.partitions.values():
            # A replica that was fenced is not waited for.
            partition.step(BrokersChanged(), self._now_ms())

    def replicate_with(self, replication: Replication) -> None:
        """Gives the means to copy from and answer to other brokers; before the first metadata."""
        self._replication = replication

    def _apply_configs(self, delta: MetadataDelta, image: MetadataImage) -> None:
        assert delta.configs is not None
        resources = delta.configs.changes
        changed = {resource.name for resource in resources if resource.type is ConfigResourceType.TOPIC}
        broker_changed = any(resource.type is ConfigResourceType.BROKER for resource in resources)
        known: dict[str, LogConfig] = {}
        for (topic, _), partition in self.partitions.items():
            if broker_changed or topic in changed:
                if topic not in known:
                    known[topic] = self._topic_config(image, topic)
                self._configure(partition, known[topic])

    def _configure(self, partition: Partition, config: LogConfig) -> None:
        partition.log.update_config(config)
        partition.step(MinIsrConfigured(config.min_insync_replicas), self._now_ms())

    def _open(self, key: TopicPartition, topic_id: bytes, registration: PartitionRegistration) -> Partition | None:
        """The partition with its log, which is created where it does not exist yet."""
        partition = self.partitions.get(key)
        if partition is not None and partition.topic_id != topic_id:
            # The topic was deleted and made anew within one change.
            self._delete([key])
            partition = None
        if partition is not None:
            return partition
        topic, index = key
        config = self._topic_config(self.image, topic)
        directory = self._directory_for(key, registration)
        if directory is None:
            return None
        try:
            partition_log = directory.logs.get(key)
            if partition_log is None:
                partition_log = directory.create_log(
                    topic, index, topic_id=topic_id, config=config, now_ms=self._now_ms()
                )
        except OSError as error:
            self._directory_failed(directory, error)
            return None
        partition = Partition(
            self.node_id,
            topic,
            topic_id,
            index,
            partition_log,
            self,
            self,
            high_watermark=directory.high_watermarks.get(key, 0),
            min_isr=config.min_insync_replicas,
        )
        partition.directory_id = directory_id_of(directory)
        self.partitions[key] = partition
        if self._replication is not None:
            self._replication.placements.placed(topic_id, index, partition.directory_id)
        return partition

    def _directory_for(self, key: TopicPartition, registration: PartitionRegistration) -> LogDirectory | None:
        for directory in self.directories:
            if key in directory.logs:
                return directory
        assigned = registration.directory(self.node_id)
        for directory in self.directories:
            if directory_id_of(directory) == assigned:
                return directory
        if self._some_are_offline and assigned is not None and not is_reserved_directory(assigned):
            # Its log lies in the directory that is offline: an empty one elsewhere would stand for lost records.
            self._offline.add(key)
            return None
        return min(self.directories, key=lambda directory: len(directory.logs), default=None)

    def directories_are_offline(self) -> None:
        """Some log directory of this broker could not be opened: replicas that lie in it stay offline (KIP-858)."""
        self._some_are_offline = True

    def give_up_directory(self, directory: LogDirectory) -> None:
        """Takes a directory that failed, and every replica in it, out of service; the others go on."""
        self._some_are_offline = True
        self.directories.remove(directory)
        for key in [key for key in self.partitions if key in directory.logs]:
            partition = self.partitions.pop(key)
            self._offline.add(key)
            partition.step(ReplicaRemoved(ErrorCode.KAFKA_STORAGE_ERROR), self._now_ms())

    def _lead(self, key: TopicPartition, topic_id: bytes, registration: PartitionRegistration) -> None:
        partition = self._open(key, topic_id, registration)
        if partition is not None:
            given = LeadershipGiven(
                registration.leader_epoch, registration.partition_epoch, registration.replicas, registration.isr
            )
            partition.step(given, self._now_ms())

    def _follow(self, key: TopicPartition, topic_id: bytes, registration: PartitionRegistration) -> None:
        partition = self._open(key, topic_id, registration)
        if partition is not None:
            named = LeaderNamed(
                registration.leader, registration.leader_epoch, registration.partition_epoch, registration.replicas
            )
            partition.step(named, self._now_ms())

    # `Surroundings` of partitions

    def fetch_from_leader(self, partition: Partition) -> None:
        if self._replication is not None:
            self._replication.fetchers.follow(partition)

    def stop_fetching(self, partition: Partition) -> None:
        if self._replication is not None:
            self._replication.fetchers.forget((partition.topic, partition.index))

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        if self._replication is not None:
            self._replication.isr_changes.propose(partition, proposal)

    def leadership_changed(self, partition: Partition, leads: bool) -> None:
        for listener in self._listeners:
            listener(partition, leads)

    # Logs that go

    def _delete(self, keys: Iterable[TopicPartition]) -> None:
        held: dict[LogDirectory, list[TopicPartition]] = {}
        for key in keys:
            partition = self.partitions.pop(key, None)
            if partition is None:
                continue
            partition.step(ReplicaRemoved(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), self._now_ms())
            directory = self._holder(key)
            if directory is not None:
                held.setdefault(directory, []).append(key)
        for directory, logs in held.items():
            try:
                directory.delete_logs(logs, now_ms=self._now_ms())
            except OSError as error:
                self._directory_failed(directory, error)
            self._settle(directory)

    def _settle(self, directory: LogDirectory) -> None:
        """Deletions become durable, without anybody waiting for the device where there are tasks."""
        if self._tasks is not None:
            self._unsettled.add(directory)
            if not self._is_settling:
                self._is_settling = True
                self._tasks.spawn(self._settle_all(), "deletions become durable")
            return
        try:
            directory.settle_deletions()
        except OSError as error:
            self._directory_failed(directory, error)

    async def _settle_all(self) -> None:
        try:
            while self._unsettled:
                directory = self._unsettled.pop()
                try:
                    await asyncio.to_thread(directory.settle_deletions)
                except OSError as error:
                    self._directory_failed(directory, error)
        finally:
            self._is_settling = False

    def _holder(self, key: TopicPartition) -> LogDirectory | None:
        return next((directory for directory in self.directories if key in directory.logs), None)

    def storage_failed(self, topic: str, index: int, error: OSError) -> None:
        """Reading or writing a log failed: its directory is given up."""
        directory = self._holder((topic, index))
        if directory is not None:
            self._directory_failed(directory, error)

    def write_refused(self, topic: str, index: int, reason: str) -> None:
        """A log could not take a write and stands as before (a full disk): told now and then, not for each attempt."""
        now_ms = self._now_ms()
        if now_ms - self._last_refusal_ms >= TELL_REFUSALS_EVERY_MS:
            self._last_refusal_ms = now_ms
            log.error(
                "Writing to %s-%d failed: %s. Writers get KAFKA_STORAGE_ERROR until there is room again; "
                "nothing acknowledged is lost.",
                topic,
                index,
                reason,
            )

    # Finding

    def missing(self, topic: str, index: int) -> BrokerError:
        """Why a partition that is not here is not: held by others, or unknown to all."""
        if self.image.topics.partition(topic, index) is not None:
            if (topic, index) in self._offline:
                return BrokerError(ErrorCode.KAFKA_STORAGE_ERROR)
            return BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)
        return BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)

    def leader_of(self, topic: str, index: int, current_leader_epoch: int = -1) -> Partition:
        """The partition, if this broker leads it. Raises BrokerError."""
        partition = self.partitions.get((topic, index))
        if partition is None:
            raise self.missing(topic, index)
        partition.check_leader_epoch(current_leader_epoch)
        partition.require_leader()
        return partition

    # Partitions led here

    def preferred_replica(
        self, partition: Partition, wanted: FetchPartition, requirements: FetchRequirements
    ) -> int | None:
        """Where a consumer of a partition led here had better read; None: here."""
        leadership = partition.leadership
        if not self._prefers_near_replicas or leadership is None or requirements.version < PREFERRED_REPLICA_SINCE:
            return None
        cluster = self.image.cluster

        def view(node_id: int, log_end_offset: int, since_caught_up_ms: int) -> ReplicaView:
            broker = cluster.brokers.get(node_id)
            reachable = broker is not None and cluster.endpoint(node_id, requirements.listener) is not None
            rack = broker.rack if broker is not None and reachable else None
            return ReplicaView(node_id, rack, log_end_offset, since_caught_up_ms)

        followers = [
            view(replica, state.log_end_offset, requirements.now_ms - state.last_caught_up_ms)
            for replica, state in leadership.followers.items()
            # Of those that lag, a consumer would be sent back at once.
            if replica in leadership.committed_isr
            and state.log_start_offset <= wanted.fetch_offset <= state.log_end_offset
        ]
        return nearest_replica(requirements.rack_id, view(self.node_id, partition.log.log_end_offset, 0), followers)

    def shrink_in_sync_sets(self, now_ms: int) -> None:
        """Asks that followers which lag for too long leave the sets of partitions led here."""
        due = LagCheckDue()
        for partition in self.partitions.values():
            if partition.is_leader:
                partition.step(due, now_ms)

    def may_join(self, replica: int, broker_epoch: int | None) -> bool:
        """Part of `Membership`."""
        broker = self.image.cluster.brokers.get(replica)
        return broker is not None and broker_epoch is not None and broker.active and broker_epoch in (-1, broker.epoch)

    def is_alive(self, replica: int) -> bool:
        """Part of `Membership`."""
        broker = self.image.cluster.brokers.get(replica)
        return broker is not None and not broker.fenced

    def broker_epoch(self, replica: int) -> int:
        """Part of `Membership`."""
        return self.image.cluster.broker_epoch(replica)

    # Housekeeping

    def checkpoint_high_watermarks(self) -> None:
        """Writes the high watermarks of directories where one has changed."""
        for directory in self.directories:
            marks: Mapping[TopicPartition, int] = {
                key: partition.high_watermark for key, partition in self.partitions.items() if key in directory.logs
            }
            if marks != directory.high_watermarks:
                try:
                    directory.checkpoint_high_watermarks(marks)
                    directory.high_watermarks = dict(marks)
                except OSError as error:
                    self._directory_failed(directory, error)

    def offline_partitions(self) -> int:
        return sum(1 for _, _, p in self.image.topics.all_partitions() if p.leader < 0)

    def under_replicated(self) -> int:
        return sum(
            1
            for partition in self.partitions.values()
            if partition.leadership is not None
            and len(partition.leadership.committed_isr) < len(partition.leadership.replicas)
        )
