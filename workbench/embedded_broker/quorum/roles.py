"""The roles of a quorum member and what it knows in each; only `Machine.become_*` replaces one by another.

Unattached: no leader known; Prospective: asks for pre-votes; Candidate: asks for votes; Leader (`leading.py`);
Follower: fetches from the leader; Resigned: was leader in this epoch and leads no more. A node that is no voter is an
observer: it is only ever unattached or a follower. Deadlines are in ms of the injected clock, None means never.
"""

from __future__ import annotations

from dataclasses import field

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.storage.quorum.voters import NO_ENDPOINTS, Endpoints, ReplicaKey
from workbench.system.quick_dataclass import dataclass


@dataclass(slots=True)
class Tally:
    """Votes of one election among the voters as they were when it began."""

    voters: tuple[ReplicaKey, ...]
    votes: dict[int, bool] = field(default_factory=dict)

    def record(self, voter_id: int, granted: bool) -> None:
        """Counts a vote; one of a node that was no voter counts nothing."""
        if any(voter.id == voter_id for voter in self.voters):
            self.votes[voter_id] = granted

    @property
    def majority(self) -> int:
        return len(self.voters) // 2 + 1

    @property
    def is_granted(self) -> bool:
        return sum(self.votes.values()) >= self.majority

    @property
    def is_rejected(self) -> bool:
        """True once the votes still out cannot make a majority any more."""
        rejected = sum(not granted for granted in self.votes.values())
        return len(self.voters) - rejected < self.majority

    @property
    def granting_ids(self) -> tuple[int, ...]:
        return tuple(sorted(voter_id for voter_id, granted in self.votes.items() if granted))

    @property
    def unheard(self) -> tuple[ReplicaKey, ...]:
        return tuple(voter for voter in self.voters if voter.id not in self.votes)


@dataclass(slots=True)
class Unattached:
    """No leader, or none whose endpoint is known; asks bootstrap servers, as a voter until the election timeout."""

    epoch: int
    leader_id: int | None
    voted_key: ReplicaKey | None
    election_deadline_ms: int | None
    high_watermark: int | None = None
    leader_endpoints: Endpoints = NO_ENDPOINTS


@dataclass(slots=True)
class Prospective:
    """Finds out whether an election could be won before it disturbs anybody with a new epoch (KIP-996)."""

    epoch: int
    leader_id: int | None
    leader_endpoints: Endpoints
    voted_key: ReplicaKey | None
    tally: Tally
    election_deadline_ms: int
    high_watermark: int | None = None


@dataclass(slots=True)
class Candidate:
    """Voted for itself in a new epoch."""

    epoch: int
    voted_key: ReplicaKey
    tally: Tally
    election_deadline_ms: int
    high_watermark: int | None = None
    leader_id: None = None
    leader_endpoints: Endpoints = NO_ENDPOINTS


@dataclass(slots=True)
class Download:
    """A snapshot under download: `position` bytes are written."""

    snapshot_id: OffsetAndEpoch
    position: int = 0
    is_complete: bool = False


@dataclass(slots=True)
class Follower:
    """Fetches from a leader; starts an election when it has not heard from it until the fetch deadline."""

    epoch: int
    leader_id: int
    leader_endpoints: Endpoints
    voted_key: ReplicaKey | None
    fetch_deadline_ms: int
    update_voter_due_ms: int
    high_watermark: int | None = None
    has_fetched: bool = False
    has_updated_leader: bool = False
    download: Download | None = None


@dataclass(slots=True)
class Resigned:
    """Led this epoch; accepts no records, votes for nobody and tells the voters so."""

    epoch: int
    leader_id: int
    leader_endpoints: Endpoints
    unacknowledged: set[int]
    preferred_successors: tuple[ReplicaKey, ...]
    election_deadline_ms: int
    high_watermark: int | None = None
    voted_key: None = None
