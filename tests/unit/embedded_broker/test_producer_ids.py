"""Ids for idempotent producers."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.controller_channel import ControllerChannel
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.producer_ids import ProducerIds
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AllocateProducerIdsRequest, AllocateProducerIdsResponse


class Blocks:
    """A controller that gives out blocks of three."""

    def __init__(self) -> None:
        self.asked: list[AllocateProducerIdsRequest] = []
        self.code = ErrorCode.NONE

    async def ask(self, request: Any, version: int, timeout_s: float) -> AllocateProducerIdsResponse:
        self.asked.append(request)
        request.encode(version)
        await asyncio.sleep(0)
        if self.code:
            return AllocateProducerIdsResponse(error_code=self.code)
        return AllocateProducerIdsResponse(producer_id_start=10 * len(self.asked), producer_id_len=3)


def ids() -> tuple[ProducerIds, Blocks]:
    blocks = Blocks()
    return ProducerIds(ReplicaBroker(), cast(ControllerChannel, blocks)), blocks


async def test_blocks_are_used_up_before_the_next_is_asked_for() -> None:
    producer_ids, blocks = ids()
    assert [await producer_ids.take() for _ in range(5)] == [10, 11, 12, 20, 21]
    assert [(one.broker_id, one.broker_epoch) for one in blocks.asked] == [(1, 101)] * 2


async def test_many_at_once_get_different_ids() -> None:
    producer_ids, blocks = ids()
    taken = await asyncio.gather(*(producer_ids.take() for _ in range(9)))
    assert len(set(taken)) == 9 and len(blocks.asked) == 3


async def test_a_controller_that_gives_none_is_told_as_loading_and_asked_again() -> None:
    producer_ids, blocks = ids()
    blocks.code = ErrorCode.NOT_CONTROLLER
    with pytest.raises(BrokerError) as refused:
        await producer_ids.take()
    assert refused.value.code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
    blocks.code = ErrorCode.NONE
    assert await producer_ids.take() == 20
