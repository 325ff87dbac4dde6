"""JoinGroup: who comes in, under which id, and what it sets off."""

from __future__ import annotations

import pytest

from tests.helpers.group_play import SUBSCRIPTION, GroupPlay
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import GroupMetadataKey, GroupMetadataValue


class TestWithoutMemberId:
    def test_from_version_4_on_a_dynamic_member_is_told_to_come_back_with_its_id(self) -> None:
        play = GroupPlay()
        told = play.joined(play.join("app"))
        assert (told.error_code, told.member_id, told.generation_id) == (
            ErrorCode.MEMBER_ID_REQUIRED,
            "app-uuid-1",
            -1,
        )
        assert (play.state(), len(play.describe().members)) == ("Empty", 0)

    def test_before_version_4_it_is_in_at_once(self) -> None:
        play = GroupPlay()
        told = play.joined(play.join("app", version=3))
        assert (told.error_code, told.member_id, told.generation_id, told.leader) == (
            ErrorCode.NONE,
            "app-uuid-1",
            1,
            "app-uuid-1",
        )

    def test_a_new_group_is_written_so_that_it_exists(self) -> None:
        play = GroupPlay()
        play.join()
        ((key, value),) = play.logs.written(0)
        assert key == GroupMetadataKey(group="g")
        assert value == GroupMetadataValue(
            protocol_type="", generation=0, protocol=None, leader=None, current_state_timestamp=play.scheduler.now_ms()
        )

    def test_a_group_that_cannot_be_written_does_not_exist(self) -> None:
        play = GroupPlay()
        play.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
        ticket = play.join(version=3)
        assert play.group() is None
        play.logs.append_error = None
        assert play.joined(ticket).error_code == ErrorCode.COORDINATOR_NOT_AVAILABLE
        assert play.state() == "Dead"

    def test_a_static_member_is_named_after_its_instance_and_needs_no_second_join(self) -> None:
        play = GroupPlay()
        told = play.joined(play.join("app", instance="node-1"))
        assert (told.error_code, told.member_id) == (ErrorCode.NONE, "node-1-uuid-1")

    @pytest.mark.parametrize("protocol_type", ["", "consumer"])
    def test_a_first_member_needs_a_type_and_a_protocol(self, protocol_type: str) -> None:
        play = GroupPlay()
        protocols = {"range": b""} if not protocol_type else {}
        told = play.joined(play.join(protocol_type=protocol_type, protocols=protocols))
        assert (told.error_code, told.member_id) == (ErrorCode.INCONSISTENT_GROUP_PROTOCOL, "")

    @pytest.mark.parametrize(
        ("protocol_type", "protocols"), [("connect", {"range": b""}), ("consumer", {"sticky": b""}), ("consumer", {})]
    )
    def test_a_member_has_to_share_type_and_a_protocol(self, protocol_type: str, protocols: dict[str, bytes]) -> None:
        play = GroupPlay()
        play.stable_group()
        told = play.joined(play.join(protocol_type=protocol_type, protocols=protocols))
        assert told.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        assert play.state() == "Stable"


