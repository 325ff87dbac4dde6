"""What can go wrong, why it cannot now, and what is in force."""

from __future__ import annotations

import pytest

from tests.helpers.played_cluster import played_brokers
from workbench.broker_contract.messages import CLIENTS, FaultKind
from workbench.cluster.policy import BrokerPhase
from workbench.ui.view_models.faults_model import (
    FAULT_CHOICES,
    FaultRequest,
    active_faults,
    begin,
    choice_of,
    why_not,
)

REQUESTS = {
    "pause": FaultRequest("pause", 1, duration_s=None),
    "cut link": FaultRequest("cut link", 1, 2, duration_s=None),
    "slow link": FaultRequest("slow link", 1, CLIENTS, 250, duration_s=None),
    "slow disk": FaultRequest("slow disk", 1, None, 80, duration_s=None),
    "full disk": FaultRequest("full disk", 1, duration_s=None),
    "failing directory": FaultRequest("failing directory", 1, directory="/nowhere/broker-1", duration_s=None),
    "clock skew": FaultRequest("clock skew", 1, None, -60_000, duration_s=None),
}


@pytest.mark.parametrize("choice", FAULT_CHOICES, ids=lambda choice: choice.kind)
def test_every_kind_begins_and_reaches_its_brokers(choice: object) -> None:
    local = played_brokers()
    request = REQUESTS[choice.kind]  # type: ignore[attr-defined]
    assert why_not(local, request) == ""
    fault = begin(local, request)
    assert local.active_faults == (fault,)
    if request.kind == "pause":
        assert local.handles[1].phase is BrokerPhase.PAUSED
        assert "paused" in why_not(local, request)
        return
    (rule,) = local.handles[1].rules  # type: ignore[attr-defined]
    assert rule.kind == FaultKind(request.kind) and rule.delay_ms == request.delay_ms
    assert rule.path == request.directory


def test_a_link_between_brokers_is_cut_on_both_ends() -> None:
    local = played_brokers()
    begin(local, REQUESTS["cut link"])
    assert [rule.peer for rule in local.handles[2].rules] == ["1"]  # type: ignore[attr-defined]


def test_what_is_missing_is_told() -> None:
    local = played_brokers()
    assert why_not(None, REQUESTS["pause"]).startswith("Only brokers")
    assert why_not(local, FaultRequest("pause", None)) == "Choose a broker."
    assert why_not(local, FaultRequest("cut link", 1, None)) == "Choose what the link leads to."
    assert why_not(local, FaultRequest("cut link", 1, 1)) == "A broker has no link to itself."
    assert why_not(local, FaultRequest("failing directory", 1)) == "Choose a directory."
    local.handles[1].phase = BrokerPhase.KILLED  # type: ignore[misc]
    assert why_not(local, REQUESTS["full disk"]) == "Broker 1 is killed."


async def test_what_is_in_force_tells_the_time_that_is_left() -> None:
    local = played_brokers()
    timed = begin(local, FaultRequest("slow disk", 1, None, 80, duration_s=20))
    lasting = begin(local, FaultRequest("full disk", 2, duration_s=None))
    first, _ = active_faults(local, timed.since_ms + 5_000)
    assert (first.remaining, first.fraction) == ("15 s left", 0.25)
    _, second = active_faults(local, lasting.since_ms + 5_000)
    assert second.remaining == "for 5.0 s, until healed" and second.fraction is None
    assert local.cluster is not None
    local.cluster.faults.heal_all()
    assert active_faults(local, 0) == ()


def test_a_choice_says_what_to_expect() -> None:
    assert all(choice.expect and choice.title for choice in FAULT_CHOICES)
    assert choice_of("slow link").needs_peer
