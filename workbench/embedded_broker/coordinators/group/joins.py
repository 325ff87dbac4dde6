"""JoinGroup of the classic protocol: who may join, under which member id, and what that does to the group.

A dynamic member that comes without an id gets one and MEMBER_ID_REQUIRED (version 4 on, KIP-394); it is pending until
it returns with it. A static member (KIP-345) that comes without an id takes over what its instance id had: in a
stable group without a rebalance, if the chosen protocol stays, and then version 9 tells it to skip the assignment
(KIP-814).

Source: the classic part of Kafka's GroupMetadataManager.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord, Decision, Ticket
from workbench.embedded_broker.coordinators.group.caller import Caller
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.foreign_group import ForeignGroup
from workbench.embedded_broker.coordinators.group.member import UNKNOWN_MEMBER_ID, ClassicGroupMember, Protocols
from workbench.embedded_broker.coordinators.group.rebalance import (
    COMPLETING,
    DEAD,
    EMPTY,
    PREPARING,
    STABLE,
    Rebalance,
    SessionExpired,
    heartbeat_key,
)
from workbench.embedded_broker.coordinators.group.records import empty_group_metadata_record, group_metadata_record
from workbench.embedded_broker.coordinators.group.registry import GroupRegistry
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.errors import BrokerError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import JoinGroupRequest, JoinGroupResponse

log = logging.getLogger(__name__)

FIRST_VERSION_REQUIRING_MEMBER_ID = 4
FIRST_VERSION_SKIPPING_ASSIGNMENT = 9


@dataclass(frozen=True, slots=True)
class GroupCreationWritten:
    """Completion: the first record of a new group."""

    group_id: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class StaticMemberWritten:
    """Completion: a static member's new id in a stable group; what it was before is kept to go back to."""

    group: ClassicGroup
    ticket: Ticket
    member: ClassicGroupMember
    old_member_id: str
    old_protocols: Protocols
    old_rebalance_timeout_ms: int
    old_session_timeout_ms: int
    old_leader_id: str | None
    api_version: int


@dataclass(slots=True)
class _Join:
    """One request on its way through the rules."""

    caller: Caller
    request: JoinGroupRequest
    protocols: Protocols
    ticket: Ticket
    group: ClassicGroup
    now_ms: int
    out: Decision

    def refuse(self, code: ErrorCode, member_id: str) -> None:
        self.out.reply(self.ticket, JoinGroupResponse(member_id=member_id, error_code=code))

    @property
    def reason(self) -> str:
        return self.request.reason or "not told"


