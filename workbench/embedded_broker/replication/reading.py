"""Who may read what of a replica: epochs, roles, where two logs part, how far a reader sees; pure.

Rules: readers see data up to the high watermark, or the last stable offset with read_committed, followers up to the log
end; a reader in another leader epoch is fenced or told to wait (KIP-320); a follower must be a replica, in its present
life (KIP-903); a reader whose log diverged is told where instead of being given data (KIP-595).

Source: kafka.cluster.Partition (readRecords, fetchRecords, checkCurrentLeaderEpoch, getReplicaOrException), Replica.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.errors import BrokerError
from workbench.storage.log.errors import OffsetOutOfRangeError
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.fetch_session import FetchPartition
    from workbench.embedded_broker.replication.machine import ReplicaMachine

NO_EPOCH = -1
_READ_FROM_FOLLOWERS_SINCE = 11
"""Fetch version from which on a follower serves consumers (KIP-392)."""


@dataclass(frozen=True, slots=True)
class FetchRequirements:
    """What holds for all partitions of a fetch; `replica_id` is -1 for consumers."""

    version: int
    replica_id: int
    replica_epoch: int
    min_bytes: int
    max_bytes: int
    read_committed: bool
    rack_id: str
    now_ms: int
    listener: str = ""
    """Listener on which the request came, where another replica would have to be reached too."""

    @property
    def is_follower(self) -> bool:
        return self.replica_id >= 0


def check_leader_epoch(machine: ReplicaMachine, current_leader_epoch: int) -> None:
    """Raises BrokerError: fences readers whose metadata is old, and tells those that are ahead of us (KIP-320)."""
    if current_leader_epoch in (NO_EPOCH, machine.leader_epoch):
        return
    if current_leader_epoch < machine.leader_epoch:
        raise BrokerError(ErrorCode.FENCED_LEADER_EPOCH)
    raise BrokerError(ErrorCode.UNKNOWN_LEADER_EPOCH)


def check_reader(machine: ReplicaMachine, requirements: FetchRequirements, current_leader_epoch: int) -> None:
    """Raises BrokerError: another leader epoch, not the leader, not (or not any more) a follower of this partition."""
    if current_leader_epoch >= 0:
        check_leader_epoch(machine, current_leader_epoch)
    if machine.is_leader:
        if requirements.replica_id >= 0:
            _check_follower(machine, requirements, names_epoch=current_leader_epoch >= 0)
    elif requirements.replica_id >= 0 or requirements.version < _READ_FROM_FOLLOWERS_SINCE:
        raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)


def _check_follower(machine: ReplicaMachine, requirements: FetchRequirements, *, names_epoch: bool) -> None:
    """One that names our epoch but is no replica may know of a reassignment before us, so it may ask again."""
    replica, epoch = requirements.replica_id, requirements.replica_epoch
    leadership = machine.leadership
    if leadership is not None and replica not in leadership.followers:
        raise BrokerError(ErrorCode.UNKNOWN_LEADER_EPOCH if names_epoch else ErrorCode.NOT_LEADER_OR_FOLLOWER)
    if 0 <= epoch < machine.membership.broker_epoch(replica):
        raise BrokerError(ErrorCode.NOT_LEADER_OR_FOLLOWER)


def parting(machine: ReplicaMachine, wanted: FetchPartition) -> tuple[int, int] | None:
    """The epoch and its end here where the reader's log left ours; None: up to its offset it has what we have.

    Raises OffsetOutOfRangeError.
    """
    log = machine.log
    offset, start, end = wanted.fetch_offset, log.log_start_offset, log.log_end_offset
    last_epoch = wanted.last_fetched_epoch
    if last_epoch >= 0:
        epoch, epoch_end = log.leader_epochs.end_offset_for(last_epoch, end)
        if epoch < 0 or epoch_end < 0 or offset < start:
            raise OffsetOutOfRangeError(offset, start, end)
        if epoch < last_epoch or epoch_end < offset:
            return epoch, epoch_end
    if offset < start or offset > end:
        raise OffsetOutOfRangeError(offset, start, end)
    return None


def committed_ends(machine: ReplicaMachine) -> tuple[int, int]:
    """The high watermark, and the last stable offset: below that one no transaction is open."""
    high_watermark = machine.high_watermark
    first_unstable = machine.log.first_unstable_offset
    if first_unstable is not None and first_unstable < high_watermark:
        return high_watermark, first_unstable
    return high_watermark, high_watermark


def visible_end(machine: ReplicaMachine, requirements: FetchRequirements) -> int:
    """Where what the reader may see ends."""
    if requirements.replica_id >= 0:
        return machine.log.log_end_offset
    return committed_ends(machine)[1] if requirements.read_committed else machine.high_watermark
