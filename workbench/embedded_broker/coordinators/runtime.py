"""Which partitions of an internal topic this broker coordinates, and the way to their state machines.

A partition is loaded when this broker becomes its leader and dropped when it is not any more; leader epochs keep late
news from undoing newer ones. Requests for a partition that loads get COORDINATOR_LOAD_IN_PROGRESS, for others
NOT_COORDINATOR. Source: Kafka's CoordinatorRuntime.

What the rest of the broker has to offer stands in `interfaces.py`: `PartitionLogs`, `Scheduler`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from workbench.embedded_broker.coordinators.coordinated_partition import CoordinatedPartition, PartitionState
from workbench.embedded_broker.coordinators.decision import Decision, Ticket
from workbench.embedded_broker.coordinators.interfaces import PartitionLogs, Scheduler, Shard
from workbench.embedded_broker.coordinators.operation import Done
from workbench.embedded_broker.errors import BrokerError
from workbench.records.compression import Compression
from workbench.wire.error_codes import ErrorCode

log = logging.getLogger(__name__)

S = TypeVar("S", bound=Shard)
R = TypeVar("R")


class CoordinatorRuntime(Generic[S]):
    """The coordinated partitions of one internal topic."""

    def __init__(
        self,
        topic: str,
        make_shard: Callable[[], S],
        logs: PartitionLogs,
        scheduler: Scheduler,
        answer: Callable[[Ticket, Any], None],
        *,
        write_timeout_ms: int = 5_000,
        load_buffer_bytes: int = 5 * 1024 * 1024,
        compression: Compression = Compression.NONE,
    ) -> None:
        """`answer` gives a parked request's response to whoever made the ticket."""
        self.topic = topic
        self._make_shard = make_shard
        self._logs = logs
        self._scheduler = scheduler
        self._answer = answer
        self._write_timeout_ms = write_timeout_ms
        self._load_buffer_bytes = load_buffer_bytes
        self._compression = compression
        self._partitions: dict[int, CoordinatedPartition[S]] = {}

    # ------------------------------------------------------------------ leadership

    def on_election(self, partition: int, leader_epoch: int) -> None:
        """This broker leads the partition in `leader_epoch`."""
        coordinated = self._partitions.get(partition)
        if coordinated is None:
            coordinated = CoordinatedPartition(
                self.topic,
                partition,
                leader_epoch=-1,
                make_shard=self._make_shard,
                logs=self._logs,
                scheduler=self._scheduler,
                answer=self._answer,
                write_timeout_ms=self._write_timeout_ms,
                load_buffer_bytes=self._load_buffer_bytes,
                compression=self._compression,
            )
            self._partitions[partition] = coordinated
        if coordinated.leader_epoch >= leader_epoch:
            return
        coordinated.leader_epoch = leader_epoch
        if coordinated.state in (PartitionState.CLOSED, PartitionState.FAILED):
            coordinated.load()

    def on_resignation(self, partition: int, leader_epoch: int | None) -> None:
        """Another broker leads the partition in `leader_epoch`; None when the partition is gone."""
        coordinated = self._partitions.get(partition)
        if coordinated is None or (leader_epoch is not None and coordinated.leader_epoch >= leader_epoch):
            return
        log.info("%s-%d is not coordinated here any more", self.topic, partition)
        self._give_up(partition)

    def close(self) -> None:
        """The broker shuts down: every partition is given up."""
        for partition in list(self._partitions):
            self._give_up(partition)

    def _give_up(self, partition: int) -> None:
        self._partitions.pop(partition).close()

    # ------------------------------------------------------------------ operations

    def write(
        self,
        partition: int,
        decide: Callable[[S, int], Decision],
        done: Done,
        *,
        producer_id: int = -1,
        producer_epoch: int = -1,
    ) -> None:
        """Lets the partition's machine decide (given the time in ms) and carries it out.

        `done` gets the response once everything is committed, or a BrokerError; perhaps before this returns.
        """
        coordinated = self._partitions.get(partition)
        if coordinated is None:
            done(None, BrokerError(ErrorCode.NOT_COORDINATOR))
            return
        coordinated.write(decide, done, producer_id=producer_id, producer_epoch=producer_epoch)

    def write_all(self, decide: Callable[[S, int], Decision], done: Done) -> None:
        """`write` for each partition that is active; `done` is called for each."""
        for partition in self.active_partitions():
            self.write(partition, decide, done)

    def read(self, partition: int, look: Callable[[S], R]) -> R:
        """What `look` finds. Raises COORDINATOR_LOAD_IN_PROGRESS, NOT_COORDINATOR, and what `look` raises."""
        coordinated = self._partitions.get(partition)
        if coordinated is None:
            raise BrokerError(ErrorCode.NOT_COORDINATOR)
        coordinated.require_active()
        return look(coordinated.shard)

    def read_all(self, look: Callable[[S], R]) -> list[R]:
        """`look` at each partition. Raises COORDINATOR_LOAD_IN_PROGRESS while one of them loads."""
        if any(coordinated.state is PartitionState.LOADING for coordinated in self._partitions.values()):
            raise BrokerError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        return [self.read(partition, look) for partition in self.active_partitions()]

    def complete_transaction(
        self,
        partition: int,
        producer_id: int,
        producer_epoch: int,
        coordinator_epoch: int,
        is_commit: bool,
        done: Done,
    ) -> None:
        """Writes a transaction marker to the partition and applies it."""
        coordinated = self._partitions.get(partition)
        if coordinated is None:
            done(None, BrokerError(ErrorCode.NOT_COORDINATOR))
            return
        coordinated.complete_transaction(producer_id, producer_epoch, coordinator_epoch, is_commit, done)

    def active_partitions(self) -> list[int]:
        return [
            partition
            for partition, coordinated in sorted(self._partitions.items())
            if coordinated.state is PartitionState.ACTIVE
        ]

    @property
    def is_loading(self) -> bool:
        return any(coordinated.state is PartitionState.LOADING for coordinated in self._partitions.values())
