"""The way from one generation to the next, and every deadline on it."""

from __future__ import annotations

from tests.helpers.group_play import GroupPlay
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import GroupMetadataValue


class TestFirstRebalance:
    def test_it_waits_for_more_members(self) -> None:
        play = GroupPlay(group_initial_rebalance_delay_ms=3_000)
        first = play.join("a", version=3)
        play.scheduler.advance(2_999)
        assert first not in play.answers
        play.scheduler.advance(1)
        assert play.joined(first).generation_id == 1

    def test_each_newcomer_extends_the_wait_up_to_the_rebalance_timeout(self) -> None:
        play = GroupPlay(group_initial_rebalance_delay_ms=3_000)
        tickets = [play.join("a", version=3, rebalance_ms=7_000)]
        for _ in range(2):
            play.scheduler.advance(2_000)
            tickets.append(play.join("b", version=3, rebalance_ms=7_000))
        play.scheduler.advance(2_999)
        assert not set(tickets) & set(play.answers)
        play.scheduler.advance(1)
        assert [play.joined(ticket).generation_id for ticket in tickets] == [1, 1, 1]

    def test_it_ends_when_the_rebalance_timeout_is_used_up(self) -> None:
        play = GroupPlay(group_initial_rebalance_delay_ms=3_000)
        first = play.join("a", version=3, rebalance_ms=7_000)
        waited = 0
        while first not in play.answers:
            play.join("more", version=3, rebalance_ms=7_000)
            play.scheduler.advance(500)
            waited += 500
        assert waited == 7_000

    def test_without_delay_it_is_over_at_once(self) -> None:
        play = GroupPlay()
        assert play.joined(play.join(version=3)).generation_id == 1


