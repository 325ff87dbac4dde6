"""SyncGroup, Heartbeat and LeaveGroup."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.coordinator_doubles import MemoryLogs
from tests.helpers.group_play import SUBSCRIPTION, GroupPlay
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import GroupMetadataValue, LeaveGroupResponse


class TestSync:
    def test_followers_wait_for_the_leader(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        play.join("a", leader)
        play.join("b", follower)
        waiting = play.sync(follower, 3)
        assert waiting not in play.answers
        own = play.answers[play.sync(leader, 3, {leader: b"L", follower: b"F", "stranger": b"?"})]
        told = play.answers[waiting]
        assert (own.assignment, told.assignment) == (b"L", b"F")
        assert (told.protocol_type, told.protocol_name, told.error_code) == ("consumer", "range", 0)
        assert play.state() == "Stable"

    def test_nobody_is_told_before_the_assignment_is_committed(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        play.join("a", leader)
        play.join("b", follower)
        play.logs.replicates_at_once = False
        tickets = [play.sync(follower, 3), play.sync(leader, 3, {leader: b"L"})]
        assert not set(tickets) & set(play.answers)
        assert play.state() == "CompletingRebalance"
        play.logs.commit(0)
        assert [play.answers[ticket].assignment for ticket in tickets] == [b"", b"L"]
        assert play.state() == "Stable"

    def test_what_is_written_is_the_whole_group(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group("app")
        _, value = play.logs.written(0)[-1]
        assert value == GroupMetadataValue(
            protocol_type="consumer",
            generation=1,
            protocol="range",
            leader=member,
            current_state_timestamp=play.scheduler.now_ms(),
            members=[
                GroupMetadataValue.MemberMetadata(
                    member_id=member,
                    group_instance_id=None,
                    client_id="app",
                    client_host="/127.0.0.1",
                    rebalance_timeout=60_000,
                    session_timeout=10_000,
                    subscription=SUBSCRIPTION,
                    assignment=member.encode(),
                )
            ],
        )

    def test_an_assignment_that_cannot_be_written_makes_all_join_again(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        play.join("a", leader)
        play.join("b", follower)
        waiting = play.sync(follower, 3)
        play.logs.append_error = ErrorCode.MESSAGE_TOO_LARGE
        own = play.sync(leader, 3, {leader: b"L"})
        assert [play.answers[t].error_code for t in (waiting, own)] == [ErrorCode.UNKNOWN_SERVER_ERROR] * 2
        assert play.state() == "PreparingRebalance"

    def test_a_rebalance_that_came_between_keeps_its_state(self) -> None:
        play = GroupPlay()
        member, _ = play.new_member()
        play.logs.replicates_at_once = False
        waiting = play.sync(member, 1, {member: b"old"})
        again = play.joined(play.join("c", member, protocols={"range": b"new"}))
        assert play.answers[waiting].error_code == ErrorCode.REBALANCE_IN_PROGRESS
        play.logs.commit(0)
        assert (again.generation_id, play.state()) == (2, "CompletingRebalance")

    def test_in_a_stable_group_everybody_can_ask_again(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        assert play.answers[play.sync(member, 1)].assignment == member.encode()

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ({"member": "ghost"}, ErrorCode.UNKNOWN_MEMBER_ID),
            ({"generation": 2}, ErrorCode.ILLEGAL_GENERATION),
            ({"instance": "nobody"}, ErrorCode.UNKNOWN_MEMBER_ID),
            ({"protocol_type": "connect"}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
            ({"protocol_name": "sticky"}, ErrorCode.INCONSISTENT_GROUP_PROTOCOL),
            ({"protocol_type": None, "protocol_name": None}, ErrorCode.NONE),
            ({"group": "unknown"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ],
    )
    def test_what_does_not_fit_is_refused(self, how: dict[str, Any], expected: ErrorCode) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        arguments = {"member": member, "generation": 1} | how
        ticket = play.sync(arguments.pop("member"), arguments.pop("generation"), **arguments)
        assert play.answers[ticket].error_code == expected

    def test_while_preparing_a_sync_is_told_to_join(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        play.join("a", leader)
        assert play.answers[play.sync(follower, 2)].error_code == ErrorCode.REBALANCE_IN_PROGRESS

    def test_an_empty_group_knows_nobody(self) -> None:
        play = GroupPlay()
        play.commit()
        assert play.answers[play.sync("m", 1)].error_code == ErrorCode.UNKNOWN_MEMBER_ID


class TestHeartbeat:
    def test_it_is_answered_while_completing_and_stable(self) -> None:
        play = GroupPlay()
        member, _ = play.new_member()
        assert play.heartbeat(member, 1) is ErrorCode.NONE
        play.sync(member, 1)
        assert play.heartbeat(member, 1) is ErrorCode.NONE

    def test_what_does_not_fit_is_refused(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        assert play.heartbeat(member, 0) is ErrorCode.ILLEGAL_GENERATION
        assert play.heartbeat("ghost", 1) is ErrorCode.UNKNOWN_MEMBER_ID
        assert play.heartbeat(member, 1, instance="nobody") is ErrorCode.UNKNOWN_MEMBER_ID
        assert play.heartbeat(member, 1, group="unknown") is ErrorCode.UNKNOWN_MEMBER_ID

    def test_a_pending_member_has_no_generation_to_tell(self) -> None:
        play = GroupPlay()
        pending = play.joined(play.join()).member_id
        assert play.heartbeat(pending, 0) is ErrorCode.UNKNOWN_MEMBER_ID


class TestLeave:
    def left(self, play: GroupPlay, *members: tuple[str, str | None]) -> list[ErrorCode]:
        response = play.leave(*members)
        assert isinstance(response, LeaveGroupResponse)
        assert response.error_code == ErrorCode.NONE
        return [ErrorCode(member.error_code) for member in response.members]

    def test_one_leaves_and_the_others_rebalance(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        assert self.left(play, (follower, None)) == [ErrorCode.NONE]
        assert play.state() == "PreparingRebalance"
        assert play.joined(play.join("a", leader)).generation_id == 3

    def test_one_that_leaves_while_others_wait_ends_the_phase(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        waiting = play.join("a", leader)
        self.left(play, (follower, None))
        assert play.joined(waiting).generation_id == 3

    def test_who_leaves_while_its_own_join_waits_is_told_to_begin_anew(self) -> None:
        play = GroupPlay()
        leader, _ = play.stable_group("a", "b")
        waiting = play.join("a", leader)
        self.left(play, (leader, None))
        told = play.joined(waiting)
        assert (told.error_code, told.member_id) == (ErrorCode.UNKNOWN_MEMBER_ID, "")

    def test_a_pending_member_leaves_without_a_trace(self) -> None:
        play = GroupPlay()
        pending = play.joined(play.join()).member_id
        assert self.left(play, (pending, None)) == [ErrorCode.NONE]
        assert play.joined(play.join("c", pending)).error_code == ErrorCode.UNKNOWN_MEMBER_ID

    def test_several_leave_each_with_its_own_error(self) -> None:
        play = GroupPlay()
        static = play.joined(play.join("s", instance="one")).member_id
        play.sync(static, 1)
        assert self.left(play, ("ghost", None), ("", "nobody"), ("", None), (static, "other"), ("", "one")) == [
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.UNKNOWN_MEMBER_ID,
            ErrorCode.NONE,
        ]
        assert play.state() == "Empty"

    def test_nobody_leaving_changes_nothing(self) -> None:
        play = GroupPlay()
        play.stable_group()
        assert self.left(play) == []
        assert self.left(play, ("ghost", None)) == [ErrorCode.UNKNOWN_MEMBER_ID]
        assert play.state() == "Stable"

    def test_an_unknown_group_knows_nobody(self) -> None:
        assert GroupPlay().leave(("m", None)) is ErrorCode.UNKNOWN_MEMBER_ID


def test_a_stable_group_goes_on_under_a_new_coordinator() -> None:
    play = GroupPlay()
    leader, follower = play.stable_group("a", "b")
    play.failover()
    described = play.describe()
    assert (described.group_state, {m.member_id for m in described.members}) == ("Stable", {leader, follower})
    assert [play.heartbeat(member, 2) for member in (leader, follower)] == [ErrorCode.NONE, ErrorCode.NONE]
    assert play.answers[play.sync(follower, 2)].assignment == follower.encode()
    ticket = play.join("a", leader)
    play.join("b", follower)
    assert play.joined(ticket).generation_id == 3


def test_what_was_not_committed_is_not_there_under_a_new_coordinator() -> None:
    logs = MemoryLogs()
    play = GroupPlay(logs=logs)
    play.stable_group("a")
    logs.append_error = ErrorCode.NOT_LEADER_OR_FOLLOWER
    play.commit({("t", 0): 99})
    logs.append_error = None
    successor = GroupPlay(logs=logs)
    assert successor.state() == "Stable"
    assert successor.fetch() == {}
