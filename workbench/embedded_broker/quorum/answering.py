"""How a member answers what other nodes ask of it (KIP-595, KIP-630, KIP-836)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum import committing, voter_changes
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.leading import Leader, ParkedFetch
from workbench.embedded_broker.quorum.log_picture import BOOTSTRAP_SNAPSHOT_ID, Diverging, NeedsSnapshot, recency
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    AskVersions,
    BeginEpoch,
    BeginEpochReply,
    DescribeQuorum,
    DescribeQuorumReply,
    EndEpoch,
    EndEpochReply,
    Fetch,
    FetchReply,
    FetchSnapshot,
    FetchSnapshotReply,
    RecordsToRead,
    RemoveVoter,
    Request,
    SnapshotBytesToRead,
    UpdateVoter,
    VersionsReply,
    Vote,
    VoteReply,
)
from workbench.embedded_broker.quorum.roles import Candidate, Follower, Prospective, Resigned, Unattached
from workbench.storage.quorum.voters import SUPPORTED_KRAFT_VERSIONS, Endpoints, ReplicaKey
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.machine import Machine


def answer(machine: Machine, reply_to: int, request: Request) -> None:
    """Answers now or, for a fetch with nothing new and for a voter change, later."""
    match request:
        case Vote():
            machine.out.reply(reply_to, _vote(machine, request))
        case BeginEpoch():
            machine.out.reply(reply_to, _begin_epoch(machine, request))
        case EndEpoch():
            machine.out.reply(reply_to, _end_epoch(machine, request))
        case Fetch():
            _fetch(machine, reply_to, request)
        case FetchSnapshot():
            machine.out.reply(reply_to, _fetch_snapshot(machine, request))
        case AddVoter():
            voter_changes.add(machine, reply_to, request)
        case RemoveVoter():
            voter_changes.remove(machine, reply_to, request)
        case UpdateVoter():
            voter_changes.update(machine, reply_to, request)
        case DescribeQuorum():
            machine.out.reply(reply_to, _describe(machine))
        case AskVersions():
            machine.out.reply(reply_to, VersionsReply(ErrorCode.NONE, kraft_versions=SUPPORTED_KRAFT_VERSIONS))


def _known(machine: Machine) -> tuple[int | None, int, Endpoints]:
    role = machine.role
    return role.leader_id, role.epoch, role.leader_endpoints


def _is_ours(machine: Machine, receiver: ReplicaKey | None) -> bool:
    """False where the sender means another node or directory than this one."""
    local = machine.local.key
    if receiver is None:
        return True
    return receiver.id == local.id and receiver.directory_id in (None, local.directory_id)


def _refuse_voter(machine: Machine, sender_id: int, epoch: int) -> ErrorCode:
    if epoch < machine.epoch:
        return ErrorCode.FENCED_LEADER_EPOCH
    return ErrorCode.INVALID_REQUEST if sender_id < 0 else ErrorCode.NONE


def refuse_unless_leader(machine: Machine, epoch: int) -> ErrorCode:
    """NONE where this node leads in `epoch`, else the error that says what the sender has wrong."""
    if epoch < machine.epoch:
        return ErrorCode.FENCED_LEADER_EPOCH
    if epoch > machine.epoch:
        return ErrorCode.UNKNOWN_LEADER_EPOCH
    if not isinstance(machine.role, Leader):
        return ErrorCode.NOT_LEADER_OR_FOLLOWER
    return ErrorCode.BROKER_NOT_AVAILABLE if machine.shutting_down else ErrorCode.NONE


# Elections


def _vote(machine: Machine, vote: Vote) -> VoteReply:
    illegal_epoch = vote.last_epoch > vote.epoch if vote.pre_vote else vote.last_epoch >= vote.epoch
    if vote.last_offset < 0 or vote.last_epoch < 0 or illegal_epoch:
        return VoteReply(ErrorCode.INVALID_REQUEST, *_known(machine))
    refused = _refuse_voter(machine, vote.candidate.id, vote.epoch)
    if refused:
        return VoteReply(refused, *_known(machine))
    if vote.epoch > machine.epoch:
        machine.become_unattached(vote.epoch)
    if not _is_ours(machine, vote.receiver):
        return VoteReply(ErrorCode.INVALID_VOTER_KEY, *_known(machine))
    end = OffsetAndEpoch(vote.last_offset, vote.last_epoch)
    up_to_date = recency(end) >= recency(machine.log.end)
    granted = _would_vote(machine, vote.candidate, up_to_date=up_to_date, pre_vote=vote.pre_vote)
    role = machine.role
    if granted and not vote.pre_vote and isinstance(role, Unattached | Prospective) and role.voted_key is None:
        machine.grant_vote(vote.candidate)
    return VoteReply(ErrorCode.NONE, *_known(machine), granted=granted)


def _would_vote(machine: Machine, candidate: ReplicaKey, *, up_to_date: bool, pre_vote: bool) -> bool:
    role = machine.role
    match role:
        case Leader():
            return False
        case Follower():
            return pre_vote and up_to_date and not role.has_fetched
        case Candidate() | Resigned():
            return pre_vote and up_to_date
        case Unattached() | Prospective():
            if pre_vote:
                return up_to_date
            if role.voted_key is not None:
                same_directory = role.voted_key.directory_id in (None, candidate.directory_id)
                return role.voted_key.id == candidate.id and same_directory
            return role.leader_id is None and up_to_date


def leader_is_consistent(machine: Machine, epoch: int, leader_id: int | None) -> bool:
    """False where the sender names a leader that this node knows not to lead that epoch."""
    if leader_id is not None and leader_id == machine.local.key.id:
        return isinstance(machine.role, Leader)
    return epoch != machine.epoch or leader_id is None or machine.leader_id in (None, leader_id)


def adopt_leader(machine: Machine, epoch: int, leader_id: int | None, endpoints: Endpoints) -> bool:
    """Follows what a message says of epoch and leader; False where it contradicts what is known."""
    if not leader_is_consistent(machine, epoch, leader_id):
        machine.out.report(
            f"a message names {leader_id} leader of epoch {epoch}, but {machine.leader_id} leads epoch {machine.epoch}"
        )
        return False
    if epoch > machine.epoch:
        if leader_id is not None and endpoints:
            machine.become_follower(epoch, leader_id, endpoints)
        else:
            machine.become_unattached(epoch)
    elif (
        epoch == machine.epoch
        and leader_id is not None
        and endpoints
        and leader_id != machine.local.key.id
        and (machine.leader_id is None or len(endpoints) > len(machine.role.leader_endpoints))
    ):
        machine.become_follower(epoch, leader_id, endpoints)
    return True


def _begin_epoch(machine: Machine, begin: BeginEpoch) -> BeginEpochReply:
    refused = _refuse_voter(machine, begin.leader_id, begin.epoch)
    if not refused:
        endpoints = begin.leader_endpoints or machine.voters.endpoints(begin.leader_id)
        if not adopt_leader(machine, begin.epoch, begin.leader_id, endpoints):
            refused = ErrorCode.INVALID_REQUEST
        elif not _is_ours(machine, begin.receiver):
            refused = ErrorCode.INVALID_VOTER_KEY
    return BeginEpochReply(refused, *_known(machine))


def _end_epoch(machine: Machine, end: EndEpoch) -> EndEpochReply:
    refused = _refuse_voter(machine, end.leader_id, end.epoch)
    if not refused:
        endpoints = end.leader_endpoints or machine.voters.endpoints(end.leader_id)
        if not adopt_leader(machine, end.epoch, end.leader_id, endpoints):
            refused = ErrorCode.INVALID_REQUEST
        elif isinstance(machine.role, Follower) and machine.role.leader_id == end.leader_id:
            machine.role.fetch_deadline_ms = machine.now_ms + _succession_delay_ms(machine, end.preferred_candidates)
            # This leader is known to be gone, so nothing speaks against another candidate any more.
            machine.role.has_fetched = False
    return EndEpochReply(refused, *_known(machine))


def _succession_delay_ms(machine: Machine, candidates: tuple[ReplicaKey, ...]) -> int:
    """The first of the preferred candidates stands at once, every later one waits twice as long as the one before."""
    longest_ms = machine.config.election_backoff_max_ms
    for position, candidate in enumerate(candidates):
        if _is_ours(machine, candidate):
            if position == 0:
                return 0
            return min(longest_ms, (longest_ms >> (len(candidates) - 1)) << (position - 1))
    return 0 if not candidates else longest_ms


# Replication


def fetch_error(machine: Machine, error: ErrorCode) -> FetchReply:
    return FetchReply(error, *_known(machine), log_start_offset=machine.log.start_offset)


def _fetch(machine: Machine, reply_to: int, fetch: Fetch) -> None:
    if (
        fetch.max_wait_ms < 0
        or fetch.fetch_offset < 0
        or fetch.last_fetched_epoch < 0
        or fetch.last_fetched_epoch > fetch.epoch
    ):
        machine.out.reply(reply_to, fetch_error(machine, ErrorCode.INVALID_REQUEST))
        return
    reply = _try_fetch(machine, fetch)
    role = machine.role
    nothing_new = (
        reply.error == ErrorCode.NONE
        and reply.records is None
        and reply.diverging is None
        and reply.snapshot_id is None
        and fetch.high_watermark >= reply.high_watermark
    )
    if nothing_new and fetch.max_wait_ms > 0 and isinstance(role, Leader):
        role.parked.append(ParkedFetch(reply_to, fetch, machine.now_ms + fetch.max_wait_ms))
    else:
        machine.out.reply(reply_to, reply)


def _try_fetch(machine: Machine, fetch: Fetch) -> FetchReply:
    refused = refuse_unless_leader(machine, fetch.epoch)
    leader = machine.role
    if refused or not isinstance(leader, Leader):
        return fetch_error(machine, refused)
    if fetch.replica.id == machine.local.key.id:
        machine.out.report(f"node {fetch.replica} has the id of this leader")
        return fetch_error(machine, ErrorCode.UNKNOWN_SERVER_ERROR)
    log = machine.log
    diverging: OffsetAndEpoch | None = None
    snapshot_id: OffsetAndEpoch | None = None
    records: RecordsToRead | None = None
    latest = log.latest_snapshot
    if fetch.fetch_offset == 0 and latest is not None and latest != BOOTSTRAP_SNAPSHOT_ID:
        # An empty follower is faster served by the snapshot than by the log that led to it.
        snapshot_id = latest
    else:
        match log.validate(fetch.fetch_offset, fetch.last_fetched_epoch):
            case NeedsSnapshot(needed):
                snapshot_id = needed
            case Diverging(end):
                diverging = end
            case _:
                if leader.replica_fetched(fetch.replica, fetch.fetch_offset, log.end_offset, machine.now_ms):
                    committing.leader_watermark_moved(machine, leader)
                if fetch.fetch_offset < log.end_offset:
                    records = RecordsToRead(fetch.fetch_offset, log.end_offset, fetch.max_bytes)
    return FetchReply(
        ErrorCode.NONE,
        *_known(machine),
        records=records,
        high_watermark=-1 if leader.high_watermark is None else leader.high_watermark,
        log_start_offset=log.start_offset,
        diverging=diverging,
        snapshot_id=snapshot_id,
    )


def complete_parked(machine: Machine, leader: Leader, is_ready: Callable[[ParkedFetch], bool]) -> None:
    """Answers the waiting fetches for which there is something new now."""
    ready = [parked for parked in leader.parked if is_ready(parked)]
    leader.parked = [parked for parked in leader.parked if parked not in ready]
    for parked in ready:
        machine.out.reply(parked.reply_to, _try_fetch(machine, parked.fetch))


def expire_parked(machine: Machine, leader: Leader) -> None:
    """Answers the fetches that have waited long enough with nothing but the high watermark."""
    expired = [parked for parked in leader.parked if parked.deadline_ms <= machine.now_ms]
    leader.parked = [parked for parked in leader.parked if parked.deadline_ms > machine.now_ms]
    for parked in expired:
        watermark = -1 if leader.high_watermark is None else leader.high_watermark
        machine.out.reply(
            parked.reply_to,
            FetchReply(
                ErrorCode.NONE,
                *_known(machine),
                high_watermark=watermark,
                log_start_offset=machine.log.start_offset,
            ),
        )


def _fetch_snapshot(machine: Machine, fetch: FetchSnapshot) -> FetchSnapshotReply:
    refused = refuse_unless_leader(machine, fetch.epoch)
    size_bytes = machine.log.snapshots.get(fetch.snapshot_id)
    if not refused and (size_bytes is None or fetch.snapshot_id == BOOTSTRAP_SNAPSHOT_ID):
        refused = ErrorCode.SNAPSHOT_NOT_FOUND
    elif not refused and size_bytes is not None and not 0 <= fetch.position < size_bytes:
        refused = ErrorCode.POSITION_OUT_OF_RANGE
    if refused or size_bytes is None or not isinstance(machine.role, Leader):
        return FetchSnapshotReply(refused, *_known(machine))
    machine.role.heard_from(fetch.replica, machine.now_ms)
    return FetchSnapshotReply(
        ErrorCode.NONE,
        *_known(machine),
        snapshot_id=fetch.snapshot_id,
        size_bytes=size_bytes,
        position=fetch.position,
        chunk=SnapshotBytesToRead(fetch.snapshot_id, fetch.position, fetch.max_bytes),
    )


def _describe(machine: Machine) -> DescribeQuorumReply:
    leader = machine.role
    if not isinstance(leader, Leader):
        return DescribeQuorumReply(ErrorCode.NOT_LEADER_OR_FOLLOWER, *_known(machine))
    voters, observers = leader.describe(machine.now_ms)
    watermark = -1 if leader.high_watermark is None else leader.high_watermark
    return DescribeQuorumReply(
        ErrorCode.NONE, *_known(machine), high_watermark=watermark, voters=voters, observers=observers
    )
