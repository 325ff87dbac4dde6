"""Who may commit, what is told of it, and what may be deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.group_play import TOPIC_ID, GroupPlay, subscription
from workbench.embedded_broker.coordinators.decision import Decision
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    OffsetCommitKey,
    OffsetCommitValue,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    TxnOffsetCommitRequest,
)


class TestCommit:
    def test_without_a_group_it_makes_a_simple_one(self) -> None:
        play = GroupPlay()
        assert play.commit({("t", 0): 5, ("u", 1): 6}) == [ErrorCode.NONE, ErrorCode.NONE]
        described = play.describe()
        assert (described.group_state, described.protocol_type) == ("Empty", "")
        assert play.fetch() == {("t", 0): 5, ("u", 1): 6}

    def test_the_record_holds_all_that_was_told(self) -> None:
        play = GroupPlay()
        play.commit({("t", 3): 5}, metadata="note")
        ((key, value),) = play.logs.written(0)
        assert key == OffsetCommitKey(group="g", topic="t", partition=3)
        assert value == OffsetCommitValue(
            offset=5, leader_epoch=-1, metadata="note", commit_timestamp=play.scheduler.now_ms(), topic_id=TOPIC_ID
        )
        record = play.logs.records(0)[0]
        assert record.value is not None
        assert record.value[:2] == b"\x00\x04"

    def test_a_retention_time_makes_an_older_record_with_an_expiry(self) -> None:
        play = GroupPlay()
        play.commit(retention_ms=1_000)
        _, value = play.logs.written(0)[0]
        assert isinstance(value, OffsetCommitValue)
        assert value.expire_timestamp == play.scheduler.now_ms() + 1_000
        record = play.logs.records(0)[0]
        assert record.value is not None
        assert record.value[:2] == b"\x00\x01"

    def test_metadata_may_be_so_long_and_no_longer(self) -> None:
        play = GroupPlay()
        assert play.commit(metadata="x" * 4_096) == [ErrorCode.NONE]
        assert play.commit({("t", 1): 1}, metadata="x" * 4_097) == [ErrorCode.OFFSET_METADATA_TOO_LARGE]
        assert play.commit({("t", 1): 1}, metadata="\U0001f600" * 2_048) == [ErrorCode.NONE]
        assert play.commit({("t", 1): 1}, metadata="\U0001f600" * 2_049) == [ErrorCode.OFFSET_METADATA_TOO_LARGE]
        assert play.commit({("t", 1): 1}, metadata=None) == [ErrorCode.NONE]

    @pytest.mark.parametrize(
        ("version", "expected"), [(8, ErrorCode.ILLEGAL_GENERATION), (9, ErrorCode.GROUP_ID_NOT_FOUND)]
    )
    def test_a_generation_of_a_group_that_is_not_known(self, version: int, expected: ErrorCode) -> None:
        play = GroupPlay()
        assert play.commit(member="m", generation=1, version=version) is expected
        assert play.state() == "Dead"

    @pytest.mark.parametrize(
        ("how", "expected"),
        [
            ({}, [ErrorCode.NONE]),
            ({"generation": 2}, ErrorCode.ILLEGAL_GENERATION),
            ({"member": "ghost"}, ErrorCode.UNKNOWN_MEMBER_ID),
            ({"member": "", "generation": -1}, ErrorCode.UNKNOWN_MEMBER_ID),
            ({"generation": -1}, ErrorCode.ILLEGAL_GENERATION),
            ({"instance": "nobody"}, ErrorCode.UNKNOWN_MEMBER_ID),
        ],
    )
    def test_in_a_stable_group_only_members_of_the_generation_may(self, how: dict[str, Any], expected: object) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        assert play.commit(**{"member": member, "generation": 1, **how}) == expected

    def test_while_preparing_the_old_generation_may_still_commit(self) -> None:
        play = GroupPlay()
        leader, follower = play.stable_group("a", "b")
        play.join("a", leader)
        assert play.state() == "PreparingRebalance"
        assert play.commit(member=follower, generation=2) == [ErrorCode.NONE]

    def test_while_completing_nobody_may(self) -> None:
        play = GroupPlay()
        member, _ = play.new_member()
        assert play.commit(member=member, generation=1) is ErrorCode.REBALANCE_IN_PROGRESS

    def test_in_an_empty_group_anybody_may(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group()
        play.leave((member, None))
        assert play.commit() == [ErrorCode.NONE]
        assert play.commit(member=member, generation=1) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_commits_survive_a_failover(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 5})
        play.commit({("t", 0): 8})
        play.failover()
        assert play.fetch() == {("t", 0): 8}
        assert play.state() == "Empty"


class TestCommitInTransaction:
    def commit(self, play: GroupPlay, *, member: str = "", generation: int = -1) -> Any:
        topic = TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
        partition = TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition
        request = TxnOffsetCommitRequest(
            transactional_id="txn",
            group_id="g",
            producer_id=7,
            producer_epoch=0,
            generation_id=generation,
            member_id=member,
            topics=[
                topic(
                    name="t",
                    partitions=[
                        partition(partition_index=0, committed_offset=5, committed_metadata=""),
                        partition(partition_index=1, committed_offset=6, committed_metadata="x" * 5_000),
                    ],
                )
            ],
        )
        outcome: dict[str, Any] = {}
        play.runtime.write(
            0,
            lambda shard, now_ms: shard.commit_offsets_in_transaction(request, now_ms),
            lambda response, error: outcome.update(response=response, error=error and error.code),
            producer_id=7,
            producer_epoch=0,
        )
        if outcome["error"] is not None:
            return outcome["error"]
        return [entry.error_code for topic in outcome["response"].topics for entry in topic.partitions]

    def test_it_is_pending_until_the_marker(self) -> None:
        play = GroupPlay()
        assert self.commit(play) == [ErrorCode.NONE, ErrorCode.OFFSET_METADATA_TOO_LARGE]
        assert play.fetch({"t": [0]}) == {("t", 0): -1}
        play.runtime.complete_transaction(0, 7, 0, 0, True, lambda response, error: None)
        assert play.fetch() == {("t", 0): 5}

    def test_the_group_s_state_does_not_matter_but_generation_and_member_do(self) -> None:
        play = GroupPlay()
        member, _ = play.new_member()
        assert play.state() == "CompletingRebalance"
        assert self.commit(play, member=member, generation=1)[0] == ErrorCode.NONE
        assert self.commit(play)[0] == ErrorCode.NONE
        assert self.commit(play, member=member, generation=2) is ErrorCode.ILLEGAL_GENERATION
        assert self.commit(play, member="ghost", generation=1) is ErrorCode.UNKNOWN_MEMBER_ID

    def test_an_unknown_generation_of_an_unknown_group(self) -> None:
        assert self.commit(GroupPlay(), generation=3) is ErrorCode.ILLEGAL_GENERATION


class TestFetch:
    def test_what_was_never_committed_is_minus_one(self) -> None:
        play = GroupPlay()
        assert play.fetch({"t": [0, 7]}) == {("t", 0): -1, ("t", 7): -1}
        play.commit({("t", 0): 5})
        assert play.fetch({"t": [0, 7]}) == {("t", 0): 5, ("t", 7): -1}
        assert play.fetch({}) == {}

    def test_offsets_of_a_deleted_namesake_are_not_told(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 5})
        assert play.fetch({"t": [0]}, topic_id=TOPIC_ID) == {("t", 0): 5}
        assert play.fetch({"t": [0]}, topic_id=b"another topic id") == {("t", 0): -1}

    def test_a_stable_read_waits_for_what_is_being_written(self) -> None:
        play = GroupPlay(replicates_at_once=False)
        play.commit({("t", 0): 5})
        answers: list[Any] = []
        play.runtime.write(
            0, lambda shard, now_ms: Decision(response="read"), lambda response, error: answers.append(response)
        )
        assert answers == []
        assert play.fetch() == {}
        play.logs.commit(0)
        assert answers == ["read"]
        assert play.fetch() == {("t", 0): 5}


class TestDelete:
    def delete(self, play: GroupPlay, topics: dict[str, list[int]], group: str = "g") -> Any:
        request = OffsetDeleteRequest(
            group_id=group,
            topics=[
                OffsetDeleteRequest.OffsetDeleteRequestTopic(
                    name=name,
                    partitions=[
                        OffsetDeleteRequest.OffsetDeleteRequestPartition(partition_index=index) for index in indexes
                    ],
                )
                for name, indexes in topics.items()
            ],
        )
        outcome = play.write(lambda shard, now_ms: shard.delete_offsets(request, now_ms))
        if "error" in outcome:
            return outcome["error"]
        response = outcome["response"]
        assert isinstance(response, OffsetDeleteResponse)
        return [ErrorCode(entry.error_code) for topic in response.topics for entry in topic.partitions]

    def test_committed_ones_go_and_others_are_no_error(self) -> None:
        play = GroupPlay()
        play.commit({("t", 0): 5, ("t", 1): 6})
        assert self.delete(play, {"t": [0, 9]}) == [ErrorCode.NONE, ErrorCode.NONE]
        assert play.fetch() == {("t", 1): 6}
        assert play.logs.written(0)[-1] == (OffsetCommitKey(group="g", topic="t", partition=0), None)
        play.failover()
        assert play.fetch() == {("t", 1): 6}

    def test_topics_that_the_group_is_subscribed_to_stay(self) -> None:
        play = GroupPlay()
        (member,) = play.stable_group(protocols={"range": subscription("t")})
        play.commit({("t", 0): 5, ("u", 0): 6}, member=member, generation=1)
        assert self.delete(play, {"t": [0], "u": [0]}) == [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC, ErrorCode.NONE]
        assert play.fetch() == {("t", 0): 5}

    def test_members_of_another_protocol_may_need_any_topic(self) -> None:
        play = GroupPlay()
        play.join(version=3, protocol_type="connect", protocols={"default": b""})
        assert self.delete(play, {"t": [0]}) is ErrorCode.NON_EMPTY_GROUP

    def test_an_unknown_group(self) -> None:
        assert self.delete(GroupPlay(), {"t": [0]}) is ErrorCode.GROUP_ID_NOT_FOUND
