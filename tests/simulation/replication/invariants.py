"""What must hold of replicas, whatever crashed, was cut off, delayed or lost.

`check` is called after every event and has to be cheap; `check_all`, which reads whole logs, now and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Protocol

from tests.helpers.partition_logs import stored_batches, stored_records
from tests.simulation.replication.simulated_controller import TOPIC
from tests.simulation.replication.violation import Violation
from workbench.embedded_broker.metadata.partition_registration import LEADER_RECOVERING, PartitionRegistration
from workbench.embedded_broker.replication.partition import Partition

if TYPE_CHECKING:
    from tests.simulation.replication.simulated_replication import SimulatedReplication


class Invariant(Protocol):
    """Raises Violation."""

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None: ...

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None: ...


@dataclass(slots=True)
class PartitionView:
    """One partition as it stands: its replicas on running brokers, and the one that the controller means as leader, if
    it runs and knows that it leads."""

    index: int
    isr: tuple[int, ...]
    replicas: list[tuple[int, Partition]]
    leader: tuple[int, Partition] | None

    @staticmethod
    def of(cluster: SimulatedReplication, index: int) -> PartitionView:
        registration = cluster.controller.registration_of(index)
        key = (TOPIC, index)
        replicas = []
        leader = None
        for node_id, broker in cluster.running.items():
            partition = broker.replicas.partitions.get(key)
            if partition is not None:
                replicas.append((node_id, partition))
                if (
                    registration is not None
                    and node_id == registration.leader
                    and partition.is_leader
                    and partition.leader_epoch == registration.leader_epoch
                ):
                    leader = (node_id, partition)
        return PartitionView(index, () if registration is None else registration.isr, replicas, leader)


class HighWatermarkNeverFalls:
    """While one process leads one epoch; and it lies between the log's start and end everywhere."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, int, int], int] = {}

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            for node_id, partition in view.replicas:
                mark = partition.high_watermark
                if not partition.log.log_start_offset <= mark <= partition.log.log_end_offset:
                    raise Violation(f"{view.index} on {node_id}: high watermark {mark} outside the log")
                if partition.is_leader:
                    key = (node_id, cluster.running[node_id].epoch, view.index, partition.leader_epoch)
                    before = self._seen.get(key, 0)
                    if mark < before:
                        raise Violation(f"{view.index} on {node_id}: high watermark fell from {before} to {mark}")
                    self._seen[key] = mark

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Nothing beyond `check`."""


class EpochsNeverGoBack:
    """No process takes an older leader epoch or partition epoch of a partition for the newest."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, int, int], tuple[int, int]] = {}

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            for node_id, partition in view.replicas:
                key = (node_id, cluster.running[node_id].epoch, view.index)
                now = partition.leader_epoch, partition.partition_epoch
                before = self._seen.get(key, now)
                if now[0] < before[0] or now[1] < before[1]:
                    raise Violation(
                        f"{view.index} on {node_id}: leader and partition epoch went from {before} to {now}"
                    )
                self._seen[key] = now

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Nothing beyond `check`."""


class OneLeaderPerEpoch:
    """No two brokers ever lead a partition in the same leader epoch."""

    def __init__(self) -> None:
        self._leaders: dict[tuple[int, int], int] = {}

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            for node_id, partition in view.replicas:
                if partition.is_leader:
                    known = self._leaders.setdefault((view.index, partition.leader_epoch), node_id)
                    if known != node_id:
                        raise Violation(f"{view.index}: {known} and {node_id} both lead epoch {partition.leader_epoch}")

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Nothing beyond `check`."""


