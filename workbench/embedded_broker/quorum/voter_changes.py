"""Adding, removing and updating voters, and the step from kraft.version 0 to 1 (KIP-853).

Invariants: one change at a time; a change starts only once the leader has committed a record of its own epoch and the
last Voters record; consecutive voter sets differ in one voter, so their majorities overlap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum import answering, committing
from workbench.embedded_broker.quorum.leading import Leader, VoterChange
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    AskVersions,
    RemoveVoter,
    UpdateVoter,
    UpdateVoterReply,
    VersionsReply,
    VoterChangeReply,
)
from workbench.records.control import ControlRecord, KRaftVersion
from workbench.storage.quorum.voters import KRAFT_VERSION_FEATURE, ReplicaKey, VoterNode, VoterSet
from workbench.storage.quorum.voters_record import voters_record
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.machine import Machine


class KRaftVersionUpgradeError(Exception):
    """kraft.version cannot go to the level asked for."""


def _refuse(machine: Machine, reply_to: int, error: ErrorCode, message: str | None = None) -> None:
    machine.out.reply(reply_to, VoterChangeReply(error, message=message))


def _ready_to_change(machine: Machine, reply_to: int, key: ReplicaKey) -> Leader | None:
    """The leader state where a change may begin now; otherwise answers and returns None."""
    refused = answering.refuse_unless_leader(machine, machine.epoch)
    leader = machine.role
    if refused or not isinstance(leader, Leader):
        _refuse(machine, reply_to, refused)
        return None
    control = machine.log.control
    offset = control.voters_offset
    if key.id < 0 or key.directory_id is None:
        _refuse(machine, reply_to, ErrorCode.INVALID_REQUEST, "the request names no valid voter id and directory id")
    elif leader.change is not None:
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, "the leader is still busy with another voter change")
    elif leader.high_watermark is None:
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, "the leader has committed nothing in its epoch yet")
    elif control.kraft_version < 1:
        message = f"voters cannot be changed while {KRAFT_VERSION_FEATURE} is {control.kraft_version}"
        _refuse(machine, reply_to, ErrorCode.UNSUPPORTED_VERSION, message)
    elif offset is None or offset >= leader.high_watermark:
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, "the previous voter change is not committed yet")
    else:
        return leader
    return None


def add(machine: Machine, reply_to: int, request: AddVoter) -> None:
    """Begins to add a voter: asks it which kraft.version it supports."""
    node = machine.address(request.key.id, request.endpoints)
    if node is None and isinstance(machine.role, Leader):
        message = f"the request names no endpoint for listener {machine.local.listener}"
        _refuse(machine, reply_to, ErrorCode.INVALID_REQUEST, message)
        return
    leader = _ready_to_change(machine, reply_to, request.key)
    if leader is None or node is None:
        return
    if machine.voters.node(request.key.id) is not None:
        message = f"node {request.key.id} is a voter already"
        _refuse(machine, reply_to, ErrorCode.DUPLICATE_VOTER, message)
    elif not machine.send(node, AskVersions()):
        message = f"node {request.key} cannot be asked at the moment"
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, message)
    else:
        leader.change = VoterChange(
            reply_to,
            machine.now_ms + machine.config.request_timeout_ms,
            adding=VoterNode(request.key, request.endpoints),
            ack_when_committed=request.ack_when_committed,
        )


def versions_failed(machine: Machine, leader: Leader, node_id: int, error: ErrorCode) -> None:
    """The voter-to-be did not say what it supports."""
    if _awaits_versions(leader, node_id):
        finish(machine, leader, ErrorCode.REQUEST_TIMED_OUT, f"asking the new voter for its versions gave {error.name}")


def _awaits_versions(leader: Leader, node_id: int) -> bool:
    change = leader.change
    return (
        change is not None
        and change.adding is not None
        and change.last_offset is None
        and change.adding.key.id == node_id
    )


def versions_learnt(machine: Machine, node_id: int, reply: VersionsReply) -> bool:
    """The voter-to-be answered: appends the new voter set where it fits and is caught up."""
    leader = machine.role
    if not isinstance(leader, Leader) or not _awaits_versions(leader, node_id):
        return True
    change = leader.change
    if change is None or change.adding is None:
        return True
    if reply.error != ErrorCode.NONE:
        versions_failed(machine, leader, node_id, reply.error)
        return False
    level = machine.log.control.kraft_version
    low, high = reply.kraft_versions or (0, 0)
    if reply.kraft_versions is None or not low <= level <= high:
        message = f"the new voter supports {KRAFT_VERSION_FEATURE} {low} to {high}, the cluster has {level}"
        finish(machine, leader, ErrorCode.INVALID_REQUEST, message)
        return True
    if not leader.is_caught_up(change.adding.key, machine.now_ms):
        finish(machine, leader, ErrorCode.REQUEST_TIMED_OUT, "the new voter lags behind")
        return True
    voters = machine.voters.add(VoterNode(change.adding.key, change.adding.endpoints, low, high))
    if voters is None:
        finish(machine, leader, ErrorCode.DUPLICATE_VOTER, f"node {node_id} is a voter already")
        return True
    change.last_offset = machine.log.end_offset
    committing.append(machine, leader, control=(voters_record(voters),))
    if not change.ack_when_committed and change.reply_to is not None:
        machine.out.reply(change.reply_to, VoterChangeReply(ErrorCode.NONE))
        change.reply_to = None
    return True


def remove(machine: Machine, reply_to: int, request: RemoveVoter) -> None:
    """Appends the voter set without a voter; the leader itself resigns once that is committed."""
    leader = _ready_to_change(machine, reply_to, request.key)
    if leader is None:
        return
    voters = machine.voters.remove(request.key)
    if voters is None:
        message = f"{request.key} is not among the voters, or is the only one"
        _refuse(machine, reply_to, ErrorCode.VOTER_NOT_FOUND, message)
        return
    leader.change = VoterChange(
        reply_to, machine.now_ms + machine.config.request_timeout_ms, last_offset=machine.log.end_offset
    )
    committing.append(machine, leader, control=(voters_record(voters),))


def watermark_moved(machine: Machine, leader: Leader, high_watermark: int) -> None:
    """Ends the change whose record is now committed."""
    change = leader.change
    if change is not None and change.last_offset is not None and high_watermark > change.last_offset:
        was_removal = change.adding is None
        finish(machine, leader, ErrorCode.NONE)
        if was_removal and not machine.is_voter:
            leader.resign_requested = True


def finish(machine: Machine, leader: Leader, error: ErrorCode, message: str | None = None) -> None:
    """Answers whoever asked for the change under way, if any, and forgets it."""
    change, leader.change = leader.change, None
    if change is not None and change.reply_to is not None:
        machine.out.reply(change.reply_to, VoterChangeReply(error, message=message))


def update(machine: Machine, reply_to: int, request: UpdateVoter) -> None:
    """Takes a voter's endpoints and versions: into the log with kraft.version 1, into memory with 0."""
    error = _update(machine, request)
    role = machine.role
    machine.out.reply(reply_to, UpdateVoterReply(error, role.leader_id, role.epoch, role.leader_endpoints))