class Joins:
    """Decides JoinGroup requests; answers go to the ticket, at once or when the rebalance is through."""

    def __init__(
        self, registry: GroupRegistry, rebalance: Rebalance, settings: GroupSettings, new_uuid: Callable[[], str]
    ) -> None:
        self._registry = registry
        self._rebalance = rebalance
        self._settings = settings
        self._new_uuid = new_uuid

    def join(self, caller: Caller, request: JoinGroupRequest, ticket: Ticket, now_ms: int, out: Decision) -> None:
        group_id = request.group_id
        is_unknown = request.member_id == UNKNOWN_MEMBER_ID
        existing = self._registry.find(group_id)
        tombstones: list[CoordinatorRecord] = []
        if isinstance(existing, ForeignGroup) and not existing.can_become_classic:
            out.reply(ticket, JoinGroupResponse(error_code=ErrorCode.INCONSISTENT_GROUP_PROTOCOL))
            return
        is_new = not isinstance(existing, ClassicGroup)
        if is_new and not is_unknown:
            out.reply(ticket, JoinGroupResponse(member_id=request.member_id, error_code=ErrorCode.UNKNOWN_MEMBER_ID))
            return
        if isinstance(existing, ForeignGroup):
            log.info("Group %s: the empty %s group becomes a classic one", group_id, existing.kind)
            tombstones = existing.tombstones()
            self._registry.remove(group_id)
        group = self._registry.get_or_create_classic(group_id, now_ms)
        protocols = tuple((protocol.name, bytes(protocol.metadata)) for protocol in request.protocols)
        join = _Join(caller, request, protocols, ticket, group, now_ms, out)

        if not self._has_room(group, request.member_id):
            group.remove(request.member_id)
            join.refuse(ErrorCode.GROUP_MAX_SIZE_REACHED, UNKNOWN_MEMBER_ID)
        elif is_unknown:
            self._join_new(join)
        else:
            self._join_known(join)
        if is_new and not out.records:
            # Without a record nothing would ever commit that the group exists.
            out.persist([*tombstones, empty_group_metadata_record(group)], GroupCreationWritten(group_id, ticket))

    def _has_room(self, group: ClassicGroup, member_id: str) -> bool:
        """While joining, whoever waits counts: so a group that is too large loses those who come last."""
        if group.is_in(EMPTY, DEAD):
            return True
        member = group.members.get(member_id)
        if group.is_in(PREPARING):
            is_waiting = member is not None and member.awaiting_join is not None
            return is_waiting or group.awaiting_join_count < self._settings.group_max_size
        return member is not None or len(group.members) < self._settings.group_max_size

    # ------------------------------------------------------------------ without a member id

    def _join_new(self, join: _Join) -> None:
        group, request = join.group, join.request
        if group.is_in(DEAD):
            join.refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE, UNKNOWN_MEMBER_ID)
            return
        if not group.supports_protocols(request.protocol_type, [name for name, _ in join.protocols]):
            join.refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, UNKNOWN_MEMBER_ID)
            return
        instance_id = request.group_instance_id
        new_id = f"{join.caller.client_id if instance_id is None else instance_id}-{self._new_uuid()}"
        if instance_id is not None:
            old_id = group.static_members.get(instance_id)
            if old_id is None:
                self._add(join, new_id)
            else:
                log.info("Group %s: instance %s rejoins as %s, was %s", group.group_id, instance_id, new_id, old_id)
                self._replace_static(join, instance_id, old_id, new_id)
        elif join.caller.api_version >= FIRST_VERSION_REQUIRING_MEMBER_ID:
            log.info("Group %s: new member %s is to join again with this id", group.group_id, new_id)
            group.pending_join_members.add(new_id)
            join.out.start_timer(
                heartbeat_key(group.group_id, new_id),
                request.session_timeout_ms,
                SessionExpired(group.group_id, new_id),
            )
            join.refuse(ErrorCode.MEMBER_ID_REQUIRED, new_id)
        else:
            self._add(join, new_id)

    def _add(self, join: _Join, member_id: str) -> None:
        group, request = join.group, join.request
        member = ClassicGroupMember(
            member_id,
            request.group_instance_id,
            join.caller.client_id,
            join.caller.client_host,
            request.rebalance_timeout_ms,
            request.session_timeout_ms,
            request.protocol_type,
            join.protocols,
            is_new=True,
        )
        if group.is_in(PREPARING) and group.previous_state is EMPTY:
            group.new_member_added = True
        group.add(member, join.ticket)
        self._rebalance.schedule_heartbeat(group, member, join.out, self._settings.new_member_join_timeout_ms)
        self._rebalance.prepare_or_complete(
            group, f"new member {member_id}; client's reason: {join.reason}", join.now_ms, join.out
        )

    def _replace_static(self, join: _Join, instance_id: str, old_id: str, new_id: str) -> None:
        group, request, out = join.group, join.request, join.out
        old_leader_id = group.leader_id
        member = group.replace_static_member(instance_id, old_id, new_id, out)
        self._rebalance.schedule_heartbeat(group, member, out)
        before = (member.protocols, member.rebalance_timeout_ms, member.session_timeout_ms)
        group.update_member(
            member, join.protocols, request.rebalance_timeout_ms, request.session_timeout_ms, join.ticket
        )
        if group.is_in(STABLE):
            if group.select_protocol() == group.protocol_name:
                assignments = {m.member_id: m.assignment for m in group.members.values()}
                out.persist(
                    [group_metadata_record(group, assignments)],
                    StaticMemberWritten(
                        group, join.ticket, member, old_id, *before, old_leader_id, join.caller.api_version
                    ),
                )
            else:
                reason = f"static member {new_id} changes the protocol; client's reason: {join.reason}"
                self._rebalance.prepare_or_complete(group, reason, join.now_ms, out)
        elif group.is_in(COMPLETING):
            # The leader may be assigning to the old id right now, so the new one would get nothing.
            reason = f"static member {new_id} came back; client's reason: {join.reason}"
            self._rebalance.prepare(group, reason, join.now_ms, out)
        else:
            self._rebalance.complete_if_all_joined(group, join.now_ms, out)

    # ------------------------------------------------------------------ with a member id

    def _join_known(self, join: _Join) -> None:
        group, request = join.group, join.request
        member_id = request.member_id
        if group.is_in(DEAD):
            join.refuse(ErrorCode.COORDINATOR_NOT_AVAILABLE, member_id)
        elif not group.supports_protocols(request.protocol_type, [name for name, _ in join.protocols]):
            join.refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, member_id)
        elif member_id in group.pending_join_members:
            if request.group_instance_id is not None:
                raise BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR, f"pending member {member_id} has an instance id")
            self._add(join, member_id)
        else:
            try:
                group.validate_member(member_id, request.group_instance_id)
            except BrokerError as error:
                join.refuse(error.code, member_id)
                return
            self._rejoin(join, group.members[member_id])

    def _rejoin(self, join: _Join, member: ClassicGroupMember) -> None:
        group = join.group
        is_leader = group.is_leader(member.member_id)
        has_changed = member.protocols != join.protocols
        if group.is_in(EMPTY):
            join.refuse(ErrorCode.UNKNOWN_MEMBER_ID, member.member_id)
        elif group.is_in(PREPARING):
            self._update(join, member, "joining")
        elif group.is_in(COMPLETING) and not has_changed:
            # Its first answer was lost, perhaps: the generation stands, so it is told again.
            members = group.current_members() if is_leader else []
            join.out.reply(join.ticket, self._rebalance.joined(group, member.member_id, members))
        elif group.is_in(STABLE) and not is_leader and not has_changed:
            join.out.reply(join.ticket, self._rebalance.joined(group, member.member_id, []))
        else:
            # A leader that joins again wants a rebalance: it has seen, say, new partitions of a topic.
            self._update(join, member, "changed" if has_changed else "leader joins again")

    def _update(self, join: _Join, member: ClassicGroupMember, what: str) -> None:
        request = join.request
        join.group.update_member(
            member, join.protocols, request.rebalance_timeout_ms, request.session_timeout_ms, join.ticket
        )
        self._rebalance.prepare_or_complete(
            join.group, f"member {member.member_id}: {what}; client's reason: {join.reason}", join.now_ms, join.out
        )

    # ------------------------------------------------------------------ completions

    def on_group_creation_written(self, event: GroupCreationWritten, error: ErrorCode | None, out: Decision) -> None:
        if error is not None:
            log.warning("Group %s could not be created: %s", event.group_id, error.name)
            out.reply(event.ticket, JoinGroupResponse(error_code=error))

    def on_static_member_written(self, event: StaticMemberWritten, error: ErrorCode | None, out: Decision) -> None:
        group, member = event.group, event.member
        if error is not None:
            log.warning(
                "Group %s: member %s could not be written (%s), it stays %s",
                group.group_id, member.member_id, error.name, event.old_member_id,
            )  # fmt: skip
            if group.members.get(member.member_id) is member and member.group_instance_id is not None:
                group.update_member(
                    member, event.old_protocols, event.old_rebalance_timeout_ms, event.old_session_timeout_ms, None
                )
                old = group.replace_static_member(member.group_instance_id, member.member_id, event.old_member_id, out)
                self._rebalance.schedule_heartbeat(group, old, out)
            out.reply(
                event.ticket,
                JoinGroupResponse(
                    member_id=UNKNOWN_MEMBER_ID,
                    generation_id=group.generation_id,
                    protocol_name=group.protocol_name,
                    protocol_type=group.protocol_type,
                    leader=event.old_leader_id or "",
                    error_code=error,
                ),
            )
        elif event.api_version >= FIRST_VERSION_SKIPPING_ASSIGNMENT:
            is_leader = group.is_leader(member.member_id)
            can_list = is_leader and not group.is_in(DEAD, PREPARING)
            response = self._rebalance.joined(group, member.member_id, group.current_members() if can_list else [])
            response.skip_assignment = is_leader
            group.complete_join(member, response, out)
        else:
            # Older clients would assign anew if they were told that they lead, so the old leader's id is named.
            response = self._rebalance.joined(group, member.member_id, [])
            response.leader = event.old_leader_id or ""
            group.complete_join(member, response, out)
