"""One group of the classic protocol: its members, leader, generation and chosen protocol.

It only keeps itself consistent; when to do what is decided in `classic.py` and its neighbours.

Invariants: `protocol_type` is that of the first member and of all; the leader is a member; `awaiting_join_count` is
the number of members whose join waits; every static instance id leads to exactly one member; members keep the order
in which they were added. Source: ClassicGroup of Kafka's group coordinator.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable

from workbench.embedded_broker.coordinators.decision import Decision, Ticket
from workbench.embedded_broker.coordinators.group.java_order import hash_map_order
from workbench.embedded_broker.coordinators.group.member import ClassicGroupMember, Protocols
from workbench.embedded_broker.coordinators.group.states import VALID_PREVIOUS_STATES, ClassicGroupState
from workbench.embedded_broker.coordinators.group.subscription import CONSUMER_PROTOCOL_TYPE, subscribed_topics
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import JoinGroupResponse, SyncGroupResponse

log = logging.getLogger(__name__)


class ClassicGroup:
    """Soft state of a group; `records.group_metadata_record` writes what has to survive."""

    def __init__(
        self,
        group_id: str,
        *,
        now_ms: int | None,
        state: ClassicGroupState = ClassicGroupState.EMPTY,
        generation_id: int = 0,
        protocol_type: str | None = None,
        protocol_name: str | None = None,
        leader_id: str | None = None,
    ) -> None:
        """`now_ms` is when the group came into `state`; None where old records did not tell."""
        self.group_id = group_id
        self.state = state
        self.previous_state = ClassicGroupState.DEAD
        self.state_timestamp_ms = now_ms
        self.generation_id = generation_id
        self.protocol_type = protocol_type
        self.protocol_name = protocol_name
        self.leader_id = leader_id
        self.members: dict[str, ClassicGroupMember] = {}
        self.static_members: dict[str, str] = {}
        """Member id by instance id."""
        self.pending_join_members: set[str] = set()
        """Were given a member id with MEMBER_ID_REQUIRED and have not come back with it."""
        self.pending_sync_members: set[str] = set()
        """Have joined this generation and not yet asked for their assignment."""
        self.awaiting_join_count = 0
        self.new_member_added = False
        """A member joined while the first rebalance waits for more."""
        self.subscribed_topics: frozenset[str] | None = None
        """What all members subscribe to; None where that is not known."""
        self._supported_protocols: Counter[str] = Counter()

    # ------------------------------------------------------------------ questions

    def is_in(self, *states: ClassicGroupState) -> bool:
        return self.state in states

    @property
    def is_empty(self) -> bool:
        return self.state is ClassicGroupState.EMPTY

    @property
    def is_simple(self) -> bool:
        """Only holds offsets that were committed without joining."""
        return self.protocol_type is None and self.is_empty and not self.pending_join_members

    @property
    def uses_consumer_protocol(self) -> bool:
        return self.protocol_type == CONSUMER_PROTOCOL_TYPE

    @property
    def can_rebalance(self) -> bool:
        return self.state in VALID_PREVIOUS_STATES[ClassicGroupState.PREPARING_REBALANCE]

    @property
    def has_all_members_joined(self) -> bool:
        return len(self.members) == self.awaiting_join_count and not self.pending_join_members

    @property
    def rebalance_timeout_ms(self) -> int:
        return max((member.rebalance_timeout_ms for member in self.members.values()), default=0)

    def is_leader(self, member_id: str) -> bool:
        return self.leader_id is not None and self.leader_id == member_id

    def supports_protocols(self, protocol_type: str, names: Iterable[str]) -> bool:
        """Whether a member with these protocols may join: one of them has to be known to all members."""
        if self.is_empty:
            return bool(protocol_type) and any(True for _ in names)
        if self.protocol_type != protocol_type:
            return False
        return any(self._supported_protocols[name] == len(self.members) for name in names)

    def is_subscribed_to(self, topic: str) -> bool:
        """True as well where the subscription of a consumer group could not be read."""
        return self.uses_consumer_protocol if self.subscribed_topics is None else topic in self.subscribed_topics

    def validate_member(self, member_id: str, group_instance_id: str | None) -> None:
        """Raises UNKNOWN_MEMBER_ID, or FENCED_INSTANCE_ID when another member has that instance id."""
        if group_instance_id is not None:
            existing = self.static_members.get(group_instance_id)
            if existing is None:
                raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)
            if existing != member_id:
                log.info(
                    "Group %s: member %s is fenced, instance id %s belongs to member %s",
                    self.group_id, member_id, group_instance_id, existing,
                )  # fmt: skip
                raise BrokerError(ErrorCode.FENCED_INSTANCE_ID)
        if member_id not in self.members:
            raise BrokerError(ErrorCode.UNKNOWN_MEMBER_ID)

    # ------------------------------------------------------------------ members

    def add(self, member: ClassicGroupMember, ticket: Ticket | None = None) -> None:
        """Adds a member whose join is parked under `ticket`, or a loaded one without."""
        if member.group_instance_id is not None:
            if member.group_instance_id in self.static_members:
                raise ValueError(f"group {self.group_id} already has a member {member.group_instance_id}")
            self.static_members[member.group_instance_id] = member.member_id
        if not self.members:
            self.protocol_type = member.protocol_type
        if self.protocol_type != member.protocol_type:
            raise ValueError(f"group {self.group_id} is of type {self.protocol_type}, not {member.protocol_type}")
        if self.leader_id is None:
            self.leader_id = member.member_id
        self.members[member.member_id] = member
        self._count_protocols(member, 1)
        self._park_join(member, ticket)
        self.pending_join_members.discard(member.member_id)

    def remove(self, member_id: str) -> None:
        """Removes a member or a pending one; an unknown id is nothing."""
        member = self.members.pop(member_id, None)
        if member is not None:
            self._count_protocols(member, -1)
            if member.awaiting_join is not None:
                self.awaiting_join_count -= 1
            if member.group_instance_id is not None:
                self.static_members.pop(member.group_instance_id, None)
        if self.is_leader(member_id):
            self.leader_id = next(iter(self.members), None)
        self.pending_join_members.discard(member_id)
        self.pending_sync_members.discard(member_id)

    def update_member(
        self,
        member: ClassicGroupMember,
        protocols: Protocols,
        rebalance_timeout_ms: int,
        session_timeout_ms: int,
        ticket: Ticket | None,
    ) -> None:
        self._count_protocols(member, -1)
        member.protocols = protocols
        self._count_protocols(member, 1)
        member.rebalance_timeout_ms = rebalance_timeout_ms
        member.session_timeout_ms = session_timeout_ms
        if member.awaiting_join is not None:
            self.awaiting_join_count -= 1
            member.awaiting_join = None
        self._park_join(member, ticket)

    def replace_static_member(
        self, group_instance_id: str, old_member_id: str, new_member_id: str, out: Decision
    ) -> ClassicGroupMember:
        """Gives a static member its new id; what waits under the old one is fenced (KIP-345)."""
        old = self.members[old_member_id]
        self.complete_join(
            old,
            JoinGroupResponse(member_id=old_member_id, error_code=ErrorCode.FENCED_INSTANCE_ID),
            out,
        )
        self.complete_sync(old, SyncGroupResponse(error_code=ErrorCode.FENCED_INSTANCE_ID), out)
        new = ClassicGroupMember(
            new_member_id,
            old.group_instance_id,
            old.client_id,
            old.client_host,
            old.rebalance_timeout_ms,
            old.session_timeout_ms,
            old.protocol_type,
            old.protocols,
            old.assignment,
        )
        del self.members[old_member_id]
        self.members[new_member_id] = new
        if self.is_leader(old_member_id):
            self.leader_id = new_member_id
        self.static_members[group_instance_id] = new_member_id
        return new

    def elect_joined_leader(self) -> bool:
        """Keeps the leader if it has joined, else takes a member that has. False when nobody has."""
        if self.leader_id is None:
            return False
        if self.members[self.leader_id].awaiting_join is not None:
            return True
        for member in self.members.values():
            if member.awaiting_join is not None:
                log.info(
                    "Group %s: leader %s did not join in time, member %s leads now",
                    self.group_id, self.leader_id, member.member_id,
                )  # fmt: skip
                self.leader_id = member.member_id
                return True
        return False

    # ------------------------------------------------------------------ answers to parked requests

    def complete_join(self, member: ClassicGroupMember, response: JoinGroupResponse, out: Decision) -> bool:
        """Answers the member's parked join, if there is one."""
        if member.awaiting_join is None:
            return False
        out.reply(member.awaiting_join, response)
        member.awaiting_join = None
        self.awaiting_join_count -= 1
        return True

    def complete_sync(self, member: ClassicGroupMember, response: SyncGroupResponse, out: Decision) -> bool:
        """Answers the member's parked sync, if there is one."""
        if member.awaiting_sync is None:
            return False
        out.reply(member.awaiting_sync, response)
        member.awaiting_sync = None
        return True

    def current_members(self) -> list[JoinGroupResponse.JoinGroupResponseMember]:
        """What the leader is told of all members to assign partitions to them."""
        return [
            JoinGroupResponse.JoinGroupResponseMember(
                member_id=member.member_id,
                group_instance_id=member.group_instance_id,
                metadata=member.metadata(self.protocol_name),
            )
            for member in self.members.values()
        ]

    # ------------------------------------------------------------------ state

    def transition_to(self, state: ClassicGroupState, now_ms: int) -> None:
        if self.state not in VALID_PREVIOUS_STATES[state]:
            raise ValueError(f"group {self.group_id} cannot go from {self.state.value} to {state.value}")
        self.previous_state = self.state
        self.state = state
        self.state_timestamp_ms = now_ms

    def init_next_generation(self, now_ms: int) -> None:
        """All have joined: next generation, chosen protocol, and CompletingRebalance, or Empty without members."""
        self.generation_id += 1
        self.protocol_name = self.select_protocol() if self.members else None
        self.subscribed_topics = self.compute_subscribed_topics()
        self.transition_to(ClassicGroupState.COMPLETING_REBALANCE if self.members else ClassicGroupState.EMPTY, now_ms)
        self.pending_sync_members.clear()

    def select_protocol(self) -> str:
        """The protocol most members prefer among those that all know; of equals, the one Java's map names first."""
        member_count = len(self.members)
        candidates = {name for name, count in self._supported_protocols.items() if count == member_count}
        votes = Counter(member.vote(candidates) for member in self.members.values())
        most = max(votes.values())
        return next(name for name in hash_map_order(list(votes)) if votes[name] == most)

    def compute_subscribed_topics(self) -> frozenset[str] | None:
        if not self.uses_consumer_protocol:
            return None
        if not self.members:
            return frozenset()
        if self.protocol_name is None:
            return None
        try:
            return frozenset().union(
                *(subscribed_topics(member.metadata(self.protocol_name)) for member in self.members.values())
            )
        except ValueError as error:
            log.warning(
                "Group %s: a subscription under protocol %s cannot be read (%s); subscribed topics are not known",
                self.group_id, self.protocol_name, error,
            )  # fmt: skip
            return None

    def _count_protocols(self, member: ClassicGroupMember, step: int) -> None:
        for name, _ in member.protocols:
            self._supported_protocols[name] += step

    def _park_join(self, member: ClassicGroupMember, ticket: Ticket | None) -> None:
        member.awaiting_join = ticket
        if ticket is not None:
            self.awaiting_join_count += 1