class TestWithMemberId:
    def test_an_unknown_group_or_member_is_refused(self) -> None:
        play = GroupPlay()
        assert play.joined(play.join(member="ghost")).error_code == ErrorCode.UNKNOWN_MEMBER_ID
        assert play.logs.appends == 0
        play.stable_group()
        told = play.joined(play.join(member="ghost"))
        assert (told.error_code, told.member_id) == (ErrorCode.UNKNOWN_MEMBER_ID, "ghost")

    def test_a_pending_member_comes_in(self) -> None:
        play = GroupPlay()
        member, ticket = play.new_member("app")
        told = play.joined(ticket)
        assert (told.error_code, told.generation_id, told.leader, told.protocol_name) == (0, 1, member, "range")
        assert [(m.member_id, m.metadata) for m in told.members] == [(member, SUBSCRIPTION)]
        assert play.state() == "CompletingRebalance"

    def test_a_follower_that_joins_again_unchanged_is_told_the_generation(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        told = play.joined(play.join("b", follower))
        assert (told.error_code, told.generation_id, told.leader, told.members) == (0, 2, leader, [])
        assert play.state() == "Stable"

    def test_a_leader_that_joins_again_rebalances(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        ticket = play.join("a", leader)
        assert ticket not in play.answers
        assert play.state() == "PreparingRebalance"
        assert play.heartbeat(follower, 2) is ErrorCode.REBALANCE_IN_PROGRESS

    def test_a_follower_that_changes_its_metadata_rebalances(self) -> None:
        play = GroupPlay()
        _, follower = play.stable_group("a", "b")
        play.join("b", follower, protocols={"range": b"new"})
        assert play.state() == "PreparingRebalance"

    def test_while_completing_an_unchanged_member_is_told_again_what_it_was_told(self) -> None:
        play = GroupPlay()
        leader, first = play.new_member()
        again = play.joined(play.join("c", leader))
        assert again == play.joined(first)
        assert play.state() == "CompletingRebalance"

    def test_while_completing_a_changed_member_begins_anew(self) -> None:
        play = GroupPlay()
        member, _ = play.new_member()
        told = play.joined(play.join("c", member, protocols={"range": b"new"}))
        assert (told.error_code, told.generation_id) == (0, 2)

    def test_a_member_of_an_empty_group_has_to_begin_anew(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        play.leave((member, None))
        assert play.joined(play.join("c", member)).error_code == ErrorCode.UNKNOWN_MEMBER_ID


class TestStaticMembers:
    def stable(self, play: GroupPlay, *instances: str) -> dict[str, str]:
        """Member ids by instance id, in a stable group led by the first."""
        tickets = [play.join(instance, instance=instance) for instance in instances[:1]]
        members = {instances[0]: play.joined(tickets[0]).member_id}
        for instance in instances[1:]:
            ticket = play.join(instance, instance=instance)
            for known, member in members.items():
                play.join(known, member, instance=known)
            members[instance] = play.joined(ticket).member_id
        generation = play.group().generation_id
        leader = members[instances[0]]
        play.sync(leader, generation, {m: b"for " + i.encode() for i, m in members.items()}, instance=instances[0])
        assert play.state() == "Stable"
        return members

    def test_a_known_instance_gets_a_new_id_and_no_rebalance(self) -> None:
        play = GroupPlay()
        old = self.stable(play, "one")["one"]
        told = play.joined(play.join("one", instance="one"))
        assert (told.error_code, told.generation_id, told.skip_assignment) == (0, 1, True)
        assert told.member_id == told.leader != old
        assert [member.member_id for member in told.members] == [told.member_id]
        assert play.state() == "Stable"
        assert play.answers[play.sync(told.member_id, 1, instance="one")].assignment == b"for one"
        assert play.heartbeat(old, 1, instance="one") is ErrorCode.FENCED_INSTANCE_ID
        assert play.heartbeat(old, 1) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_before_version_9_it_is_told_the_old_leader_so_that_it_does_not_assign(self) -> None:
        play = GroupPlay()
        old = self.stable(play, "one")["one"]
        told = play.joined(play.join("one", instance="one", version=8))
        assert (told.leader, told.members, told.skip_assignment) == (old, [], False)

    def test_its_new_id_is_written(self) -> None:
        play = GroupPlay()
        self.stable(play, "one")
        told = play.joined(play.join("one", instance="one"))
        _, value = play.logs.written(0)[-1]
        assert isinstance(value, GroupMetadataValue)
        assert (value.leader, value.members[0].assignment) == (told.member_id, b"for one")

    def test_if_that_cannot_be_written_the_old_id_stays(self) -> None:
        play = GroupPlay()
        old = self.stable(play, "one")["one"]
        play.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
        told = play.joined(play.join("one", instance="one", session_ms=20_000))
        assert (told.error_code, told.member_id) == (ErrorCode.COORDINATOR_NOT_AVAILABLE, "")
        play.logs.append_error = None
        assert play.heartbeat(old, 1, instance="one") is ErrorCode.NONE
        assert play.group().members[old].session_timeout_ms == 10_000
        assert play.group().members[old].assignment == b"for one"

    def test_it_rebalances_when_the_protocol_would_change(self) -> None:
        play = GroupPlay()
        self.stable(play, "one")
        told = play.joined(play.join("one", instance="one", protocols={"sticky": b"s", "range": b"r"}))
        assert (told.error_code, told.generation_id, told.protocol_name) == (0, 2, "sticky")

    def test_while_completing_it_rebalances_since_the_leader_may_assign_to_the_old_id(self) -> None:
        play = GroupPlay()
        members = self.stable(play, "one", "two")
        play.join("one", members["one"], instance="one")
        play.join("two", members["two"], instance="two")
        assert play.state() == "CompletingRebalance"
        waiting = play.sync(members["two"], 3)
        play.join("two", instance="two")
        assert play.answers[waiting].error_code == ErrorCode.FENCED_INSTANCE_ID
        assert play.state() == "PreparingRebalance"

    def test_a_join_that_waits_under_the_old_id_is_fenced(self) -> None:
        play = GroupPlay()
        self.stable(play, "one")
        first = play.join("two", instance="two")
        assert first not in play.answers
        second = play.join("two", instance="two")
        assert play.joined(first).error_code == ErrorCode.FENCED_INSTANCE_ID
        assert second not in play.answers

    def test_a_known_member_with_a_foreign_instance_id_is_fenced(self) -> None:
        play = GroupPlay()
        members = self.stable(play, "one", "two")
        told = play.joined(play.join("x", members["one"], instance="two"))
        assert (told.error_code, told.member_id) == (ErrorCode.FENCED_INSTANCE_ID, members["one"])


class TestMaximumSize:
    def test_a_stable_group_takes_no_more_members_than_allowed(self) -> None:
        play = GroupPlay(group_max_size=1)
        play.stable_group()
        told = play.joined(play.join("late"))
        assert (told.error_code, told.member_id) == (ErrorCode.GROUP_MAX_SIZE_REACHED, "")

    def test_while_preparing_those_that_wait_count(self) -> None:
        play = GroupPlay(group_max_size=2, group_initial_rebalance_delay_ms=1_000)
        tickets = [play.join(f"c{number}", version=3) for number in range(3)]
        assert play.joined(tickets[2]).error_code == ErrorCode.GROUP_MAX_SIZE_REACHED
        play.scheduler.advance(2_000)
        assert [play.joined(ticket).error_code for ticket in tickets[:2]] == [0, 0]

    def test_pending_members_may_be_more_but_not_all_come_in(self) -> None:
        play = GroupPlay(group_max_size=1)
        first = play.joined(play.join("a")).member_id
        second = play.joined(play.join("b")).member_id
        play.join("a", first)
        assert play.joined(play.join("b", second)).error_code == ErrorCode.GROUP_MAX_SIZE_REACHED

    def test_a_group_loaded_with_too_many_members_rebalances(self) -> None:
        play = GroupPlay()
        play.stable_group("a", "b", "c")
        smaller = GroupPlay(logs=play.logs, group_max_size=2)
        assert smaller.state() == "PreparingRebalance"
        tickets = [smaller.join("x", member) for member in list(smaller.group().members)]
        assert smaller.joined(tickets[2]).error_code == ErrorCode.GROUP_MAX_SIZE_REACHED


def test_a_request_for_a_dead_group_is_sent_away() -> None:
    play = GroupPlay()
    (member,) = play.stable_group()
    shard = play.shard
    shard.on_unloaded(0)
    for asked in ("", member):
        assert play.joined(play.join("x", asked)).error_code == ErrorCode.COORDINATOR_NOT_AVAILABLE
