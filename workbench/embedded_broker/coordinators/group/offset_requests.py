"""OffsetCommit, OffsetFetch and OffsetDelete: who may, and what is written or told.

A group commits with its members' generation; with generation -1 anybody may, as long as the group is empty: so a
"simple" group comes to be, which holds offsets and never has members. Commits keep sessions alive.

Source: Kafka's OffsetMetadataManager and ClassicGroup.
"""

from __future__ import annotations

import logging
from typing import Final

from workbench.embedded_broker.coordinators.decision import Decision
from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.offset_values import INVALID_OFFSET, CommittedOffset
from workbench.embedded_broker.coordinators.group.offsets import OffsetStore
from workbench.embedded_broker.coordinators.group.rebalance import COMPLETING, DEAD, EMPTY, PREPARING, STABLE, Rebalance
from workbench.embedded_broker.coordinators.group.records import offset_commit_record, offset_tombstone
from workbench.embedded_broker.coordinators.group.registry import Group, GroupRegistry
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    OffsetCommitRequest,
    OffsetCommitResponse,
    OffsetDeleteRequest,
    OffsetDeleteResponse,
    OffsetFetchRequest,
    OffsetFetchResponse,
    TxnOffsetCommitRequest,
    TxnOffsetCommitResponse,
)
from workbench.wire.uuids import ZERO_UUID

log = logging.getLogger(__name__)

DEFAULT_RETENTION_TIME_MS: Final = -1
FIRST_VERSION_NAMING_UNKNOWN_GROUPS: Final = 9