class InSyncReplicasHoldWhatIsCommitted:
    """Every running member of the controller's in-sync set reaches the present leader's high watermark and all that a
    client was told or shown, so whoever of them is elected next has all of it."""

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            shown = cluster.committed_end[view.index]
            mark = shown if view.leader is None else max(shown, view.leader[1].high_watermark)
            for member, replica in view.replicas:
                if member in view.isr and replica.log.log_end_offset < mark:
                    raise Violation(
                        f"{view.index}: {member} is in sync and ends at {replica.log.log_end_offset}, but up to {mark} "
                        f"all is committed"
                    )

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Nothing beyond `check`."""


class LeadersComeFromInSync:
    """The controller elects an in-sync replica, or an eligible one, or the last known leader where nobody is left;
    with another leader comes another epoch, and epochs never go back (KIP-966)."""

    def __init__(self) -> None:
        self._before: dict[int, PartitionRegistration] = {}

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            now = cluster.controller.registration_of(view.index)
            before = self._before.get(view.index)
            if now is None or now is before:
                continue
            self._before[view.index] = now
            if before is None:
                continue
            if now.leader_epoch < before.leader_epoch or now.partition_epoch <= before.partition_epoch:
                raise Violation(f"{view.index}: epochs went back from {before} to {now}")
            if now.leader != before.leader:
                may_lead = {*before.isr, *before.elr}
                if not before.isr and now.leader_recovery_state == LEADER_RECOVERING:
                    # The last of those that were eligible may just have lost that.
                    may_lead |= set(before.last_known_elr)
                if now.leader >= 0 and now.leader not in may_lead:
                    raise Violation(f"{view.index}: {now.leader} was elected after {before}")
                if now.leader_epoch == before.leader_epoch:
                    raise Violation(f"{view.index}: {now.leader} leads in the epoch of {before.leader}")

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Nothing beyond `check`."""


class FencedAreNotInSync:
    """For the controller, a broker that is fenced is in no in-sync set."""

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        brokers = cluster.controller.state.image.cluster.brokers
        for view in views:
            for member in view.isr:
                if brokers[member].fenced:
                    raise Violation(f"{view.index}: {member} is fenced and in {view.isr}")

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Nothing beyond `check`."""


class CommittedRecordsStay:
    """What was acknowledged with acks=all, or read, is in the log of every leader after, at its offset."""

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Reading whole logs is not cheap: see `check_all`."""

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            if view.leader is None:
                continue
            node_id, partition = view.leader
            held = {record.offset: record.value for record in stored_records(partition.log)}
            for offset, value in cluster.committed[view.index].items():
                if held.get(offset) != value:
                    raise Violation(
                        f"{view.index}: {value!r} was committed at {offset}, leader {node_id} of epoch "
                        f"{partition.leader_epoch} has {held.get(offset)!r} there and ends at "
                        f"{partition.log.log_end_offset}"
                    )


class NothingTwice:
    """What an idempotent producer sent again and again is in the log once."""

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Reading whole logs is not cheap: see `check_all`."""

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            values = cluster.producers[view.index].values
            for node_id, partition in view.replicas:
                once = set()
                for record in stored_records(partition.log):
                    if record.value in values:
                        if record.value in once:
                            raise Violation(f"{view.index} on {node_id}: {record.value!r} is there twice")
                        once.add(record.value)


class LogsAgree:
    """Below the smaller high watermark two replicas hold the same batches, bit by bit, in the same leader epochs."""

    def check(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        """Reading whole logs is not cheap: see `check_all`."""

    def check_all(self, cluster: SimulatedReplication, views: Sequence[PartitionView]) -> None:
        for view in views:
            held = [
                (node_id, partition, {batch.base_offset: batch for batch in stored_batches(partition.log)})
                for node_id, partition in view.replicas
            ]
            for (one_id, one, ones), (two_id, two, twos) in combinations(held, 2):
                start = max(one.log.log_start_offset, two.log.log_start_offset)
                end = min(one.high_watermark, two.high_watermark)
                for offset in sorted({o for o in (*ones, *twos) if start <= o < end}):
                    mine, yours = ones.get(offset), twos.get(offset)
                    if (
                        mine is None
                        or yours is None
                        or (mine.crc, mine.leader_epoch) != (yours.crc, yours.leader_epoch)
                    ):
                        raise Violation(f"{view.index}: {one_id} and {two_id} differ at {offset}, below {end}")
                for offset in range(start, end):
                    epochs = [each.log.leader_epochs.epoch_for_offset(offset) for each in (one, two)]
                    if epochs[0] != epochs[1]:
                        raise Violation(f"{view.index}: {one_id} and {two_id} have {offset} in epochs {epochs}")
