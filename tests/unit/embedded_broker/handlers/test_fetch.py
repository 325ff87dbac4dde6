"""Fetch requests: sessions, waiting, what is counted."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.metadata_doubles import partition, topic_id
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker, records
from workbench.embedded_broker.replication.events import BrokersChanged
from workbench.embedded_broker.replication.fetch import ReplicaReader
from workbench.embedded_broker.replication.fetch_session import QUIET_MS
from workbench.embedded_broker.replication.partition import Partition
from workbench.records import BatchView
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import FetchRequest


def request(
    *wanted: tuple[int, int],
    topic: str = "t",
    max_wait_ms: int = 0,
    session: tuple[int, int] = (0, -1),
    forget: list[int] | None = None,
    **fields: Any,
) -> FetchRequest:
    fields.setdefault("max_bytes", 1 << 20)
    return FetchRequest(
        max_wait_ms=max_wait_ms,
        min_bytes=fields.pop("min_bytes", 1),
        session_id=session[0],
        session_epoch=session[1],
        topics=[
            FetchRequest.FetchTopic(
                topic=topic,
                topic_id=topic_id(1),
                partitions=[
                    FetchRequest.FetchPartition(partition=index, fetch_offset=offset, partition_max_bytes=1 << 20)
                    for index, offset in wanted
                ],
            )
        ]
        if wanted
        else [],
        forgotten_topics_data=[FetchRequest.ForgottenTopic(topic="t", topic_id=topic_id(1), partitions=forget)]
        if forget
        else [],
        **fields,
    )


def write(replica: Partition, *values: bytes) -> None:
    replica.append_as_leader(bytearray(records(*values)), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)


def parts(response: Any) -> dict[int, Any]:
    return {one.partition_index: one for topic in response.responses for one in topic.partitions}


def first_offset(data: Any) -> int:
    return BatchView(bytes(data.records)).base_offset


@pytest.mark.parametrize("version", range(4, 19))
def test_every_version_gets_its_data(version: int) -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    write(replica, b"a")
    write(replica, b"b")
    data = parts(broker.ask(request((0, 1)), version))[0]
    assert (data.error_code, data.high_watermark, first_offset(data)) == (0, 2, 1)


class TestWaiting:
    async def wait(self, broker: ReplicaBroker, wanted: FetchRequest, version: int = 17) -> asyncio.Future[Any]:
        task = asyncio.ensure_future(broker.begin(wanted, version))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not task.done()
        return task

    async def test_new_data_ends_it(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1,))
        wanted = request((0, 0), max_wait_ms=20_000)
        task = await self.wait(broker, wanted)
        write(replica, b"a")
        response = broker.finish(wanted, 17, await asyncio.wait_for(task, 5))
        assert first_offset(parts(response)[0]) == 0
        assert replica.fetch_waiters == set()

    async def test_data_that_comes_before_anybody_awaits_ends_it_too(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1,))
        wanted = request((0, 0), max_wait_ms=20_000)
        waiting = broker.begin(wanted, 17)
        write(replica, b"a")
        response = broker.finish(wanted, 17, await asyncio.wait_for(waiting, 5))
        assert first_offset(parts(response)[0]) == 0

    async def test_a_connection_that_closes_leaves_nobody_waiting(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1,))
        waiting = broker.begin(request((0, 0), max_wait_ms=20_000), 17)
        for closed in broker.last_connection.on_close:
            closed()
        await asyncio.wait([waiting])
        assert waiting.cancelled() and replica.fetch_waiters == set() and broker.last_connection.on_close == []

    async def test_it_waits_for_enough_bytes(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1,))
        wanted = request((0, 0), max_wait_ms=20_000, min_bytes=300)
        task = await self.wait(broker, wanted)
        write(replica, b"x" * 50)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
        write(replica, b"x" * 200)
        response = broker.finish(wanted, 17, await asyncio.wait_for(task, 5))
        assert len(parts(response)[0].records) >= 300

    async def test_what_is_not_committed_does_not_count(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1, 2))
        wanted = request((0, 0), max_wait_ms=20_000)
        task = await self.wait(broker, wanted)
        write(replica, b"a")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not task.done()
        assert replica.leadership is not None
        replica.leadership.followers[2].record_fetch(1, 0, 1, broker.time_ms, 102)
        replica.step(BrokersChanged(), broker.time_ms)
        response = broker.finish(wanted, 17, await asyncio.wait_for(task, 5))
        assert parts(response)[0].high_watermark == 1

    async def test_time_ends_it_with_what_there_is(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1,))
        write(replica, b"a")
        response = await broker.ask_waiting(request((0, 0), max_wait_ms=2, min_bytes=10_000), 17)
        assert first_offset(parts(response)[0]) == 0

    async def test_an_error_does_not_wait(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,), (1,))
        response = broker.ask(request((0, 0), (1, 99), max_wait_ms=20_000), 17)
        assert parts(response)[1].error_code == ErrorCode.OFFSET_OUT_OF_RANGE

    async def test_what_nobody_knows_waits_for_the_others(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1,))
        response = broker.ask(request((9, 0), (8, 0), max_wait_ms=20_000), 17)
        assert {one.error_code for one in parts(response).values()} == {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION}
        waiting = asyncio.ensure_future(broker.ask_waiting(request((0, 0), (9, 0), max_wait_ms=20_000), 17))
        await asyncio.sleep(0)
        assert not waiting.done()
        write(replica, b"a")
        found = parts(await waiting)
        assert first_offset(found[0]) == 0
        assert found[9].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    async def test_more_bytes_than_it_takes_are_not_waited_for(self) -> None:
        broker = ReplicaBroker()
        write(broker.create("t", (1,)), b"a")
        response = broker.ask(request((0, 0), max_wait_ms=20_000, min_bytes=1 << 20, max_bytes=1), 17)
        assert first_offset(parts(response)[0]) == 0

    @pytest.mark.parametrize("end", ["deposed", "deleted"])
    async def test_the_end_of_the_leadership_ends_it(self, end: str) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1, 2))
        wanted = request(
            (0, 0), max_wait_ms=20_000, replica_state=FetchRequest.ReplicaState(replica_id=2, replica_epoch=102)
        )
        task = await self.wait(broker, wanted)
        if end == "deposed":
            broker.change("t", leader=2, leader_epoch=3, partition_epoch=1)
        else:
            broker.delete()
        data = parts(broker.finish(wanted, 17, await asyncio.wait_for(task, 5)))[0]
        if end == "deposed":
            assert data.error_code == ErrorCode.NOT_LEADER_OR_FOLLOWER
            assert (data.current_leader.leader_id, data.current_leader.leader_epoch) == (2, 3)
        else:
            assert data.error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION


class TestSessions:
    def test_only_what_changed_is_told(self) -> None:
        broker = ReplicaBroker()
        first = broker.create("t", (1,), (1,))
        second = broker.replicas.partitions["t", 1]
        response = broker.ask(request((0, 0), (1, 0), session=(0, 0)), 17)
        session = response.session_id
        assert session and sorted(parts(response)) == [0, 1]
        assert parts(broker.ask(request(session=(session, 1)), 17)) == {}
        write(second, b"a")
        assert sorted(parts(broker.ask(request(session=(session, 2)), 17))) == [1]
        write(first, b"a")
        response = broker.ask(request((1, 1), session=(session, 3)), 17)
        assert sorted(parts(response)) == [0]
        response = broker.ask(request(session=(session, 4), forget=[0]), 17)
        assert parts(response) == {}

    def test_errors_stand_at_the_top(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,))
        session = broker.ask(request((0, 0), session=(0, 0)), 17).session_id
        assert broker.ask(request(session=(session + 1, 1)), 17).error_code == ErrorCode.FETCH_SESSION_ID_NOT_FOUND
        assert broker.ask(request(session=(session, 5)), 17).error_code == ErrorCode.INVALID_FETCH_SESSION_EPOCH
        assert broker.ask(request(session=(session, 1)), 12).error_code == ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR

    def test_partitions_take_turns_under_a_size_limit(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,), (1,), (1,))
        for index in range(3):
            write(broker.replicas.partitions["t", index], b"x" * 400)
        response = broker.ask(request((0, 0), (1, 0), (2, 0), session=(0, 0), max_bytes=100), 17)
        served = [index for index, data in parts(response).items() if data.records]
        for epoch in (1, 2):
            again = broker.ask(request(session=(response.session_id, epoch), max_bytes=100), 17)
            served += [index for index, data in parts(again).items() if data.records]
        assert sorted(served) == [0, 1, 2]


class TestQuietPartitions:
    """In a session only what is named or changed is read: a follower of a thousand partitions acknowledges one."""

    @pytest.fixture
    def reads(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Partitions in the order in which they were read; cleared by whoever looks."""
        seen: list[int] = []
        read_one = ReplicaReader._read_one

        def counted(reader: ReplicaReader, wanted: Any, *limits: Any) -> Any:
            seen.append(wanted.index)
            return read_one(reader, wanted, *limits)

        monkeypatch.setattr(ReplicaReader, "_read_one", counted)
        return seen

    def test_they_are_read_again_once_something_happens_or_after_a_second(self, reads: list[int]) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,), (1,), (1,))
        session = broker.ask(request((0, 0), (1, 0), (2, 0), session=(0, 0)), 17).session_id
        broker.ask(request(session=(session, 1)), 17)
        reads.clear()
        broker.ask(request(session=(session, 2)), 17)
        assert reads == []
        write(broker.replicas.partitions["t", 1], b"a")
        assert list(parts(broker.ask(request((2, 0), session=(session, 3)), 17))) == [1]
        assert sorted(reads) == [1, 2]
        reads.clear()
        broker.time_ms += QUIET_MS
        broker.ask(request((1, 1), session=(session, 4)), 17)
        assert sorted(reads) == [0, 1, 2]

    async def test_new_data_in_one_ends_the_wait(self, reads: list[int]) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,), (1,), (1,))
        session = broker.ask(request((0, 0), (1, 0), (2, 0), session=(0, 0)), 17).session_id
        broker.ask(request(session=(session, 1)), 17)
        reads.clear()
        wanted = request(session=(session, 2), max_wait_ms=20_000)
        waiting = asyncio.ensure_future(broker.begin(wanted, 17))
        await asyncio.sleep(0)
        write(broker.replicas.partitions["t", 2], b"a")
        response = broker.finish(wanted, 17, await asyncio.wait_for(waiting, 5))
        assert list(parts(response)) == [2] and reads == [2]

    async def test_a_high_watermark_that_moved_meanwhile_is_told_with_the_next_answer(self) -> None:
        broker = ReplicaBroker()
        replica = broker.create("t", (1, 2, 3), (1, 2, 3))
        write(replica, b"a")
        states = {node: FetchRequest.ReplicaState(replica_id=node, replica_epoch=100 + node) for node in (2, 3)}
        ids = {
            node: broker.ask(request((0, 1), (1, 0), session=(0, 0), replica_state=state), 17).session_id
            for node, state in states.items()
        }
        assert replica.high_watermark == 1
        wanted = request(session=(ids[2], 1), max_wait_ms=20_000, replica_state=states[2])
        waiting = asyncio.ensure_future(broker.begin(wanted, 17))
        await asyncio.sleep(0)
        assert not waiting.done(), "a high watermark alone is not worth an answer"
        write(broker.replicas.partitions["t", 1], b"b")
        told = parts(broker.finish(wanted, 17, await asyncio.wait_for(waiting, 5)))
        assert {index: data.high_watermark for index, data in told.items()} == {0: 1, 1: 0}

    def test_a_follower_out_of_sync_is_looked_at_each_time(self, reads: list[int]) -> None:
        broker = ReplicaBroker()
        broker.create("t", partition((1, 2, 3), isr=(1, 2)))
        for node, is_read in ((2, False), (3, True)):
            state = FetchRequest.ReplicaState(replica_id=node, replica_epoch=100 + node)
            session = broker.ask(request((0, 0), session=(0, 0), replica_state=state), 17).session_id
            broker.ask(request(session=(session, 1), replica_state=state), 17)
            reads.clear()
            broker.ask(request(session=(session, 2), replica_state=state), 17)
            assert bool(reads) == is_read

    def test_a_session_that_ends_is_told_nothing_any_more(self) -> None:
        broker = ReplicaBroker()
        first = broker.create("t", (1,), (1,))
        session = broker.ask(request((0, 0), (1, 0), session=(0, 0)), 17).session_id
        assert len(first.fetch_waiters) == 1
        broker.ask(request(session=(session, 1), forget=[0]), 17)
        assert first.fetch_waiters == set()
        second = broker.replicas.partitions["t", 1]
        assert len(second.fetch_waiters) == 1
        broker.ask(request((1, 0), session=(session, 0)), 17)
        assert len(second.fetch_waiters) == 1, "the session that began instead"
        broker.ask(request(session=(session, -1)), 17)
        assert len(second.fetch_waiters) == 1, "it had ended before"


