"""Copies what one other broker leads: connections to it, and when to send; what is said is `leader_following.py`'s.

The next fetch goes out in the callback that received the last response, without a task in between, since the way of a
write with acks=all leads through here twice. When partitions come while a fetch waits at the leader for data, that
fetch is given up and a new session begun on another connection: otherwise a new topic's first write with acks=all
would wait for the poll to end.

Source: kafka.server.AbstractFetcherThread, RemoteLeaderEndPoint.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from workbench.embedded_broker.quorum.transport import NodeConnections, NodeUnreachableError, UnsupportedByNodeError
from workbench.embedded_broker.replication.leader_connection import LeaderConnection
from workbench.embedded_broker.replication.leader_following import (
    FIRST_REST_MS,
    FetcherSettings,
    LeaderFollowing,
    TopicPartition,
)
from workbench.wire.error_codes import ErrorCode
from workbench.wire.errors import WireError
from workbench.wire.messages import FetchRequest, FetchResponse, ListOffsetsRequest, ListOffsetsResponse

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.partition import Partition
    from workbench.embedded_broker.replication.throttle import ReplicationThrottle

log = logging.getLogger(__name__)

FETCH_VERSION = 18
LIST_OFFSETS_VERSION = 11
LATEST, EARLIEST = -1, -2


class DiskDelays(Protocol):
    """What a fault makes of the disk (`faults/injector.py`)."""

    disk_delay_s: float
    owed_s: float


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
        disk: DiskDelays | None = None,
        throttle: ReplicationThrottle | None = None,
    ) -> None:
        """`address` is where the leader is reached, None while that is not known."""
        self._node_id = node_id
        self._disk = disk
        self.leader_id = leader_id
        self._settings = settings
        self._address = address
        self._following = LeaderFollowing(
            node_id,
            leader_id,
            settings,
            broker_epoch=broker_epoch,
            fetched=fetched,
            storage_failed=storage_failed,
            now_ms=now_ms,
            throttle=throttle,
        )
        self._connections: list[LeaderConnection] = []
        self._active: LeaderConnection | None = None
        self._version = FETCH_VERSION
        self._questions = NodeConnections(f"broker-{node_id}-offsets-{leader_id}")
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._following)

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"fetcher from broker {self.leader_id}")
        self._task.add_done_callback(_report)

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._active = None
        for connection in list(self._connections):
            connection.close()
        await self._questions.close()

    def follow(self, partition: Partition) -> None:
        """Fetches the partition from now on, in its present leader epoch."""
        self._following.follow(partition)
        self._give_up_poll()

    def forget(self, key: TopicPartition) -> None:
        self._following.forget(key)

    def look_again(self) -> None:
        """The leader's address may be known now."""
        self._changed.set()

    # Connecting and sending

    def _give_up_poll(self) -> None:
        """Leaves a fetch that waits at the leader to itself, so that one with more partitions can go out at once."""
        self._changed.set()
        if self._active is not None and self._active.waits:
            self._active = None
            self._following.reset_session()

    async def _run(self) -> None:
        """Keeps a fetch under way: at the start, after a rest, after a lost connection."""
        loop = asyncio.get_running_loop()
        backoff_s = self._settings.backoff_ms / 1000
        failures = 0
        while True:
            self._changed.clear()
            address = self._address()
            if address is not None:
                # Nothing may be appended to a log whose start is being asked for.
                for partition in self._following.take_lost():
                    await self._find_start(address, partition)
            if self._active is not None and self._following.someone_woke(loop.time()):
                self._give_up_poll()
            if address is not None and self._active is None and self._following.is_awake(loop.time()):
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
            next_wake_s = self._following.next_wake_s()
            await self._wait_for_change(backoff_s if next_wake_s is None else max(0.001, next_wake_s - loop.time()))

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
        if self._following.has_lost or not self._following.is_awake(asyncio.get_running_loop().time()):
            self._active = None
            self._changed.set()
            return
        connection.fetch(self._following.request(), self._version)

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
        disk = self._disk
        if disk is not None and disk.disk_delay_s:
            self._received_on_slow_disk(response, connection, disk)
            return
        self._following.received(response, asyncio.get_running_loop().time())
        if self._following.next_wake_s() is not None:
            self._changed.set()
        self._send_next()

    def _received_on_slow_disk(self, response: FetchResponse, connection: LeaderConnection, disk: DiskDelays) -> None:
        """The next fetch acknowledges what is appended now, so it waits for the disk."""
        loop = asyncio.get_running_loop()
        owed_before_s = disk.owed_s
        self._following.received(response, loop.time())

        def go_on() -> None:
            if connection is self._active and not connection.waits:
                self._changed.set()
                self._send_next()

        loop.call_later(disk.owed_s - owed_before_s, go_on)

    def _lost(self, connection: LeaderConnection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        if connection is self._active:
            self._active = None
            self._following.reset_session()
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

    # Asking for offsets

    async def _find_start(self, address: tuple[str, int], partition: Partition) -> None:
        """The leader does not have our offset: its log is shorter, or begins later."""
        leader_epoch = partition.leader_epoch
        latest = await self._list_offset(address, partition, leader_epoch, LATEST)
        earliest = await self._list_offset(address, partition, leader_epoch, EARLIEST)
        now_s = asyncio.get_running_loop().time()
        if latest is None or earliest is None:
            self._following.offsets_unknown(partition, now_s)
        else:
            self._following.offsets_found(partition, leader_epoch, earliest, latest, now_s)

    async def _list_offset(
        self, address: tuple[str, int], partition: Partition, leader_epoch: int, timestamp: int
    ) -> int | None:
        request = ListOffsetsRequest(
            replica_id=self._node_id,
            topics=[
                ListOffsetsRequest.ListOffsetsTopic(
                    name=partition.topic,
                    partitions=[
                        ListOffsetsRequest.ListOffsetsPartition(
                            partition_index=partition.index,
                            current_leader_epoch=leader_epoch,
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
        return None if answer.error_code != ErrorCode.NONE else answer.offset


def _report(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("%s failed", task.get_name(), exc_info=task.exception())
