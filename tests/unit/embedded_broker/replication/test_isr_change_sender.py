"""Changes of in-sync sets on their way to the controller."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.metadata_doubles import partition
from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication import controller_asker
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.isr_change_sender import IsrChangeSender
from workbench.embedded_broker.replication.isr_changes import IsrChanges
from workbench.embedded_broker.replication.partition import Partition
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionRequest, AlterPartitionResponse


def _all_hold(request: AlterPartitionRequest) -> AlterPartitionResponse:
    return AlterPartitionResponse(
        topics=[
            AlterPartitionResponse.TopicData(
                topic_id=topic.topic_id,
                partitions=[
                    AlterPartitionResponse.PartitionData(
                        partition_index=one.partition_index,
                        leader_id=1,
                        leader_epoch=one.leader_epoch,
                        isr=[member.broker_id for member in one.new_isr_with_epochs],
                        partition_epoch=one.partition_epoch + 1,
                    )
                    for one in topic.partitions
                ],
            )
            for topic in request.topics
        ]
    )


def _propose(sender: IsrChangeSender, replica: Partition) -> None:
    assert replica.leadership is not None
    proposal = replica.leadership.proposed = IsrProposal((1, 2), is_expansion=True, broker_epochs=(-1, 102))
    sender.propose(replica, proposal)


async def test_what_is_proposed_together_goes_together_and_failures_are_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(controller_asker, "RETRY_S", 0.001)
    broker = ReplicaBroker()
    broker.create("t", partition((1, 2, 3), (1,)), partition((1, 2, 3), (1,)))
    asked: list[AlterPartitionRequest] = []
    outcomes: list[Any] = [
        BrokerError(ErrorCode.REQUEST_TIMED_OUT),
        AlterPartitionResponse(error_code=ErrorCode.STALE_BROKER_EPOCH),
    ]
    done = asyncio.Event()

    async def ask(request: Any, version: int, timeout_s: float) -> AlterPartitionResponse:
        asked.append(request)
        if outcomes:
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            assert isinstance(outcome, AlterPartitionResponse)
            return outcome
        done.set()
        return _all_hold(request)

    sender = IsrChangeSender(IsrChanges(1, broker_epoch=lambda: 101, now_ms=lambda: 0), ask)
    for index in (0, 1):
        _propose(sender, broker.replicas.partitions["t", index])
    await asyncio.wait_for(done.wait(), 5)
    await asyncio.sleep(0)
    assert [sum(len(topic.partitions) for topic in request.topics) for request in asked] == [2, 2, 2]
    for index in (0, 1):
        leadership = broker.replicas.partitions["t", index].leadership
        assert leadership is not None and leadership.committed_isr == {1, 2}
    await sender.stop()


async def test_stopping_ends_a_request_under_way() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", partition((1, 2, 3), (1,)))
    began = asyncio.Event()

    async def ask(request: Any, version: int, timeout_s: float) -> AlterPartitionResponse:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError

    sender = IsrChangeSender(IsrChanges(1, broker_epoch=lambda: 101, now_ms=lambda: 0), ask)
    _propose(sender, replica)
    await asyncio.wait_for(began.wait(), 5)
    await asyncio.wait_for(sender.stop(), 5)
