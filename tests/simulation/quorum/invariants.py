"""What must hold after every step of a simulated quorum, whatever crashed, was cut off, delayed, lost or repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.leading import Leader

if TYPE_CHECKING:
    from simulated_cluster import SimulatedCluster


class Violation(AssertionError):
    """An invariant does not hold."""


class OneLeaderPerEpoch:
    """No two nodes ever lead the same epoch."""

    def __init__(self) -> None:
        self._leaders: dict[int, int] = {}

    def check(self, cluster: SimulatedCluster) -> None:
        for node in cluster.nodes.values():
            if node.machine is not None and isinstance(node.machine.role, Leader):
                epoch = node.machine.epoch
                known = self._leaders.setdefault(epoch, node.id)
                if known != node.id:
                    raise Violation(f"nodes {known} and {node.id} both lead epoch {epoch}")


class EpochNeverGoesBack:
    """What a node has durably promised it keeps, across crashes too."""

    def __init__(self) -> None:
        self._epochs: dict[int, int] = {}

    def check(self, cluster: SimulatedCluster) -> None:
        for node in cluster.nodes.values():
            stored = node.disk.election
            if stored is not None:
                if stored.epoch < self._epochs.get(node.id, 0):
                    raise Violation(f"node {node.id} went back from epoch {self._epochs[node.id]} to {stored.epoch}")
                self._epochs[node.id] = stored.epoch


class MonotonicHighWatermark:
    """The high watermark that the cluster has shown anywhere never goes back at a node while it runs."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], int] = {}

    def check(self, cluster: SimulatedCluster) -> None:
        for node in cluster.nodes.values():
            if node.machine is None:
                continue
            key = (node.id, node.incarnation)
            watermark = node.machine.committed_offset
            if watermark < self._seen.get(key, -1):
                raise Violation(f"node {node.id}: high watermark fell from {self._seen[key]} to {watermark}")
            self._seen[key] = watermark
            leader = node.machine.role
            if isinstance(leader, Leader) and leader.high_watermark is not None:
                if leader.high_watermark < cluster.leader_watermark:
                    raise Violation(
                        f"leader {node.id} of epoch {leader.epoch} shows {leader.high_watermark}, "
                        f"but {cluster.leader_watermark} was shown before"
                    )
                if cluster.is_newest_leader(leader.epoch):
                    cluster.leader_watermark = leader.high_watermark


class CommittedRecordsStay:
    """A batch once below any node's high watermark is the same everywhere and for ever (or in a snapshot)."""

    def __init__(self) -> None:
        self.committed: dict[int, NewBatch] = {}

    def check(self, cluster: SimulatedCluster) -> None:
        for node in cluster.nodes.values():
            if node.machine is None:
                continue
            watermark = node.machine.committed_offset
            for batch in node.disk.batches:
                if batch.next_offset > watermark:
                    break
                known = self.committed.setdefault(batch.base_offset, batch)
                if (known.epoch, known.values, known.control) != (batch.epoch, batch.values, batch.control):
                    raise Violation(f"node {node.id} has {batch} where {known} was committed")


class MajorityHasWhatIsCommitted:
    """Every batch that a leader calls committed is durable on a majority of its voters."""

    def check(self, cluster: SimulatedCluster) -> None:
        for node in cluster.nodes.values():
            machine = node.machine
            if machine is None or not isinstance(machine.role, Leader) or machine.role.high_watermark is None:
                continue
            if not cluster.is_newest_leader(machine.epoch):
                continue
            voters = machine.voters
            holders = sum(
                cluster.nodes[voter_id].disk.flushed_offset >= machine.role.high_watermark
                for voter_id in voters.ids
                if voter_id in cluster.nodes
            )
            if holders < len(voters) // 2 + 1:
                raise Violation(
                    f"leader {node.id} commits to {machine.role.high_watermark}, durable on {holders} of {voters.ids}"
                )


class LogsMatch:
    """Two logs that hold the same offset in the same epoch are the same up to there (Raft's log matching)."""

    def check(self, cluster: SimulatedCluster) -> None:
        seen: dict[tuple[int, int], NewBatch] = {}
        for node in cluster.nodes.values():
            for batch in node.disk.batches:
                known = seen.setdefault((batch.base_offset, batch.epoch), batch)
                if known != batch:
                    raise Violation(f"node {node.id} has {batch}, another has {known} in the same place and epoch")


class SnapshotsAgree:
    """Snapshots of the same id hold the same."""

    def check(self, cluster: SimulatedCluster) -> None:
        seen: dict[object, object] = {}
        for node in cluster.nodes.values():
            for snapshot_id, snapshot in node.disk.snapshots.items():
                if seen.setdefault(snapshot_id, snapshot) != snapshot:
                    raise Violation(f"node {node.id} has another snapshot {snapshot_id}")


class NobodySawTheImpossible:
    """No node has met a message that the protocol rules out."""

    def check(self, cluster: SimulatedCluster) -> None:
        for node in cluster.nodes.values():
            if node.inconsistencies:
                raise Violation(f"node {node.id}: {node.inconsistencies[0]}")
