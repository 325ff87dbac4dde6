"""One partition as the metadata log describes it: who holds it, who is in sync, who leads, and since which epoch.

Invariants: `partition_epoch` grows by one with every change record, `leader_epoch` by one with every record that
names a leader (also the same one again, also none); `directories` has one entry for each entry of `replicas`.
"""

from __future__ import annotations

from workbench.embedded_broker.metadata.registrations import DIRECTORY_MIGRATING
from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import PartitionChangeRecord, PartitionRecord

NO_LEADER = -1
NO_LEADER_CHANGE = -2
LEADER_RECOVERED = 0
LEADER_RECOVERING = 1
"""The leader came from an unclean election and still has to finish recovering (KIP-704)."""


@dataclass(frozen=True, slots=True)
class PartitionRegistration:
    """State of one partition; `replicas[0]` is the preferred leader, `leader` is NO_LEADER (-1) if there is none."""

    replicas: tuple[int, ...]
    directories: tuple[bytes, ...]
    isr: tuple[int, ...]
    removing_replicas: tuple[int, ...] = ()
    adding_replicas: tuple[int, ...] = ()
    elr: tuple[int, ...] = ()
    last_known_elr: tuple[int, ...] = ()
    leader: int = NO_LEADER
    leader_epoch: int = 0
    partition_epoch: int = 0
    leader_recovery_state: int = LEADER_RECOVERED

    @property
    def has_leader(self) -> bool:
        return self.leader != NO_LEADER

    @property
    def preferred_replica(self) -> int:
        return self.replicas[0] if self.replicas else NO_LEADER

    @property
    def has_preferred_leader(self) -> bool:
        return self.leader == self.preferred_replica

    @property
    def is_reassigning(self) -> bool:
        return bool(self.removing_replicas or self.adding_replicas)

    def directory(self, broker_id: int) -> bytes | None:
        """Id of the directory in which `broker_id` holds its replica; None if it holds none."""
        for replica, directory in zip(self.replicas, self.directories, strict=True):
            if replica == broker_id:
                return directory
        return None

    @staticmethod
    def from_record(record: PartitionRecord) -> PartitionRegistration:
        replicas = tuple(record.replicas)
        return PartitionRegistration(
            replicas=replicas,
            directories=_directories(record.directories, replicas),
            isr=tuple(record.isr),
            removing_replicas=tuple(record.removing_replicas),
            adding_replicas=tuple(record.adding_replicas),
            elr=tuple(record.eligible_leader_replicas or ()),
            last_known_elr=tuple(record.last_known_elr or ()),
            leader=record.leader,
            leader_epoch=record.leader_epoch,
            partition_epoch=record.partition_epoch,
            leader_recovery_state=record.leader_recovery_state,
        )

    def merge(self, record: PartitionChangeRecord) -> PartitionRegistration:
        """The partition after `record`."""
        replicas = self.replicas if record.replicas is None else tuple(record.replicas)
        directories = self.directories if record.directories is None else tuple(bytes(d) for d in record.directories)
        changes_leader = record.leader != NO_LEADER_CHANGE
        return PartitionRegistration(
            replicas=replicas,
            directories=_directories(directories, replicas),
            isr=self.isr if record.isr is None else tuple(record.isr),
            removing_replicas=_changed(record.removing_replicas, self.removing_replicas),
            adding_replicas=_changed(record.adding_replicas, self.adding_replicas),
            elr=_changed(record.eligible_leader_replicas, self.elr),
            last_known_elr=_changed(record.last_known_elr, self.last_known_elr),
            leader=record.leader if changes_leader else self.leader,
            leader_epoch=self.leader_epoch + 1 if changes_leader else self.leader_epoch,
            partition_epoch=self.partition_epoch + 1,
            leader_recovery_state=(
                self.leader_recovery_state if record.leader_recovery_state == -1 else record.leader_recovery_state
            ),
        )

    def to_record(self, topic_id: bytes, partition_id: int) -> PartitionRecord:
        return PartitionRecord(
            partition_id=partition_id,
            topic_id=topic_id,
            replicas=list(self.replicas),
            isr=list(self.isr),
            removing_replicas=list(self.removing_replicas),
            adding_replicas=list(self.adding_replicas),
            leader=self.leader,
            leader_recovery_state=self.leader_recovery_state,
            leader_epoch=self.leader_epoch,
            partition_epoch=self.partition_epoch,
            directories=list(self.directories),
            eligible_leader_replicas=list(self.elr) or None,
            last_known_elr=list(self.last_known_elr) or None,
        )


def _changed(new: list[int] | None, old: tuple[int, ...]) -> tuple[int, ...]:
    return old if new is None else tuple(new)


def _directories(directories: list[bytes] | tuple[bytes, ...] | None, replicas: tuple[int, ...]) -> tuple[bytes, ...]:
    """What the record says, or "migrating" for every replica where it says nothing (records before version 1)."""
    if not directories or all(d == DIRECTORY_MIGRATING for d in directories):
        return (DIRECTORY_MIGRATING,) * len(replicas)
    if len(directories) != len(replicas):
        raise ValueError(f"{len(directories)} directories for {len(replicas)} replicas")
    return tuple(bytes(d) for d in directories)
