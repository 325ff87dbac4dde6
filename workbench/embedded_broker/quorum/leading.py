"""What a leader knows: how far every replica is, which gives the high watermark, and whether a majority still fetches.

Invariants: the high watermark never goes back; it moves only to offsets behind a record of the leader's own epoch
(Raft, section 5.4.2); the leader counts itself only up to what is durable on its disk.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.embedded_broker.quorum.config import (
    CAUGHT_UP_WITHIN_MS,
    CHECK_QUORUM_FACTOR,
    OBSERVER_SESSION_TIMEOUT_MS,
)
from workbench.embedded_broker.quorum.messages import Fetch, ReplicaDescription
from workbench.storage.quorum.voters import NO_ENDPOINTS, Endpoints, ReplicaKey, VoterNode, VoterSet
from workbench.system.quick_dataclass import dataclass


@dataclass(slots=True)
class Progress:
    """How far one replica is; times in ms, -1 before the first fetch."""

    key: ReplicaKey
    endpoints: Endpoints = NO_ENDPOINTS
    end_offset: int | None = None
    last_fetch_ms: int = -1
    last_caught_up_ms: int = -1
    leader_end_at_last_fetch: int = -1

    def matches(self, key: ReplicaKey) -> bool:
        return self.key.id == key.id and (self.key.directory_id is None or self.key.directory_id == key.directory_id)

    def fetched(self, offset: int, leader_end_offset: int, now_ms: int) -> None:
        if offset >= leader_end_offset:
            self.last_caught_up_ms = max(self.last_caught_up_ms, now_ms)
        elif 0 < self.leader_end_at_last_fetch <= offset:
            # It now has what the leader had at its previous fetch, so it was caught up then.
            self.last_caught_up_ms = max(self.last_caught_up_ms, self.last_fetch_ms)
        self.leader_end_at_last_fetch = leader_end_offset
        self.last_fetch_ms = max(self.last_fetch_ms, now_ms)
        self.end_offset = offset


@dataclass(slots=True)
class ParkedFetch:
    """A fetch that waits for something new."""

    reply_to: int
    fetch: Fetch
    deadline_ms: int


@dataclass(slots=True)
class VoterChange:
    """The one voter change under way; `last_offset` is that of its Voters record once appended."""

    reply_to: int | None
    deadline_ms: int
    adding: VoterNode | None = None
    ack_when_committed: bool = True
    last_offset: int | None = None


class Leader:
    """State of the leader of `epoch`, whose first record is at `epoch_start_offset`."""

    def __init__(
        self,
        local: VoterNode,
        epoch: int,
        epoch_start_offset: int,
        voters: VoterSet,
        granting_ids: tuple[int, ...],
        fetch_timeout_ms: int,
        now_ms: int,
    ) -> None:
        self.local = local
        self.epoch = epoch
        self.epoch_start_offset = epoch_start_offset
        self.granting_ids = granting_ids
        self.high_watermark: int | None = None
        self.voters = {node.key.id: Progress(node.key, node.endpoints) for node in voters.nodes}
        self.observers: dict[ReplicaKey, Progress] = {}
        self.parked: list[ParkedFetch] = []
        self.change: VoterChange | None = None
        self.volatile_voters: VoterSet | None = None
        self.resign_requested = False
        self.begin_epoch_due_ms = now_ms
        self.begin_epoch_period_ms = fetch_timeout_ms // 2
        self._check_quorum_period_ms = int(fetch_timeout_ms * CHECK_QUORUM_FACTOR)
        self._check_quorum_deadline_ms = now_ms + self._check_quorum_period_ms
        self._fetched_voters: set[int] = set()

    @property
    def leader_id(self) -> int:
        return self.local.key.id

    @property
    def leader_endpoints(self) -> Endpoints:
        return self.local.endpoints

    @property
    def voted_key(self) -> None:
        return None

    @property
    def check_quorum_deadline_ms(self) -> int | None:
        """When a majority will have been silent for too long; None for a single voter, which needs nobody."""
        return None if len(self.voters) == 1 else self._check_quorum_deadline_ms

    def progress(self, key: ReplicaKey) -> Progress:
        voter = self.voters.get(key.id)
        if voter is not None and voter.matches(key):
            return voter
        return self.observers.setdefault(key, Progress(key))

    def local_flushed(self, flushed_offset: int) -> bool:
        """This node is durable up to `flushed_offset`; True where the high watermark moves."""
        own = self.progress(self.local.key)
        own.end_offset = max(flushed_offset, own.end_offset or 0)
        return self._advance_high_watermark()

    def replica_fetched(self, key: ReplicaKey, offset: int, leader_end_offset: int, now_ms: int) -> bool:
        """A replica asked for `offset`; True where the high watermark moves."""
        if key.id < 0:
            return False
        progress = self.progress(key)
        progress.fetched(offset, leader_end_offset, now_ms)
        self.heard_from(key, now_ms)
        return progress.key.id in self.voters and self.voters[key.id] is progress and self._advance_high_watermark()

    def heard_from(self, key: ReplicaKey, now_ms: int) -> None:
        """Counts a sign of life of a voter towards the majority that keeps this leader in office."""
        voter = self.voters.get(key.id)
        if voter is not None and voter.matches(key):
            self._fetched_voters.add(key.id)
        majority = len(self.voters) // 2 + 1
        if self.local.key.id in self.voters:
            majority -= 1
        if len(self._fetched_voters) >= majority:
            self._fetched_voters.clear()
            self._check_quorum_deadline_ms = now_ms + self._check_quorum_period_ms

    def voters_changed(self, voters: VoterSet) -> None:
        """Adopts the voter set just appended: progress moves along between voters and observers."""
        old = dict(self.voters)
        new: dict[int, Progress] = {}
        for node in voters.nodes:
            known = old.get(node.key.id)
            if known is not None and known.matches(node.key):
                progress = old.pop(node.key.id)
            else:
                progress = self.observers.pop(node.key, Progress(node.key))
            progress.key, progress.endpoints = node.key, node.endpoints
            new[node.key.id] = progress
        self.voters = new
        for progress in old.values():
            progress.endpoints = NO_ENDPOINTS
            self.observers.setdefault(progress.key, progress)

    def _by_descending_offset(self) -> list[Progress]:
        return sorted(
            self.voters.values(),
            key=lambda progress: (
                progress.end_offset is None,
                -(progress.end_offset or 0),
                progress.key.sort_key,
            ),
        )

    def _advance_high_watermark(self) -> bool:
        candidate = self._by_descending_offset()[len(self.voters) // 2].end_offset
        if candidate is None or candidate <= self.epoch_start_offset:
            return False
        if self.high_watermark is not None and candidate <= self.high_watermark:
            return False
        self.high_watermark = candidate
        return True

    def preferred_successors(self) -> tuple[ReplicaKey, ...]:
        """The other voters, the one with the longest log first."""
        return tuple(progress.key for progress in self._by_descending_offset() if not progress.matches(self.local.key))

    def silent_voters(self, now_ms: int) -> tuple[ReplicaKey, ...]:
        """Voters that must be told of this leader since they have not fetched for a while."""
        return tuple(
            progress.key
            for progress in self.voters.values()
            if progress.key.id != self.local.key.id and now_ms - progress.last_fetch_ms >= self.begin_epoch_period_ms
        )

    def is_caught_up(self, key: ReplicaKey, now_ms: int) -> bool:
        observer = self.observers.get(key)
        return (
            observer is not None
            and observer.last_caught_up_ms > 0
            and observer.last_fetch_ms > 0
            and observer.last_fetch_ms > now_ms - CAUGHT_UP_WITHIN_MS
        )

    def _describe(self, progresses: Iterable[Progress], now_ms: int) -> tuple[ReplicaDescription, ...]:
        return tuple(
            ReplicaDescription(
                progress.key,
                -1 if progress.end_offset is None else progress.end_offset,
                now_ms if progress.key.id == self.local.key.id else progress.last_fetch_ms,
                now_ms if progress.key.id == self.local.key.id else progress.last_caught_up_ms,
                progress.endpoints,
            )
            for progress in progresses
        )

    def describe(self, now_ms: int) -> tuple[tuple[ReplicaDescription, ...], tuple[ReplicaDescription, ...]]:
        """Voters and observers; forgets observers that have gone."""
        self.observers = {
            key: progress
            for key, progress in self.observers.items()
            if key == self.local.key or now_ms - progress.last_fetch_ms < OBSERVER_SESSION_TIMEOUT_MS
        }
        return self._describe(self.voters.values(), now_ms), self._describe(self.observers.values(), now_ms)
