"""What a member does on its own account: elections when time runs out, fetches, requests that must be repeated.

`poll` is called at the end of every step until there is nothing left to do at once; it returns the ms to wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum import answering, replies, voter_changes
from workbench.embedded_broker.quorum.effects import Node
from workbench.embedded_broker.quorum.leading import Leader
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    BeginEpoch,
    EndEpoch,
    Fetch,
    FetchSnapshot,
    RemoveVoter,
    Request,
    UpdateVoter,
    Vote,
)
from workbench.embedded_broker.quorum.roles import Candidate, Follower, Prospective, Resigned, Unattached

if TYPE_CHECKING:
    from workbench.embedded_broker.quorum.machine import Machine

NEVER_MS = 1 << 62


def poll(machine: Machine) -> int:
    """Acts on what is due and returns the ms until something will be, 0 to be called again at once."""
    role = machine.role
    match role:
        case Leader():
            return _poll_leader(machine, role)
        case Candidate():
            return _poll_candidate(machine, role)
        case Prospective():
            return _poll_prospective(machine, role)
        case Follower():
            return _poll_follower(machine, role)
        case Unattached():
            return _poll_unattached(machine, role)
        case Resigned():
            return _poll_resigned(machine, role)


def _poll_leader(machine: Machine, leader: Leader) -> int:
    now_ms = machine.now_ms
    quorum_deadline = leader.check_quorum_deadline_ms
    lost_majority = quorum_deadline is not None and quorum_deadline <= now_ms
    if machine.shutting_down or leader.resign_requested or lost_majority:
        machine.become_resigned()
        return 0
    voter_changes.expire(machine, leader)
    answering.expire_parked(machine, leader)
    if leader.begin_epoch_due_ms <= now_ms:
        for voter in leader.silent_voters(now_ms):
            node = machine.voter_address(voter.id)
            if node is not None:
                machine.send(node, BeginEpoch(leader.leader_id, voter, leader.epoch, leader.leader_endpoints))
        leader.begin_epoch_due_ms = now_ms + max(1, leader.begin_epoch_period_ms)
    due = [parked.deadline_ms for parked in leader.parked]
    if len(leader.voters) > 1 or leader.local.key.id not in leader.voters:
        due.append(leader.begin_epoch_due_ms)
    if quorum_deadline is not None:
        due.append(quorum_deadline)
    if leader.change is not None:
        due.append(leader.change.deadline_ms)
    return max(1, min(due) - now_ms) if due else NEVER_MS


def _ask_for_votes(machine: Machine, role: Prospective | Candidate) -> int:
    if role.tally.is_rejected:
        return NEVER_MS
    end = machine.log.end
    waits = [NEVER_MS]
    for voter in role.tally.unheard:
        node = machine.voter_address(voter.id)
        if node is None:
            continue
        pre_vote = isinstance(role, Prospective)
        machine.send(node, Vote(machine.local.key, voter, role.epoch, end.offset, end.epoch, pre_vote))
        waits.append(machine.connections.wait_ms(node.id, machine.now_ms))
    return max(1, min(waits))


def _poll_candidate(machine: Machine, role: Candidate) -> int:
    if not machine.shutting_down and role.election_deadline_ms <= machine.now_ms:
        machine.become_prospective()
        return 0
    wait_ms = _ask_for_votes(machine, role)
    return min(wait_ms, max(1, role.election_deadline_ms - machine.now_ms))


def _poll_prospective(machine: Machine, role: Prospective) -> int:
    if not machine.shutting_down and role.election_deadline_ms <= machine.now_ms:
        replies.lose_pre_vote(machine, role)
        return 0
    wait_ms = _ask_for_votes(machine, role)
    return min(wait_ms, max(1, role.election_deadline_ms - machine.now_ms))


def _poll_resigned(machine: Machine, role: Resigned) -> int:
    waits = [NEVER_MS]
    for voter_id in sorted(role.unacknowledged):
        node = machine.voter_address(voter_id)
        if node is None:
            continue
        end = EndEpoch(role.leader_id, role.epoch, role.preferred_successors, role.leader_endpoints)
        machine.send(node, end)
        waits.append(max(1, machine.connections.wait_ms(node.id, machine.now_ms)))
    if machine.shutting_down:
        return min(waits)
    if role.election_deadline_ms <= machine.now_ms:
        # In the next epoch, so that nobody takes this node for the leader it was.
        machine.become_unattached(role.epoch + 1)
        return 0
    return min(*waits, role.election_deadline_ms - machine.now_ms)


def _poll_unattached(machine: Machine, role: Unattached) -> int:
    deadline = role.election_deadline_ms
    if machine.is_voter:
        if machine.shutting_down:
            return NEVER_MS
        if deadline is not None and deadline <= machine.now_ms:
            machine.become_prospective()
            return 0
    wait_ms = _fetch_from_bootstrap(machine)
    return wait_ms if deadline is None else min(wait_ms, max(1, deadline - machine.now_ms))


def _poll_follower(machine: Machine, role: Follower) -> int:
    if machine.shutting_down:
        return NEVER_MS
    now_ms = machine.now_ms
    leader = machine.address(role.leader_id, role.leader_endpoints)
    if leader is None:
        return NEVER_MS
    if not machine.is_voter:
        if _wants_to_join(machine, role):
            if machine.send(leader, _joining_request(machine)):
                role.update_voter_due_ms = now_ms + machine.config.fetch_timeout_ms
            return max(1, machine.connections.wait_ms(leader.id, now_ms))
        return _fetch_from_best(machine, role, leader)
    if role.fetch_deadline_ms <= now_ms:
        machine.become_prospective()
        return 0
    wait_ms = NEVER_MS
    if role.update_voter_due_ms <= now_ms:
        if _must_update_leader(machine, role):
            local = machine.local.voter_node
            update = UpdateVoter(
                local.key, role.epoch, local.endpoints, local.min_kraft_version, local.max_kraft_version
            )
            if machine.send(leader, update):
                role.update_voter_due_ms = now_ms + machine.config.fetch_timeout_ms
            wait_ms = max(1, machine.connections.wait_ms(leader.id, now_ms))
        else:
            role.update_voter_due_ms = now_ms + machine.config.fetch_timeout_ms
            wait_ms = _fetch_from_best(machine, role, leader)
    else:
        wait_ms = _fetch_from_best(machine, role, leader)
    return min(wait_ms, max(1, role.fetch_deadline_ms - now_ms))


def _must_update_leader(machine: Machine, role: Follower) -> bool:
    """With kraft.version 0 every leader must be told anew, since nothing of it is in the log."""
    if machine.log.control.kraft_version >= 1:
        return machine.voters.needs_update(machine.local.voter_node)
    return not role.has_updated_leader


def _wants_to_join(machine: Machine, role: Follower) -> bool:
    return (
        machine.config.auto_join
        and machine.local.can_become_voter
        and machine.log.control.kraft_version >= 1
        and role.update_voter_due_ms <= machine.now_ms
    )


def _joining_request(machine: Machine) -> Request:
    """Joins the voters, after the same node's lost directory has been removed from them."""
    old = machine.voters.node(machine.local.key.id)
    if old is not None:
        return RemoveVoter(old.key)
    return AddVoter(machine.local.key, machine.local.endpoints, ack_when_committed=False)


