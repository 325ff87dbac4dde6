"""The group coordinator as the handlers and the node see it.

Checks what can be checked without knowing the group, finds the partition that coordinates it, and turns failures into
the error codes that clients of groups know. Each request method returns the response, or a future of it.

As a metadata publisher it has to come after the replica manager, which makes this broker the leader of the partitions
that are then loaded here. Source: Kafka's GroupCoordinatorService.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from workbench.embedded_broker.coordinators.decision import Decision
from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group.shard import GroupShard
from workbench.embedded_broker.coordinators.interfaces import PartitionLogs, Scheduler
from workbench.embedded_broker.coordinators.outcomes import client_error
from workbench.embedded_broker.coordinators.pending_answer import PendingAnswer
from workbench.embedded_broker.coordinators.placement import partition_for
from workbench.embedded_broker.coordinators.runtime import CoordinatorRuntime
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.topic_names import GROUP_METADATA_TOPIC
from workbench.records.compression import Compression
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    DeleteGroupsResponse,
    DescribeGroupsResponse,
    HeartbeatRequest,
    HeartbeatResponse,
    JoinGroupRequest,
    JoinGroupResponse,
    LeaveGroupRequest,
    LeaveGroupResponse,
    ListGroupsResponse,
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetFetchRequest,
    OffsetFetchResponse,
    SyncGroupRequest,
    SyncGroupResponse,
)
from workbench.wire.uuids import random_uuid_text

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.delta import MetadataDelta
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch

log = logging.getLogger(__name__)

OFFSETS_TOPIC: Final = GROUP_METADATA_TOPIC

R = TypeVar("R")
Eventually: TypeAlias = R | asyncio.Future[R]
"""What is known at once, or comes later."""

_NOT_COORDINATOR_FOR_READERS: Final = frozenset(
    {ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ErrorCode.NOT_ENOUGH_REPLICAS, ErrorCode.REQUEST_TIMED_OUT}
)
"""Older consumers do not retry an OffsetFetch on COORDINATOR_NOT_AVAILABLE, but look for the coordinator on this."""


class GroupService:
    """Coordinates the groups whose partitions of `__consumer_offsets` this broker leads."""

    def __init__(
        self,
        node_id: int,
        settings: GroupSettings,
        logs: PartitionLogs,
        scheduler: Scheduler,
        *,
        new_uuid: Callable[[], str] = random_uuid_text,
    ) -> None:
        self.settings = settings
        self._node_id = node_id
        self._partition_count = settings.offsets_topic_num_partitions
        self.runtime: CoordinatorRuntime[GroupShard] = CoordinatorRuntime(
            OFFSETS_TOPIC,
            lambda: GroupShard(settings, new_uuid),
            logs,
            scheduler,
            _answer,
            write_timeout_ms=settings.offsets_commit_timeout_ms,
            load_buffer_bytes=settings.offsets_load_buffer_size,
            compression=Compression(settings.offsets_topic_compression_codec),
        )

    # ------------------------------------------------------------------ place

    def partition_for(self, group_id: str) -> int:
        """The partition of `__consumer_offsets` whose leader coordinates the group."""
        return partition_for(group_id, self._partition_count)

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        """Takes up and gives up partitions, and forgets offsets of deleted topics."""
        topics = delta.topics
        if topics is None:
            return
        offsets_topic = image.topics.by_name.get(OFFSETS_TOPIC)
        if offsets_topic is not None and offsets_topic.partitions:
            self._partition_count = len(offsets_topic.partitions)
        deleted = [(topic.id, topic.name) for topic in topics.deleted_topics.values()]
        changed = {topic.name for topic in topics.changed_topics.values()}
        if OFFSETS_TOPIC in changed or any(name == OFFSETS_TOPIC for _, name in deleted):
            changes = topics.local_changes(self._node_id)
            for topic, partition in changes.deletes:
                if topic == OFFSETS_TOPIC:
                    self.runtime.on_resignation(partition, None)
            for (topic, partition), (_, registration) in changes.elected_leaders.items():
                if topic == OFFSETS_TOPIC:
                    self.runtime.on_election(partition, registration.leader_epoch)
            for (topic, partition), (_, registration) in changes.followers.items():
                if topic == OFFSETS_TOPIC:
                    self.runtime.on_resignation(partition, registration.leader_epoch)
        if deleted:
            self.runtime.write_all(lambda shard, now_ms: shard.delete_topics(deleted), _note_deletion)

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """Nothing of a group depends on the controller."""

    def close(self) -> None:
        """Gives all groups up; parked requests are told NOT_COORDINATOR."""
        self.runtime.close()

    # ------------------------------------------------------------------ membership

    def join(self, caller: Caller, request: JoinGroupRequest) -> Eventually[JoinGroupResponse]:
        if not request.group_id:
            return JoinGroupResponse(member_id=request.member_id, error_code=ErrorCode.INVALID_GROUP_ID)
        settings = self.settings
        if not (
            settings.group_min_session_timeout_ms <= request.session_timeout_ms <= settings.group_max_session_timeout_ms
        ):
            return JoinGroupResponse(member_id=request.member_id, error_code=ErrorCode.INVALID_SESSION_TIMEOUT)
        pending: PendingAnswer[JoinGroupResponse] = PendingAnswer()

        def done(_: Any, error: BrokerError | None) -> None:
            if error is not None:
                pending.answer(JoinGroupResponse(error_code=client_error(error.code)))

        self.runtime.write(
            self.partition_for(request.group_id),
            lambda shard, now_ms: shard.join(caller, request, pending, now_ms),
            done,
        )
        return pending.outcome()

    def sync(self, request: SyncGroupRequest) -> Eventually[SyncGroupResponse]:
        if not request.group_id:
            return SyncGroupResponse(error_code=ErrorCode.INVALID_GROUP_ID)
        pending: PendingAnswer[SyncGroupResponse] = PendingAnswer()

        def done(_: Any, error: BrokerError | None) -> None:
            if error is not None:
                pending.answer(SyncGroupResponse(error_code=client_error(error.code)))

        self.runtime.write(
            self.partition_for(request.group_id), lambda shard, now_ms: shard.sync(request, pending, now_ms), done
        )
        return pending.outcome()

    def heartbeat(self, request: HeartbeatRequest) -> Eventually[HeartbeatResponse]:
        if not request.group_id:
            return HeartbeatResponse(error_code=ErrorCode.INVALID_GROUP_ID)

        def failed(code: ErrorCode) -> HeartbeatResponse:
            # While the group is being loaded nobody can tell better than that the member lives.
            if code is ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
                code = ErrorCode.NONE
            return HeartbeatResponse(error_code=code)

        return self._write(request.group_id, lambda shard, now_ms: shard.heartbeat(request, now_ms), failed)

    def leave(self, request: LeaveGroupRequest) -> Eventually[LeaveGroupResponse]:
        """`members` has to be filled, for old versions too."""
        if not request.group_id:
            return LeaveGroupResponse(error_code=ErrorCode.INVALID_GROUP_ID)

        def failed(code: ErrorCode) -> LeaveGroupResponse:
            if code is not ErrorCode.UNKNOWN_MEMBER_ID:
                return LeaveGroupResponse(error_code=code)
            return LeaveGroupResponse(
                members=[
                    LeaveGroupResponse.MemberResponse(
                        member_id=member.member_id,
                        group_instance_id=member.group_instance_id,
                        error_code=ErrorCode.UNKNOWN_MEMBER_ID,
                    )
                    for member in request.members
                ]
            )

        return self._write(request.group_id, lambda shard, now_ms: shard.leave(request, now_ms), failed)

    # ------------------------------------------------------------------ groups

    def describe_groups(
        self, group_ids: Sequence[str], api_version: int
    ) -> list[DescribeGroupsResponse.DescribedGroup]:
        """What is committed of each group, in the order asked for."""
        return [self._describe(group_id, api_version) for group_id in group_ids]

    def _describe(self, group_id: str, api_version: int) -> DescribeGroupsResponse.DescribedGroup:
        try:
            return self.runtime.read(
                self.partition_for(group_id), lambda shard: shard.describe([group_id], api_version)[0]
            )
        except BrokerError as error:
            return DescribeGroupsResponse.DescribedGroup(group_id=group_id, error_code=client_error(error.code))

    def list_groups(self, states: Sequence[str], types: Sequence[str]) -> ListGroupsResponse:
        try:
            found = self.runtime.read_all(lambda shard: shard.list_groups(states, types))
        except BrokerError as error:
            return ListGroupsResponse(error_code=client_error(error.code))
        return ListGroupsResponse(groups=[group for groups in found for group in groups])

    async def delete_groups(self, group_ids: Sequence[str]) -> list[DeleteGroupsResponse.DeletableGroupResult]:
        """One result per group; those of one partition are deleted together."""
        by_partition: dict[int, list[str]] = {}
        for group_id in group_ids:
            by_partition.setdefault(self.partition_for(group_id), []).append(group_id)
        asked = [self._delete_groups(ids) for ids in by_partition.values()]
        results = [await outcome if isinstance(outcome, Awaitable) else outcome for outcome in asked]
        return [result for group_results in results for result in group_results]

    def _delete_groups(self, group_ids: list[str]) -> Eventually[list[DeleteGroupsResponse.DeletableGroupResult]]:
        def failed(code: ErrorCode) -> list[DeleteGroupsResponse.DeletableGroupResult]:
            return [
                DeleteGroupsResponse.DeletableGroupResult(group_id=group_id, error_code=code) for group_id in group_ids
            ]

        return self._write(group_ids[0], lambda shard, now_ms: shard.delete_groups(group_ids, now_ms), failed)

    # ------------------------------------------------------------------ offsets

    def commit_offsets(self, caller: Caller, request: OffsetCommitRequest) -> Eventually[OffsetCommitResponse]:
        """Topics have to be known by name and id."""

        def failed(code: ErrorCode) -> OffsetCommitResponse:
            return OffsetCommitResponse(
                topics=[
                    OffsetCommitResponse.OffsetCommitResponseTopic(
                        name=topic.name,
                        topic_id=topic.topic_id,
                        partitions=[
                            OffsetCommitResponse.OffsetCommitResponsePartition(
                                partition_index=entry.partition_index, error_code=code
                            )
                            for entry in topic.partitions
                        ],
                    )
                    for topic in request.topics
                ]
            )

        return self._write(
            request.group_id, lambda shard, now_ms: shard.commit_offsets(caller, request, now_ms), failed
        )

    def fetch_offsets(
        self, request: OffsetFetchRequest.OffsetFetchRequestGroup, *, require_stable: bool
    ) -> Eventually[OffsetFetchResponse.OffsetFetchResponseGroup]:
        """One group's offsets; a failure stands in the group's error code."""
        if not require_stable:
            try:
                return self.runtime.read(
                    self.partition_for(request.group_id), lambda shard: shard.fetch_offsets(request, is_stable=False)
                )
            except BrokerError as error:
                return OffsetFetchResponse.OffsetFetchResponseGroup(group_id=request.group_id, error_code=error.code)
        pending: PendingAnswer[OffsetFetchResponse.OffsetFetchResponseGroup] = PendingAnswer()

        def done(response: Any, error: BrokerError | None) -> None:
            if error is not None:
                told = error.code in _NOT_COORDINATOR_FOR_READERS
                code = ErrorCode.NOT_COORDINATOR if told else client_error(error.code)
                response = OffsetFetchResponse.OffsetFetchResponseGroup(group_id=request.group_id, error_code=code)
            pending.answer(response)

        # As a write, the answer waits until what it tells is committed.
        self.runtime.write(
            self.partition_for(request.group_id),
            lambda shard, now_ms: Decision(response=shard.fetch_offsets(request, is_stable=True)),
            done,
        )
        return pending.outcome()

    def delete_offsets(self, request: OffsetDeleteRequest) -> Eventually[OffsetDeleteResponse]:
        if not request.group_id:
            return OffsetDeleteResponse(error_code=ErrorCode.INVALID_GROUP_ID)
        return self._write(
            request.group_id,
            lambda shard, now_ms: shard.delete_offsets(request, now_ms),
            lambda code: OffsetDeleteResponse(error_code=code),
        )

    # ------------------------------------------------------------------

    def _write(
        self, group_id: str, decide: Callable[[GroupShard, int], Decision], failed: Callable[[ErrorCode], R]
    ) -> Eventually[R]:
        """The decision's response, or `failed` with the error that the client is told."""
        pending: PendingAnswer[R] = PendingAnswer()

        def done(response: Any, error: BrokerError | None) -> None:
            pending.answer(response if error is None else failed(client_error(error.code)))

        self.runtime.write(self.partition_for(group_id), decide, done)
        return pending.outcome()


def _answer(ticket: Any, response: Any) -> None:
    ticket.answer(response)


def _note_deletion(response: Any, error: BrokerError | None) -> None:
    if error is not None:
        log.warning("Offsets of deleted topics could not be removed: %s", error)
