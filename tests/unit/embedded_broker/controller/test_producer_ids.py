"""Blocks of producer ids."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import carry_out, state_of
from workbench.embedded_broker.controller.producer_ids import allocate_producer_ids
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AllocateProducerIdsRequest, ProducerIdsRecord


def test_blocks_follow_one_another() -> None:
    state = state_of()
    blocks = [
        carry_out(state, allocate_producer_ids(state, AllocateProducerIdsRequest(broker_id=b, broker_epoch=100 + b)))
        for b in (1, 2, 1)
    ]
    assert [(b.producer_id_start, b.producer_id_len) for b in blocks] == [(0, 1000), (1000, 1000), (2000, 1000)]


@pytest.mark.parametrize(
    ("epoch", "used", "code"),
    [(7, 0, ErrorCode.STALE_BROKER_EPOCH), (101, (1 << 63) - 1000, ErrorCode.UNKNOWN_SERVER_ERROR)],
)
def test_refused(epoch: int, used: int, code: ErrorCode) -> None:
    state = state_of(records=[ProducerIdsRecord(broker_id=1, broker_epoch=1, next_producer_id=used)])
    with pytest.raises(BrokerError) as error:
        allocate_producer_ids(state, AllocateProducerIdsRequest(broker_id=1, broker_epoch=epoch))
    assert error.value.code == code