class OffsetRequests:
    """Decides about offsets; topics come with their names and ids resolved."""

    def __init__(
        self, registry: GroupRegistry, offsets: OffsetStore, rebalance: Rebalance, settings: GroupSettings
    ) -> None:
        self._registry = registry
        self._offsets = offsets
        self._rebalance = rebalance
        self._settings = settings

    # ------------------------------------------------------------------ commit

    def commit(self, caller: Caller, request: OffsetCommitRequest, now_ms: int, out: Decision) -> None:
        """Raises what `_validate_commit` raises; too long metadata only fails its partition."""
        generation_id = request.generation_id_or_member_epoch
        group = self._registry.find(request.group_id)
        if group is None:
            if generation_id >= 0:
                # Older clients do not expect to hear that the group is not known.
                is_new = caller.api_version >= FIRST_VERSION_NAMING_UNKNOWN_GROUPS
                raise BrokerError(ErrorCode.GROUP_ID_NOT_FOUND if is_new else ErrorCode.ILLEGAL_GENERATION)
            log.info("Group %s: made to hold offsets that were committed without joining", request.group_id)
            group = self._registry.get_or_create_classic(request.group_id, now_ms)
        self._validate_commit(
            group, request.member_id, request.group_instance_id, generation_id, is_transactional=False
        )
        if isinstance(group, ClassicGroup) and group.is_in(STABLE, PREPARING):
            self._rebalance.schedule_heartbeat(group, group.members[request.member_id], out)

        expires_ms = None
        if request.retention_time_ms != DEFAULT_RETENTION_TIME_MS:
            expires_ms = now_ms + request.retention_time_ms
        response = OffsetCommitResponse()
        for topic in request.topics:
            results = []
            for entry in topic.partitions:
                metadata = entry.committed_metadata or ""
                if not self._fits(metadata):
                    code = ErrorCode.OFFSET_METADATA_TOO_LARGE
                else:
                    code = ErrorCode.NONE
                    committed = CommittedOffset(
                        entry.committed_offset,
                        entry.committed_leader_epoch,
                        metadata,
                        now_ms,
                        expires_ms,
                        topic.topic_id,
                    )
                    out.records.append(
                        offset_commit_record(request.group_id, topic.name, entry.partition_index, committed)
                    )
                results.append(
                    OffsetCommitResponse.OffsetCommitResponsePartition(
                        partition_index=entry.partition_index, error_code=code
                    )
                )
            response.topics.append(
                OffsetCommitResponse.OffsetCommitResponseTopic(
                    name=topic.name, topic_id=topic.topic_id, partitions=results
                )
            )
        out.response = response

    def commit_in_transaction(self, request: TxnOffsetCommitRequest, now_ms: int, out: Decision) -> None:
        """The records have to be appended as a batch of the request's producer."""
        group = self._registry.find(request.group_id)
        if group is None:
            if request.generation_id >= 0:
                raise BrokerError(ErrorCode.ILLEGAL_GENERATION)
            group = self._registry.get_or_create_classic(request.group_id, now_ms)
        self._validate_commit(
            group, request.member_id, request.group_instance_id, request.generation_id, is_transactional=True
        )
        response = TxnOffsetCommitResponse()
        for topic in request.topics:
            results = []
            for entry in topic.partitions:
                metadata = entry.committed_metadata or ""
                code = ErrorCode.NONE if self._fits(metadata) else ErrorCode.OFFSET_METADATA_TOO_LARGE
                if code is ErrorCode.NONE:
                    committed = CommittedOffset(
                        entry.committed_offset, entry.committed_leader_epoch, metadata, now_ms, None
                    )
                    out.records.append(
                        offset_commit_record(request.group_id, topic.name, entry.partition_index, committed)
                    )
                results.append(
                    TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition(
                        partition_index=entry.partition_index, error_code=code
                    )
                )
            response.topics.append(
                TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic(name=topic.name, partitions=results)
            )
        out.response = response

    def _fits(self, metadata: str) -> bool:
        """Kafka counts UTF-16 code units, although the setting speaks of bytes."""
        return len(metadata.encode("utf-16-le", "surrogatepass")) // 2 <= self._settings.offset_metadata_max_bytes

    @staticmethod
    def _validate_commit(
        group: Group, member_id: str, group_instance_id: str | None, generation_id: int, *, is_transactional: bool
    ) -> None:
        """Raises UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS,
        COORDINATOR_NOT_AVAILABLE."""
        if not isinstance(group, ClassicGroup):
            if generation_id < 0 and group.is_empty:
                return
            raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)
        if group.is_in(DEAD):
            raise BrokerError(ErrorCode.COORDINATOR_NOT_AVAILABLE)
        if generation_id < 0 and group.is_in(EMPTY):
            return
        if generation_id >= 0 or member_id or group_instance_id is not None:
            group.validate_member(member_id, group_instance_id)
            if generation_id != group.generation_id:
                raise BrokerError(ErrorCode.ILLEGAL_GENERATION)
        elif not is_transactional and not group.is_in(EMPTY):
            raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)
        if not is_transactional and group.is_in(COMPLETING):
            # The member has its generation but not its assignment: it is to commit after the rebalance (KIP-429).
            raise BrokerError(ErrorCode.REBALANCE_IN_PROGRESS)

    # ------------------------------------------------------------------ fetch

    def fetch(
        self, request: OffsetFetchRequest.OffsetFetchRequestGroup, *, is_stable: bool
    ) -> OffsetFetchResponse.OffsetFetchResponseGroup:
        """The offsets of one group; without topics, all of them.

        `is_stable` reads the newest state, whose answer has to wait until it is committed, and refuses partitions
        with a transaction open; otherwise what is committed now is told.
        """
        response = OffsetFetchResponse.OffsetFetchResponseGroup(group_id=request.group_id)
        group = self._registry.find(request.group_id) if is_stable else self._registry.find_committed(request.group_id)
        if isinstance(group, ClassicGroup) and group.is_in(DEAD):
            group = None
        if request.topics is None:
            if group is not None:
                self._fetch_all(request.group_id, response, is_stable)
            return response
        for topic in request.topics:
            results = []
            for partition in topic.partition_indexes:
                offset = None
                if group is not None:
                    offset = self._offsets.get(request.group_id, topic.name, partition, committed=not is_stable)
                if offset is not None and not offset.is_of_topic(topic.topic_id):
                    offset = None
                results.append(self._fetched(request.group_id, topic.name, partition, offset, is_stable))
            response.topics.append(
                OffsetFetchResponse.OffsetFetchResponseTopics(
                    name=topic.name, topic_id=topic.topic_id, partitions=results
                )
            )
        return response

    def _fetch_all(
        self, group_id: str, response: OffsetFetchResponse.OffsetFetchResponseGroup, is_stable: bool
    ) -> None:
        topics: dict[str, OffsetFetchResponse.OffsetFetchResponseTopics] = {}
        for (name, partition), offset in self._offsets.of_group(group_id, committed=not is_stable):
            topic = topics.get(name)
            if topic is None:
                topic = OffsetFetchResponse.OffsetFetchResponseTopics(name=name, topic_id=ZERO_UUID)
                topics[name] = topic
                response.topics.append(topic)
            topic.partitions.append(self._fetched(group_id, name, partition, offset, is_stable))

    def _fetched(
        self, group_id: str, topic: str, partition: int, offset: CommittedOffset | None, is_stable: bool
    ) -> OffsetFetchResponse.OffsetFetchResponsePartitions:
        is_unstable = is_stable and self._offsets.is_pending(group_id, topic, partition)
        if is_unstable or offset is None:
            return OffsetFetchResponse.OffsetFetchResponsePartitions(
                partition_index=partition,
                committed_offset=INVALID_OFFSET,
                metadata="",
                error_code=ErrorCode.UNSTABLE_OFFSET_COMMIT if is_unstable else ErrorCode.NONE,
            )
        return OffsetFetchResponse.OffsetFetchResponsePartitions(
            partition_index=partition,
            committed_offset=offset.offset,
            committed_leader_epoch=offset.leader_epoch,
            metadata=offset.metadata,
        )

    # ------------------------------------------------------------------ delete

    def delete(self, request: OffsetDeleteRequest, out: Decision) -> None:
        """Raises GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP; of a consumer group's topics only unsubscribed ones go."""
        group = self._registry.get(request.group_id)
        if isinstance(group, ClassicGroup):
            if group.is_in(DEAD):
                raise BrokerError(ErrorCode.GROUP_ID_NOT_FOUND)
            if group.is_in(STABLE, PREPARING, COMPLETING) and not group.uses_consumer_protocol:
                raise BrokerError(ErrorCode.NON_EMPTY_GROUP)
        elif not group.is_empty:
            raise BrokerError(ErrorCode.NON_EMPTY_GROUP)
        response = OffsetDeleteResponse()
        for topic in request.topics:
            is_subscribed = isinstance(group, ClassicGroup) and group.is_subscribed_to(topic.name)
            results = []
            for entry in topic.partitions:
                place = (request.group_id, topic.name, entry.partition_index)
                if not is_subscribed and (self._offsets.get(*place) is not None or self._offsets.is_pending(*place)):
                    out.records.append(offset_tombstone(*place))
                results.append(
                    OffsetDeleteResponse.OffsetDeleteResponsePartition(
                        partition_index=entry.partition_index,
                        error_code=ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC if is_subscribed else ErrorCode.NONE,
                    )
                )
            response.topics.append(OffsetDeleteResponse.OffsetDeleteResponseTopic(name=topic.name, partitions=results))
        out.response = response
