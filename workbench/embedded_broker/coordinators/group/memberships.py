"""SyncGroup, Heartbeat and LeaveGroup of the classic protocol.

The leader's sync brings the assignment: it is written first, and handed out to all once that is committed. A
heartbeat begins a session anew, and tells REBALANCE_IN_PROGRESS while members are to join.

Source: the classic part of Kafka's GroupMetadataManager.
"""

from __future__ import annotations

import logging

from workbench.embedded_broker.coordinators.decision import Decision, Ticket
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.member import UNKNOWN_MEMBER_ID
from workbench.embedded_broker.coordinators.group.rebalance import (
    COMPLETING,
    DEAD,
    EMPTY,
    PREPARING,
    STABLE,
    Rebalance,
    heartbeat_key,
    sync_key,
)
from workbench.embedded_broker.coordinators.group.records import group_metadata_record
from workbench.embedded_broker.coordinators.group.registry import GroupRegistry
from workbench.embedded_broker.errors import BrokerError
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    HeartbeatRequest,
    HeartbeatResponse,
    LeaveGroupRequest,
    LeaveGroupResponse,
    SyncGroupRequest,
    SyncGroupResponse,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class AssignmentWritten:
    """Completion: the leader's assignment by member id."""

    group: ClassicGroup
    generation_id: int
    assignments: dict[str, bytes]


class Memberships:
    """Decides what members ask between two joins."""

    def __init__(self, registry: GroupRegistry, rebalance: Rebalance) -> None:
        self._registry = registry
        self._rebalance = rebalance

    # ------------------------------------------------------------------ sync

    def sync(self, request: SyncGroupRequest, ticket: Ticket, out: Decision) -> None:
        group = self._registry.find_classic(request.group_id)
        if group is None or group.is_empty:
            out.reply(ticket, SyncGroupResponse(error_code=ErrorCode.UNKNOWN_MEMBER_ID))
            return
        error = self._sync_error(group, request)
        if error is not None:
            out.reply(ticket, SyncGroupResponse(error_code=error))
            return
        member = group.members[request.member_id]
        group.pending_sync_members.discard(member.member_id)
        if not group.pending_sync_members:
            out.cancel_timer(sync_key(group.group_id))
        if group.is_in(STABLE):
            out.reply(ticket, self._rebalance.synced(group, member))
            return
        member.awaiting_sync = ticket
        if group.is_leader(member.member_id):
            given = {entry.member_id: bytes(entry.assignment) for entry in request.assignments}
            assignments = {member_id: given.get(member_id, b"") for member_id in group.members}
            log.info(
                "Group %s: leader %s brings the assignment of generation %d to %s",
                group.group_id, member.member_id, group.generation_id,
                counted(len(group.members), "{} member", "{} members"),
            )  # fmt: skip
            out.persist(
                [group_metadata_record(group, assignments)],
                AssignmentWritten(group, group.generation_id, assignments),
            )

    @staticmethod
    def _sync_error(group: ClassicGroup, request: SyncGroupRequest) -> ErrorCode | None:
        if group.is_in(DEAD):
            return ErrorCode.COORDINATOR_NOT_AVAILABLE
        try:
            group.validate_member(request.member_id, request.group_instance_id)
        except BrokerError as error:
            return error.code
        if request.generation_id != group.generation_id:
            return ErrorCode.ILLEGAL_GENERATION
        for asked, chosen in (
            (request.protocol_type, group.protocol_type),
            (request.protocol_name, group.protocol_name),
        ):
            if asked is not None and chosen is not None and asked != chosen:
                return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
        return ErrorCode.REBALANCE_IN_PROGRESS if group.is_in(PREPARING) else None

    def on_assignment_written(
        self, event: AssignmentWritten, error: ErrorCode | None, now_ms: int, out: Decision
    ) -> None:
        """Another rebalance may have begun meanwhile; then whoever waited has been answered already."""
        group = event.group
        if not group.is_in(COMPLETING) or group.generation_id != event.generation_id:
            return
        if error is not None:
            self._rebalance.reset_assignment(group, error, out)
            self._rebalance.prepare_or_complete(group, f"assignment not written: {error.name}", now_ms, out)
            return
        self._rebalance.hand_out_assignment(group, event.assignments, out)
        group.transition_to(STABLE, now_ms)

    # ------------------------------------------------------------------ heartbeat

    def heartbeat(self, request: HeartbeatRequest, out: Decision) -> None:
        """Raises UNKNOWN_MEMBER_ID, FENCED_INSTANCE_ID, ILLEGAL_GENERATION, COORDINATOR_NOT_AVAILABLE."""
        group = self._registry.find_classic(request.group_id)
        if group is None:
            raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)
        if group.is_in(DEAD):
            raise BrokerError(ErrorCode.COORDINATOR_NOT_AVAILABLE)
        group.validate_member(request.member_id, request.group_instance_id)
        if request.generation_id != group.generation_id:
            raise BrokerError(ErrorCode.ILLEGAL_GENERATION)
        if group.is_in(EMPTY):
            raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)
        self._rebalance.schedule_heartbeat(group, group.members[request.member_id], out)
        error = ErrorCode.REBALANCE_IN_PROGRESS if group.is_in(PREPARING) else ErrorCode.NONE
        out.response = HeartbeatResponse(error_code=error)

    # ------------------------------------------------------------------ leave

    def leave(self, request: LeaveGroupRequest, now_ms: int, out: Decision) -> None:
        """Members by id, or static ones by instance id alone. Raises UNKNOWN_MEMBER_ID when there is no such group."""
        group = self._registry.find_classic(request.group_id)
        if group is None:
            raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)
        if group.is_in(DEAD):
            out.response = LeaveGroupResponse(error_code=ErrorCode.COORDINATOR_NOT_AVAILABLE)
            return
        responses = []
        for identity in request.members:
            error = self._leave_one(group, identity, out)
            responses.append(
                LeaveGroupResponse.MemberResponse(
                    member_id=identity.member_id, group_instance_id=identity.group_instance_id, error_code=error
                )
            )
        out.response = LeaveGroupResponse(members=responses)
        if any(response.error_code == ErrorCode.NONE for response in responses):
            if group.is_in(STABLE, COMPLETING):
                self._rebalance.prepare_or_complete(group, "members left", now_ms, out)
            elif group.is_in(PREPARING):
                self._rebalance.complete_if_all_joined(group, now_ms, out)

    def _leave_one(self, group: ClassicGroup, identity: LeaveGroupRequest.MemberIdentity, out: Decision) -> ErrorCode:
        member_id, instance_id = identity.member_id, identity.group_instance_id
        if member_id == UNKNOWN_MEMBER_ID:
            static_id = None if instance_id is None else group.static_members.get(instance_id)
            if static_id is None:
                return ErrorCode.UNKNOWN_MEMBER_ID
            member_id = static_id
        elif member_id in group.pending_join_members:
            group.remove(member_id)
            out.cancel_timer(heartbeat_key(group.group_id, member_id))
            return ErrorCode.NONE
        else:
            try:
                group.validate_member(member_id, instance_id)
            except BrokerError as error:
                return error.code
        log.info("Group %s: member %s leaves (%s)", group.group_id, member_id, identity.reason or "no reason told")
        out.cancel_timer(heartbeat_key(group.group_id, member_id))
        self._rebalance.remove_member(group, group.members[member_id], out)
        return ErrorCode.NONE
