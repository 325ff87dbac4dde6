from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.embedded_broker.quorum.member import LISTENER, Member, endpoints, key, voter_set
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.roles import Unattached
from workbench.embedded_broker.quorum.starting import election_deadline_ms, fetch_deadline_ms, initial_role
from workbench.storage.quorum.election_state import ElectionState


@pytest.mark.parametrize(
    ("stored", "role", "epoch"),
    [
        (None, "unattached", 0),
        (ElectionState(3), "unattached", 3),
        (ElectionState(3, None, key(2)), "unattached", 3),
        (ElectionState(3, None, key(1)), "candidate", 3),
        (ElectionState(3, 2), "follower", 3),
        (ElectionState(3, 1), "resigned", 3),
        (ElectionState(3, 9), "unattached", 3),
    ],
)
def test_a_voter_goes_on_where_it_stopped(stored: ElectionState | None, role: str, epoch: int) -> None:
    machine = Member(1, 2, 3, stored=stored).machine
    assert (machine.role_name, machine.epoch) == (role, epoch)


def test_a_log_that_is_ahead_of_the_stored_epoch_is_believed() -> None:
    machine = Member(1, 2, stored=ElectionState(1, 1), epochs=(1, 4)).machine
    assert (machine.role_name, machine.epoch, machine.role.voted_key) == ("unattached", 4, None)


def test_a_vote_given_is_remembered() -> None:
    machine = Member(1, 2, 3, stored=ElectionState(3, None, key(2))).machine
    assert machine.role.voted_key == key(2)


def test_a_single_voter_leads_when_it_has_started_in_the_next_epoch() -> None:
    machine = Member(1, stored=ElectionState(3, 1)).machine
    assert (machine.role_name, machine.epoch) == ("leader", 4)
    assert Member(1, stored=ElectionState(3, None, key(1))).machine.epoch == 3


def test_a_node_that_is_no_voter_observes() -> None:
    machine = Member(2, 3).machine
    assert machine.role_name == "observer" and not machine.is_voter
    assert machine.local.endpoints == endpoints(1)


@pytest.mark.parametrize("stored", [None, ElectionState(0)])
def test_voters_that_never_knew_an_epoch_stand_soon_and_one_after_the_other(stored: ElectionState | None) -> None:
    for rank, node_id in enumerate((1, 2, 3)):
        wait_ms = _election_wait_ms(node_id, stored)
        assert rank * 100 <= wait_ms <= rank * 100 + 50


def test_one_that_knew_an_epoch_waits_for_its_election_timeout() -> None:
    assert _election_wait_ms(1, ElectionState(3)) >= 1_000
    assert _election_wait_ms(1, None, last_epoch=2) >= 1_000


def _election_wait_ms(node_id: int, stored: ElectionState | None, last_epoch: int = 0) -> int:
    local = LocalReplica(key(node_id), endpoints(node_id), LISTENER)
    role = initial_role(
        stored,
        last_epoch=last_epoch,
        local=local,
        voters=voter_set(1, 2, 3),
        config=QuorumConfig(),
        random=Random(7),
        now_ms=5_000,
    )
    assert isinstance(role, Unattached) and role.election_deadline_ms is not None
    return role.election_deadline_ms - 5_000


@given(st.integers(0, 10**6), st.integers(0, 5_000))
def test_deadlines_are_spread(seed: int, timeout_ms: int) -> None:
    config = QuorumConfig(election_timeout_ms=timeout_ms, fetch_timeout_ms=timeout_ms)
    assert timeout_ms <= election_deadline_ms(config, Random(seed), 0) <= 2 * timeout_ms
    assert timeout_ms * 9 // 10 <= fetch_deadline_ms(config, Random(seed), 0) <= timeout_ms