def _update(machine: Machine, request: UpdateVoter) -> ErrorCode:
    refused = answering.refuse_unless_leader(machine, request.epoch)
    leader = machine.role
    if refused or not isinstance(leader, Leader):
        return refused
    low, high = request.min_kraft_version, request.max_kraft_version
    if (
        request.key.id < 0
        or request.key.directory_id is None
        or machine.address(request.key.id, request.endpoints) is None
        or not 0 <= low <= high
    ):
        return ErrorCode.INVALID_REQUEST
    if leader.change is not None or leader.high_watermark is None:
        return ErrorCode.REQUEST_TIMED_OUT
    control = machine.log.control
    node = VoterNode(request.key, request.endpoints, low, high)
    if control.kraft_version >= 1:
        offset = control.voters_offset
        if offset is None or offset >= leader.high_watermark:
            return ErrorCode.REQUEST_TIMED_OUT
    elif leader.volatile_voters is None:
        return ErrorCode.REQUEST_TIMED_OUT
    if not low <= control.kraft_version <= high:
        return ErrorCode.INVALID_REQUEST
    updated: VoterSet | None
    if control.kraft_version >= 1:
        updated = machine.voters.update(node)
        if updated is not None and updated != machine.voters:
            committing.append(machine, leader, control=(voters_record(updated),))
    else:
        known = leader.volatile_voters or machine.voters
        updated = known.update_ignoring_directory(node)
        if updated is not None:
            leader.volatile_voters = updated
    if updated is None:
        return ErrorCode.VOTER_NOT_FOUND
    leader.heard_from(request.key, machine.now_ms)
    return ErrorCode.NONE


def upgrade_kraft_version(machine: Machine, level: int, *, validate_only: bool) -> None:
    """Writes kraft.version and the voters as they made themselves known; raises KRaftVersionUpgradeError."""
    leader = machine.role
    current = machine.log.control.kraft_version
    if level == current or not isinstance(leader, Leader):
        return
    if level < current:
        raise KRaftVersionUpgradeError(f"{KRAFT_VERSION_FEATURE} cannot go back from {current} to {level}")
    voters = leader.volatile_voters
    if voters is None or not voters.supports(level):
        raise KRaftVersionUpgradeError(f"not all voters support {KRAFT_VERSION_FEATURE} {level}")
    if any(key.directory_id is None for key in voters.keys):
        raise KRaftVersionUpgradeError("not all voters have told their directory id")
    if validate_only:
        return
    control: list[ControlRecord] = [KRaftVersion(level)]
    if voters != machine.voters:
        control.append(voters_record(voters))
    leader.volatile_voters = None
    committing.append(machine, leader, control=tuple(control))


def expire(machine: Machine, leader: Leader) -> None:
    """Gives up a change that has not been committed in time; its record, if any, may still be."""
    if leader.change is not None and leader.change.deadline_ms <= machine.now_ms:
        finish(machine, leader, ErrorCode.REQUEST_TIMED_OUT)
