"""Copies what other brokers lead: one fetcher for each of them, on connections of its own.

A fetcher holds an incremental session with its leader and asks again at once, with what it has as the offset, so its
fetch is also its acknowledgement. Batches are appended as the leader has them; where the logs diverged, ours is cut to
where they last agreed (KIP-101, KIP-279, KIP-595). A partition with an error rests for the backoff, the others go on.

When partitions come while a fetch waits at the leader for data, that fetch is given up and a new session begun on the
another connection: otherwise a new topic's first write with acks=all would wait for the poll to end.

Source: kafka.server.AbstractFetcherThread, ReplicaFetcherThread, RemoteLeaderEndPoint.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum.transport import NodeConnections, NodeUnreachableError, UnsupportedByNodeError
from workbench.embedded_broker.replication.leader_connection import LeaderConnection
from workbench.storage.log.errors import AppendError, LogError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import WireError
from workbench.wire.messages import FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.partition import Partition

log = logging.getLogger(__name__)

FETCH_VERSION = 18
LIST_OFFSETS_VERSION = 11
LATEST, EARLIEST_LOCAL = -1, -4
_NO_EPOCH = -1
FIRST_REST_MS = 5
_PASSING = (
    ErrorCode.FENCED_LEADER_EPOCH,
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.UNKNOWN_TOPIC_ID,
    ErrorCode.UNKNOWN_LEADER_EPOCH,
)
"""Errors that only say that one of us is ahead in the metadata."""
_SESSION_ERRORS = (
    ErrorCode.FETCH_SESSION_ID_NOT_FOUND,
    ErrorCode.INVALID_FETCH_SESSION_EPOCH,
    ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR,
)

TopicPartition = tuple[str, int]


@dataclass(frozen=True, slots=True)
class FetcherSettings:
    """The settings `replica.fetch.*`; times in ms, sizes in bytes."""

    max_wait_ms: int = 500
    min_bytes: int = 1
    partition_max_bytes: int = 1_048_576
    response_max_bytes: int = 10_485_760
    backoff_ms: int = 1_000
    request_timeout_ms: int = 30_000


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a session knows of a partition; only what differs is told again."""

    offset: int
    last_epoch: int
    leader_epoch: int
    log_start_offset: int


