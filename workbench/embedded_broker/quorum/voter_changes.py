"""Adding, removing and updating voters, and the step from kraft.version 0 to 1 (KIP-853).

Invariants: one change at a time; a change starts only once the leader has committed a record of its own epoch and the
last Voters record; consecutive voter sets differ in one voter, so their majorities overlap.

Refusals have Kafka's words, since its tools show them: AddVoterHandler, RemoveVoterHandler, KafkaRaftClient.
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
from workbench.wire.uuids import uuid_to_text

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.machine import Machine


class KRaftVersionUpgradeError(Exception):
    """kraft.version cannot go to the level asked for."""


def _refuse(machine: Machine, reply_to: int, error: ErrorCode, message: str | None = None) -> None:
    machine.out.reply(reply_to, VoterChangeReply(error, message=message))


def _shown(key: ReplicaKey) -> str:
    directory = "<undefined>" if key.directory_id is None else uuid_to_text(key.directory_id)
    return f"ReplicaKey(id={key.id}, directoryId={directory})"


def _all(voters: VoterSet) -> str:
    return f"[{', '.join(map(_shown, sorted(voters.keys, key=lambda key: key.sort_key)))}]"


def _ready_to_change(machine: Machine, reply_to: int, request: AddVoter | RemoveVoter) -> Leader | None:
    """The leader state where a change may begin now; otherwise answers and returns None."""
    key, is_addition = request.key, isinstance(request, AddVoter)
    refused = answering.refuse_unless_leader(machine, machine.epoch)
    leader = machine.role
    if refused or not isinstance(leader, Leader):
        _refuse(machine, reply_to, refused)
        return None
    control = machine.log.control
    offset = control.voters_offset
    if key.id < 0 or key.directory_id is None:
        message = f"{'Add' if is_addition else 'Remove'} voter request didn't include a valid voter"
        _refuse(machine, reply_to, ErrorCode.INVALID_REQUEST, message)
    elif leader.change is not None:
        message = "Request timed out waiting for leader to handle previous voter change request"
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, message)
    elif leader.high_watermark is None:
        message = "Request timed out waiting for leader to establish HWM and fence previous voter changes"
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, message)
    elif control.kraft_version < 1:
        verb = "adding" if is_addition else "removing"
        feature = f"the {KRAFT_VERSION_FEATURE} feature is {control.kraft_version}"
        message = f"Cluster doesn't support {verb} voter because {feature}"
        _refuse(machine, reply_to, ErrorCode.UNSUPPORTED_VERSION, message)
    elif offset is None or offset >= leader.high_watermark:
        at = "Optional.empty" if offset is None else f"Optional[{offset}]"
        waiting = "Request timed out waiting for voters to commit the latest voter change"
        message = f"{waiting} at {at} with HWM {leader.high_watermark}"
        _refuse(machine, reply_to, ErrorCode.REQUEST_TIMED_OUT, message)
    else:
        return leader
    return None


def add(machine: Machine, reply_to: int, request: AddVoter) -> None:
    """Begins to add a voter: asks it which kraft.version it supports."""
    node = machine.address(request.key.id, request.endpoints)
    if node is None and isinstance(machine.role, Leader):
        given = ", ".join(f"{one.listener}={one.host}:{one.port}" for one in request.endpoints)
        listener = machine.local.listener
        message = f"Add voter request didn't include the endpoint ({given}) for the default listener {listener}"
        _refuse(machine, reply_to, ErrorCode.INVALID_REQUEST, message)
        return
    leader = _ready_to_change(machine, reply_to, request)
    if leader is None or node is None:
        return
    if machine.voters.node(request.key.id) is not None:
        message = f"The voter id for {_shown(request.key)} is already part of the set of voters {_all(machine.voters)}."
        _refuse(machine, reply_to, ErrorCode.DUPLICATE_VOTER, message)
    elif not machine.send(node, AskVersions()):
        message = f"New voter {_shown(request.key)} is not ready to receive requests"
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
        message = f"Aborted add voter operation for since API_VERSIONS returned an error {error.name}"
        finish(machine, leader, ErrorCode.REQUEST_TIMED_OUT, message)


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
        supported = f"the {KRAFT_VERSION_FEATURE} range SupportedVersionRange[min_version:{low}, max_version:{high}]"
        aborted = f"Aborted add voter operation for {_shown(change.adding.key)}"
        message = f"{aborted} since {supported} doesn't support the finalized version {level}"
        finish(machine, leader, ErrorCode.INVALID_REQUEST, message)
        return True
    if not leader.is_caught_up(change.adding.key, machine.now_ms):
        message = f"Aborted add voter operation for {_shown(change.adding.key)} since it is lagging behind"
        finish(machine, leader, ErrorCode.REQUEST_TIMED_OUT, message)
        return True
    voters = machine.voters.add(VoterNode(change.adding.key, change.adding.endpoints, low, high))
    if voters is None:
        message = f"Unable to add {_shown(change.adding.key)} to the set of voters {_all(machine.voters)}"
        finish(machine, leader, ErrorCode.DUPLICATE_VOTER, message)
        return True
    change.last_offset = machine.log.end_offset
    committing.append(machine, leader, control=(voters_record(voters),))
    if not change.ack_when_committed and change.reply_to is not None:
        machine.out.reply(change.reply_to, VoterChangeReply(ErrorCode.NONE))
        change.reply_to = None
    return True


def remove(machine: Machine, reply_to: int, request: RemoveVoter) -> None:
    """Appends the voter set without a voter; the leader itself resigns once that is committed."""
    leader = _ready_to_change(machine, reply_to, request)
    if leader is None:
        return
    voters = machine.voters.remove(request.key)
    if voters is None:
        message = f"Cannot remove voter {_shown(request.key)} from the set of voters {_all(machine.voters)}"
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
