from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.quorum.leading import Leader
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet

ENDPOINTS = (Endpoint.of("CONTROLLER", "localhost", 9093),)
START = 10


def key(node_id: int) -> ReplicaKey:
    return ReplicaKey(node_id, bytes([node_id]) * 16)


def voters(*ids: int) -> VoterSet:
    return VoterSet.of(VoterNode(key(node_id), ENDPOINTS, 0, 1) for node_id in ids)


def leader(*ids: int, start: int = START) -> Leader:
    return Leader(VoterNode(key(1), ENDPOINTS, 0, 1), 5, start, voters(*ids), (1,), 2_000, now_ms=0)


def test_a_single_voter_commits_what_it_has_flushed() -> None:
    state = leader(1)
    assert not state.local_flushed(START)
    assert state.local_flushed(START + 1)
    assert state.high_watermark == START + 1


def test_nothing_of_earlier_epochs_is_committed_before_a_record_of_the_own() -> None:
    state = leader(1, 2, 3)
    state.local_flushed(START + 1)
    assert not state.replica_fetched(key(2), START, START + 1, 10)
    assert state.high_watermark is None
    assert state.replica_fetched(key(2), START + 1, START + 1, 20)
    assert state.high_watermark == START + 1


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(0, 60)), max_size=30), st.integers(1, 5))
def test_the_watermark_is_what_a_majority_has_and_never_goes_back(fetches: list[tuple[int, int]], count: int) -> None:
    ids = range(1, count + 1)
    state = leader(*ids)
    have = dict.fromkeys(ids, 0)
    watermark = -1
    for node_id, offset in fetches:
        if node_id == 1:
            have[1] = max(have[1], offset)
            state.local_flushed(offset)
        else:
            if node_id in have:
                have[node_id] = offset
            state.replica_fetched(key(node_id), offset, 60, 1)
        majority = sorted(have.values(), reverse=True)[count // 2]
        if majority > START:
            watermark = max(watermark, majority)
        assert (-1 if state.high_watermark is None else state.high_watermark) == watermark


def test_observers_do_not_count_but_are_described() -> None:
    state = leader(1, 2)
    state.local_flushed(START + 5)
    state.replica_fetched(key(9), START + 5, START + 5, 10)
    assert state.high_watermark is None
    described, observers = state.describe(20)
    assert [one.key.id for one in described] == [1, 2]
    assert [(one.key.id, one.log_end_offset, one.last_fetch_timestamp_ms) for one in observers] == [(9, START + 5, 10)]
    assert state.describe(10 + 300_000)[1] == ()


def test_a_voter_id_with_another_directory_is_an_observer() -> None:
    state = leader(1, 2)
    state.replica_fetched(ReplicaKey(2, b"x" * 16), START + 5, START + 5, 10)
    assert state.voters[2].end_offset is None
    assert len(state.describe(10)[1]) == 1


def test_a_leader_needs_to_hear_from_a_majority_within_one_and_a_half_fetch_timeouts() -> None:
    state = leader(1, 2, 3)
    assert state.check_quorum_deadline_ms == 3_000
    state.heard_from(key(2), 1_000)
    assert state.check_quorum_deadline_ms == 4_000
    assert leader(1).check_quorum_deadline_ms is None
    five = leader(1, 2, 3, 4, 5)
    five.heard_from(key(2), 1_000)
    five.heard_from(key(2), 1_100)
    assert five.check_quorum_deadline_ms == 3_000
    five.heard_from(key(3), 1_200)
    assert five.check_quorum_deadline_ms == 4_200


def test_a_leader_that_is_no_voter_any_more_does_not_count_itself() -> None:
    state = leader(1, 2, 3)
    state.voters_changed(voters(2, 3))
    state.heard_from(key(2), 1_000)
    assert state.check_quorum_deadline_ms == 3_000
    state.heard_from(key(3), 1_000)
    assert state.check_quorum_deadline_ms == 4_000


def test_progress_moves_along_when_an_observer_becomes_a_voter_and_back() -> None:
    state = leader(1)
    state.local_flushed(START + 4)
    state.replica_fetched(key(2), START + 4, START + 4, 10)
    state.voters_changed(voters(1, 2))
    assert state.voters[2].end_offset == START + 4 and state.voters[2].endpoints == ENDPOINTS
    state.voters_changed(voters(1))
    assert state.observers[key(2)].end_offset == START + 4 and state.observers[key(2)].endpoints == ()


def test_successors_come_by_the_length_of_their_logs() -> None:
    state = leader(1, 2, 3, 4)
    state.replica_fetched(key(3), 30, 40, 10)
    state.replica_fetched(key(2), 20, 40, 10)
    assert [successor.id for successor in state.preferred_successors()] == [3, 2, 4]


def test_only_voters_that_have_been_silent_are_told_of_the_leader() -> None:
    state = leader(1, 2, 3)
    assert [voter.id for voter in state.silent_voters(1_000)] == [2, 3]
    state.replica_fetched(key(2), 0, 5, 1_500)
    assert [voter.id for voter in state.silent_voters(2_400)] == [3]
    assert [voter.id for voter in state.silent_voters(2_500)] == [2, 3]


def test_caught_up_is_who_had_the_log_end_at_its_last_or_the_fetch_before() -> None:
    state = leader(1)
    state.replica_fetched(key(2), 5, 20, 100)
    assert not state.is_caught_up(key(2), 100)
    state.replica_fetched(key(2), 20, 30, 200)
    assert state.observers[key(2)].last_caught_up_ms == 100
    assert state.is_caught_up(key(2), 200)
    assert not state.is_caught_up(key(2), 200 + 3_600_000)
    state.replica_fetched(key(3), 30, 30, 300)
    assert state.observers[key(3)].last_caught_up_ms == 300


def test_consumers_leave_no_trace() -> None:
    state = leader(1)
    assert not state.replica_fetched(ReplicaKey(-1), 5, 20, 100)
    assert state.describe(100)[1] == ()
