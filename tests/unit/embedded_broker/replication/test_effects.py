"""Every effect is one that a replica carries out."""

from __future__ import annotations

from typing import get_args

import pytest

from tests.helpers.membership import Members
from tests.helpers.partition_logs import NOW, batch, open_log
from workbench.embedded_broker.replication import effects
from workbench.embedded_broker.replication.effects import Effect
from workbench.embedded_broker.replication.events import LeaderNamed
from workbench.embedded_broker.replication.isr import IsrProposal
from workbench.embedded_broker.replication.partition import Partition
from workbench.wire.error_codes import ErrorCode


class Surroundings:
    """Notes what is asked of it."""

    def __init__(self) -> None:
        self.asked: list[object] = []

    def fetch_from_leader(self, partition: Partition) -> None:
        self.asked.append("fetch")

    def stop_fetching(self, partition: Partition) -> None:
        self.asked.append("stop")

    def propose(self, partition: Partition, proposal: IsrProposal) -> None:
        self.asked.append(proposal)

    def leadership_changed(self, partition: Partition, leads: bool) -> None:
        self.asked.append(leads)


PROPOSAL = IsrProposal((1,), is_expansion=False)
CASES: list[tuple[Effect, str, object]] = [
    (effects.BeginEpoch(7, 3), "epoch", 7),
    (effects.AppendCopy(bytes(batch(b"d", base_offset=3, leader_epoch=5)), 4, 0), "end", 4),
    (effects.CutLog(2), "end", 2),
    (effects.BeginLogAnew(8), "start", 8),
    (effects.AdvanceLogStart(1), "start", 1),
    (effects.AnswerWaiters((lambda code: None,), ErrorCode.NONE), "end", 3),
    (effects.WakeReaders(), "end", 3),
    (effects.TellCommitted(), "committed", 1),
    (effects.ProposeIsr(PROPOSAL), "asked", [PROPOSAL]),
    (effects.FollowLeader(), "asked", ["fetch"]),
    (effects.StopFollowing(), "asked", ["stop"]),
    (effects.AnnounceLeadership(True), "asked", [True]),
]


def test_there_is_a_case_for_each() -> None:
    assert {type(effect) for effect, _, _ in CASES} == set(get_args(Effect))


@pytest.mark.parametrize(("effect", "what", "after"), CASES, ids=lambda value: type(value).__name__)
def test_it_is_carried_out(effect: Effect, what: str, after: object) -> None:
    surroundings = Surroundings()
    log = open_log()
    log.append_as_follower(
        b"".join(bytes(batch(value, base_offset=at, leader_epoch=5)) for at, value in enumerate((b"a", b"b", b"c"))),
        leader_epoch=5,
    )
    replica = Partition(1, "t", b"t" * 16, 0, log, Members(), surroundings, high_watermark=3)
    replica.step(LeaderNamed(2, 5, 0, (1, 2)), NOW)
    surroundings.asked.clear()
    committed: list[int] = []
    replica.on_commit(lambda: committed.append(1))
    replica._carry_out((effect,), NOW)
    seen = {
        "epoch": log.leader_epochs.latest_epoch,
        "end": log.log_end_offset,
        "start": log.log_start_offset,
        "committed": len(committed),
        "asked": surroundings.asked,
    }
    assert seen[what] == after
    assert log.log_start_offset <= replica.high_watermark <= log.log_end_offset or what == "start"
