"""Asking the controller until it answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication import controller_asker
from workbench.embedded_broker.replication.controller_asker import ControllerAsker
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionRequest, AlterPartitionResponse


class Numbers:
    """Questions that are numbers (the broker id of the request)."""

    def __init__(self) -> None:
        self.waiting: list[int] = []
        self.asked = -1
        self.again = 0

    def next_request(self) -> AlterPartitionRequest | None:
        if not self.waiting:
            return None
        self.asked = self.waiting.pop(0)
        return AlterPartitionRequest(broker_id=self.asked)

    def answered(self, response: Any) -> bool:
        if self.again:
            self.again -= 1
            self.waiting.insert(0, self.asked)
            return True
        return False

    def failed(self) -> None:
        self.waiting.insert(0, self.asked)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller_asker, "RETRY_S", 0.0001)


async def run(questions: Numbers, outcomes: list[Exception | ErrorCode], count: int) -> list[int]:
    asked: list[int] = []
    done = asyncio.Event()

    async def ask(request: Any, version: int, timeout_s: float) -> AlterPartitionResponse:
        assert version == 3
        asked.append(request.broker_id)
        if len(asked) == count:
            done.set()
        outcome = outcomes.pop(0) if outcomes else ErrorCode.NONE
        if isinstance(outcome, Exception):
            raise outcome
        return AlterPartitionResponse(error_code=outcome)

    asker = ControllerAsker(questions, ask, version=3, subject="numbers")
    asker.wake()
    asker.wake()
    await asyncio.wait_for(done.wait(), 5)
    await asyncio.sleep(0.001)
    await asker.stop()
    return asked


async def test_everything_that_waits_is_asked_in_turn() -> None:
    questions = Numbers()
    questions.waiting = [1, 2]
    assert await run(questions, [], 2) == [1, 2]


async def test_no_answer_and_a_refusal_are_tried_again() -> None:
    questions = Numbers()
    questions.waiting = [1, 2]
    trouble: list[Exception | ErrorCode] = [BrokerError(ErrorCode.REQUEST_TIMED_OUT), ErrorCode.STALE_BROKER_EPOCH]
    assert await run(questions, trouble, 4) == [1, 1, 1, 2]


async def test_what_was_not_settled_is_asked_again() -> None:
    questions = Numbers()
    questions.waiting = [1]
    questions.again = 2
    assert await run(questions, [], 3) == [1, 1, 1]


async def test_what_comes_later_is_asked_too() -> None:
    questions = Numbers()
    asked: list[int] = []

    async def ask(request: Any, version: int, timeout_s: float) -> AlterPartitionResponse:
        asked.append(request.broker_id)
        return AlterPartitionResponse()

    asker = ControllerAsker(questions, ask, version=3, subject="numbers")
    for number in (1, 2):
        questions.waiting.append(number)
        asker.wake()
        while len(asked) < number:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert asked == [1, 2]
    await asker.stop()


async def test_a_bug_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    questions = Numbers()
    questions.waiting = [1]

    async def ask(request: Any, version: int, timeout_s: float) -> AlterPartitionResponse:
        raise RuntimeError("bug")

    asker = ControllerAsker(questions, ask, version=3, subject="numbers")
    asker.wake()
    for _ in range(5):
        await asyncio.sleep(0)
    assert "asking for numbers failed" in caplog.text
    await asker.stop()
