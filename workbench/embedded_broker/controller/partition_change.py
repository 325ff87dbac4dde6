"""How a partition changes: who leads, who is in sync, who may be elected, when a reassignment is complete.

Invariants (KIP-455, KIP-704, KIP-966): a leader is chosen among the in-sync replicas, or, when there are none, among
the eligible leader replicas; anyone else only by an unclean election, after which the ISR is that leader alone and it
recovers; the leader epoch grows when the leader changes and when a replica is taken away; with metadata.version below
3.6 also when the ISR shrinks. A change that changes nothing yields no record.

Order of events within one change: completed reassignment, ELR, election, epochs, ISR, last known leader, assignment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, auto

from workbench.embedded_broker.metadata.partition_registration import (
    LEADER_RECOVERING,
    NO_LEADER,
    NO_LEADER_CHANGE,
    PartitionRegistration,
)
from workbench.wire.messages import PartitionChangeRecord

_DIRECTORIES_SINCE = 17
_NO_EPOCH_BUMP_ON_SHRINK_SINCE = 12


class Election(Enum):
    PREFERRED = auto()
    """Move leadership to the preferred replica if it is in sync."""
    ONLINE = auto()
    """Keep the leader if it is fine, else the first in-sync replica."""
    UNCLEAN = auto()
    """Like ONLINE, but any live replica if none is in sync."""


class PartitionChangeBuilder:
    """Set targets, then `build`."""

    def __init__(
        self,
        partition: PartitionRegistration,
        topic_id: bytes,
        partition_id: int,
        *,
        is_acceptable_leader: Callable[[int], bool],
        metadata_version: int,
        min_isr: int,
        elr_enabled: bool,
        default_directory: Callable[[int], bytes],
    ) -> None:
        self._partition = partition
        self._topic_id = topic_id
        self._partition_id = partition_id
        self._is_acceptable_leader = is_acceptable_leader
        self._metadata_version = metadata_version
        self._min_isr = min_isr
        self._elr_enabled = elr_enabled
        self._default_directory = default_directory
        self._directories = dict(zip(partition.replicas, partition.directories, strict=True))
        self._elr = list(partition.elr)
        self._last_known_elr = list(partition.last_known_elr)
        self.isr = list(partition.isr)
        self.replicas = list(partition.replicas)
        self.removing = list(partition.removing_replicas)
        self.adding = list(partition.adding_replicas)
        self.leader_recovery_state = partition.leader_recovery_state
        self.election = Election.ONLINE
        self.unclean_shutdown_replicas: frozenset[int] = frozenset()

    def set_directory(self, broker_id: int, directory_id: bytes) -> None:
        self._directories[broker_id] = directory_id

    def build(self) -> PartitionChangeRecord | None:
        """The record of the change; None if nothing changes."""
        record = PartitionChangeRecord(topic_id=self._topic_id, partition_id=self._partition_id)
        self._complete_reassignment()
        self._populate_elr()
        self._elect(record)
        self._bump_epoch_for_removed_replicas(record)
        self._record_elr(record)
        if record.isr is None and (self.isr or self._elr_enabled) and self.isr != list(self._partition.isr):
            record.isr = list(self.isr)
        self._bump_epoch_for_isr_shrink(record)
        self._record_last_known_leader(record)
        self._record_assignment(record)
        if self.leader_recovery_state != self._partition.leader_recovery_state:
            record.leader_recovery_state = self.leader_recovery_state
        return None if _is_no_op(record) else record

    # Reassignment

    def _complete_reassignment(self) -> None:
        completed = completed_reassignment(self.removing, self.adding, self.replicas, self.isr)
        if completed is not None:
            self.replicas, self.isr = completed
            self.removing, self.adding = [], []

    # Election

    def _may_lead(self, replica: int) -> bool:
        eligible = replica in self.isr or (not self.isr and replica in self._elr)
        return eligible and self._is_acceptable_leader(replica)

    def _elected(self) -> tuple[int, bool]:
        """(leader, whether the election is unclean)."""
        current = self._partition.leader
        if self.election is Election.PREFERRED:
            candidates = [self.replicas[0], current, *self.replicas[1:]]
        else:
            candidates = [current, *self.replicas]
        for candidate in candidates:
            if self._may_lead(candidate):
                return candidate, False
        last_known = self._partition.last_known_elr
        if (
            self._elr_enabled
            and not self._elr
            and not self.isr
            and len(last_known) == 1
            and self._is_acceptable_leader(last_known[0])
        ):
            return last_known[0], True
        if self.election is Election.UNCLEAN:
            for candidate in self.replicas:
                if self._is_acceptable_leader(candidate):
                    return candidate, True
        return NO_LEADER, False

    def _elect(self, record: PartitionChangeRecord) -> None:
        leader, unclean = self._elected()
        if leader == self._partition.leader:
            return
        if leader in self._elr:
            self.isr = [leader]
            self._elr = [replica for replica in self._elr if replica != leader]
        record.leader = leader
        if unclean:
            record.isr = [leader]
            if self._partition.leader_recovery_state != LEADER_RECOVERING:
                record.leader_recovery_state = LEADER_RECOVERING

    # Epochs

    def _bump_epoch_for_removed_replicas(self, record: PartitionChangeRecord) -> None:
        if record.leader == NO_LEADER_CHANGE and not set(self._partition.replicas) <= set(self.replicas):
            record.leader = self._partition.leader

    def _bump_epoch_for_isr_shrink(self, record: PartitionChangeRecord) -> None:
        if self._metadata_version >= _NO_EPOCH_BUMP_ON_SHRINK_SINCE:
            return
        if (
            record.leader == NO_LEADER_CHANGE
            and record.isr is not None
            and not set(self._partition.isr) <= set(record.isr)
        ):
            record.leader = self._partition.leader

    # Eligible leader replicas

    def _populate_elr(self) -> None:
        if not self._elr_enabled:
            return
        if len(self.isr) >= self._min_isr:
            self._elr = []
            self._last_known_elr = []
            return
        candidates = set(self._elr) | set(self._partition.isr)
        self._elr = sorted(candidates - set(self.isr) - self.unclean_shutdown_replicas)
        candidates |= set(self._last_known_elr)
        self._last_known_elr = sorted(candidates - set(self.isr) - set(self._elr))

    def _record_elr(self, record: PartitionChangeRecord) -> None:
        if record.isr is not None or not self._elr_enabled:
            # After an unclean election nobody else can be known to be complete.
            self._elr = []
            self._last_known_elr = []
        if self._elr != list(self._partition.elr):
            record.eligible_leader_replicas = list(self._elr)

    def _record_last_known_leader(self, record: PartitionChangeRecord) -> None:
        if not self._elr_enabled:
            return
        if record.leader == NO_LEADER and not self._partition.last_known_elr:
            record.last_known_elr = [self._partition.leader]
        elif record.leader >= 0 and self._partition.last_known_elr:
            record.last_known_elr = []

    # Assignment

    def _record_assignment(self, record: PartitionChangeRecord) -> None:
        if self.replicas:
            if self._metadata_version >= _DIRECTORIES_SINCE:
                directories = [
                    self._directories.get(replica) or self._default_directory(replica) for replica in self.replicas
                ]
                if directories != list(self._partition.directories):
                    record.directories = directories
            if self.replicas != list(self._partition.replicas):
                record.replicas = list(self.replicas)
        if self.removing != list(self._partition.removing_replicas):
            record.removing_replicas = list(self.removing)
        if self.adding != list(self._partition.adding_replicas):
            record.adding_replicas = list(self.adding)


def completed_reassignment(
    removing: list[int], adding: list[int], replicas: list[int], isr: list[int]
) -> tuple[list[int], list[int]] | None:
    """(replicas, ISR) after a reassignment that may be completed; None if none runs or it must go on."""
    if not removing and not adding:
        return None
    new_isr = [replica for replica in isr if replica not in removing]
    new_replicas = [replica for replica in replicas if replica not in removing]
    if removing and (not new_isr or not new_replicas):
        return None
    if not set(adding) <= set(new_isr):
        return None
    # Where the number of replicas falls, all that stay must be in sync before the others go.
    if len(adding) < len(removing) and not set(new_replicas) <= set(new_isr):
        return None
    return new_replicas, new_isr


def without(replicas: Iterable[int], *gone: int) -> list[int]:
    return [replica for replica in replicas if replica not in gone]


def _is_no_op(record: PartitionChangeRecord) -> bool:
    return (
        record.isr is None
        and record.eligible_leader_replicas is None
        and record.last_known_elr is None
        and record.leader == NO_LEADER_CHANGE
        and record.replicas is None
        and record.removing_replicas is None
        and record.adding_replicas is None
        and record.leader_recovery_state == -1
        and record.directories is None
    )
