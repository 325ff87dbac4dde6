"""Groups of protocols that are not served here: kept, listed, given up, turned into classic ones."""

from __future__ import annotations

from tests.helpers.consumer_offsets_log import BOTH_KINDS_ALIVE, golden_logs
from tests.helpers.group_play import GroupPlay
from workbench.embedded_broker.coordinators.group.foreign_group import ForeignGroup, kind_of
from workbench.embedded_broker.coordinators.timeline import Timeline
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    ConsumerGroupCurrentMemberAssignmentKey,
    ConsumerGroupMemberMetadataKey,
    ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue,
    ConsumerGroupTargetAssignmentMemberKey,
    GroupMetadataKey,
    OffsetCommitKey,
    ShareGroupMetadataKey,
    ShareGroupMetadataValue,
    StreamsGroupTopologyKey,
)


def test_the_kind_is_told_by_the_record() -> None:
    assert kind_of(ConsumerGroupMemberMetadataKey()) == "consumer"
    assert kind_of(ShareGroupMetadataKey()) == "share"
    assert kind_of(StreamsGroupTopologyKey()) == "streams"
    assert kind_of(OffsetCommitKey()) is None
    assert kind_of(GroupMetadataKey()) is None


def test_a_group_without_members_is_empty() -> None:
    group = ForeignGroup("g", "consumer", Timeline())
    assert (group.is_empty, group.state, group.has_records, group.can_become_classic) == (True, "Empty", False, True)


class TestMembers:
    def test_they_are_given_up_a_session_after_loading(self) -> None:
        play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
        before = play.logs.partitions[0].end
        (member,) = play.group("modern-alive").member_ids
        play.scheduler.advance(44_999)
        assert play.group("modern-alive").state == "Stable"
        play.scheduler.advance(1)
        assert play.group("modern-alive").state == "Empty"
        written = [
            entry
            for record, entry in zip(play.logs.records(0), play.logs.written(0), strict=True)
            if record.offset >= before
        ]
        mine = [(key, value) for key, value in written if getattr(key, "group_id", "") == "modern-alive"]
        assert mine == [
            (ConsumerGroupCurrentMemberAssignmentKey(group_id="modern-alive", member_id=member), None),
            (ConsumerGroupTargetAssignmentMemberKey(group_id="modern-alive", member_id=member), None),
            (ConsumerGroupMemberMetadataKey(group_id="modern-alive", member_id=member), None),
            (ConsumerGroupMetadataKey(group_id="modern-alive"), ConsumerGroupMetadataValue(epoch=5, metadata_hash=0)),
        ]
        shared = [(key, value) for key, value in written if isinstance(key, ShareGroupMetadataKey)]
        assert shared == [(ShareGroupMetadataKey(group_id="share-alive"), ShareGroupMetadataValue(epoch=8))]

    def test_that_survives_a_failover(self) -> None:
        play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
        play.scheduler.advance(45_000)
        play.failover()
        assert play.group("modern-alive").state == "Empty"


class TestClassicMembers:
    def test_they_are_kept_out_while_others_are_in(self) -> None:
        play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
        told = play.joined(play.join(group="modern-alive"))
        assert told.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        assert play.joined(play.join(group="share-alive")).error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL

    def test_they_take_an_empty_consumer_group_over_with_its_offsets(self) -> None:
        play = GroupPlay(logs=golden_logs())
        play.stable_group(group="modern-alive")
        assert play.fetch(group="modern-alive") == {("orders", 0): 10, ("orders", 1): 10}
        play.failover()
        assert play.state("modern-alive") == "Stable"
        assert play.fetch(group="modern-alive") == {("orders", 0): 10, ("orders", 1): 10}

    def test_a_member_with_an_id_of_old_does_not(self) -> None:
        play = GroupPlay(logs=golden_logs())
        told = play.joined(play.join(member="old", group="modern-alive"))
        assert told.error_code == ErrorCode.UNKNOWN_MEMBER_ID
        assert isinstance(play.group("modern-alive"), ForeignGroup)

    def test_if_that_cannot_be_written_the_group_is_what_it_was(self) -> None:
        play = GroupPlay(logs=golden_logs())
        play.logs.append_error = ErrorCode.NOT_ENOUGH_REPLICAS
        play.join(group="modern-alive", version=9)
        assert isinstance(play.group("modern-alive"), ForeignGroup)

    def test_a_share_group_is_never_taken_over(self) -> None:
        play = GroupPlay(logs=golden_logs())
        assert play.joined(play.join(group="share-group")).error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL

    def test_other_requests_find_no_classic_group(self) -> None:
        play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
        assert play.heartbeat("m", 1, group="modern-alive") is ErrorCode.UNKNOWN_MEMBER_ID
        assert play.leave(("m", None), group="modern-alive") is ErrorCode.UNKNOWN_MEMBER_ID
        assert play.answers[play.sync("m", 1, group="modern-alive")].error_code == ErrorCode.UNKNOWN_MEMBER_ID


class TestOffsets:
    def test_anybody_may_commit_to_an_empty_one(self) -> None:
        play = GroupPlay(logs=golden_logs())
        assert play.commit({("orders", 0): 77}, group="modern-alive") == [ErrorCode.NONE]
        assert play.fetch(group="modern-alive") == {("orders", 0): 77, ("orders", 1): 10}

    def test_only_members_may_commit_to_another(self) -> None:
        play = GroupPlay(logs=golden_logs(BOTH_KINDS_ALIVE))
        assert play.commit(group="modern-alive") is ErrorCode.UNKNOWN_MEMBER_ID
