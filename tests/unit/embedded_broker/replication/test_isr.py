"""The in-sync set and the high watermark."""

from __future__ import annotations

from tests.helpers.membership import Members
from workbench.embedded_broker.replication.isr import IsrProposal, LeaderReplicas

LAG_MS = 30_000
ALL = Members()
NOBODY = Members(2, 3)


def leader(isr: tuple[int, ...] = (1, 2, 3), end: int = 10, now_ms: int = 0) -> LeaderReplicas:
    return LeaderReplicas.begin(1, (1, 2, 3), isr, high_watermark=5, log_end_offset=end, now_ms=now_ms)


def fetch(state: LeaderReplicas, replica: int, offset: int, end: int, now_ms: int = 0) -> None:
    state.followers[replica].record_fetch(offset, 0, end, now_ms, 1)


def test_the_high_watermark_is_the_slowest_in_sync_replica() -> None:
    state = leader()
    fetch(state, 2, 10, 10)
    assert not state.advance_high_watermark(10, 1, 0, ALL)
    fetch(state, 3, 8, 10)
    assert state.advance_high_watermark(10, 1, 0, ALL)
    assert state.high_watermark == 8


def test_it_never_falls() -> None:
    state = leader()
    fetch(state, 2, 3, 10)
    fetch(state, 3, 4, 10)
    assert not state.advance_high_watermark(10, 1, 0, ALL)
    assert state.high_watermark == 5


def test_it_stands_below_the_minimum() -> None:
    state = leader(isr=(1,))
    assert not state.advance_high_watermark(10, 2, 0, NOBODY)
    assert state.advance_high_watermark(10, 1, 0, NOBODY)
    assert state.high_watermark == 10


def test_the_minimum_is_capped_by_the_replicas() -> None:
    assert leader().effective_min_isr(5) == 3


def test_a_proposed_member_counts_before_it_is_one() -> None:
    state = leader(isr=(1, 2))
    fetch(state, 2, 10, 10)
    fetch(state, 3, 6, 10)
    state.proposed = IsrProposal((1, 2, 3), is_expansion=True)
    assert state.advance_high_watermark(10, 1, 0, NOBODY)
    assert state.high_watermark == 6


def test_shrinking_waits_for_the_lag_time_and_is_not_trusted_in_flight() -> None:
    state = leader(now_ms=0)
    fetch(state, 2, 10, 10, now_ms=LAG_MS)
    assert state.shrinking(10, LAG_MS, LAG_MS) is None
    proposal = state.shrinking(10, LAG_MS + 1, LAG_MS)
    assert proposal == IsrProposal((1, 2), is_expansion=False, broker_epochs=(-1, 1))
    state.proposed = proposal
    assert state.maximal_isr == {1, 2, 3}


def test_a_follower_joins_when_it_reaches_high_watermark_and_epoch_start() -> None:
    state = leader(isr=(1, 2), end=10)
    fetch(state, 3, 8, 12)
    assert state.expansion_for(3, ALL) is None, "it is behind the start of the leader's epoch"
    fetch(state, 3, 10, 12)
    assert state.expansion_for(3, NOBODY) is None, "it is fenced"
    assert state.expansion_for(3, ALL) == IsrProposal((1, 2, 3), is_expansion=True, broker_epochs=(-1, -1, 1))


def test_level_with_the_leader_at_the_fetch_before_counts_as_caught_up() -> None:
    state = leader(isr=(1, 2, 3))
    fetch(state, 2, 10, 20, now_ms=1_000)
    fetch(state, 2, 20, 30, now_ms=2_000)
    assert state.followers[2].last_caught_up_ms == 1_000
    fetch(state, 2, 30, 30, now_ms=3_000)
    assert state.followers[2].last_caught_up_ms == 3_000


def test_replicas_come_and_go() -> None:
    state = leader()
    state.set_replicas((1, 3, 4), 7)
    assert sorted(state.followers) == [3, 4]


def test_the_low_watermark_is_over_the_living() -> None:
    state = leader()
    state.followers[2].log_start_offset = 4
    state.followers[3].log_start_offset = 2
    assert state.low_watermark(6, ALL) == 2
    assert state.low_watermark(6, Members(3)) == 4


def test_an_unknown_start_holds_the_low_watermark() -> None:
    assert leader().low_watermark(6, ALL) == -1


def test_who_may_join_soon_holds_the_high_watermark_until_its_lag_time_is_over() -> None:
    state = leader(isr=(1, 2), now_ms=0)
    fetch(state, 2, 10, 10)
    fetch(state, 3, 8, 8, now_ms=1_000)
    assert state.advance_high_watermark(10, 1, 1_000 + LAG_MS, ALL)
    assert state.high_watermark == 8
    assert state.advance_high_watermark(10, 1, 1_001 + LAG_MS, ALL)
    assert state.high_watermark == 10


def test_a_member_that_is_only_proposed_does_not_count_for_the_minimum() -> None:
    state = leader(isr=(1,))
    fetch(state, 2, 10, 10)
    state.proposed = IsrProposal((1, 2), is_expansion=True)
    assert state.is_under_min_isr(2)
    assert not state.advance_high_watermark(10, 2, 0, ALL)


def test_where_the_leader_stood_at_the_fetch_before_never_goes_back() -> None:
    """Two connections of one follower may be handled out of order."""
    state = leader()
    fetch(state, 2, 20, 20, now_ms=1_000)
    fetch(state, 2, 15, 15, now_ms=900)
    assert state.followers[2].last_fetch_leader_end_offset == 20
