"""Reads what one fetch wants, partition by partition, under its size limits; who may see what is in `reading.py`.

Rules: the first record batch of the whole response goes out even if it is larger than every limit (KIP-74); a follower
out of sync gets nothing of a throttled partition while the throttle's limit is exceeded (KIP-73).

Source: kafka.server.ReplicaManager (readFromLog, fetchMessages), DelayedFetch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.events import FollowerFetched
from workbench.embedded_broker.replication.fetch_session import FetchPartition, FetchSession
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.reading import (
    FetchRequirements,
    check_reader,
    committed_ends,
    parting,
    visible_end,
)
from workbench.storage.log.errors import OffsetOutOfRangeError
from workbench.storage.log.log_read import FileRegion
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.replica_manager import ReplicaManager
    from workbench.embedded_broker.replication.throttle import ReplicationThrottle

Buffer = bytes | bytearray | memoryview | FileRegion

LAZILY_FROM_BYTES = 128 * 1024


@dataclass(slots=True)
class PartitionRead:
    """Outcome for one partition, in the words of the response."""

    partition: FetchPartition
    error: ErrorCode = ErrorCode.NONE
    high_watermark: int = -1
    last_stable_offset: int = -1
    log_start_offset: int = -1
    aborted: Sequence[tuple[int, int]] | None = None
    preferred_replica: int = -1
    buffers: Sequence[Buffer] = ()
    size_bytes: int = 0
    diverging: tuple[int, int] | None = None
    leader_id: int = -1
    leader_epoch: int = -1
    replica: Partition | None = None
    is_at_end: bool = False
    """The reader has all that it may see."""
    is_unknown: bool = False
    """No broker has such a partition."""

    @property
    def topic_name(self) -> str:
        return self.partition.topic or ""

    @property
    def topic_id(self) -> bytes:
        return self.partition.topic_id

    @property
    def partition_index(self) -> int:
        return self.partition.index


class _UnknownSourceError(BrokerError):
    """Known to nobody: Kafka answers these apart from what a replica refuses, with an empty list of transactions."""


class ReplicaReader:
    """Reads for one fetch, again whenever it is woken; only the first reading tells what a follower holds."""

    def __init__(
        self,
        replicas: ReplicaManager,
        requirements: FetchRequirements,
        throttle: ReplicationThrottle | None = None,
        session: FetchSession | None = None,
    ) -> None:
        """`throttle` is the leader's side, for followers; in a `session` what is quiet is left out."""
        self._replicas = replicas
        self._requirements = requirements
        self._is_follower = requirements.is_follower
        self._throttle = throttle
        self._session = session
        self._is_first = True
        self._wanted_count = 0

    def partitions_of(self, reads: Iterable[PartitionRead]) -> list[Partition]:
        return [read.replica for read in reads if read.replica is not None]

    def is_enough(self, reads: Sequence[PartitionRead]) -> bool:
        """Whether to answer at once: enough bytes, or something that cannot wait.

        What nobody knows waits for the others: a reader would else be answered about it again and again.
        """
        size, unknown = 0, 0
        for read in reads:
            if read.is_unknown:
                unknown += 1
            elif read.error != ErrorCode.NONE or read.diverging is not None or read.preferred_replica != -1:
                return True
            size += read.size_bytes
        return unknown == self._wanted_count or size >= self._requirements.min_bytes

    def read(self, wanted: Iterable[FetchPartition]) -> list[PartitionRead]:
        requirements = self._requirements
        remaining = requirements.max_bytes
        nothing_yet = True
        reads: list[PartitionRead] = []
        session, now_ms = self._session, requirements.now_ms
        self._wanted_count = 0
        for partition in wanted:
            self._wanted_count += 1
            if session is not None and partition.is_quiet(now_ms):
                continue
            read = self._read_one(partition, remaining, nothing_yet)
            if session is not None and read.replica is not None:
                self._watch(session, read, read.replica)
            if read.size_bytes:
                nothing_yet = False
            if not read.is_unknown:
                remaining = max(0, remaining - read.size_bytes)
            reads.append(read)
        self._is_first = False
        return reads

    def _watch(self, session: FetchSession, read: PartitionRead, replica: Partition) -> None:
        partition = read.partition
        partition.watch(replica, session.watch)
        if not read.is_at_end or not partition.has_told(read.high_watermark, read.log_start_offset):
            return
        leadership = replica.leadership
        if self._is_follower and (leadership is None or self._requirements.replica_id not in leadership.committed_isr):
            # Each of its fetches may be the one with which it gets in sync.
            return
        partition.is_at_end(self._requirements.now_ms)

    def _read_one(self, wanted: FetchPartition, remaining: int, min_one: bool) -> PartitionRead:
        read = PartitionRead(wanted)
        requirements = self._requirements
        try:
            if wanted.topic is None:
                # A topic id that was unknown when the session began may have become known since.
                wanted.topic = self._replicas.image.topics.topic_name(wanted.topic_id)
                if wanted.topic is None:
                    raise _UnknownSourceError(ErrorCode.UNKNOWN_TOPIC_ID)
            replica = self._replicas.partitions.get((wanted.topic, wanted.index))
            if replica is None:
                missing = self._replicas.missing(wanted.topic, wanted.index)
                if missing.code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
                    raise _UnknownSourceError(missing.code)
                raise missing
            if requirements.version >= 13 and replica.topic_id != wanted.topic_id:
                # The session knows the topic by its name, which another topic has now.
                raise _UnknownSourceError(ErrorCode.INCONSISTENT_TOPIC_ID)
            read.replica = replica
            check_reader(replica.machine, requirements, wanted.current_leader_epoch)
            self._read_log(read, replica, wanted, remaining, min_one)
        except OffsetOutOfRangeError:
            self._fail(read, ErrorCode.OFFSET_OUT_OF_RANGE)
        except BrokerError as error:
            self._fail(read, error.code)
            if isinstance(error, _UnknownSourceError):
                read.aborted = ()
                read.is_unknown = error.code != ErrorCode.INCONSISTENT_TOPIC_ID
            if error.code in (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.FENCED_LEADER_EPOCH):
                self._name_leader(read)
        except OSError as error:
            self._fail(read, ErrorCode.KAFKA_STORAGE_ERROR)
            self._replicas.storage_failed(wanted.topic or "", wanted.index, error)
        return read

    def _fail(self, read: PartitionRead, code: ErrorCode) -> None:
        read.error = code
        read.buffers = ()
        read.size_bytes = 0
        read.aborted = None
        read.high_watermark = read.last_stable_offset = read.log_start_offset = -1

    def _name_leader(self, read: PartitionRead) -> None:
        if self._requirements.version < 16 or read.partition.topic is None:
            return
        known = self._replicas.image.topics.partition(read.partition.topic, read.partition.index)
        if known is not None:
            read.leader_id, read.leader_epoch = known.leader, known.leader_epoch

    def _read_log(
        self, read: PartitionRead, replica: Partition, wanted: FetchPartition, remaining: int, min_one: bool
    ) -> None:
        requirements = self._requirements
        log = replica.log
        fetch_offset = wanted.fetch_offset
        if not self._is_follower:
            preferred = self._replicas.preferred_replica(replica, wanted, requirements)
            if preferred is not None:
                self._tell_offsets(read, replica)
                read.preferred_replica = preferred
                return
        diverging = parting(replica.machine, wanted)
        if diverging is not None:
            self._tell_offsets(read, replica)
            read.diverging = diverging
            return
        if self._is_follower and self._is_first:
            # Only now is it known that below its offset the follower has what we have.
            fetched = FollowerFetched(
                requirements.replica_id, requirements.replica_epoch, fetch_offset, wanted.log_start_offset
            )
            replica.step(fetched, requirements.now_ms)
        self._tell_offsets(read, replica)
        upper_bound = visible_end(replica.machine, requirements)
        if requirements.read_committed and not self._is_follower:
            read.aborted = ()
        if fetch_offset >= upper_bound:
            read.is_at_end = True
            return
        if self._is_held_back(replica):
            return
        max_bytes = min(wanted.max_bytes, remaining)
        if max_bytes < 0 and fetch_offset >= log.log_start_offset:
            raise BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR)
        if max_bytes <= 0 and not min_one:
            return
        data = log.read_lazily(
            fetch_offset,
            max(max_bytes, 0),
            upper_bound=upper_bound,
            min_one_message=min_one,
            lazily_from=LAZILY_FROM_BYTES,
        )
        if data.size_bytes == 0:
            return
        read.buffers = data.data
        read.size_bytes = data.size_bytes
        if requirements.read_committed:
            read.aborted = [
                (aborted.producer_id, aborted.first_offset)
                for aborted in log.collect_aborted_transactions(
                    fetch_offset, min(log.upper_bound_of(data.found), upper_bound)
                )
            ]

    def _is_held_back(self, replica: Partition) -> bool:
        throttle = self._throttle
        if throttle is None or not throttle.is_throttled(replica.topic, replica.index):
            return False
        leadership = replica.leadership
        if leadership is None or self._requirements.replica_id in leadership.committed_isr:
            return False
        return throttle.is_exceeded

    @staticmethod
    def _tell_offsets(read: PartitionRead, replica: Partition) -> None:
        read.high_watermark, read.last_stable_offset = committed_ends(replica.machine)
        read.log_start_offset = replica.log.log_start_offset
