"""Writing: what is answered, when, and what closes the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from tests.helpers.metadata_doubles import partition, topic_id
from tests.helpers.partition_logs import stored_values
from tests.helpers.replica_broker import ReplicaBroker, records
from workbench.embedded_broker.errors import CloseConnectionError
from workbench.embedded_broker.replication.events import BrokersChanged
from workbench.embedded_broker.replication.partition import Partition
from workbench.records import Compression
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ProduceRequest

VERSION = 12


def request(
    *writes: tuple[int, bytes | None],
    topic: str = "t",
    acks: int = -1,
    timeout_ms: int = 30_000,
    number: int = 1,
    transactional_id: str | None = None,
) -> ProduceRequest:
    return ProduceRequest(
        acks=acks,
        timeout_ms=timeout_ms,
        transactional_id=transactional_id,
        topic_data=[
            ProduceRequest.TopicProduceData(
                name=topic,
                topic_id=topic_id(number),
                partition_data=[
                    ProduceRequest.PartitionProduceData(index=index, records=data) for index, data in writes
                ],
            )
        ],
    )


def answers(response: Any) -> list[Any]:
    return [one for topic in response.responses for one in topic.partition_responses]


def acknowledge(broker: ReplicaBroker, replica: Partition, follower: int) -> None:
    assert replica.leadership is not None
    end = replica.log.log_end_offset
    replica.leadership.followers[follower].record_fetch(end, 0, end, broker.time_ms, 100 + follower)
    replica.step(BrokersChanged(), broker.time_ms)


@pytest.mark.parametrize("version", [3, 8, 9, 12, 13])
def test_a_write_is_answered_with_its_offset(version: int) -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    broker.ask(request((0, records(b"a"))), version)
    (answer,) = answers(broker.ask(request((0, records(b"b", b"c"))), version))
    assert (answer.error_code, answer.base_offset, answer.log_append_time_ms) == (0, 1, -1)
    assert stored_values(replica.log) == [b"a", b"b", b"c"]
    assert broker.metrics.messages_in == 3


async def test_acks_all_waits_for_the_followers_and_acks_one_does_not() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    assert not answers(broker.ask(request((0, records(b"a")), acks=1), VERSION))[0].error_code
    waiting = broker.begin(request((0, records(b"b"))), VERSION)
    assert isinstance(waiting, Awaitable)
    task = asyncio.ensure_future(waiting)
    await asyncio.sleep(0)
    assert not task.done()
    acknowledge(broker, replica, 2)
    (answer,) = answers(broker.finish(request(), VERSION, await asyncio.wait_for(task, 5)))
    assert (answer.error_code, answer.base_offset) == (0, 1)


async def test_time_is_over_for_those_that_are_not_committed_by_then() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1,), (1, 2))
    response = await broker.ask_waiting(request((0, records(b"a")), (1, records(b"b")), timeout_ms=1), VERSION)
    assert [one.error_code for one in answers(response)] == [0, ErrorCode.REQUEST_TIMED_OUT]
    assert broker.metrics.client_errors == {ErrorCode.REQUEST_TIMED_OUT: 1}
    assert answers(response)[1].base_offset == 0
    assert broker.replicas.partitions["t", 1].machine.waiting == 0, "nothing is kept of a write that is answered"


async def test_a_write_whose_client_is_gone_is_not_waited_for() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    task = asyncio.ensure_future(broker.begin(request((0, records(b"a"))), VERSION))
    await asyncio.sleep(0)
    assert replica.machine.waiting == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert replica.machine.waiting == 0
    acknowledge(broker, replica, 2)
    assert replica.high_watermark == 1


async def test_a_leader_deposed_while_a_write_waits_names_its_successor() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2))
    task = asyncio.ensure_future(broker.begin(request((0, records(b"a"))), VERSION))
    await asyncio.sleep(0)
    broker.change("t", leader=2, leader_epoch=7, partition_epoch=1)
    response = broker.finish(request(), VERSION, await asyncio.wait_for(task, 5))
    (answer,) = answers(response)
    assert answer.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
    assert (answer.current_leader.leader_id, answer.current_leader.leader_epoch) == (2, 7)
    assert [(node.node_id, node.host) for node in response.node_endpoints] == [(2, "host2")]


async def test_a_topic_deleted_while_a_write_waits_is_unknown() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2))
    task = asyncio.ensure_future(broker.begin(request((0, records(b"a"))), VERSION))
    await asyncio.sleep(0)
    broker.delete()
    (answer,) = answers(broker.finish(request(), VERSION, await asyncio.wait_for(task, 5)))
    assert answer.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


def test_acks_zero_is_silent_or_closes_the_connection() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    assert broker.begin(request((0, records(b"a")), acks=0), VERSION) is None
    assert replica.log.log_end_offset == 1
    with pytest.raises(CloseConnectionError):
        broker.begin(request((9, records(b"a")), acks=0), VERSION)


@pytest.mark.parametrize(
    ("registration", "code"),
    [
        (partition((2, 1)), ErrorCode.NOT_LEADER_OR_FOLLOWER),
        (partition((2, 3)), ErrorCode.NOT_LEADER_OR_FOLLOWER),
    ],
)
def test_whoever_does_not_lead_names_the_leader(registration: Any, code: ErrorCode) -> None:
    """From the replica where there is one, else from the metadata."""
    broker = ReplicaBroker()
    broker.create("t", (1,), registration)
    response = broker.ask(request((1, records(b"a"))), 10)
    (answer,) = answers(response)
    assert answer.error_code == code and answer.current_leader.leader_id == 2
    assert [node.node_id for node in response.node_endpoints] == [2]
    older = answers(broker.ask(request((1, records(b"a"))), 9))[0]
    assert older.current_leader.leader_id == -1


def test_refusals() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1,), configs={"max.message.bytes": "200"})
    broker.create("__consumer_offsets", (1,), number=2)
    broker.create("few", partition((1, 2), (1,)), number=3, configs={"min.insync.replicas": "2"})

    def code(*writes: tuple[int, bytes | None], version: int = VERSION, client: str = "app", **more: Any) -> int:
        found: int = answers(broker.ask(request(*writes, **more), version, client=client))[0].error_code
        return found

    good = records(b"a")
    assert code((9, good)) == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert code((0, good), topic="unknown") == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert code((0, good), number=9, version=13) == ErrorCode.UNKNOWN_TOPIC_ID
    assert code((0, good), acks=2) == ErrorCode.INVALID_REQUIRED_ACKS
    assert code((0, good), topic="__consumer_offsets") == ErrorCode.INVALID_TOPIC_EXCEPTION
    assert code((0, good), topic="__consumer_offsets", client="__admin_client") == ErrorCode.NONE
    assert code((0, records(b"x" * 500))) == ErrorCode.MESSAGE_TOO_LARGE
    assert code((0, good), topic="few") == ErrorCode.NOT_ENOUGH_REPLICAS
    assert code((0, good), topic="few", acks=1) == ErrorCode.NONE
    assert code((0, None)) == ErrorCode.INVALID_RECORD
    zstd = records(b"a", compression=Compression.ZSTD)
    assert code((0, zstd), version=6) == ErrorCode.UNSUPPORTED_COMPRESSION_TYPE
    assert code((0, zstd), version=7) == ErrorCode.NONE
    transactional = records(b"a", producer_id=1, producer_epoch=0, base_sequence=0, transactional=True)
    assert code((0, transactional)) == ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    broken = bytearray(good)
    broken[-1] ^= 0xFF
    assert code((0, bytes(broken))) == ErrorCode.CORRUPT_MESSAGE


def test_one_partition_refused_leaves_the_others_alone() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    response = broker.ask(request((9, records(b"a")), (0, records(b"b"))), VERSION)
    assert [one.error_code for one in answers(response)] == [ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, 0]
    assert stored_values(replica.log) == [b"b"]
    assert broker.metrics.error_responses == 1
    assert broker.metrics.client_errors == {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION: 1}


def test_of_a_partition_named_twice_only_the_last_counts() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    broker.ask(request((0, records(b"a")), (0, records(b"b"))), VERSION)
    assert stored_values(replica.log) == [b"b"]


def test_what_a_producer_sends_again_is_answered_with_its_first_offset() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    batch = records(b"a", b"b", producer_id=7, producer_epoch=0, base_sequence=0)
    for _ in range(2):
        (answer,) = answers(broker.ask(request((0, batch)), VERSION))
        assert (answer.error_code, answer.base_offset) == (0, 0)
    assert replica.log.log_end_offset == 2
    gap = records(b"c", producer_id=7, producer_epoch=0, base_sequence=9)
    assert answers(broker.ask(request((0, gap)), VERSION))[0].error_code == ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER


def test_a_full_disk_is_refused_and_a_failing_one_gives_its_directory_up(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    broker.disk.space_left = 10
    assert answers(broker.ask(request((0, records(b"a"))), VERSION))[0].error_code == ErrorCode.KAFKA_STORAGE_ERROR
    assert broker.failed_directories == []
    broker.disk.space_left = None
    assert answers(broker.ask(request((0, records(b"a"))), VERSION))[0].error_code == ErrorCode.NONE

    def fail(*args: object, **kwargs: object) -> None:
        raise OSError(5, "broken")

    monkeypatch.setattr(type(replica.log), "append_as_leader", fail)
    assert answers(broker.ask(request((0, records(b"a"))), VERSION))[0].error_code == ErrorCode.KAFKA_STORAGE_ERROR
    assert broker.failed_directories == broker.replicas.directories
