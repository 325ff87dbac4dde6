"""What must hold of replicas, whatever crashed, was cut off, delayed or lost.

`check` is called after every event and has to be cheap; `check_all`, which reads whole logs, now and then.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Protocol

from tests.helpers.partition_logs import stored_batches
from tests.simulation.replication.simulated_broker import values_of
from workbench.embedded_broker.replication.partition import Partition

if TYPE_CHECKING:
    from tests.simulation.replication.simulated_replication import SimulatedReplication


class Invariant(Protocol):
    """Raises Violation."""

    def check(self, cluster: SimulatedReplication) -> None: ...

    def check_all(self, cluster: SimulatedReplication) -> None: ...


class Violation(AssertionError):
    """An invariant does not hold."""


def _replicas(cluster: SimulatedReplication, index: int) -> list[tuple[int, Partition]]:
    found = []
    for node_id, broker in cluster.running.items():
        partition = broker.partition(index)
        if partition is not None:
            found.append((node_id, partition))
    return found


def present_leader(cluster: SimulatedReplication, index: int) -> tuple[int, Partition] | None:
    """The replica that the controller means, if it runs and knows that it leads."""
    registration = cluster.controller.registration_of(index)
    if registration is None or registration.leader not in cluster.running:
        return None
    partition = cluster.running[registration.leader].partition(index)
    if partition is None or not partition.is_leader or partition.leader_epoch != registration.leader_epoch:
        return None
    return registration.leader, partition


class HighWatermarkNeverFalls:
    """While one process leads one epoch; and it lies between the log's start and end everywhere."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, int, int], int] = {}

    def check(self, cluster: SimulatedReplication) -> None:
        for index in cluster.partitions:
            for node_id, partition in _replicas(cluster, index):
                mark = partition.high_watermark
                if not partition.log.log_start_offset <= mark <= partition.log.log_end_offset:
                    raise Violation(f"{index} on {node_id}: high watermark {mark} outside the log")
                if partition.is_leader:
                    key = (node_id, cluster.running[node_id].epoch, index, partition.leader_epoch)
                    if mark < self._seen.get(key, 0):
                        raise Violation(f"{index} on {node_id}: high watermark fell from {self._seen[key]} to {mark}")
                    self._seen[key] = mark

    def check_all(self, cluster: SimulatedReplication) -> None:
        self.check(cluster)


class OneLeaderPerEpoch:
    """No two brokers ever lead a partition in the same leader epoch."""

    def __init__(self) -> None:
        self._leaders: dict[tuple[int, int], int] = {}

    def check(self, cluster: SimulatedReplication) -> None:
        for index in cluster.partitions:
            for node_id, partition in _replicas(cluster, index):
                if partition.is_leader:
                    known = self._leaders.setdefault((index, partition.leader_epoch), node_id)
                    if known != node_id:
                        raise Violation(f"{index}: {known} and {node_id} both lead epoch {partition.leader_epoch}")

    def check_all(self, cluster: SimulatedReplication) -> None:
        self.check(cluster)


class InSyncReplicasHoldWhatIsCommitted:
    """Every running member of the controller's in-sync set reaches the present leader's high watermark, so whoever
    of them is elected next has all of it."""

    def check(self, cluster: SimulatedReplication) -> None:
        for index in cluster.partitions:
            leader = present_leader(cluster, index)
            registration = cluster.controller.registration_of(index)
            if leader is None or registration is None:
                continue
            node_id, partition = leader
            for member in registration.isr:
                broker = cluster.running.get(member)
                replica = None if broker is None else broker.partition(index)
                if replica is not None and replica.log.log_end_offset < partition.high_watermark:
                    raise Violation(
                        f"{index}: {member} is in sync and ends at {replica.log.log_end_offset}, but {node_id} "
                        f"committed up to {partition.high_watermark}"
                    )

    def check_all(self, cluster: SimulatedReplication) -> None:
        self.check(cluster)


class AcknowledgedRecordsStay:
    """What was acknowledged with acks=all is in the log of every leader after, at its offset."""

    def check(self, cluster: SimulatedReplication) -> None:
        """Reading whole logs is not cheap: see `check_all`."""

    def check_all(self, cluster: SimulatedReplication) -> None:
        for index in cluster.partitions:
            leader = present_leader(cluster, index)
            if leader is None:
                continue
            node_id, partition = leader
            held = values_of(partition)
            for offset, value in cluster.acknowledged[index].items():
                if held.get(offset) != value:
                    raise Violation(
                        f"{index}: {value!r} was acknowledged at {offset}, leader {node_id} of epoch "
                        f"{partition.leader_epoch} has {held.get(offset)!r} there and ends at "
                        f"{partition.log.log_end_offset}"
                    )


class LogsAgree:
    """Below the smaller high watermark two replicas hold the same batches, bit by bit, in the same leader epochs."""

    def check(self, cluster: SimulatedReplication) -> None:
        """Reading whole logs is not cheap: see `check_all`."""

    def check_all(self, cluster: SimulatedReplication) -> None:
        for index in cluster.partitions:
            batches = {
                node_id: (partition, {view.base_offset: view for view in stored_batches(partition.log)})
                for node_id, partition in _replicas(cluster, index)
            }
            for (one_id, (one, ones)), (two_id, (two, twos)) in combinations(batches.items(), 2):
                start = max(one.log.log_start_offset, two.log.log_start_offset)
                end = min(one.high_watermark, two.high_watermark)
                for offset in sorted({o for o in (*ones, *twos) if start <= o < end}):
                    mine, yours = ones.get(offset), twos.get(offset)
                    if (
                        mine is None
                        or yours is None
                        or (mine.crc, mine.leader_epoch)
                        != (
                            yours.crc,
                            yours.leader_epoch,
                        )
                    ):
                        raise Violation(f"{index}: {one_id} and {two_id} differ at {offset}, below {end}")
                for offset in range(start, end):
                    epochs = [each.log.leader_epochs.epoch_for_offset(offset) for each in (one, two)]
                    if epochs[0] != epochs[1]:
                        raise Violation(
                            f"{index}: offset {offset} is of epoch {epochs[0]} on {one_id}, {epochs[1]} on {two_id}"
                        )
