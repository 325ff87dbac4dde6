"""What must hold after every step of a simulated quorum, whatever crashed, was cut off, delayed, lost or repeated.

Every invariant looks at the node that has just taken a step, and remembers what it needs of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.leading import Leader

if TYPE_CHECKING:
    from tests.helpers.quorum_node import SimulatedNode
    from tests.simulation.quorum.simulated_cluster import SimulatedCluster


class Violation(AssertionError):
    """An invariant does not hold."""


class OneLeaderPerEpoch:
    """No two nodes ever lead the same epoch."""

    def __init__(self) -> None:
        self._leaders: dict[int, int] = {}

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        if node.machine is not None and isinstance(node.machine.role, Leader):
            known = self._leaders.setdefault(node.machine.epoch, node.id)
            if known != node.id:
                raise Violation(f"nodes {known} and {node.id} both lead epoch {node.machine.epoch}")


class EpochNeverGoesBack:
    """What a node has durably promised it keeps, across crashes too, and gives one vote an epoch."""

    def __init__(self) -> None:
        self._epochs: dict[int, int] = {}
        self._votes: dict[tuple[int, int], object] = {}

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        stored = node.disk.election
        if stored is None:
            return
        if stored.epoch < self._epochs.get(node.id, 0):
            raise Violation(f"node {node.id} went back from epoch {self._epochs[node.id]} to {stored.epoch}")
        self._epochs[node.id] = stored.epoch
        if stored.voted_key is not None:
            known = self._votes.setdefault((node.id, stored.epoch), stored.voted_key)
            if known != stored.voted_key:
                raise Violation(f"node {node.id} voted for {known} and {stored.voted_key} in epoch {stored.epoch}")


class MonotonicHighWatermark:
    """A running node's high watermark never goes back, nor does that of one leader below an earlier leader's."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], int] = {}
        self._shown_by_leaders = -1

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        if node.machine is None:
            return
        key = (node.id, node.incarnation)
        watermark = node.machine.committed_offset
        if watermark < self._seen.get(key, -1):
            raise Violation(f"node {node.id}: high watermark fell from {self._seen[key]} to {watermark}")
        self._seen[key] = watermark
        leader = node.machine.role
        if isinstance(leader, Leader) and leader.high_watermark is not None and cluster.is_newest_leader(leader.epoch):
            if leader.high_watermark < self._shown_by_leaders:
                raise Violation(
                    f"leader {node.id} of epoch {leader.epoch} shows {leader.high_watermark}, "
                    f"but {self._shown_by_leaders} was shown before"
                )
            self._shown_by_leaders = leader.high_watermark


class CommittedRecordsStay:
    """A batch once below any node's high watermark is the same everywhere and for ever."""

    def __init__(self) -> None:
        self.committed: dict[int, NewBatch] = {}
        self._checked: dict[tuple[int, int], int] = {}

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        if node.machine is None:
            return
        key = (node.id, node.incarnation)
        watermark = node.machine.committed_offset
        start = self._checked.get(key, 0)
        if watermark <= start:
            return
        for batch in reversed(node.disk.batches):
            if batch.next_offset > watermark:
                continue
            if batch.next_offset <= start:
                break
            known = self.committed.setdefault(batch.base_offset, batch)
            if known != batch:
                raise Violation(f"node {node.id} has {batch} where {known} was committed")
        self._checked[key] = watermark


class MajorityHasWhatIsCommitted:
    """Every batch that a leader calls committed is durable on a majority of its voters."""

    def __init__(self) -> None:
        self._checked: dict[int, int] = {}

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        machine = node.machine
        if machine is None or not isinstance(machine.role, Leader) or machine.role.high_watermark is None:
            return
        watermark = machine.role.high_watermark
        if watermark <= self._checked.get(machine.epoch, -1) or not cluster.is_newest_leader(machine.epoch):
            return
        self._checked[machine.epoch] = watermark
        voters = machine.voters
        holders = sum(cluster.nodes[voter_id].disk.flushed_offset >= watermark for voter_id in voters.ids)
        if holders < len(voters) // 2 + 1:
            raise Violation(f"leader {node.id} commits to {watermark}, durable on {holders} of {voters.ids}")


class LogsMatch:
    """Two logs that hold the same offset in the same epoch are the same up to there (Raft's log matching).

    By induction it is enough that the batch is the same and the epoch of the batch before it.
    """

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int], tuple[NewBatch, int | None]] = {}

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        for batch, epoch_before in node.newly_appended:
            key = (batch.base_offset, batch.epoch)
            known, known_before = self._seen.setdefault(key, (batch, epoch_before))
            if known != batch or (None not in (epoch_before, known_before) and known_before != epoch_before):
                raise Violation(f"node {node.id} has {batch} after epoch {epoch_before}, not {known}, {known_before}")
        node.newly_appended.clear()


class SnapshotsAgree:
    """Snapshots of the same id hold the same."""

    def __init__(self) -> None:
        self._seen: dict[object, object] = {}

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        for snapshot_id, snapshot in node.disk.snapshots.items():
            if self._seen.setdefault(snapshot_id, snapshot) != snapshot:
                raise Violation(f"node {node.id} has another snapshot {snapshot_id}")


class NobodySawTheImpossible:
    """No node has met a message that the protocol rules out."""

    def check(self, cluster: SimulatedCluster, node: SimulatedNode) -> None:
        if node.inconsistencies:
            raise Violation(f"node {node.id}: {node.inconsistencies[0]}")
