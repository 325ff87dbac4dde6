from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.quorum.roles import Tally
from workbench.storage.quorum.voters import ReplicaKey


def tally(count: int) -> Tally:
    return Tally(tuple(ReplicaKey(node_id) for node_id in range(1, count + 1)))


@given(st.integers(1, 7), st.dictionaries(st.integers(1, 7), st.booleans()))
def test_an_election_is_granted_or_rejected_never_both(count: int, votes: dict[int, bool]) -> None:
    election = tally(count)
    for voter_id, granted in votes.items():
        election.record(voter_id, granted)
    assert not (election.is_granted and election.is_rejected)
    if not election.unheard:
        assert election.is_granted or election.is_rejected
    assert election.is_granted == (len(election.granting_ids) * 2 > count)


def test_votes_of_strangers_count_nothing() -> None:
    election = tally(1)
    election.record(9, True)
    assert not election.is_granted and election.granting_ids == ()


def test_a_single_voter_is_elected_by_itself() -> None:
    election = tally(1)
    election.record(1, True)
    assert election.is_granted and not election.unheard
