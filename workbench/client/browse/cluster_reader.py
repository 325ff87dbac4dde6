"""Reads partitions of one topic for one thread: leaders, offsets by time, records from an offset.

The reader finds a moved leader again by itself and waits out a restart for `patience_s`. What it returns from the log
are whole batches; offsets below `high_watermark` only.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from workbench.client.browse.broker_socket import BrokerSocket
from workbench.client.errors import ClientError
from workbench.client.failures import check, error_of_code
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    FetchRequest,
    FetchResponse,
    ListOffsetsRequest,
    ListOffsetsResponse,
    MetadataRequest,
    MetadataResponse,
)

EARLIEST, LATEST, MAX_TIMESTAMP = -2, -1, -3
READ_UNCOMMITTED, READ_COMMITTED = 0, 1
PATIENCE_S = 10.0
_LISTED_AHEAD = 32
"""ListOffsets requests sent before the first answer is taken: bounded, so that both socket buffers never fill."""

_MOVED = frozenset(
    {
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.LEADER_NOT_AVAILABLE,
        ErrorCode.FENCED_LEADER_EPOCH,
        ErrorCode.UNKNOWN_LEADER_EPOCH,
        ErrorCode.OFFSET_NOT_AVAILABLE,
        ErrorCode.REPLICA_NOT_AVAILABLE,
    }
)
Result = TypeVar("Result")


class Stopped(Exception):
    """The work was cancelled while it waited for a broker."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a partition gave: whole batches in `records` (maybe a cut one at its end), and where its log ends."""

    records: memoryview
    high_watermark: int
    last_stable_offset: int
    log_start_offset: int
    aborted: tuple[tuple[int, int], ...]
    """Producer id and first offset of each transaction that was aborted, in read-committed fetches alone."""


