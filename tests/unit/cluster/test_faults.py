"""Faults in force: who is told which rules, and when they end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from workbench.broker_contract.messages import CLIENTS, FaultKind, FaultRule
from workbench.cluster.events import BrokerPhaseChanged, ClusterEvent, FaultBegan, FaultEnded
from workbench.cluster.faults import FaultBoard
from workbench.cluster.policy import BrokerPhase
from workbench.system.known_error import KnownError


class Handle:
    """What the board needs of a broker's handle."""

    def __init__(self, node_id: int) -> None:
        self.node_id = node_id
        self.phase = BrokerPhase.RUNNING
        self.rules: list[FaultRule] = []

    def set_faults(self, rules: Sequence[FaultRule]) -> bool:
        self.rules = list(rules)
        return True

    def pause(self) -> None:
        self.phase = BrokerPhase.PAUSED

    def resume(self) -> None:
        self.phase = BrokerPhase.RUNNING


class Board:
    def __init__(self) -> None:
        self.handles: dict[int, Any] = {number: Handle(number) for number in (1, 2, 3)}
        self.events: list[ClusterEvent] = []
        self.faults = FaultBoard(lambda: self.handles, self.events.append)

    def kinds(self, node_id: int) -> list[FaultKind]:
        return [rule.kind for rule in self.handles[node_id].rules]


@pytest.fixture
def board() -> Board:
    return Board()


async def test_a_link_is_cut_on_both_sides(board: Board) -> None:
    fault = board.faults.cut_link(1, 2)
    assert [(rule.kind, rule.peer) for rule in board.handles[1].rules] == [(FaultKind.CUT_LINK, "2")]
    assert [(rule.kind, rule.peer) for rule in board.handles[2].rules] == [(FaultKind.CUT_LINK, "1")]
    assert board.handles[3].rules == []
    board.faults.heal(fault.fault_id)
    assert board.handles[1].rules == board.handles[2].rules == []
    assert [type(event) for event in board.events] == [FaultBegan, FaultEnded]


async def test_faults_add_up_and_heal_one_by_one(board: Board) -> None:
    slow = board.faults.slow_disk(1, delay_ms=20)
    board.faults.cut_link(1, CLIENTS)
    assert board.kinds(1) == [FaultKind.SLOW_DISK, FaultKind.CUT_LINK]
    board.faults.heal(slow.fault_id)
    assert board.kinds(1) == [FaultKind.CUT_LINK]
    board.faults.heal_all()
    assert board.kinds(1) == []
    assert board.faults.active == ()


async def test_a_fault_ends_by_itself(board: Board) -> None:
    board.faults.full_disk(2, duration_s=0.01)
    async with asyncio.timeout(2):
        while board.faults.active:
            await asyncio.sleep(0.005)
    ended = board.events[-1]
    assert isinstance(ended, FaultEnded) and ended.by_itself
    assert board.kinds(2) == []


async def test_a_pause_ends_with_its_time_or_with_the_process(board: Board) -> None:
    board.faults.pause(3, duration_s=0.01)
    assert board.handles[3].phase is BrokerPhase.PAUSED
    async with asyncio.timeout(2):
        while board.handles[3].phase is BrokerPhase.PAUSED:
            await asyncio.sleep(0.005)
    board.faults.pause(1)
    board.handles[1].phase = BrokerPhase.KILLED
    board.faults.on_event(BrokerPhaseChanged(1, BrokerPhase.KILLED, None, None, 0))
    assert board.faults.active == ()
    assert board.handles[1].phase is BrokerPhase.KILLED, "what was killed is not resumed"


async def test_a_broker_that_runs_again_gets_its_rules(board: Board) -> None:
    board.faults.clock_skew(1, skew_ms=5_000)
    board.handles[1].rules = []
    board.faults.on_event(BrokerPhaseChanged(1, BrokerPhase.RUNNING, 7, None, 0))
    assert board.kinds(1) == [FaultKind.CLOCK_SKEW]


async def test_what_cannot_be(board: Board) -> None:
    with pytest.raises(KnownError, match="no broker 9"):
        board.faults.full_disk(9)
    with pytest.raises(KnownError, match="itself"):
        board.faults.cut_link(1, 1)
    with pytest.raises(KnownError, match="clients"):
        board.faults.slow_link(1, "somebody", delay_ms=5)
    board.handles[2].phase = BrokerPhase.STOPPED
    with pytest.raises(KnownError, match="not running"):
        board.faults.pause(2)
    assert board.faults.active == ()
    board.faults.heal("fault-77")