class TestIsolationLevelsThatDoNotExist:
    def test_the_whole_is_refused_and_up_to_version_12_each_partition(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,))
        response = broker.ask(request((0, 0), (9, 0), isolation_level=2), 12)
        assert response.error_code == ErrorCode.UNKNOWN_SERVER_ERROR
        assert {one.error_code for one in parts(response).values()} == {ErrorCode.UNKNOWN_SERVER_ERROR}
        response = broker.ask(request((0, 0), isolation_level=2), 13)
        assert response.error_code == ErrorCode.UNKNOWN_SERVER_ERROR and not response.responses

    def test_nobody_minds_where_nothing_is_read(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,))
        response = broker.ask(request((9, 0), isolation_level=2), 17)
        assert response.error_code == ErrorCode.NONE
        assert parts(response)[9].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

    def test_errors_of_the_session_come_first_and_no_session_begins(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,))
        response = broker.ask(request((0, 0), session=(7, 3), isolation_level=2), 17)
        assert response.error_code == ErrorCode.FETCH_SESSION_ID_NOT_FOUND
        assert broker.ask(request((0, 0), session=(0, 0), isolation_level=2), 17).session_id == 0
        assert len(broker.sessions) == 0

    def test_a_session_that_goes_on_has_taken_in_the_request(self) -> None:
        broker = ReplicaBroker()
        broker.create("t", (1,))
        session = broker.ask(request((0, 0), session=(0, 0)), 17).session_id
        refused = broker.ask(request(session=(session, 1), isolation_level=2), 17)
        assert (refused.error_code, refused.session_id) == (ErrorCode.UNKNOWN_SERVER_ERROR, session)
        assert broker.ask(request(session=(session, 2)), 17).error_code == ErrorCode.NONE