class ReplicaFetcher:
    """Follows one leader."""

    def __init__(
        self,
        node_id: int,
        leader_id: int,
        settings: FetcherSettings,
        *,
        address: Callable[[], tuple[str, int] | None],
        broker_epoch: Callable[[], int],
        fetched: Callable[[Partition, int], None],
        storage_failed: Callable[[Partition, OSError], None],
        now_ms: Callable[[], int],
    ) -> None:
        """`fetched(partition, bytes)` is told after each append."""
        self._node_id = node_id
        self.leader_id = leader_id
        self._settings = settings
        self._address = address
        self._broker_epoch = broker_epoch
        self._fetched = fetched
        self._storage_failed = storage_failed
        self._now_ms = now_ms
        self._partitions: dict[TopicPartition, Partition] = {}
        self._by_id: dict[tuple[bytes, int], Partition] = {}
        self._resting: dict[TopicPartition, float] = {}
        self._passing_errors: dict[TopicPartition, int] = {}
        self._session_id = 0
        self._session_epoch = 0
        self._session: dict[TopicPartition, _Asked] = {}
        self._connections: list[LeaderConnection] = []
        self._active: LeaderConnection | None = None
        self._version = FETCH_VERSION
        self._looking_for_start: list[Partition] = []
        self._questions = NodeConnections(f"broker-{node_id}-offsets-{leader_id}")
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._partitions)

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"fetcher from broker {self.leader_id}")
        self._task.add_done_callback(_report)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for connection in list(self._connections):
            connection.close()
        await self._questions.close()

    def follow(self, partition: Partition) -> None:
        """Fetches the partition from now on, in its present leader epoch."""
        key = (partition.topic, partition.index)
        self._partitions[key] = partition
        self._by_id[partition.topic_id, partition.index] = partition
        self._resting.pop(key, None)
        self._session.pop(key, None)
        self._give_up_poll()

    def _give_up_poll(self) -> None:
        """Leaves a fetch that waits at the leader to itself, so that one with more partitions can go out at once."""
        self._changed.set()
        if self._active is not None and self._active.waits:
            self._active = None
            self._reset_session()

    def look_again(self) -> None:
        self._changed.set()

    def forget(self, key: TopicPartition) -> None:
        partition = self._partitions.pop(key, None)
        if partition is not None:
            self._by_id.pop((partition.topic_id, partition.index), None)
            self._resting.pop(key, None)

    # Connecting and sending

    async def _run(self) -> None:
        """Keeps a fetch under way: at the start, after a rest, after a lost connection."""
        backoff_s = self._settings.backoff_ms / 1000
        failures = 0
        while True:
            self._changed.clear()
            address = self._address()
            if self._looking_for_start:
                # Nothing may be appended to a log whose start is being asked for.
                starts, self._looking_for_start = self._looking_for_start, []
                if address is not None:
                    for partition in starts:
                        await self._find_start(address, partition)
            if self._active is not None and self._someone_woke():
                self._give_up_poll()
            if address is not None and self._active is None and self._awake():
                try:
                    async with asyncio.timeout(self._settings.request_timeout_ms / 1000):
                        self._active = await self._free_connection(address)
                    failures = 0
                    self._send_next()
                except (NodeUnreachableError, TimeoutError) as error:
                    if not failures:
                        log.info("Broker %d cannot be fetched from: %s", self.leader_id, error)
                    failures += 1
                    await self._wait_for_change(min(backoff_s, FIRST_REST_MS / 1000 * 2 ** min(failures, 16)))
                    continue
            self._give_up_on_silence()
            await self._wait_for_change(self._seconds_to_next(backoff_s))

    async def _free_connection(self, address: tuple[str, int]) -> LeaderConnection:
        for connection in self._connections:
            if connection.is_open and not connection.waits:
                return connection
        connection = LeaderConnection(f"broker-{self._node_id}-fetcher-{self.leader_id}", self._received, self._lost)
        versions = await connection.open(*address)
        theirs = versions.get(FetchRequest.API_KEY, (0, 0))
        self._version = min(FETCH_VERSION, theirs[1])
        self._connections.append(connection)
        return connection

    def _send_next(self) -> None:
        """Asks again at once; where nothing is awake, the loop waits for it."""
        connection = self._active
        if connection is None:
            return
        if not self._awake() or self._looking_for_start:
            self._active = None
            self._changed.set()
            return
        connection.fetch(self._request(), self._version)

    def _lost(self, connection: LeaderConnection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if connection is self._active:
            self._active = None
            self._reset_session()
            self._changed.set()

    def _give_up_on_silence(self) -> None:
        oldest = asyncio.get_running_loop().time() - self._settings.request_timeout_ms / 1000
        for connection in list(self._connections):
            if connection.waits and connection.sent_at < oldest:
                connection.close()

    async def _wait_for_change(self, longest_s: float) -> None:
        try:
            async with asyncio.timeout(longest_s):
                await self._changed.wait()
        except TimeoutError:
            return

    def _seconds_to_next(self, longest_s: float) -> float:
        now = asyncio.get_running_loop().time()
        return max(0.001, min([until - now for until in self._resting.values()], default=longest_s))

    def _awake(self) -> bool:
        if self._resting:
            now = asyncio.get_running_loop().time()
            for key in [key for key, until in self._resting.items() if until <= now]:
                del self._resting[key]
            return any(key not in self._resting for key in self._partitions)
        return bool(self._partitions)

    def _someone_woke(self) -> bool:
        """A partition has rested and the fetch under way does not name it."""
        if not self._resting or not self._awake():
            return False
        return any(key not in self._resting and key not in self._session for key in self._partitions)

    def _rest(self, key: TopicPartition, *, passing: bool = False) -> None:
        """Leaves the partition alone for the backoff, or for a moment where only the metadata has to catch up."""
        rest_ms = self._settings.backoff_ms
        if passing:
            rounds = self._passing_errors[key] = self._passing_errors.get(key, 0) + 1
            rest_ms = min(rest_ms, FIRST_REST_MS << min(rounds, 16))
        self._resting[key] = asyncio.get_running_loop().time() + rest_ms / 1000
        self._changed.set()

    def _reset_session(self) -> None:
        self._session_id = self._session_epoch = 0
        self._session.clear()

    # What comes back

    def _received(self, connection: LeaderConnection, frame: memoryview) -> None:
        if connection is not self._active:
            # The poll that was given up when partitions came.
            return
        try:
            response, _ = FetchResponse.decode(frame, self._version, 5)
        except WireError as error:
            log.warning("Broker %d sent what is no Fetch response: %s", self.leader_id, error)
            connection.close()
            return
        if response.error_code != ErrorCode.NONE:
            self._reset_session()
            if response.error_code not in _SESSION_ERRORS:
                for key in self._partitions:
                    self._rest(key)
            self._send_next()
            return
        if self._session_epoch == 0:
            self._session_id = response.session_id
        self._session_epoch = self._session_epoch % (2**31 - 1) + 1 if self._session_id else 0
        if not self._session_id:
            self._session.clear()
        for topic in response.responses:
            for data in topic.partitions:
                partition = self._by_id.get((topic.topic_id, data.partition_index))
                if partition is not None:
                    self._take(partition, data)
        self._send_next()

    def _request(self) -> FetchRequest:
        settings = self._settings
        topics: dict[bytes, FetchRequest.FetchTopic] = {}
        session = self._session
        wanted = {key: p for key, p in self._partitions.items() if key not in self._resting}
        for key, partition in wanted.items():
            partition_log = partition.log
            latest = partition_log.leader_epochs.latest_epoch
            asked = _Asked(
                partition_log.log_end_offset,
                _NO_EPOCH if latest is None else latest,
                partition.leader_epoch,
                partition_log.log_start_offset,
            )
            if session.get(key) == asked:
                continue
            session[key] = asked
            topic = topics.get(partition.topic_id)
            if topic is None:
                topic = topics[partition.topic_id] = FetchRequest.FetchTopic(topic_id=partition.topic_id)
            topic.partitions.append(
                FetchRequest.FetchPartition(
                    partition=partition.index,
                    current_leader_epoch=asked.leader_epoch,
                    fetch_offset=asked.offset,
                    last_fetched_epoch=asked.last_epoch,
                    log_start_offset=asked.log_start_offset,
                    partition_max_bytes=settings.partition_max_bytes,
                )
            )
        forgotten: list[FetchRequest.ForgottenTopic] = []
        for key in [key for key in session if key not in wanted]:
            del session[key]
            known = self._partitions.get(key)
            if known is not None:
                forgotten.append(FetchRequest.ForgottenTopic(topic_id=known.topic_id, partitions=[key[1]]))
            else:
                # Its topic id is not known here any more: a session begun anew names only what is wanted.
                return self._restart()
        return FetchRequest(
            replica_state=FetchRequest.ReplicaState(replica_id=self._node_id, replica_epoch=self._broker_epoch()),
            max_wait_ms=settings.max_wait_ms,
            min_bytes=settings.min_bytes,
            max_bytes=settings.response_max_bytes,
            session_id=self._session_id,
            session_epoch=self._session_epoch,
            topics=list(topics.values()),
            forgotten_topics_data=forgotten,
        )

    def _restart(self) -> FetchRequest:
        self._reset_session()
        return self._request()

    def _take(self, partition: Partition, data: FetchResponse.PartitionData) -> None:
        key = (partition.topic, partition.index)
        asked = self._session.get(key)
        if partition.is_leader or partition.leader_id != self.leader_id or self._partitions.get(key) is not partition:
            return
        code = data.error_code
        if code == ErrorCode.OFFSET_OUT_OF_RANGE:
            self._looking_for_start.append(partition)
            return
        if code != ErrorCode.NONE:
            if code not in (
                ErrorCode.NOT_LEADER_OR_FOLLOWER,
                ErrorCode.UNKNOWN_TOPIC_ID,
                ErrorCode.UNKNOWN_LEADER_EPOCH,
            ):
                log.info("%s-%d cannot be fetched from broker %d: %s", *key, self.leader_id, ErrorCode(code).name)
            self._rest(key, passing=code in _PASSING)
            return
        self._passing_errors.pop(key, None)
        try:
            if data.diverging_epoch.epoch >= 0:
                self._truncate(partition, data.diverging_epoch.epoch, data.diverging_epoch.end_offset)
                return
            if asked is not None and asked.offset != partition.log.log_end_offset:
                return
            size = 0
            if data.records is not None and len(data.records):
                result = partition.log.append_as_follower(
                    data.records, leader_epoch=partition.leader_epoch, now_ms=self._now_ms()
                )
                size = result.size_bytes
            if data.log_start_offset > partition.log.log_start_offset:
                partition.log.advance_log_start_offset(min(data.log_start_offset, partition.log.log_end_offset))
            partition.follower_high_watermark(data.high_watermark)
            if size:
                self._fetched(partition, size)
        except (AppendError, LogError) as error:
            log.warning("%s-%d: what broker %d sent cannot be appended: %s", *key, self.leader_id, error)
            self._session.pop(key, None)
            self._rest(key)
        except OSError as error:
            self._storage_failed(partition, error)
            self._rest(key)

    def _truncate(self, partition: Partition, epoch: int, end_offset: int) -> None:
        """Cuts our log to where it last agreed with the leader's."""
        partition_log = partition.log
        own_epoch, own_end = partition_log.leader_epochs.end_offset_for(epoch, partition_log.log_end_offset)
        if own_epoch < 0:
            target = partition_log.log_start_offset
        else:
            target = min(own_end, end_offset) if own_epoch == epoch else own_end
        log.info(
            "%s-%d: our log diverged from broker %d's; cutting it from %d to %d",
            partition.topic,
            partition.index,
            self.leader_id,
            partition_log.log_end_offset,
            target,
        )
        partition_log.truncate_to(target, now_ms=self._now_ms())
        partition.truncated()

    async def _find_start(self, address: tuple[str, int], partition: Partition) -> None:
        """The leader does not have our offset: its log is shorter, or begins later."""
        key = (partition.topic, partition.index)
        latest = await self._list_offset(address, partition, LATEST)
        earliest = await self._list_offset(address, partition, EARLIEST_LOCAL)
        if latest is None or earliest is None or self._partitions.get(key) is not partition or partition.is_leader:
            self._rest(key)
            return
        now_ms = self._now_ms()
        try:
            if latest < partition.log.log_end_offset:
                partition.log.truncate_to(latest, now_ms=now_ms)
            else:
                partition.log.truncate_fully_and_start_at(earliest, now_ms=now_ms)
            partition.truncated()
        except OSError as error:
            self._storage_failed(partition, error)
            self._rest(key)

    async def _list_offset(self, address: tuple[str, int], partition: Partition, timestamp: int) -> int | None:
        request = ListOffsetsRequest(
            replica_id=self._node_id,
            topics=[
                ListOffsetsRequest.ListOffsetsTopic(
                    name=partition.topic,
                    partitions=[
                        ListOffsetsRequest.ListOffsetsPartition(
                            partition_index=partition.index,
                            current_leader_epoch=partition.leader_epoch,
                            timestamp=timestamp,
                        )
                    ],
                )
            ],
        )
        try:
            response, _ = await self._questions.request(
                *address, request, timeout_ms=self._settings.request_timeout_ms, highest_version=LIST_OFFSETS_VERSION
            )
        except (NodeUnreachableError, UnsupportedByNodeError):
            return None
        assert isinstance(response, ListOffsetsResponse)
        answer = response.topics[0].partitions[0]
        return None if answer.error_code else answer.offset


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())
