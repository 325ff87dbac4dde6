"""The records that the classic protocol and offset commits write to `__consumer_offsets`.

Versions as Apache Kafka 4.3.1 writes them: GroupMetadataValue 3; OffsetCommitValue 4 with the topic id as tagged
field 0, but 1 where a client set a retention time, since only that version has an expiry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.member import ClassicGroupMember
from workbench.embedded_broker.coordinators.group.offset_values import CommittedOffset
from workbench.embedded_broker.coordinators.group.states import ClassicGroupState
from workbench.wire.messages import GroupMetadataKey, GroupMetadataValue, OffsetCommitKey, OffsetCommitValue

GROUP_METADATA_VERSION: Final = 3
OFFSET_COMMIT_VERSION: Final = 4
OFFSET_COMMIT_WITH_EXPIRY_VERSION: Final = 1


def group_metadata_record(group: ClassicGroup, assignments: Mapping[str, bytes]) -> CoordinatorRecord:
    """The generation with its members and `assignments` by member id; members not named there have none."""
    return CoordinatorRecord(
        GroupMetadataKey(group=group.group_id),
        GroupMetadataValue(
            protocol_type=group.protocol_type or "",
            generation=group.generation_id,
            protocol=group.protocol_name,
            leader=group.leader_id,
            current_state_timestamp=-1 if group.state_timestamp_ms is None else group.state_timestamp_ms,
            members=[
                GroupMetadataValue.MemberMetadata(
                    member_id=member.member_id,
                    group_instance_id=member.group_instance_id,
                    client_id=member.client_id,
                    client_host=member.client_host,
                    rebalance_timeout=member.rebalance_timeout_ms,
                    session_timeout=member.session_timeout_ms,
                    subscription=member.metadata(group.protocol_name),
                    assignment=assignments.get(member.member_id, b""),
                )
                for member in group.members.values()
            ],
        ),
        GROUP_METADATA_VERSION,
    )


def empty_group_metadata_record(group: ClassicGroup) -> CoordinatorRecord:
    """A group that has just come to be and has had no generation."""
    return CoordinatorRecord(
        GroupMetadataKey(group=group.group_id),
        GroupMetadataValue(
            protocol_type="",
            generation=0,
            protocol=None,
            leader=None,
            current_state_timestamp=-1 if group.state_timestamp_ms is None else group.state_timestamp_ms,
        ),
        GROUP_METADATA_VERSION,
    )


def group_tombstone(group_id: str) -> CoordinatorRecord:
    return CoordinatorRecord(GroupMetadataKey(group=group_id))


def load_classic_group(group_id: str, value: GroupMetadataValue) -> ClassicGroup:
    """The group as a metadata record tells it: Stable with members, else Empty."""
    group = ClassicGroup(
        group_id,
        now_ms=None if value.current_state_timestamp == -1 else value.current_state_timestamp,
        state=ClassicGroupState.STABLE if value.members else ClassicGroupState.EMPTY,
        generation_id=value.generation,
        protocol_type=value.protocol_type or None,
        protocol_name=value.protocol,
        leader_id=value.leader,
    )
    for member in value.members:
        group.add(
            ClassicGroupMember(
                member.member_id,
                member.group_instance_id,
                member.client_id,
                member.client_host,
                member.session_timeout if member.rebalance_timeout == -1 else member.rebalance_timeout,
                member.session_timeout,
                value.protocol_type,
                ((value.protocol or "", bytes(member.subscription)),),
                bytes(member.assignment),
            )
        )
    group.subscribed_topics = group.compute_subscribed_topics()
    return group


def offset_commit_record(group_id: str, topic: str, partition: int, committed: CommittedOffset) -> CoordinatorRecord:
    expires = committed.expire_timestamp_ms
    return CoordinatorRecord(
        OffsetCommitKey(group=group_id, topic=topic, partition=partition),
        OffsetCommitValue(
            offset=committed.offset,
            leader_epoch=committed.leader_epoch,
            metadata=committed.metadata,
            commit_timestamp=committed.commit_timestamp_ms,
            expire_timestamp=-1 if expires is None else expires,
            topic_id=committed.topic_id,
        ),
        OFFSET_COMMIT_VERSION if expires is None else OFFSET_COMMIT_WITH_EXPIRY_VERSION,
    )


def offset_tombstone(group_id: str, topic: str, partition: int) -> CoordinatorRecord:
    return CoordinatorRecord(OffsetCommitKey(group=group_id, topic=topic, partition=partition))
