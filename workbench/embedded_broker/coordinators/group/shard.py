"""All groups and offsets of one partition of `__consumer_offsets`.

The runtime makes one shard per partition that this broker leads, replays the log into it, and then gives it requests
and timers. Methods that decide return a `Decision` and change soft state only; `replay` and `end_transaction` change
what the log holds. Soft state that a decision makes before its record is written (a group that comes to be) stands on
the timeline at the offset of that record, so that `revert` takes it back when writing fails.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord, Decision, Ticket
from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.foreign_group import ForeignGroup, ForeignMembersExpired, kind_of
from workbench.embedded_broker.coordinators.group.joins import GroupCreationWritten, Joins, StaticMemberWritten
from workbench.embedded_broker.coordinators.group.memberships import AssignmentWritten, Memberships
from workbench.embedded_broker.coordinators.group.offset_requests import OffsetRequests
from workbench.embedded_broker.coordinators.group.offsets import OffsetStore
from workbench.embedded_broker.coordinators.group.rebalance import (
    COMPLETING,
    DEAD,
    EMPTY,
    PREPARING,
    STABLE,
    EmptyGroupWritten,
    InitialDelayElapsed,
    JoinDeadlinePassed,
    Rebalance,
    SessionExpired,
    SyncDeadlinePassed,
)
from workbench.embedded_broker.coordinators.group.records import (
    group_tombstone,
    load_classic_group,
    offset_tombstone,
)
from workbench.embedded_broker.coordinators.group.registry import Group, GroupRegistry, group_not_found
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.timeline import Timeline
from workbench.embedded_broker.errors import BrokerError
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    DeleteGroupsResponse,
    DescribeGroupsResponse,
    GroupMetadataKey,
    GroupMetadataValue,
    HeartbeatRequest,
    JoinGroupRequest,
    JoinGroupResponse,
    LeaveGroupRequest,
    LegacyOffsetCommitKey,
    LegacyOffsetCommitValue,
    ListGroupsResponse,
    OffsetCommitKey,
    OffsetCommitRequest,
    OffsetCommitValue,
    OffsetDeleteRequest,
    OffsetFetchRequest,
    OffsetFetchResponse,
    SyncGroupRequest,
    SyncGroupResponse,
    TxnOffsetCommitRequest,
)

log = logging.getLogger(__name__)

EXPIRATION_KEY: Final = "group-expiration"
FIRST_DESCRIBE_VERSION_WITH_ERROR: Final = 6


@dataclass(frozen=True, slots=True)
class ExpirationDue:
    """Timer: time to look for offsets past their retention."""


class GroupShard:
    """One partition's groups; see the module for who may change what."""

    def __init__(self, settings: GroupSettings, new_uuid: Callable[[], str]) -> None:
        self.timeline = Timeline()
        self._settings = settings
        self._registry = GroupRegistry(self.timeline)
        self._offsets = OffsetStore(self.timeline)
        self._rebalance = Rebalance(self._registry, settings)
        self._joins = Joins(self._registry, self._rebalance, settings, new_uuid)
        self._memberships = Memberships(self._registry, self._rebalance)
        self._offset_requests = OffsetRequests(self._registry, self._offsets, self._rebalance, settings)

    # ------------------------------------------------------------------ requests

    def join(self, caller: Caller, request: JoinGroupRequest, ticket: Ticket, now_ms: int) -> Decision:
        out = Decision()
        self._joins.join(caller, request, ticket, now_ms, out)
        return out

    def sync(self, request: SyncGroupRequest, ticket: Ticket, now_ms: int) -> Decision:
        out = Decision()
        self._memberships.sync(request, ticket, out)
        return out

    def heartbeat(self, request: HeartbeatRequest, now_ms: int) -> Decision:
        out = Decision()
        self._memberships.heartbeat(request, out)
        return out

    def leave(self, request: LeaveGroupRequest, now_ms: int) -> Decision:
        out = Decision()
        self._memberships.leave(request, now_ms, out)
        return out

    def commit_offsets(self, caller: Caller, request: OffsetCommitRequest, now_ms: int) -> Decision:
        out = Decision()
        self._offset_requests.commit(caller, request, now_ms, out)
        return out

    def commit_offsets_in_transaction(self, request: TxnOffsetCommitRequest, now_ms: int) -> Decision:
        out = Decision()
        self._offset_requests.commit_in_transaction(request, now_ms, out)
        return out

    def fetch_offsets(
        self, request: OffsetFetchRequest.OffsetFetchRequestGroup, *, is_stable: bool
    ) -> OffsetFetchResponse.OffsetFetchResponseGroup:
        return self._offset_requests.fetch(request, is_stable=is_stable)

    def delete_offsets(self, request: OffsetDeleteRequest, now_ms: int) -> Decision:
        out = Decision()
        self._offset_requests.delete(request, out)
        return out

    def describe(self, group_ids: Sequence[str], api_version: int) -> list[DescribeGroupsResponse.DescribedGroup]:
        """Classic groups as of what is committed; others are "Dead", from version 6 on with an error."""
        described = []
        for group_id in group_ids:
            group = self._registry.find_committed(group_id)
            if isinstance(group, ClassicGroup):
                described.append(_describe(group))
                continue
            answer = DescribeGroupsResponse.DescribedGroup(group_id=group_id, group_state=DEAD.value)
            if api_version >= FIRST_DESCRIBE_VERSION_WITH_ERROR:
                answer.error_code = ErrorCode.GROUP_ID_NOT_FOUND
                answer.error_message = (
                    f"Group {group_id} not found." if group is None else f"Group {group_id} is not a classic group."
                )
            described.append(answer)
        return described

    def list_groups(self, states: Sequence[str], types: Sequence[str]) -> list[ListGroupsResponse.ListedGroup]:
        """Committed groups in any of `states` and of any of `types`, whatever their case; none named means all."""
        wanted_states = {state.lower().strip() for state in states}
        wanted_types = {name.lower() for name in types}
        listed = []
        for group in self._registry.committed():
            kind = group.kind if isinstance(group, ForeignGroup) else "classic"
            state = group.state if isinstance(group, ForeignGroup) else group.state.value
            if wanted_states and state.lower() not in wanted_states:
                continue
            if wanted_types and kind not in wanted_types:
                continue
            listed.append(
                ListGroupsResponse.ListedGroup(
                    group_id=group.group_id,
                    protocol_type=group.protocol_type or "",
                    group_state=state,
                    group_type=kind,
                )
            )
        return listed

    def delete_groups(self, group_ids: Sequence[str], now_ms: int) -> Decision:
        """Empty groups, with their offsets."""
        out = Decision()
        results = []
        for group_id in group_ids:
            result = DeleteGroupsResponse.DeletableGroupResult(group_id=group_id)
            try:
                group = self._deletable(group_id)
            except BrokerError as error:
                result.error_code = error.code
            else:
                out.records.extend(self._offsets.delete_all(group_id))
                out.records.extend(_tombstones(group))
                log.info("Group %s: deleted", group_id)
            results.append(result)
        out.response = results
        return out

    def _deletable(self, group_id: str) -> Group:
        group = self._registry.get(group_id)
        if isinstance(group, ClassicGroup):
            if group.is_in(DEAD):
                raise group_not_found(group_id)
            if not group.is_empty:
                raise BrokerError(ErrorCode.NON_EMPTY_GROUP)
        elif not group.is_empty:
            raise BrokerError(ErrorCode.NON_EMPTY_GROUP)
        return group

    def delete_topics(self, topics: Sequence[tuple[bytes, str]]) -> Decision:
        """Topics (id, name) were deleted, and with them what was committed for them."""
        return Decision(records=self._offsets.delete_topics(topics), atomic=False)

    # ------------------------------------------------------------------ life of the shard

    def on_loaded(self, now_ms: int) -> Decision:
        """The log is replayed: sessions begin anew, as nothing tells how old they are."""
        out = Decision()
        for group in self._registry.all():
            if isinstance(group, ForeignGroup):
                if not group.is_empty:
                    out.start_timer(
                        f"foreign-{group.group_id}",
                        self._settings.group_consumer_session_timeout_ms,
                        ForeignMembersExpired(group.group_id),
                    )
                continue
            for member in group.members.values():
                self._rebalance.schedule_heartbeat(group, member, out)
            if len(group.members) > self._settings.group_max_size:
                self._rebalance.prepare(group, "loaded with more members than allowed", now_ms, out)
        self._start_expiration_timer(out)
        return out

    def on_unloaded(self, now_ms: int) -> Decision:
        """This broker does not coordinate the partition any more: whoever waits is sent to the one that does."""
        out = Decision()
        for group in self._registry.all():
            if isinstance(group, ForeignGroup):
                continue
            group.transition_to(DEAD, now_ms)
            for member in group.members.values():
                if group.previous_state is PREPARING:
                    group.complete_join(
                        member,
                        JoinGroupResponse(member_id=member.member_id, error_code=ErrorCode.NOT_COORDINATOR),
                        out,
                    )
                elif group.previous_state in (COMPLETING, STABLE):
                    group.complete_join(
                        member,
                        JoinGroupResponse(member_id=member.member_id, error_code=ErrorCode.NOT_COORDINATOR),
                        out,
                    )
                    group.complete_sync(member, SyncGroupResponse(error_code=ErrorCode.NOT_COORDINATOR), out)
        return out

    def on_timer(self, event: Any, now_ms: int) -> Decision:
        out = Decision()
        match event:
            case SessionExpired():
                self._rebalance.on_session_expired(event, now_ms, out)
            case InitialDelayElapsed():
                self._rebalance.on_initial_delay_elapsed(event, now_ms, out)
            case JoinDeadlinePassed():
                self._rebalance.on_join_deadline(event, now_ms, out)
            case SyncDeadlinePassed():
                self._rebalance.on_sync_deadline(event, now_ms, out)
            case ExpirationDue():
                self._expire(now_ms, out)
            case ForeignMembersExpired():
                group = self._registry.find(event.group_id)
                if isinstance(group, ForeignGroup) and not group.is_empty:
                    log.info("Group %s: the members of this %s group have timed out", group.group_id, group.kind)
                    out.records.extend(group.expire_members())
            case _:
                raise TypeError(f"no such timer event: {event!r}")
        return out

    def on_completed(self, completion: Any, error: ErrorCode | None, now_ms: int) -> Decision:
        """Records written with `completion` are committed, or `error` (as a client is told it) kept them from it."""
        out = Decision()
        match completion:
            case AssignmentWritten():
                self._memberships.on_assignment_written(completion, error, now_ms, out)
            case StaticMemberWritten():
                self._joins.on_static_member_written(completion, error, out)
            case GroupCreationWritten():
                self._joins.on_group_creation_written(completion, error, out)
            case EmptyGroupWritten():
                if error is not None:
                    log.warning("Group %s: that it is empty could not be written: %s", completion.group_id, error.name)
            case _:
                raise TypeError(f"no such completion: {completion!r}")
        return out

    # ------------------------------------------------------------------ replay

    def replay(self, offset: int, producer_id: int, record: CoordinatorRecord) -> None:
        """Applies a record that lies or is about to lie at `offset` of the log."""
        self.timeline.next_offset = offset
        key, value = record.key, record.value
        match key:
            case OffsetCommitKey():
                assert value is None or isinstance(value, OffsetCommitValue)
                self._replay_offset(offset, producer_id, key, value)
            case LegacyOffsetCommitKey():
                assert value is None or isinstance(value, LegacyOffsetCommitValue)
                self._replay_offset(
                    offset,
                    producer_id,
                    OffsetCommitKey(group=key.group, topic=key.topic, partition=key.partition),
                    None
                    if value is None
                    else OffsetCommitValue(
                        offset=value.offset, metadata=value.metadata, commit_timestamp=value.commit_timestamp
                    ),
                )
            case GroupMetadataKey():
                if value is None:
                    if not isinstance(self._registry.find(key.group), ForeignGroup):
                        self._registry.remove(key.group)
                else:
                    assert isinstance(value, GroupMetadataValue)
                    self._registry.put(key.group, load_classic_group(key.group, value))
            case _:
                self._replay_foreign(record)
        self.timeline.next_offset = offset + 1

    def end_transaction(self, offset: int, producer_id: int, is_commit: bool) -> None:
        """Applies a transaction marker at `offset`."""
        self.timeline.next_offset = offset
        self._offsets.end_transaction(producer_id, is_commit)
        self.timeline.next_offset = offset + 1

    def _replay_offset(
        self, offset: int, producer_id: int, key: OffsetCommitKey, value: OffsetCommitValue | None
    ) -> None:
        if value is not None and key.group not in self._registry:
            self._registry.get_or_create_classic(key.group, value.commit_timestamp)
        self._offsets.replay(offset, producer_id, key, value)

    def _replay_foreign(self, record: CoordinatorRecord) -> None:
        kind = kind_of(record.key)
        group_id = getattr(record.key, "group_id", None)
        if kind is None or group_id is None:
            return
        group = self._registry.find(group_id)
        if not isinstance(group, ForeignGroup) or group.kind != kind:
            if record.value is None:
                return
            group = ForeignGroup(group_id, kind, self.timeline)
            self._registry.put(group_id, group)
        group.replay(record)
        if not group.has_records:
            self._registry.remove(group_id)

    # ------------------------------------------------------------------ expiry

    def _start_expiration_timer(self, out: Decision) -> None:
        out.start_timer(EXPIRATION_KEY, self._settings.offsets_retention_check_interval_ms, ExpirationDue())

    def _expire(self, now_ms: int, out: Decision) -> None:
        """Offsets past their retention, then groups that are empty and hold none (KIP-211)."""
        self._offsets.forget_empty()
        out.atomic = False
        for group in self._registry.all():
            if isinstance(group, ForeignGroup):
                if group.kind == "share":
                    continue
                base_timestamp_ms = None
                may_expire = group.is_empty
            else:
                base_timestamp_ms, may_expire = _expiry_base(group)
            all_expired = self._expire_offsets(group, base_timestamp_ms, may_expire, now_ms, out)
            if all_expired and group.is_empty:
                out.records.extend(_tombstones(group))
        if out.records:
            written = counted(len(out.records), "{} record removes", "{} records remove")
            log.info("%s offsets and groups past their retention", written)
        self._start_expiration_timer(out)

    def _expire_offsets(
        self, group: Group, base_timestamp_ms: int | None, may_expire: bool, now_ms: int, out: Decision
    ) -> bool:
        """Whether nothing of the group's offsets is left."""
        offsets = self._offsets.of_group(group.group_id)
        is_pending = bool(self._offsets.pending_of_group(group.group_id))
        if not offsets:
            return not is_pending
        if not may_expire:
            return False
        all_expired = True
        for (topic, partition), offset in offsets:
            base = offset.commit_timestamp_ms if base_timestamp_ms is None else base_timestamp_ms
            if (
                not (isinstance(group, ClassicGroup) and group.is_subscribed_to(topic))
                and offset.is_expired(now_ms, base, self._settings.offsets_retention_ms)
                and not self._offsets.is_pending(group.group_id, topic, partition)
            ):
                out.records.append(offset_tombstone(group.group_id, topic, partition))
            else:
                all_expired = False
        return all_expired and not is_pending


