"""Fetch 4-18: reading by consumers and followers, with sessions (KIP-227), topic ids (KIP-516), leader hints (KIP-951).

On a controller's listener the same API replicates the metadata log and goes to the quorum.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.fetch import PartitionRead, ReplicaReader
from workbench.embedded_broker.replication.fetch_session import (
    FetchContext,
    FetchPartition,
    PartitionKey,
)
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.replication.reading import FetchRequirements
from workbench.embedded_broker.replication.waiters import FetchWaiter
from workbench.embedded_broker.requests import BOTH, Answer, EncodedBody, RequestContext, Role, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.fetch_response import encode_fetch_response
from workbench.wire.messages import FetchRequest, FetchResponse

NO_TOPIC_ID = bytes(16)


def _wanted(broker: Broker, request: FetchRequest, version: int) -> dict[PartitionKey, FetchPartition]:
    found: dict[PartitionKey, FetchPartition] = {}
    by_id = version >= 13
    for topic in request.topics:
        name = broker.image.topics.topic_name(topic.topic_id) if by_id else topic.topic
        topic_id = topic.topic_id if by_id else (broker.image.topics.topic_id(topic.topic) or NO_TOPIC_ID)
        topic_key = topic.topic_id if by_id else topic.topic
        for partition in topic.partitions:
            found[(topic_key, partition.partition)] = FetchPartition(
                topic=name,
                topic_id=topic_id,
                index=partition.partition,
                fetch_offset=partition.fetch_offset,
                max_bytes=partition.partition_max_bytes,
                current_leader_epoch=partition.current_leader_epoch,
                last_fetched_epoch=partition.last_fetched_epoch,
                log_start_offset=partition.log_start_offset,
                replica_high_watermark=partition.high_watermark,
            )
    return found


def _forgotten(request: FetchRequest, version: int) -> list[PartitionKey]:
    return [
        (topic.topic_id if version >= 13 else topic.topic, index)
        for topic in request.forgotten_topics_data
        for index in topic.partitions
    ]


class _Fetch:
    """One fetch on its way: read, perhaps wait, answer."""

    def __init__(
        self, broker: Broker, context: RequestContext, session: FetchContext, requirements: FetchRequirements
    ) -> None:
        self.broker = broker
        self.context = context
        self.session = session
        self.requirements = requirements
        throttle = broker.throttles.leader
        self.throttle = throttle if requirements.is_follower and not throttle.is_idle else None
        self.reader = ReplicaReader(broker.replicas, requirements, self.throttle, session.session)
        self.reads: list[PartitionRead] = []

    def try_now(self, last_chance: bool = False) -> bool:
        """Reads; True if there is enough to answer."""
        self.reads = self.reader.read(self.session.partitions.values())
        return last_chance or self.reader.is_enough(self.reads)

    def answer(self) -> EncodedBody:
        broker, session = self.broker, self.session
        told: list[PartitionRead] = []
        metrics = broker.metrics
        for read in self.reads:
            partition = read.partition
            if session.is_incremental or session.session is not None:
                tell = partition.must_tell(
                    read.size_bytes > 0 or read.preferred_replica != -1,
                    read.high_watermark,
                    read.log_start_offset,
                    read.error != ErrorCode.NONE or read.diverging is not None,
                )
                if session.is_incremental and not tell:
                    continue
            told.append(read)
            if read.error and not self.requirements.is_follower:
                metrics.refused(read.error)
            if read.size_bytes and partition.topic is not None:
                if self.requirements.is_follower:
                    metrics.replication_bytes_out += read.size_bytes
                    if self.throttle is not None:
                        self.throttle.record(partition.topic, partition.index, read.size_bytes)
                else:
                    metrics.fetched(partition.topic, read.size_bytes)
        if session.session is not None:
            version = self.context.api_version
            for read in self.reads:
                if read.size_bytes:
                    partition = read.partition
                    topic_key = partition.topic_id if version >= 13 else (partition.topic or "")
                    session.session.rotate_behind((topic_key, partition.index))
        return self._encode(told)

    def _encode(self, reads: list[PartitionRead]) -> EncodedBody:
        endpoints = {}
        if self.context.api_version >= 16:
            for read in reads:
                if read.leader_id >= 0 and read.leader_id not in endpoints:
                    endpoint = self.broker.endpoint_of(read.leader_id, self.context.connection.listener)
                    if endpoint is not None:
                        endpoints[read.leader_id] = endpoint
        return EncodedBody(
            encode_fetch_response(
                self.context.api_version,
                ErrorCode.NONE,
                self.session.session_id,
                reads,
                [(node, e.host, e.port, e.rack) for node, e in endpoints.items()],
            )
        )

    def wait(self, max_wait_ms: int) -> asyncio.Future[EncodedBody]:
        """Answers as soon as there is enough, or with what there is when the time is over.

        It waits from now on, not from when somebody first awaits it: what is appended in between would wake nobody.
        """
        done: asyncio.Future[EncodedBody] = asyncio.get_running_loop().create_future()

        def settle(last_chance: bool = False) -> bool:
            """Answers if there is enough or the time is over; True where nothing is left to wait for."""
            if done.done():
                return True
            try:
                if not self.try_now(last_chance):
                    return False
                done.set_result(self.answer())
            except Exception as error:
                done.set_exception(error)
            return True

        waiter = FetchWaiter(settle, lambda: settle(last_chance=True), max_wait_ms / 1000)
        watch = None if self.session.session is None else self.session.session.watch
        partitions: list[Partition] = []
        if watch is None:
            partitions = self.reader.partitions_of(self.reads)
            for partition in partitions:
                partition.fetch_waiters.add(waiter)
        else:
            watch.waiter = waiter
        on_close = self.context.connection.on_close

        def forget() -> None:
            for partition in partitions:
                partition.fetch_waiters.discard(waiter)
            if watch is not None and watch.waiter is waiter:
                watch.waiter = None

        def abandon() -> None:
            done.cancel()

        def ended(_: object) -> None:
            waiter.cancel()
            if abandon in on_close:
                on_close.remove(abandon)

        waiter.on_done(forget)
        on_close.append(abandon)
        done.add_done_callback(ended)
        return done


@serves(FetchRequest, (4, 18), BOTH)
def handle(broker: Broker, context: RequestContext, request: FetchRequest) -> Answer | Awaitable[Answer]:
    if context.connection.role is Role.CONTROLLER:
        return broker.ask_quorum(context, request)
    version = context.api_version
    replica_id = request.replica_id if version < 15 else request.replica_state.replica_id
    wanted = _wanted(broker, request, version)
    if version < 7:
        session = FetchContext(None, wanted, 0, is_incremental=False)
    else:
        try:
            session = broker.sessions.context(
                session_id=request.session_id,
                epoch=request.session_epoch,
                wanted=wanted,
                forgotten=_forgotten(request, version),
                is_follower=replica_id >= 0,
                uses_topic_ids=version >= 13,
                now_ms=broker.now_ms(),
            )
        except BrokerError as error:
            return EncodedBody(encode_fetch_response(version, error.code, 0, [], []))
    if request.isolation_level not in (0, 1) and any(_exists(broker, one) for one in session.partitions.values()):
        # Kafka looks at it only now: a session that goes on has taken in what the request says.
        if session.session is not None and not session.is_incremental:
            broker.sessions.drop(session.session_id)
        return _refuse(request, version)
    if replica_id < 0:
        _count_consumed(broker, session, wanted)
    max_bytes = min(request.max_bytes, broker.fetch_max_bytes)
    requirements = FetchRequirements(
        version=version,
        replica_id=replica_id,
        replica_epoch=request.replica_state.replica_epoch if version >= 15 else -1,
        min_bytes=min(request.min_bytes, max_bytes),
        max_bytes=max_bytes,
        read_committed=request.isolation_level == 1,
        rack_id=request.rack_id if version >= 11 else "",
        now_ms=broker.now_ms(),
        listener=context.connection.listener,
    )
    fetch = _Fetch(broker, context, session, requirements)
    if fetch.try_now() or request.max_wait_ms <= 0 or not session.partitions:
        return fetch.answer()
    return fetch.wait(request.max_wait_ms)


def _exists(broker: Broker, partition: FetchPartition) -> bool:
    topics = broker.image.topics
    name = partition.topic or topics.topic_name(partition.topic_id)
    return name is not None and topics.partition(name, partition.index) is not None


def _refuse(request: FetchRequest, version: int) -> FetchResponse:
    """The whole, and up to version 12 every partition as it was named, with the error of what means nothing."""
    code = ErrorCode.UNKNOWN_SERVER_ERROR
    return FetchResponse(
        error_code=code,
        session_id=request.session_id,
        responses=[
            FetchResponse.FetchableTopicResponse(
                topic=topic.topic,
                partitions=[
                    FetchResponse.PartitionData(
                        partition_index=one.partition, error_code=code, high_watermark=-1, records=b""
                    )
                    for one in topic.partitions
                ],
            )
            for topic in request.topics
            if version < 13
        ],
    )


def _count_consumed(broker: Broker, session: FetchContext, wanted: dict[PartitionKey, FetchPartition]) -> None:
    """A reader that asks further on than before has consumed what lies between."""
    for key in wanted:
        partition = session.partitions.get(key)
        if partition is None or partition.topic is None:
            continue
        if 0 <= partition.consumed_up_to < partition.fetch_offset:
            broker.metrics.consumed(partition.topic, partition.fetch_offset - partition.consumed_up_to)
        partition.consumed_up_to = partition.fetch_offset