def _fetch_request(machine: Machine) -> Fetch:
    watermark = machine.role.high_watermark
    return Fetch(
        machine.local.key,
        machine.epoch,
        machine.log.end_offset,
        machine.log.last_epoch,
        -1 if watermark is None else watermark,
        machine.config.fetch_max_wait_ms,
        machine.config.fetch_max_bytes,
    )


def _is_flushed(machine: Machine) -> bool:
    """A fetch tells the leader that everything before its offset is durable here."""
    return machine.log.flushed_offset >= machine.log.end_offset


def _fetch_from_bootstrap(machine: Machine) -> int:
    """Asks any bootstrap server who leads."""
    if not _is_flushed(machine):
        return NEVER_MS
    node = machine.connections.ready_bootstrap_node(machine.now_ms)
    if node is None:
        return max(1, machine.connections.wait_for_bootstrap_ms(machine.now_ms))
    machine.send(node, _fetch_request(machine))
    return max(1, machine.connections.wait_ms(node.id, machine.now_ms))


def _fetch_from_best(machine: Machine, role: Follower, leader: Node) -> int:
    """Fetches from the leader, or asks the bootstrap servers for a newer one while it does not answer."""
    connections, now_ms = machine.connections, machine.now_ms
    if connections.has_timed_out(leader.id, now_ms):
        connections.reset(leader.id)
        return _fetch_from_bootstrap(machine)
    if connections.is_backing_off(leader.id, now_ms):
        return _fetch_from_bootstrap(machine)
    if connections.any_in_flight(now_ms):
        return max(1, connections.wait_for_bootstrap_ms(now_ms))
    request: Request
    if role.download is not None:
        if role.download.is_complete:
            return NEVER_MS
        request = FetchSnapshot(
            machine.local.key,
            role.epoch,
            role.download.snapshot_id,
            role.download.position,
            machine.config.fetch_snapshot_max_bytes,
        )
    elif not _is_flushed(machine):
        return NEVER_MS
    else:
        request = _fetch_request(machine)
    machine.send(leader, request)
    return max(1, connections.wait_ms(leader.id, now_ms))