def _expiry_base(group: ClassicGroup) -> tuple[int | None, bool]:
    """Since when the retention of the group's offsets runs (None: since each commit), and whether it does at all."""
    if group.protocol_type is None:
        return None, True
    if group.is_in(EMPTY):
        return group.state_timestamp_ms, True
    may_expire = group.uses_consumer_protocol and group.subscribed_topics is not None and group.is_in(STABLE)
    return None, may_expire


def _tombstones(group: Group) -> Sequence[CoordinatorRecord]:
    return group.tombstones() if isinstance(group, ForeignGroup) else [group_tombstone(group.group_id)]


def _describe(group: ClassicGroup) -> DescribeGroupsResponse.DescribedGroup:
    is_stable = group.is_in(STABLE)
    return DescribeGroupsResponse.DescribedGroup(
        group_id=group.group_id,
        group_state=group.state.value,
        protocol_type=group.protocol_type or "",
        protocol_data=(group.protocol_name or "") if is_stable else "",
        members=[
            DescribeGroupsResponse.DescribedGroupMember(
                member_id=member.member_id,
                group_instance_id=member.group_instance_id,
                client_id=member.client_id,
                client_host=member.client_host,
                member_metadata=member.metadata(group.protocol_name) if is_stable else b"",
                member_assignment=member.assignment,
            )
            for member in group.members.values()
        ],
    )