class TestJoinPhase:
    def test_it_ends_when_all_members_have_joined(self) -> None:
        play = GroupPlay()
        leader, _ = play.stable_group("a", "b")
        third, ticket = play.new_member("c")
        assert ticket not in play.answers
        first = play.join("a", leader)
        assert first not in play.answers
        play.join("b", next(m for m in play.group().members if m not in (leader, third)))
        assert [play.joined(t).generation_id for t in (ticket, first)] == [3, 3]
        assert len(play.joined(first).members) == 3
        assert play.joined(ticket).members == []

    def test_members_that_do_not_join_in_time_are_removed(self) -> None:
        play = GroupPlay()
        leader, _ = play.stable_group("a", "b", rebalance_ms=5_000, session_ms=30_000)
        ticket = play.join("a", leader, rebalance_ms=5_000, session_ms=30_000)
        play.scheduler.advance(4_999)
        assert ticket not in play.answers
        play.scheduler.advance(1)
        assert [member.member_id for member in play.joined(ticket).members] == [leader]

    def test_a_leader_that_does_not_join_is_replaced(self) -> None:
        play = GroupPlay()
        leader, other = play.stable_group("a", "b", rebalance_ms=5_000, session_ms=30_000)
        ticket = play.join("b", other, protocols={"range": b"new"}, rebalance_ms=5_000, session_ms=30_000)
        play.scheduler.advance(5_000)
        told = play.joined(ticket)
        assert (told.leader, [member.member_id for member in told.members]) == (other, [other])
        assert play.heartbeat(leader, told.generation_id) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_a_pending_member_holds_the_phase_open_until_it_gives_up(self) -> None:
        play = GroupPlay()
        leader, _ = play.new_member("a")
        play.sync(leader, 1, {leader: b""})
        pending = play.joined(play.join("b", session_ms=8_000)).member_id
        ticket = play.join("a", leader, protocols={"range": b"new"})
        assert ticket not in play.answers
        play.scheduler.advance(8_000)
        assert play.joined(ticket).generation_id == 2
        assert play.joined(play.join("b", pending)).error_code == ErrorCode.UNKNOWN_MEMBER_ID

    def test_static_members_are_kept_although_they_do_not_join(self) -> None:
        play = GroupPlay()
        silent = play.joined(play.join("s", instance="s", session_ms=60_000, rebalance_ms=5_000)).member_id
        play.sync(silent, 1, {silent: b"x"})
        ticket = play.join("s", instance="t", session_ms=60_000, rebalance_ms=5_000)
        play.scheduler.advance(5_000)
        told = play.joined(ticket)
        assert (told.generation_id, told.leader) == (2, told.member_id)
        assert {member.member_id for member in told.members} == {silent, told.member_id}

    def test_if_only_silent_static_members_are_left_the_phase_goes_on_until_their_sessions_end(self) -> None:
        play = GroupPlay()
        silent = play.joined(play.join("s", instance="s", session_ms=20_000, rebalance_ms=5_000)).member_id
        play.sync(silent, 1, {silent: b"x"})
        leaving = play.join("t", version=3, session_ms=20_000, rebalance_ms=5_000)
        member = next(m for m in play.group().members if m != silent)
        play.leave((member, None))
        assert play.joined(leaving).error_code == ErrorCode.UNKNOWN_MEMBER_ID
        play.scheduler.advance(5_000)
        assert play.state() == "PreparingRebalance"
        play.scheduler.advance(20_000)
        assert (play.state(), play.describe().members) == ("Empty", [])

    def test_waiting_syncs_are_sent_back_to_join(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        play.join("a", leader)
        play.join("b", follower)
        waiting = play.sync(follower, 3)
        assert waiting not in play.answers
        play.join("a", leader, protocols={"range": b"new"})
        assert play.answers[waiting].error_code == ErrorCode.REBALANCE_IN_PROGRESS


class TestEmptying:
    def test_the_last_to_leave_empties_the_group_and_that_is_written(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        play.scheduler.advance(1_000)
        play.leave((member, None))
        assert play.state() == "Empty"
        _, value = play.logs.written(0)[-1]
        assert value == GroupMetadataValue(
            protocol_type="consumer",
            generation=2,
            protocol=None,
            leader=None,
            current_state_timestamp=play.scheduler.now_ms(),
        )

    def test_all_leaving_during_the_first_delay_empty_it_when_that_ends(self) -> None:
        play = GroupPlay(group_initial_rebalance_delay_ms=3_000)
        play.join("a", version=3)
        (member,) = play.group().members
        play.leave((member, None))
        assert play.state() == "PreparingRebalance"
        play.scheduler.advance(3_000)
        assert play.state() == "Empty"


class TestSessions:
    def test_a_silent_member_is_removed_and_the_others_are_called(self) -> None:
        play = GroupPlay()
        leader, silent = play.stable_group("a", "b", session_ms=6_000)
        for _ in range(3):
            play.scheduler.advance(1_999)
            assert play.heartbeat(leader, 2) is ErrorCode.NONE
        play.scheduler.advance(3)
        assert play.state() == "PreparingRebalance"
        assert play.heartbeat(leader, 2) is ErrorCode.REBALANCE_IN_PROGRESS
        assert play.heartbeat(silent, 2) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_the_last_silent_member_leaves_an_empty_group(self) -> None:
        play = GroupPlay()
        play.stable_group(session_ms=6_000)
        play.scheduler.advance(5_999)
        assert play.state() == "Stable"
        play.scheduler.advance(1)
        assert play.state() == "Empty"

    def test_a_commit_is_a_sign_of_life(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group(session_ms=6_000)
        play.scheduler.advance(5_000)
        play.commit(member=member, generation=1)
        play.scheduler.advance(5_000)
        assert play.state() == "Stable"

    def test_a_parked_member_of_old_needs_no_heartbeat(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b", session_ms=6_000, rebalance_ms=30_000)
        waiting = play.join("a", leader, session_ms=6_000, rebalance_ms=30_000)
        for _ in range(4):
            play.scheduler.advance(5_000)
            play.heartbeat(follower, 2)
        assert waiting not in play.answers
        assert leader in play.group().members

    def test_a_new_member_may_wait_five_minutes_and_no_longer(self) -> None:
        play = GroupPlay(group_initial_rebalance_delay_ms=600_000)
        ticket = play.join("a", version=3, rebalance_ms=1_200_000)
        play.scheduler.advance(299_999)
        assert ticket not in play.answers
        play.scheduler.advance(1)
        told = play.joined(ticket)
        assert (told.error_code, told.member_id) == (ErrorCode.UNKNOWN_MEMBER_ID, "")

    def test_sessions_begin_anew_where_the_group_is_loaded(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group(session_ms=6_000)
        play.scheduler.advance(5_000)
        play.failover()
        play.scheduler.advance(5_999)
        assert play.heartbeat(member, 1) is ErrorCode.NONE
        play.scheduler.advance(6_000)
        assert play.state() == "Empty"


class TestSyncDeadline:
    def test_members_that_do_not_sync_are_removed(self) -> None:
        play = GroupPlay()
        leader, _ = play.stable_group("a", "b", rebalance_ms=5_000, session_ms=60_000)
        play.join("a", leader, rebalance_ms=5_000, session_ms=60_000)
        play.scheduler.advance(5_000)
        assert play.state() == "CompletingRebalance"
        play.scheduler.advance(5_000)
        assert play.state() == "Empty"

    def test_a_stable_group_waits_for_the_syncs_of_all_too(self) -> None:
        play = GroupPlay()
        leader, late = play.stable_group("a", "b", rebalance_ms=5_000, session_ms=60_000)
        play.join("a", leader, rebalance_ms=5_000, session_ms=60_000)
        play.join("b", late, rebalance_ms=5_000, session_ms=60_000)
        play.sync(leader, 3, {})
        assert play.state() == "Stable"
        play.scheduler.advance(5_000)
        assert play.state() == "PreparingRebalance"
        assert list(play.group().members) == [leader]

    def test_it_does_not_fire_once_all_have_synced(self) -> None:
        play = GroupPlay()
        leader, _ = play.stable_group("a", "b", rebalance_ms=5_000, session_ms=60_000)
        play.scheduler.advance(50_000)
        assert play.state() == "Stable"
        assert play.heartbeat(leader, 2) is ErrorCode.NONE
