"""A partition's groups from outside: told of, deleted, expired."""

from __future__ import annotations

import pytest

from tests.helpers.consumer_offsets_log import BOTH_KINDS_ALIVE, golden_logs
from tests.helpers.group_play import SUBSCRIPTION, TOPIC_ID, GroupPlay, subscription
from workbench.embedded_broker.coordinators.group.shard import GroupShard
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import GroupMetadataKey, OffsetCommitKey

DAY_MS = 24 * 3_600_000
CHECK_MS = 600_000


class TestDescribe:
    def test_a_stable_group_shows_all(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group("app")
        described = play.describe()
        assert (described.group_state, described.protocol_type, described.protocol_data) == (
            "Stable",
            "consumer",
            "range",
        )
        (shown,) = described.members
        assert (shown.member_id, shown.client_id, shown.client_host) == (member, "app", "/127.0.0.1")
        assert (shown.member_metadata, shown.member_assignment) == (SUBSCRIPTION, member.encode())

    def test_before_that_protocol_and_metadata_are_not_told(self) -> None:
        play = GroupPlay()
        play.new_member()
        described = play.describe()
        assert (described.group_state, described.protocol_data) == ("CompletingRebalance", "")
        assert described.members[0].member_metadata == b""

    def test_an_unknown_group_is_dead(self) -> None:
        play = GroupPlay()
        old, new = play.describe("ghost", 5), play.describe("ghost", 6)
        assert (old.group_state, old.error_code) == ("Dead", ErrorCode.NONE)
        assert (new.group_state, new.error_code) == ("Dead", ErrorCode.GROUP_ID_NOT_FOUND)
        assert new.error_message

    def test_a_group_of_another_protocol_is_dead_here(self) -> None:
        play = GroupPlay(logs=golden_logs())
        assert play.describe("modern-alive", 5).group_state == "Dead"
        assert play.describe("modern-alive", 6).error_code == ErrorCode.GROUP_ID_NOT_FOUND

    def test_a_group_is_shown_once_it_is_committed(self) -> None:
        play = GroupPlay(replicates_at_once=False)
        play.join()
        assert play.state() == "Dead"
        play.logs.commit(0)
        assert play.state() == "Empty"


class TestList:
    def listed(self, play: GroupPlay, states: list[str], types: list[str]) -> list[str]:
        return sorted(group.group_id for group in play.shard.list_groups(states, types))

    def test_filters_do_not_mind_case_and_space(self) -> None:
        play = GroupPlay(logs=golden_logs())
        assert self.listed(play, [" EMPTY "], ["Classic"]) == ["txn-committed", "txn-pending"]
        assert self.listed(play, ["stable", "dead"], []) == ["classic-group"]
        assert self.listed(play, [], ["share"]) == ["share-alive", "share-group"]
        assert self.listed(play, [], ["unheard-of"]) == []
        assert len(self.listed(play, [], [])) == 6

    def test_a_simple_group_has_no_protocol_type(self) -> None:
        play = GroupPlay()
        play.commit()
        (group,) = play.shard.list_groups([], [])
        assert (group.protocol_type, group.group_state, group.group_type) == ("", "Empty", "classic")


class TestDeleteGroups:
    def delete(self, play: GroupPlay, *group_ids: str) -> list[ErrorCode]:
        outcome = play.write(lambda shard, now_ms: shard.delete_groups(group_ids, now_ms))
        return [ErrorCode(result.error_code) for result in outcome["response"]]

    def test_an_empty_group_goes_with_its_offsets(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 1, ("u", 0): 2})
        assert self.delete(play, "g", "ghost") == [ErrorCode.NONE, ErrorCode.GROUP_ID_NOT_FOUND]
        assert (play.state(), play.fetch()) == ("Dead", {})
        assert [key for key, value in play.logs.written(0) if value is None] == [
            OffsetCommitKey(group="g", topic="t", partition=0),
            OffsetCommitKey(group="g", topic="u", partition=0),
            GroupMetadataKey(group="g"),
        ]
        play.failover()
        assert (play.state(), play.fetch()) == ("Dead", {})

    @pytest.mark.parametrize("state", ["Stable", "CompletingRebalance", "PreparingRebalance"])
    def test_a_group_with_members_stays(self, state: str) -> None:
        play = GroupPlay(group_initial_rebalance_delay_ms=0 if state != "PreparingRebalance" else 1_000)
        if state == "Stable":
            play.stable_group()
        else:
            play.join(version=3)
        assert play.state() == state
        assert self.delete(play, "g") == [ErrorCode.NON_EMPTY_GROUP]

    def test_a_failed_deletion_leaves_everything(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 1})
        play.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
        outcome = play.write(lambda shard, now_ms: shard.delete_groups(["g"], now_ms))
        assert outcome == {"error": ErrorCode.NOT_ENOUGH_REPLICAS}
        assert (play.state(), play.fetch()) == ("Empty", {("t", 0): 1})

    def test_an_empty_group_of_another_protocol_goes_too(self) -> None:
        play = GroupPlay(logs=golden_logs())
        assert self.delete(play, "modern-alive") == [ErrorCode.NONE]
        assert play.group("modern-alive") is None
        play.failover()
        assert play.group("modern-alive") is None
        assert play.fetch(group="modern-alive") == {}

    def test_one_with_members_stays(self) -> None:
        play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
        assert self.delete(play, "modern-alive", "share-alive") == [ErrorCode.NON_EMPTY_GROUP] * 2


