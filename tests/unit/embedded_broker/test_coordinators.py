"""The small parts that all coordinators share."""

from __future__ import annotations

import asyncio

import pytest

from tests.helpers.coordinator_doubles import MemoryLogs
from workbench.embedded_broker.coordinators.decision import CancelTimer, CoordinatorRecord, Decision, Reply, StartTimer
from workbench.embedded_broker.coordinators.interfaces import PartitionLogs
from workbench.embedded_broker.coordinators.open_batch import OpenBatch, encode_record, size_of
from workbench.embedded_broker.coordinators.operation import Operation
from workbench.embedded_broker.coordinators.outcomes import client_error
from workbench.embedded_broker.coordinators.pending_answer import PendingAnswer, then
from workbench.embedded_broker.coordinators.scheduler import LoopScheduler
from workbench.embedded_broker.errors import BrokerError
from workbench.records.batch import BatchView
from workbench.records.compression import Compression
from workbench.system.clock import ManualClock
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetCommitKey, OffsetCommitValue


def test_a_decision_collects_in_order() -> None:
    out = Decision()
    out.reply("ticket", "response")
    out.start_timer("key", 5, "event")
    out.cancel_timer("key")
    record = CoordinatorRecord(OffsetCommitKey())
    out.persist([record], "completion")
    assert out.replies == [Reply("ticket", "response")]
    assert out.timers == [StartTimer("key", 5, "event"), CancelTimer("key")]
    assert (out.records, out.replay, out.completion) == ([record], False, "completion")


def test_the_logs_in_memory_are_what_a_broker_has_to_offer() -> None:
    logs: PartitionLogs = MemoryLogs()
    assert logs.log_end_offset("t", 0) == 0


class TestOpenBatch:
    def record(self, metadata: str = "") -> CoordinatorRecord:
        return CoordinatorRecord(
            OffsetCommitKey(group="g", topic="t", partition=0), OffsetCommitValue(offset=1, metadata=metadata), 4
        )

    @pytest.mark.parametrize("metadata", ["", "x" * 10, "x" * 100_000])
    def test_a_batch_is_never_larger_than_it_thinks(self, metadata: str) -> None:
        batch = OpenBatch(base_offset=7, max_bytes=1_000_000)
        for _ in range(3):
            batch.add(encode_record(self.record(metadata), 1_700_000_000_000))
        encoded = batch.encode(Compression.NONE)
        assert len(encoded) <= batch.size_bytes
        assert (batch.next_offset, BatchView(encoded).record_count) == (10, 3)

    def test_an_empty_batch_takes_anything(self) -> None:
        batch = OpenBatch(base_offset=0, max_bytes=10)
        assert batch.has_room_for(1_000)
        batch.add(encode_record(self.record(), 0))
        assert not batch.has_room_for(1)

    def test_a_tombstone_has_no_value(self) -> None:
        new = encode_record(CoordinatorRecord(OffsetCommitKey(group="g", topic="t")), 5)
        assert (new.value, new.timestamp) == (None, 5)
        assert size_of(new) > len(new.key or b"")

    def test_a_batch_of_a_producer_is_transactional(self) -> None:
        batch = OpenBatch(base_offset=0, max_bytes=1_000, producer_id=5, producer_epoch=2)
        batch.add(encode_record(self.record(), 0))
        view = BatchView(batch.encode(Compression.GZIP))
        assert (view.is_transactional, view.producer_id, view.producer_epoch, view.compression) == (
            True,
            5,
            2,
            Compression.GZIP,
        )


def test_an_operation_tells_its_response_or_its_error() -> None:
    ended: list[object] = []
    Operation(lambda response, error: ended.append((response, error)), "response", None).finish(None)
    failure = BrokerError(ErrorCode.NOT_COORDINATOR)
    Operation(lambda response, error: ended.append((response, error)), "response", None).finish(failure)
    assert ended == [("response", None), (None, failure)]


@pytest.mark.parametrize(
    ("inside", "told"),
    [
        (ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        (ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        (ErrorCode.REQUEST_TIMED_OUT, ErrorCode.COORDINATOR_NOT_AVAILABLE),
        (ErrorCode.NOT_LEADER_OR_FOLLOWER, ErrorCode.NOT_COORDINATOR),
        (ErrorCode.KAFKA_STORAGE_ERROR, ErrorCode.NOT_COORDINATOR),
        (ErrorCode.MESSAGE_TOO_LARGE, ErrorCode.UNKNOWN_SERVER_ERROR),
        (ErrorCode.ILLEGAL_GENERATION, ErrorCode.ILLEGAL_GENERATION),
    ],
)
def test_clients_are_told_errors_that_they_know(inside: ErrorCode, told: ErrorCode) -> None:
    assert client_error(inside) is told


class TestPendingAnswer:
    async def test_what_is_known_needs_no_waiting(self) -> None:
        pending: PendingAnswer[str] = PendingAnswer()
        pending.answer("now")
        pending.answer("later")
        assert pending.outcome() == "now"
        assert then(pending.outcome(), str.upper) == "NOW"

    async def test_what_comes_later_is_waited_for(self) -> None:
        pending: PendingAnswer[str] = PendingAnswer()
        outcome = then(pending.outcome(), str.upper)
        assert not isinstance(outcome, str)
        asyncio.get_running_loop().call_soon(pending.answer, "later")
        assert await outcome == "LATER"

    async def test_nobody_minds_an_answer_to_a_request_that_was_given_up(self) -> None:
        pending: PendingAnswer[str] = PendingAnswer()
        outcome = pending.outcome()
        assert isinstance(outcome, asyncio.Future)
        outcome.cancel()
        pending.answer("too late")


class TestLoopScheduler:
    async def test_nothing_waits_that_need_not(self) -> None:
        scheduler = LoopScheduler(ManualClock(1_000))
        happened: list[str] = []
        scheduler.call_soon(lambda: happened.append("soon"))
        scheduler.call_later(0, lambda: happened.append("no delay"))
        scheduler.call_later(0, lambda: happened.append("cancelled")).cancel()
        scheduler.call_later(60_000, lambda: happened.append("much later")).cancel()
        assert happened == []
        await asyncio.sleep(0)
        assert happened == ["soon", "no delay"]
        assert scheduler.now_ms() == 1_000

    async def test_delays_are_milliseconds(self) -> None:
        loop = asyncio.get_running_loop()
        handle = LoopScheduler().call_later(90_000, lambda: None)
        assert isinstance(handle, asyncio.TimerHandle)
        assert 89 < handle.when() - loop.time() <= 90
        handle.cancel()
