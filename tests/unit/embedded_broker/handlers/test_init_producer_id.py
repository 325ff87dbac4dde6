"""Producer ids for idempotent producers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import InitProducerIdRequest


class Supply:
    def __init__(self) -> None:
        self.next = 4_000
        self.error: BrokerError | None = None

    async def take(self) -> int:
        if self.error is not None:
            raise self.error
        self.next += 1
        return self.next


@pytest.fixture
def broker() -> ReplicaBroker:
    made = ReplicaBroker()
    made.producer_ids = Supply()  # type: ignore[assignment]
    return made


async def ask(broker: ReplicaBroker, version: int = 5, **fields: Any) -> tuple[int, int, int]:
    answer = await broker.ask_waiting(InitProducerIdRequest(transaction_timeout_ms=1, **fields), version)
    return answer.error_code, answer.producer_id, answer.producer_epoch


@pytest.mark.parametrize("version", range(6))
async def test_each_asker_gets_an_id_of_its_own(broker: ReplicaBroker, version: int) -> None:
    assert await ask(broker, version, transactional_id=None) == (0, 4_001, 0)
    assert await ask(broker, version, transactional_id=None) == (0, 4_002, 0)


async def test_an_id_that_was_given_is_not_gone_on_with(broker: ReplicaBroker) -> None:
    assert await ask(broker, transactional_id=None, producer_id=7, producer_epoch=3) == (0, 4_001, 0)


@pytest.mark.parametrize("half", [{"producer_id": 7}, {"producer_epoch": 3}, {"producer_epoch": -5}])
async def test_half_an_id_means_nothing(broker: ReplicaBroker, half: dict[str, int]) -> None:
    assert await ask(broker, transactional_id=None, **half) == (ErrorCode.INVALID_REQUEST, -1, -1)


async def test_only_minus_one_means_none(broker: ReplicaBroker) -> None:
    assert await ask(broker, transactional_id=None, producer_id=7, producer_epoch=-5) == (0, 4_001, 0)


async def test_without_a_controller_nobody_gets_one(broker: ReplicaBroker) -> None:
    broker.producer_ids.error = BrokerError(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)  # type: ignore[attr-defined]
    assert await ask(broker, transactional_id=None) == (ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, -1, -1)