class ClusterReader:
    """`stopped` is asked while it waits; belongs to one thread, except `close`."""

    def __init__(
        self,
        bootstrap_servers: Sequence[str],
        properties: Mapping[str, str],
        topic: str,
        *,
        stopped: Callable[[], bool] = lambda: False,
        patience_s: float = PATIENCE_S,
        client_id: str = "kafka-workbench-browser",
    ) -> None:
        self.topic = topic
        self._bootstrap = tuple(bootstrap_servers)
        self._properties = dict(properties)
        self._client_id = client_id
        self._stopped = stopped
        self._patience_s = patience_s
        self._sockets: dict[int, BrokerSocket] = {}
        self._addresses: dict[int, tuple[str, int]] = {}
        self._leaders: dict[int, int] = {}
        self._topic_id = bytes(16)
        self._ahead: dict[int, tuple[int, int, int]] = {}

    def close(self) -> None:
        """Closes every socket; a thread that is reading fails with `OSError`."""
        for connection in list(self._sockets.values()):
            connection.close()
        self._sockets.clear()
        self._ahead.clear()

    # -- where --------------------------------------------------------------------------------------------------

    def partitions(self) -> tuple[int, ...]:
        """Numbers of the topic's partitions; raises `ClientError` if there is no such topic."""
        self._patiently(self._refresh)
        return tuple(sorted(self._known))

    def _refresh(self) -> None:
        metadata = self._any_broker().call(
            MetadataRequest(
                topics=[MetadataRequest.MetadataRequestTopic(name=self.topic)], allow_auto_topic_creation=False
            ),
            MetadataResponse,
        )
        found = metadata.topics[0]
        if found.error_code == ErrorCode.LEADER_NOT_AVAILABLE:
            raise ConnectionError("no leader yet")
        check(found.error_code, None, f"Topic {self.topic}")
        self._addresses = {broker.node_id: (broker.host, broker.port) for broker in metadata.brokers}
        self._topic_id = found.topic_id
        self._known = {p.partition_index for p in found.partitions}
        self._leaders = {p.partition_index: p.leader_id for p in found.partitions if p.leader_id >= 0}

    def _any_broker(self) -> BrokerSocket:
        for node_id, connection in self._sockets.items():
            if node_id not in self._ahead:
                return connection
        failure: Exception = ConnectionError("no bootstrap server is given")
        places = [*self._addresses.values(), *(_host_and_port(server) for server in self._bootstrap)]
        for host, port in places:
            try:
                connection = BrokerSocket(host, port, self._properties, self._client_id)
            except OSError as error:
                failure = error
                continue
            known = next((node for node, place in self._addresses.items() if place == (host, port)), None)
            self._sockets[-1 if known is None else known] = connection
            return connection
        raise failure

    def _leader(self, partition: int) -> tuple[int, BrokerSocket]:
        if partition not in self._leaders:
            self._refresh()
        node_id = self._leaders.get(partition)
        if node_id is None:
            raise ConnectionError(f"{self.topic}-{partition} has no leader")
        if node_id not in self._sockets:
            host, port = self._addresses[node_id]
            self._sockets[node_id] = BrokerSocket(host, port, self._properties, self._client_id)
        return node_id, self._sockets[node_id]

    def _patiently(self, work: Callable[[], Result]) -> Result:
        """Repeats reading over lost connections and moved leaders; reading twice harms nobody."""
        deadline = time.monotonic() + self._patience_s
        while True:
            try:
                return work()
            except OSError as error:
                self.close()
                if self._stopped():
                    raise Stopped from error
                if time.monotonic() >= deadline:
                    where = ", ".join(self._bootstrap)
                    raise ClientError(
                        f"Reading {self.topic} failed: {error}.",
                        f"See whether the brokers of {where} are up, then try again.",
                        "NO_BROKER",
                    ) from error
                self._leaders.clear()
                time.sleep(0.1)

    # -- offsets ------------------------------------------------------------------------------------------------

    def offsets(
        self, partitions: Iterable[int], timestamp: int, isolation_level: int = READ_UNCOMMITTED
    ) -> dict[int, int | None]:
        """First offset at or after a time, or of EARLIEST, LATEST, MAX_TIMESTAMP; None where there is none."""
        return self.offsets_at(partitions, [timestamp], isolation_level)[0]

    def offsets_at(
        self, partitions: Iterable[int], timestamps: Sequence[int], isolation_level: int = READ_UNCOMMITTED
    ) -> list[dict[int, int | None]]:
        """The same for several times, with the requests on the way together."""
        wanted = tuple(partitions)
        return self._patiently(lambda: self._offsets_at(wanted, timestamps, isolation_level))

    def _offsets_at(
        self, partitions: Sequence[int], timestamps: Sequence[int], isolation_level: int
    ) -> list[dict[int, int | None]]:
        by_leader: dict[int, list[int]] = defaultdict(list)
        for partition in partitions:
            node_id, _ = self._leader(partition)
            by_leader[node_id].append(partition)
        found: list[dict[int, int | None]] = [{} for _ in timestamps]
        for node_id, owned in by_leader.items():
            connection = self._sockets[node_id]
            self._drop_ahead(node_id)
            asked = 0
            for taken in range(len(timestamps)):
                while asked < min(len(timestamps), taken + _LISTED_AHEAD):
                    request = _list_offsets(self.topic, owned, timestamps[asked], isolation_level)
                    connection.send(request, ListOffsetsResponse, highest=10)
                    asked += 1
                answer: ListOffsetsResponse = connection.receive()
                for part in answer.topics[0].partitions:
                    self._check(part.error_code, part.partition_index)
                    found[taken][part.partition_index] = part.offset if part.offset >= 0 else None
        return found

    def _check(self, code: int, partition: int) -> None:
        if code in _MOVED:
            raise ConnectionError(f"{self.topic}-{partition} moved ({ErrorCode(code).name})")
        if code:
            raise error_of_code(code, None, f"{self.topic}-{partition}")

    # -- records ------------------------------------------------------------------------------------------------

    def fetch(
        self,
        partition: int,
        offset: int,
        max_bytes: int,
        *,
        max_wait_ms: int = 500,
        isolation_level: int = READ_UNCOMMITTED,
    ) -> Fetched:
        """Batches from the one that holds `offset` on; `ClientError` OFFSET_OUT_OF_RANGE where the log has none."""
        return self._patiently(lambda: self._fetch(partition, offset, max_bytes, max_wait_ms, isolation_level))

    def fetch_news(self, offsets: Mapping[int, int], max_bytes: int, max_wait_ms: int) -> dict[int, Fetched]:
        """What is new at several partitions, waiting up to `max_wait_ms` for any; those without news are left out.

        A partition whose offset is gone comes with no records and the offset at which its log begins now.
        """
        return self._patiently(lambda: self._fetch_news(offsets, max_bytes, max_wait_ms))

    def _fetch_news(self, offsets: Mapping[int, int], max_bytes: int, max_wait_ms: int) -> dict[int, Fetched]:
        by_leader: dict[int, dict[int, int]] = defaultdict(dict)
        for partition, offset in offsets.items():
            node_id, _ = self._leader(partition)
            by_leader[node_id][partition] = offset
        for node_id, owned in by_leader.items():
            self._drop_ahead(node_id)
            self._sockets[node_id].send(self._news_request(owned, max_bytes, max_wait_ms), FetchResponse)
        news: dict[int, Fetched] = {}
        moved: ConnectionError | None = None
        for node_id in by_leader:
            answer: FetchResponse = self._sockets[node_id].receive()
            for part in answer.responses[0].partitions if answer.responses else ():
                if part.error_code == ErrorCode.OFFSET_OUT_OF_RANGE:
                    news[part.partition_index] = Fetched(memoryview(b""), -1, -1, part.log_start_offset, ())
                    continue
                try:
                    self._check(part.error_code, part.partition_index)
                except ConnectionError as error:
                    moved = error
                    continue
                if part.records:
                    news[part.partition_index] = _fetched(part)
        if moved is not None and not news:
            raise moved
        return news

    def aborted_transactions(self, partition: int, offset: int, max_bytes: int) -> tuple[tuple[int, int], ...]:
        """What `Fetched.aborted` says of the same place; asked where a batch is found to be transactional."""
        committed = self.fetch(partition, offset, max_bytes, max_wait_ms=0, isolation_level=READ_COMMITTED)
        return committed.aborted

    def fetch_ahead(self, partition: int, offset: int, max_bytes: int) -> None:
        """Sends a fetch whose answer a following `fetch` of just that place takes; a hint, never an error."""
        try:
            node_id, connection = self._leader(partition)
            if node_id not in self._ahead:
                connection.send(self._fetch_request(partition, offset, max_bytes, 0, READ_UNCOMMITTED), FetchResponse)
                self._ahead[node_id] = (partition, offset, max_bytes)
        except OSError:
            self.close()

    def _drop_ahead(self, node_id: int) -> None:
        if self._ahead.pop(node_id, None) is not None:
            self._sockets[node_id].receive()

    def _fetch(self, partition: int, offset: int, max_bytes: int, max_wait_ms: int, isolation_level: int) -> Fetched:
        node_id, connection = self._leader(partition)
        if self._ahead.get(node_id) == (partition, offset, max_bytes) and isolation_level == READ_UNCOMMITTED:
            del self._ahead[node_id]
        else:
            self._drop_ahead(node_id)
            request = self._fetch_request(partition, offset, max_bytes, max_wait_ms, isolation_level)
            connection.send(request, FetchResponse)
        answer: FetchResponse = connection.receive()
        self._check(answer.error_code, partition)
        part = answer.responses[0].partitions[0]
        self._check(part.error_code, partition)
        return _fetched(part)

    def _fetch_request(
        self, partition: int, offset: int, max_bytes: int, max_wait_ms: int, isolation_level: int
    ) -> FetchRequest:
        request = self._news_request({partition: offset}, max_bytes, max_wait_ms)
        request.isolation_level = isolation_level
        return request

    def _news_request(self, offsets: Mapping[int, int], max_bytes: int, max_wait_ms: int) -> FetchRequest:
        partitions = [
            FetchRequest.FetchPartition(
                partition=partition,
                current_leader_epoch=-1,
                fetch_offset=offset,
                last_fetched_epoch=-1,
                log_start_offset=-1,
                partition_max_bytes=max_bytes,
            )
            for partition, offset in offsets.items()
        ]
        return FetchRequest(
            replica_id=-1,
            max_wait_ms=max_wait_ms,
            min_bytes=1,
            max_bytes=max_bytes,
            isolation_level=READ_UNCOMMITTED,
            session_id=0,
            session_epoch=-1,
            topics=[FetchRequest.FetchTopic(topic=self.topic, topic_id=self._topic_id, partitions=partitions)],
        )


def _fetched(part: FetchResponse.PartitionData) -> Fetched:
    return Fetched(
        memoryview(part.records or b""),
        part.high_watermark,
        part.last_stable_offset,
        part.log_start_offset,
        tuple((item.producer_id, item.first_offset) for item in part.aborted_transactions or ()),
    )


def _list_offsets(topic: str, partitions: Sequence[int], timestamp: int, isolation_level: int) -> ListOffsetsRequest:
    return ListOffsetsRequest(
        replica_id=-1,
        isolation_level=isolation_level,
        topics=[
            ListOffsetsRequest.ListOffsetsTopic(
                name=topic,
                partitions=[
                    ListOffsetsRequest.ListOffsetsPartition(
                        partition_index=partition, current_leader_epoch=-1, timestamp=timestamp
                    )
                    for partition in partitions
                ],
            )
        ],
        timeout_ms=10_000,
    )


def _host_and_port(server: str) -> tuple[str, int]:
    host, _, port = server.strip().rpartition(":")
    if not host:
        return port, 9092
    return host.strip("[]"), int(port)