class TestDeletedTopics:
    def test_their_offsets_go(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 1}, topic_id=TOPIC_ID)
        play.commit({("u", 0): 2}, topic_id=b"another topic id")
        play.write(lambda shard, now_ms: shard.delete_topics([(TOPIC_ID, "t")]))
        assert play.fetch() == {("u", 0): 2}


class TestExpiry:
    def test_offsets_without_members_go_after_their_retention(self) -> None:
        play = GroupPlay(offsets_retention_minutes=24 * 60)
        play.commit({("t", 0): 1})
        play.scheduler.advance(DAY_MS // 2)
        play.commit({("t", 1): 1})
        play.scheduler.advance(DAY_MS // 2 + CHECK_MS)
        assert play.fetch() == {("t", 1): 1}
        play.scheduler.advance(DAY_MS // 2)
        assert (play.fetch(), play.state()) == ({}, "Dead")
        play.failover()
        assert (play.fetch(), play.state()) == ({}, "Dead")

    def test_while_subscribed_nothing_expires(self) -> None:
        play = GroupPlay(offsets_retention_minutes=60)
        (member,) = play.stable_group(session_ms=1_800_000, protocols={"range": subscription("t")})
        play.commit({("t", 0): 1, ("old", 0): 2}, member=member, generation=1)
        for _ in range(4):
            play.scheduler.advance(1_500_000)
            play.heartbeat(member, 1)
        assert play.state() == "Stable"
        assert play.fetch() == {("t", 0): 1}, "a topic that nobody is subscribed to expires even so"
        play.leave((member, None))
        play.scheduler.advance(3_000_000)
        assert play.fetch() == {("t", 0): 1}
        play.scheduler.advance(1_200_000)
        assert (play.fetch(), play.state()) == ({}, "Dead")

    def test_an_explicit_expiry_overrules_the_retention(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 1}, retention_ms=700_000)
        play.scheduler.advance(CHECK_MS)
        assert play.fetch() == {("t", 0): 1}
        play.scheduler.advance(CHECK_MS)
        assert play.fetch() == {}

    def test_offsets_under_an_open_transaction_stay(self) -> None:
        play = GroupPlay(logs=golden_logs(), offsets_retention_minutes=1)
        play.scheduler.advance(CHECK_MS)
        assert play.group("txn-pending") is not None
        assert play.group("txn-committed") is None
        assert play.group("modern-alive") is None
        assert play.group("share-group") is not None, "share groups do not expire"

    def test_members_of_another_type_keep_their_offsets(self) -> None:
        play = GroupPlay(offsets_retention_minutes=1)
        first = play.joined(play.join(version=3, protocol_type="connect", session_ms=1_800_000))
        play.sync(first.member_id, 1, protocol_type=None, protocol_name=None)
        play.commit({("t", 0): 1}, member=first.member_id, generation=1)
        play.scheduler.advance(1_500_000)
        assert (play.fetch(), play.state()) == ({("t", 0): 1}, "Stable")

    def test_an_empty_group_without_offsets_goes_at_the_next_look(self) -> None:
        play = GroupPlay()
        play.join()
        play.scheduler.advance(CHECK_MS)
        assert play.state() == "Dead"

    def test_a_look_that_could_not_be_written_is_repeated(self) -> None:
        play = GroupPlay(offsets_retention_minutes=1)
        play.commit()
        play.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
        play.scheduler.advance(CHECK_MS)
        assert play.fetch() == {("t", 0): 5}
        play.logs.append_error = None
        play.scheduler.advance(CHECK_MS)
        assert play.fetch() == {}


def test_what_is_not_known_is_a_bug() -> None:
    shard = GroupShard(GroupPlay().settings, lambda: "")
    with pytest.raises(TypeError):
        shard.on_timer("what", 0)
    with pytest.raises(TypeError):
        shard.on_completed("what", None, 0)
