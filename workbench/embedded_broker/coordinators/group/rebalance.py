"""From the wish to rebalance a classic group to its next generation, and the deadlines on the way.

Stable, CompletingRebalance --prepare--> PreparingRebalance: waiting syncs are sent back, all are to join again.
Empty --prepare--> PreparingRebalance: the first rebalance waits `group.initial.rebalance.delay.ms` for more members,
and again as long as somebody new came, at most the rebalance timeout.
PreparingRebalance --complete_join--> CompletingRebalance: all have joined or time is up; who has not is removed,
except static members (KIP-345); everybody gets the generation, the leader the members.
PreparingRebalance --complete_join--> Empty: nobody is left; written, so that the retention of offsets begins.

Source: the classic part of Kafka's GroupMetadataManager.
"""

from __future__ import annotations

import logging

from workbench.embedded_broker.coordinators.decision import Decision
from workbench.embedded_broker.coordinators.group.classic_group import ClassicGroup
from workbench.embedded_broker.coordinators.group.member import UNKNOWN_MEMBER_ID, ClassicGroupMember
from workbench.embedded_broker.coordinators.group.records import group_metadata_record
from workbench.embedded_broker.coordinators.group.registry import GroupRegistry
from workbench.embedded_broker.coordinators.group.settings import GroupSettings
from workbench.embedded_broker.coordinators.group.states import ClassicGroupState
from workbench.system.counting import counted
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import JoinGroupResponse, SyncGroupResponse

log = logging.getLogger(__name__)

EMPTY = ClassicGroupState.EMPTY
PREPARING = ClassicGroupState.PREPARING_REBALANCE
COMPLETING = ClassicGroupState.COMPLETING_REBALANCE
STABLE = ClassicGroupState.STABLE
DEAD = ClassicGroupState.DEAD


@dataclass(frozen=True, slots=True)
class SessionExpired:
    """No heartbeat of a member came within its session timeout, or a pending member has not come back."""

    group_id: str
    member_id: str


@dataclass(frozen=True, slots=True)
class InitialDelayElapsed:
    """The first rebalance has waited `delay_ms` and may wait `remaining_ms` more."""

    group_id: str
    delay_ms: int
    remaining_ms: int


@dataclass(frozen=True, slots=True)
class JoinDeadlinePassed:
    group_id: str


@dataclass(frozen=True, slots=True)
class SyncDeadlinePassed:
    """Not all members of `generation_id` have asked for their assignment in time."""

    group_id: str
    generation_id: int


@dataclass(frozen=True, slots=True)
class EmptyGroupWritten:
    """Completion: the record of a group without members. Failing is harmless: the old members time out again."""

    group_id: str


def heartbeat_key(group_id: str, member_id: str) -> str:
    return f"heartbeat-{group_id}-{member_id}"


def join_key(group_id: str) -> str:
    return f"join-{group_id}"


def sync_key(group_id: str) -> str:
    return f"sync-{group_id}"


