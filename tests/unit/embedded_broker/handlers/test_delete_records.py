"""Deleting records waits for the replicas."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.helpers.metadata_doubles import topic_id
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from workbench.embedded_broker.replication.partition import Partition
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DeleteRecordsRequest, FetchRequest


def request(*offsets: int, topic: str = "t", timeout_ms: int = 30_000) -> DeleteRecordsRequest:
    return DeleteRecordsRequest(
        timeout_ms=timeout_ms,
        topics=[
            DeleteRecordsRequest.DeleteRecordsTopic(
                name=topic,
                partitions=[
                    DeleteRecordsRequest.DeleteRecordsPartition(partition_index=index, offset=offset)
                    for index, offset in enumerate(offsets)
                ],
            )
        ],
    )


def results(response: Any) -> list[tuple[int, int]]:
    return [(one.error_code, one.low_watermark) for topic in response.topics for one in topic.partitions]


def replicated(*replicas: int) -> tuple[ReplicaBroker, Partition]:
    broker = ReplicaBroker()
    replica = broker.create("t", replicas)
    for value in (b"a", b"b", b"c"):
        replica.append_as_leader(batch(value), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    for follower in replicas[1:]:
        fetch(broker, follower, 3)
    return broker, replica


def fetch(broker: ReplicaBroker, follower: int, offset: int, log_start_offset: int = 0) -> None:
    broker.ask(
        FetchRequest(
            replica_state=FetchRequest.ReplicaState(replica_id=follower, replica_epoch=100 + follower),
            session_epoch=-1,
            topics=[
                FetchRequest.FetchTopic(
                    topic_id=topic_id(1),
                    partitions=[
                        FetchRequest.FetchPartition(
                            partition=0, fetch_offset=offset, log_start_offset=log_start_offset, partition_max_bytes=1
                        )
                    ],
                )
            ],
        ),
        17,
    )


def test_a_lone_replica_answers_at_once() -> None:
    broker, replica = replicated(1)
    assert results(broker.ask(request(2), 2)) == [(0, 2)]
    assert replica.log.log_start_offset == 2
    assert results(broker.ask(request(-1), 2)) == [(0, 3)]
    assert results(broker.ask(request(1), 2)) == [(0, 3)], "what is deleted stays so"


async def test_it_waits_until_every_replica_begins_there() -> None:
    broker, _ = replicated(1, 2, 3)
    task = asyncio.ensure_future(broker.begin(request(2), 2))
    await asyncio.sleep(0)
    fetch(broker, 2, 3, 2)
    await asyncio.sleep(0)
    assert not task.done()
    fetch(broker, 3, 3, 3)
    assert results(broker.finish(request(), 2, await asyncio.wait_for(task, 5))) == [(0, 2)]


async def test_time_over_tells_how_far_it_is() -> None:
    broker, replica = replicated(1, 2)
    response = await broker.ask_waiting(request(2, timeout_ms=1), 2)
    assert results(response) == [(ErrorCode.REQUEST_TIMED_OUT, 0)]
    assert replica.machine.waiting == 0
    fetch(broker, 2, 3, 2)
    assert results(response) == [(ErrorCode.REQUEST_TIMED_OUT, 0)]


async def test_a_leader_deposed_meanwhile_says_so() -> None:
    broker, _ = replicated(1, 2)
    task = asyncio.ensure_future(broker.begin(request(2), 2))
    await asyncio.sleep(0)
    broker.change("t", leader=2, leader_epoch=1, partition_epoch=1)
    ((code, _),) = results(broker.finish(request(), 2, await asyncio.wait_for(task, 5)))
    assert code == ErrorCode.NOT_LEADER_OR_FOLLOWER


def test_of_a_partition_named_twice_the_last_offset_counts() -> None:
    broker, replica = replicated(1)
    twice = request(3)
    twice.topics += request(1).topics + request().topics
    assert results(broker.ask(twice, 2)) == [(0, 1)]
    assert replica.log.log_start_offset == 1


def test_a_topic_without_partitions_is_not_answered() -> None:
    assert replicated(1)[0].ask(request(), 2).topics == []


def test_refusals() -> None:
    broker, _ = replicated(1)
    assert results(broker.ask(request(0, topic="__consumer_offsets"), 2)) == [
        (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1)
    ], "what does not exist is not internal either"
    assert results(broker.ask(request(4, 0), 2)) == [
        (ErrorCode.OFFSET_OUT_OF_RANGE, -1),
        (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, -1),
    ]
    broker.create("__consumer_offsets", (1,), number=2)
    assert results(broker.ask(request(0, topic="__consumer_offsets"), 2)) == [(ErrorCode.INVALID_TOPIC_EXCEPTION, -1)]
    broker.create("c", (1,), number=3, configs={"cleanup.policy": "compact"})
    assert results(broker.ask(request(0, topic="c"), 2)) == [(ErrorCode.POLICY_VIOLATION, -1)]
    broker.create("f", (2, 1), number=4)
    assert results(broker.ask(request(0, topic="f"), 2)) == [(ErrorCode.NOT_LEADER_OR_FOLLOWER, -1)]
