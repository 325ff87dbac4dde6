"""The role in which a member starts, from what it stored before it stopped (KIP-595).

A member that led an epoch starts resigned in it: it must not lead that epoch again, since records it had not flushed
may be lost, and must not vote in it either. One that stood for election goes on standing.
"""

from __future__ import annotations

from random import Random

from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.roles import Candidate, Follower, Resigned, Tally, Unattached
from workbench.storage.quorum.election_state import ElectionState
from workbench.storage.quorum.voters import ReplicaKey, VoterSet


def election_deadline_ms(config: QuorumConfig, random: Random, now_ms: int) -> int:
    """A moment between one and two election timeouts from now."""
    timeout_ms = config.election_timeout_ms
    return now_ms + timeout_ms + (random.randrange(timeout_ms) if timeout_ms else 0)


def first_election_deadline_ms(
    local: LocalReplica, voters: VoterSet, config: QuorumConfig, random: Random, now_ms: int
) -> int:
    """For a voter that has never known an epoch: soon, and each voter a tenth of the election timeout after the last.

    Nobody can be leading whom this would disturb unless the pre-vote finds him, so there is nothing to wait for; but
    voters that stand at the same moment split the votes.
    """
    rank = sorted(voters.ids).index(local.key.id)
    tenth_ms = config.election_timeout_ms // 10
    return now_ms + rank * tenth_ms + random.randrange(tenth_ms // 2 + 1)


def fetch_deadline_ms(config: QuorumConfig, random: Random, now_ms: int) -> int:
    """At most one fetch timeout from now, a little earlier by chance.

    Followers hear from a leader at the same moments; with equal deadlines they would stand against each other when it
    dies, and split the votes.
    """
    return now_ms + config.fetch_timeout_ms - random.randrange(config.fetch_timeout_ms // 10 + 1)


def new_tally(local: LocalReplica, voters: VoterSet) -> Tally:
    """An election in which this node has voted for itself."""
    tally = Tally(voters.keys)
    tally.record(local.key.id, True)
    return tally


def new_resigned(
    epoch: int, local: LocalReplica, voters: VoterSet, successors: tuple[ReplicaKey, ...], deadline_ms: int
) -> Resigned:
    others = set(voters.ids) - {local.key.id}
    return Resigned(epoch, local.key.id, local.endpoints, others, successors, deadline_ms)


def initial_role(
    stored: ElectionState | None,
    *,
    last_epoch: int,
    local: LocalReplica,
    voters: VoterSet,
    config: QuorumConfig,
    random: Random,
    now_ms: int,
) -> Unattached | Candidate | Follower | Resigned:
    """The role to start in; `last_epoch` is that of the last record in the log."""
    state = stored or ElectionState(0)
    is_voter = voters.is_voter(local.key)
    deadline_ms = election_deadline_ms(config, random, now_ms)
    voter_deadline_ms = deadline_ms if is_voter else None
    if is_voter and state.epoch == last_epoch == 0 and state.leader_id is None and state.voted_key is None:
        return Unattached(0, None, None, first_election_deadline_ms(local, voters, config, random, now_ms))
    if state.epoch < last_epoch:
        return Unattached(last_epoch, None, None, voter_deadline_ms)
    if state.leader_id == local.key.id:
        return new_resigned(state.epoch, local, voters, (), deadline_ms)
    if state.leader_id is None and state.voted_for(local.key) and is_voter:
        return Candidate(state.epoch, local.key, new_tally(local, voters), deadline_ms)
    if state.leader_id is not None and voters.endpoints(state.leader_id):
        endpoints = voters.endpoints(state.leader_id)
        fetch_deadline = fetch_deadline_ms(config, random, now_ms)
        update_due = now_ms + config.fetch_timeout_ms
        return Follower(state.epoch, state.leader_id, endpoints, state.voted_key, fetch_deadline, update_due)
    return Unattached(state.epoch, state.leader_id, state.voted_key, voter_deadline_ms)
