"""What a member makes of the answers it gets (KIP-595, KIP-630, KIP-853).

Every handler returns True where the node answered usefully, False where it is to be left alone for the backoff time.
An answer to a request sent in an earlier role is dropped before it gets here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum import committing, voter_changes
from workbench.embedded_broker.quorum.answering import adopt_leader
from workbench.embedded_broker.quorum.effects import (
    AppendReceived,
    InstallSnapshot,
    TruncateLog,
    WriteSnapshotChunk,
)
from workbench.embedded_broker.quorum.events import SnapshotInstalled
from workbench.embedded_broker.quorum.leading import Leader
from workbench.embedded_broker.quorum.log_picture import recency
from workbench.embedded_broker.quorum.messages import (
    BeginEpochReply,
    EndEpochReply,
    FetchReply,
    FetchSnapshotReply,
    ReceivedRecords,
    Reply,
    UpdateVoterReply,
    VersionsReply,
    VoterChangeReply,
    VoteReply,
)
from workbench.embedded_broker.quorum.roles import Candidate, Download, Follower, Prospective, Resigned
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.machine import Machine


def reply_arrived(machine: Machine, request_id: int, reply: Reply) -> None:
    """Takes in the answer to a request that is still of interest."""
    node_id = machine.connections.expected_from(request_id)
    if node_id is None:
        return
    success = _take_in(machine, node_id, reply)
    machine.connections.answered(request_id, success=success, now_ms=machine.now_ms)


def request_failed(machine: Machine, request_id: int, error: ErrorCode) -> None:
    """The node did not answer or refused the whole request."""
    node_id = machine.connections.expected_from(request_id)
    if node_id is None:
        return
    if error == ErrorCode.UNSUPPORTED_VERSION and isinstance(machine.role, Prospective):
        # A voter that does not know pre-votes: stand for a proper election, as before KIP-996.
        machine.become_candidate()
    elif isinstance(machine.role, Leader):
        voter_changes.versions_failed(machine, machine.role, node_id, error)
    elif isinstance(machine.role, Resigned) and machine.shutting_down:
        # It is down as well, or will find out by itself: not worth waiting for on the way out.
        machine.role.unacknowledged.discard(node_id)
    machine.connections.answered(request_id, success=False, now_ms=machine.now_ms)


def _take_in(machine: Machine, node_id: int, reply: Reply) -> bool:
    match reply:
        case VersionsReply():
            return voter_changes.versions_learnt(machine, node_id, reply)
        case VoterChangeReply():
            return _voter_change_answered(machine, reply)
    handled = _common(machine, reply)
    if handled is not None:
        return handled
    match reply:
        case VoteReply():
            return _vote_answered(machine, node_id, reply)
        case BeginEpochReply():
            return reply.error == ErrorCode.NONE
        case EndEpochReply():
            if reply.error == ErrorCode.NONE and isinstance(machine.role, Resigned):
                machine.role.unacknowledged.discard(node_id)
            return reply.error == ErrorCode.NONE
        case FetchReply():
            return _fetch_answered(machine, reply)
        case FetchSnapshotReply():
            return _snapshot_answered(machine, reply)
        case UpdateVoterReply():
            return _update_answered(machine, reply)
        case _:
            return False


def _common(machine: Machine, reply: Reply) -> bool | None:
    """What every answer says of epoch and leader; None where the answer itself is still to be looked at."""
    endpoints = reply.leader_endpoints
    if reply.leader_id is not None and not endpoints:
        endpoints = machine.voters.endpoints(reply.leader_id)
    if reply.epoch < machine.epoch or reply.error == ErrorCode.UNKNOWN_LEADER_EPOCH:
        return False  # it knows less: asked again at once it would say the same
    if reply.epoch > machine.epoch or reply.error in (
        ErrorCode.FENCED_LEADER_EPOCH,
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ):
        role = machine.role
        adopt_leader(machine, reply.epoch, reply.leader_id, endpoints)
        # A node that knows no more than this one is left alone for a moment, or it would be asked without end.
        return machine.role is not role
    if reply.leader_id is not None and machine.leader_id is None:
        if not adopt_leader(machine, reply.epoch, reply.leader_id, endpoints):
            return False
        return None if reply.error == ErrorCode.NONE and isinstance(machine.role, Follower) else True
    if reply.error in (ErrorCode.BROKER_NOT_AVAILABLE, ErrorCode.INVALID_VOTER_KEY):
        return False  # nor does a node become the asked replica by asking it again
    if reply.error == ErrorCode.INVALID_REQUEST:
        machine.out.report(f"another node calls a request of this one invalid: {reply}")
        return False
    return None


def _vote_answered(machine: Machine, node_id: int, reply: VoteReply) -> bool:
    if reply.error != ErrorCode.NONE:
        return False
    role = machine.role
    if isinstance(role, Prospective | Candidate):
        role.tally.record(node_id, reply.granted)
        if role.tally.is_granted:
            if isinstance(role, Candidate):
                machine.become_leader()
            else:
                machine.become_candidate()
        elif role.tally.is_rejected and isinstance(role, Prospective):
            lose_pre_vote(machine, role)
    return True


def lose_pre_vote(machine: Machine, role: Prospective) -> None:
    """Goes back to the leader where it is known, else waits for one."""
    if role.leader_id is not None and role.leader_endpoints:
        machine.become_follower(role.epoch, role.leader_id, role.leader_endpoints)
    else:
        machine.become_unattached(role.epoch, role.leader_id)


def _heard(machine: Machine, follower: Follower) -> None:
    follower.fetch_deadline_ms = machine.fetch_deadline_ms()
    follower.has_fetched = True


def _fetch_answered(machine: Machine, reply: FetchReply) -> bool:
    follower = machine.role
    if reply.error != ErrorCode.NONE or not isinstance(follower, Follower):
        return False
    if reply.diverging is not None:
        cut = machine.log.truncation_point(reply.diverging)
        if cut < machine.committed_offset or reply.diverging.offset < machine.committed_offset:
            machine.out.report(
                f"the leader wants committed records cut: {reply.diverging} < {machine.committed_offset}"
            )
            return False
        machine.log.truncate(cut)
        machine.out.persist(TruncateLog(cut))
    elif reply.snapshot_id is not None:
        if reply.snapshot_id.epoch < 0 or reply.snapshot_id.offset < 0:
            return False
        if reply.snapshot_id not in machine.log.snapshots:
            follower.download = Download(reply.snapshot_id)
    else:
        if isinstance(reply.records, ReceivedRecords) and not _append_received(machine, reply.records):
            return False
        if reply.high_watermark >= 0:
            committing.follower_watermark(machine, follower, reply.high_watermark)
    _heard(machine, follower)
    return True


def _append_received(machine: Machine, records: ReceivedRecords) -> bool:
    log = machine.log
    offset, epoch = log.end_offset, log.last_epoch
    for batch in records.batches:
        if batch.base_offset != offset or not epoch <= batch.epoch <= machine.epoch:
            return False
        offset, epoch = batch.next_offset, batch.epoch
    if not records.batches:
        return True
    machine.out.persist(AppendReceived(records))
    for batch in records.batches:
        log.append(batch.base_offset, batch.next_offset, batch.epoch, batch.control)
    if machine.is_voter or machine.local.can_become_voter:
        committing.request_flush(machine)
    else:
        # The leader never counts a mere observer, which may fetch again what a crash takes from it.
        log.flushed_offset = log.end_offset
    return True


def _snapshot_answered(machine: Machine, reply: FetchSnapshotReply) -> bool:
    follower = machine.role
    if not isinstance(follower, Follower) or follower.download is None:
        return False
    download = follower.download
    if reply.error == ErrorCode.SNAPSHOT_NOT_FOUND or (reply.error == ErrorCode.NONE and reply.snapshot_id is None):
        # The leader deleted it meanwhile and will name a newer one.
        follower.download = None
        _heard(machine, follower)
        return True
    if (
        reply.error != ErrorCode.NONE
        or reply.snapshot_id != download.snapshot_id
        or reply.position != download.position
        or not isinstance(reply.chunk, bytes)
    ):
        return False
    machine.out.persist(WriteSnapshotChunk(download.snapshot_id, download.position, reply.chunk))
    download.position += len(reply.chunk)
    if download.position >= reply.size_bytes:
        if recency(download.snapshot_id) <= recency(machine.log.end):
            machine.out.report(f"snapshot {download.snapshot_id} is not newer than the log end {machine.log.end}")
            return False
        download.is_complete = True
        machine.out.persist(InstallSnapshot(download.snapshot_id))
    _heard(machine, follower)
    return True


def snapshot_installed(machine: Machine, event: SnapshotInstalled) -> None:
    """The log now starts at the end of the downloaded snapshot, which is committed by its nature."""
    machine.log.restart_at(event.snapshot_id, event.size_bytes)
    machine.log.control.load_snapshot(event.snapshot_id.offset - 1, event.kraft_version, event.voters)
    if isinstance(machine.role, Follower):
        machine.role.download = None
        committing.follower_watermark(machine, machine.role, event.snapshot_id.offset)


def _voter_change_answered(machine: Machine, reply: VoterChangeReply) -> bool:
    """The leader took or refused this node's wish to join or to remove its own old directory."""
    if isinstance(machine.role, Follower) and reply.error in (
        ErrorCode.NONE,
        ErrorCode.REQUEST_TIMED_OUT,
        ErrorCode.DUPLICATE_VOTER,
        ErrorCode.VOTER_NOT_FOUND,
    ):
        machine.role.update_voter_due_ms = machine.now_ms + machine.config.fetch_timeout_ms
        return True
    return False


def _update_answered(machine: Machine, reply: UpdateVoterReply) -> bool:
    if not isinstance(machine.role, Follower) or reply.error not in (ErrorCode.NONE, ErrorCode.UNSUPPORTED_VERSION):
        return False
    machine.role.has_updated_leader = True
    _heard(machine, machine.role)
    return True