class Rebalance:
    """Moves groups from state to state; requests and timers of other modules come here."""

    def __init__(self, registry: GroupRegistry, settings: GroupSettings) -> None:
        self._registry = registry
        self._settings = settings

    # ------------------------------------------------------------------ beginning

    def prepare_or_complete(self, group: ClassicGroup, reason: str, now_ms: int, out: Decision) -> None:
        """A member came, changed or left: begins a rebalance, or ends the running one if nobody is missing."""
        if group.can_rebalance:
            self.prepare(group, reason, now_ms, out)
        else:
            self.complete_if_all_joined(group, now_ms, out)

    def prepare(self, group: ClassicGroup, reason: str, now_ms: int, out: Decision) -> None:
        if group.is_in(COMPLETING):
            self.reset_assignment(group, ErrorCode.REBALANCE_IN_PROGRESS, out)
        group.pending_sync_members.clear()
        out.cancel_timer(sync_key(group.group_id))

        is_first = group.is_in(EMPTY)
        if is_first:
            delay_ms = self._settings.group_initial_rebalance_delay_ms
            remaining_ms = max(group.rebalance_timeout_ms - delay_ms, 0)
            out.start_timer(
                join_key(group.group_id), delay_ms, InitialDelayElapsed(group.group_id, delay_ms, remaining_ms)
            )
        group.transition_to(PREPARING, now_ms)
        log.info(
            "Group %s: preparing to rebalance after generation %d (%s)", group.group_id, group.generation_id, reason
        )
        if is_first:
            return
        if group.has_all_members_joined:
            self.complete_join(group, now_ms, out)
        else:
            self._start_join_deadline(group, out)

    def _start_join_deadline(self, group: ClassicGroup, out: Decision) -> None:
        out.start_timer(join_key(group.group_id), group.rebalance_timeout_ms, JoinDeadlinePassed(group.group_id))

    # ------------------------------------------------------------------ ending

    def complete_if_all_joined(self, group: ClassicGroup, now_ms: int, out: Decision) -> None:
        """Ends the join phase early; never that of the first rebalance, which waits for more members."""
        if group.is_in(PREPARING) and group.previous_state is not EMPTY and group.has_all_members_joined:
            self.complete_join(group, now_ms, out)

    def complete_join(self, group: ClassicGroup, now_ms: int, out: Decision) -> None:
        group_id = group.group_id
        out.cancel_timer(join_key(group_id))
        missing = [m for m in group.members.values() if m.awaiting_join is None and not m.is_static]
        for member in missing:
            group.remove(member.member_id)
            out.cancel_timer(heartbeat_key(group_id, member.member_id))
        if missing:
            log.info("Group %s: removed members that did not join: %s", group_id, [m.member_id for m in missing])

        if group.is_in(DEAD):
            return
        if not group.elect_joined_leader() and group.members:
            log.warning("Group %s: nobody joined, waiting for the sessions of its static members", group_id)
            self._start_join_deadline(group, out)
            return

        group.init_next_generation(now_ms)
        if group.is_in(EMPTY):
            log.info("Group %s: empty in generation %d", group_id, group.generation_id)
            out.persist([group_metadata_record(group, {})], EmptyGroupWritten(group_id))
            return
        log.info(
            "Group %s: generation %d has %s under protocol %s",
            group_id, group.generation_id, counted(len(group.members), "{} member", "{} members"), group.protocol_name,
        )  # fmt: skip
        for member in group.members.values():
            members = group.current_members() if group.is_leader(member.member_id) else []
            group.complete_join(member, self.joined(group, member.member_id, members), out)
            self.schedule_heartbeat(group, member, out)
            member.is_new = False
            group.pending_sync_members.add(member.member_id)
        out.start_timer(
            sync_key(group_id), group.rebalance_timeout_ms, SyncDeadlinePassed(group_id, group.generation_id)
        )

    def joined(
        self, group: ClassicGroup, member_id: str, members: list[JoinGroupResponse.JoinGroupResponseMember]
    ) -> JoinGroupResponse:
        """The answer to a join into the present generation."""
        return JoinGroupResponse(
            members=members,
            member_id=member_id,
            generation_id=group.generation_id,
            protocol_name=group.protocol_name,
            protocol_type=group.protocol_type,
            leader=group.leader_id or "",
        )

    # ------------------------------------------------------------------ assignments

    def reset_assignment(self, group: ClassicGroup, error: ErrorCode, out: Decision) -> None:
        """Takes all assignments away and tells `error` to whoever waits for one."""
        for member in group.members.values():
            member.assignment = b""
            self._hand_out(group, member, SyncGroupResponse(error_code=error), out)

    def hand_out_assignment(self, group: ClassicGroup, assignments: dict[str, bytes], out: Decision) -> None:
        for member in group.members.values():
            member.assignment = assignments.get(member.member_id, b"")
            self._hand_out(group, member, self.synced(group, member), out)

    def _hand_out(
        self, group: ClassicGroup, member: ClassicGroupMember, response: SyncGroupResponse, out: Decision
    ) -> None:
        # A session that ran out while the sync was parked was ignored, so its timer has to begin anew.
        if group.complete_sync(member, response, out):
            self.schedule_heartbeat(group, member, out)

    def synced(self, group: ClassicGroup, member: ClassicGroupMember) -> SyncGroupResponse:
        return SyncGroupResponse(
            protocol_name=group.protocol_name, protocol_type=group.protocol_type, assignment=member.assignment
        )

    # ------------------------------------------------------------------ sessions

    def schedule_heartbeat(
        self, group: ClassicGroup, member: ClassicGroupMember, out: Decision, timeout_ms: int | None = None
    ) -> None:
        """Begins the member's session anew."""
        out.start_timer(
            heartbeat_key(group.group_id, member.member_id),
            member.session_timeout_ms if timeout_ms is None else timeout_ms,
            SessionExpired(group.group_id, member.member_id),
        )

    def on_session_expired(self, event: SessionExpired, now_ms: int, out: Decision) -> None:
        group = self._registry.find_classic(event.group_id)
        if group is None or group.is_in(DEAD):
            return
        if event.member_id in group.pending_join_members:
            log.info("Group %s: pending member %s has not joined in time", group.group_id, event.member_id)
            group.remove(event.member_id)
            self._complete_without(group, now_ms, out)
            return
        member = group.members.get(event.member_id)
        if member is None or member.has_satisfied_heartbeat:
            return
        log.info("Group %s: the session of member %s has expired", group.group_id, member.member_id)
        self.remove_member(group, member, out)
        if group.is_in(STABLE, COMPLETING):
            self.prepare_or_complete(group, f"session of member {member.member_id} expired", now_ms, out)
        else:
            self._complete_without(group, now_ms, out)

    def remove_member(self, group: ClassicGroup, member: ClassicGroupMember, out: Decision) -> None:
        """Removes a member; a join of it that waits is told UNKNOWN_MEMBER_ID, so that a living client tries anew."""
        response = JoinGroupResponse(member_id=UNKNOWN_MEMBER_ID, error_code=ErrorCode.UNKNOWN_MEMBER_ID)
        group.complete_join(member, response, out)
        group.remove(member.member_id)

    def _complete_without(self, group: ClassicGroup, now_ms: int, out: Decision) -> None:
        if group.is_in(PREPARING) and group.has_all_members_joined:
            self.complete_join(group, now_ms, out)

    # ------------------------------------------------------------------ deadlines

    def on_initial_delay_elapsed(self, event: InitialDelayElapsed, now_ms: int, out: Decision) -> None:
        group = self._registry.find_classic(event.group_id)
        if group is None:
            return
        if not group.new_member_added or event.remaining_ms == 0:
            self.complete_join(group, now_ms, out)
            return
        group.new_member_added = False
        delay_ms = min(self._settings.group_initial_rebalance_delay_ms, event.remaining_ms)
        remaining_ms = max(event.remaining_ms - event.delay_ms, 0)
        out.start_timer(join_key(group.group_id), delay_ms, InitialDelayElapsed(group.group_id, delay_ms, remaining_ms))

    def on_join_deadline(self, event: JoinDeadlinePassed, now_ms: int, out: Decision) -> None:
        group = self._registry.find_classic(event.group_id)
        if group is not None:
            self.complete_join(group, now_ms, out)

    def on_sync_deadline(self, event: SyncDeadlinePassed, now_ms: int, out: Decision) -> None:
        group = self._registry.find_classic(event.group_id)
        if group is None or group.generation_id != event.generation_id or not group.is_in(COMPLETING, STABLE):
            return
        missing = sorted(group.pending_sync_members)
        if not missing:
            return
        for member_id in missing:
            group.remove(member_id)
            out.cancel_timer(heartbeat_key(group.group_id, member_id))
        log.info("Group %s: removed members that did not sync: %s", group.group_id, missing)
        self.prepare(group, "members did not sync in time", now_ms, out)