def test_errors_are_counted_for_consumers_alone() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2))
    broker.ask(request((0, 99), replica_state=FetchRequest.ReplicaState(replica_id=2, replica_epoch=102)), 17)
    assert broker.metrics.client_errors == {}
    broker.ask(request((0, 99)), 17)
    assert broker.metrics.client_errors == {ErrorCode.OFFSET_OUT_OF_RANGE: 1}


def test_what_is_read_is_counted_for_consumers_and_replicas_apart() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1, 2))
    write(replica, b"a", b"b", b"c")
    follower = FetchRequest.ReplicaState(replica_id=2, replica_epoch=102)
    broker.ask(request((0, 0), replica_state=follower), 17)
    size = broker.metrics.replication_bytes_out
    assert size > 0 and broker.metrics.bytes_out == 0
    broker.ask(request((0, 3), replica_state=follower), 17)
    session = broker.ask(request((0, 0), session=(0, 0)), 17).session_id
    assert broker.metrics.bytes_out == size and broker.metrics.messages_out == 0
    broker.ask(request((0, 3), session=(session, 1)), 17)
    assert broker.metrics.messages_out == 3


def test_the_brokers_own_limit_holds() -> None:
    broker = ReplicaBroker(**{"fetch.max.bytes": "1024"})
    broker.create("t", (1,), (1,))
    for index in (0, 1):
        write(broker.replicas.partitions["t", index], b"x" * 1_000)
    sizes = [len(data.records or b"") for data in parts(broker.ask(request((0, 0), (1, 0)), 17)).values()]
    assert sizes[0] > 1_000 and sizes[1] == 0


async def test_what_followers_take_of_throttled_partitions_counts_and_is_held_back_above_the_limit() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", partition((1, 2), isr=(1,)))
    write(replica, b"a")
    throttle = broker.throttles.leader
    throttle.limit = 10
    follower = FetchRequest.ReplicaState(replica_id=2, replica_epoch=102)

    async def fetched() -> int:
        asked = request((0, 0), max_wait_ms=20, replica_state=follower)
        answer = await asyncio.wait_for(broker.ask_waiting(asked, 18), 5)
        return sum(len(data.records or b"") for data in parts(answer).values())

    size = await fetched()
    assert size > 10 and await fetched() == size and not throttle.is_exceeded, "nothing is throttled"
    throttle.throttle("t", None)
    assert await fetched() == size and throttle.is_exceeded
    assert await fetched() == 0, "it waits for as long as it may, and gets nothing"
    consumer = parts(broker.ask(request((0, 0)), 18))[0]
    assert len(consumer.records) == size, "consumers are none of a replication throttle's business"
