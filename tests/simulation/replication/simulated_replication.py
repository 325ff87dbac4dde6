"""Three brokers that copy from each other in simulated time, over a simulated network, on disks in memory.

Requests and responses are delayed and lost, links cut; brokers stop cleanly, are killed (their disks keep what was
written) or lose power (they keep what was synced, and a part of the rest). Each broker learns of the metadata at its
own pace. Every choice comes from one seed.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.helpers.faulty_disk import FaultyDisk
from tests.simulation.replication.invariants import (
    CommittedRecordsStay,
    EpochsNeverGoBack,
    FencedAreNotInSync,
    HighWatermarkNeverFalls,
    InSyncReplicasHoldWhatIsCommitted,
    Invariant,
    LeadersComeFromInSync,
    LogsAgree,
    NothingTwice,
    OneLeaderPerEpoch,
    PartitionView,
)
from tests.simulation.replication.simulated_broker import SimulatedBroker
from tests.simulation.replication.simulated_controller import TOPIC, SimulatedController
from tests.simulation.replication.simulated_fetching import SimulatedFetching
from tests.simulation.replication.simulated_producer import IdempotentProducer
from tests.simulation.replication.violation import Violation
from workbench.records import BatchView, NewRecord, build_batch, iterate_batches
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterPartitionRequest,
    AlterPartitionResponse,
    BrokerHeartbeatRequest,
    ProduceResponse,
)

CONTROLLER = 0
HEARTBEAT_MS = 150
WRITE_TIMEOUT_MS = 700
BASE_MS = 1_700_000_000_000


@dataclass
class Weather:
    """How bad the network is."""

    loss: float = 0.0
    min_delay_ms: int = 1
    max_delay_ms: int = 12
    metadata_delay_ms: int = 30
    isr_loss: float = 0.0
    """How often a change of an in-sync set, or its answer, is lost beyond that."""


class SimulatedReplication:
    """Brokers 1 to 3 and `partitions` partitions with a replica on each."""

    def __init__(self, seed: int, *, partitions: int = 2, min_isr: int = 2) -> None:
        self.random = Random(seed)
        self.weather = Weather()
        self._now_ms = BASE_MS
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._values = itertools.count()
        self._incarnations = itertools.count(1)
        self._cut: set[frozenset[int]] = set()
        self._asks_isr: set[int] = set()
        self.partitions = range(partitions)
        self.min_isr = min_isr
        self.committed: dict[int, dict[int, bytes | None]] = {index: {} for index in self.partitions}
        """What some client was shown or told, by partition and offset."""
        self.committed_end = dict.fromkeys(self.partitions, 0)
        self.deleted_below = dict.fromkeys(self.partitions, 0)
        self.acknowledged_writes = dict.fromkeys(self.partitions, 0)
        self.producers = {index: IdempotentProducer(1_000 + index) for index in self.partitions}
        self._ends_at_death: dict[tuple[int, int], int] = {}
        self.controller = SimulatedController((1, 2, 3), partitions, min_isr=min_isr, seed=seed)
        self._disks = {node_id: FaultyDisk(Random(seed * 31 + node_id)) for node_id in (1, 2, 3)}
        self.running: dict[int, SimulatedBroker] = {}
        self.fetching = SimulatedFetching(self)
        self.throttled: set[int] = set()
        """Brokers that hold replicas out of sync back, from their next start on."""
        self.producers_are_cut_off = False
        """Whether idempotent producers neither reach anybody nor hear an answer."""
        self.events = 0
        self._epochs_seen: dict[int, int] = {}
        self.invariants: list[Invariant] = [
            OneLeaderPerEpoch(),
            EpochsNeverGoBack(),
            HighWatermarkNeverFalls(),
            InSyncReplicasHoldWhatIsCommitted(),
            LeadersComeFromInSync(),
            FencedAreNotInSync(),
            CommittedRecordsStay(),
            NothingTwice(),
            LogsAgree(),
        ]
        self.every(100, self._control)

    # Time

    def now_ms(self) -> int:
        return self._now_ms

    @property
    def now_s(self) -> float:
        return self._now_ms / 1000

    def at(self, delay_ms: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self._now_ms + delay_ms, next(self._order), action))

    def every(self, interval_ms: int, action: Callable[[], None]) -> None:
        def run() -> None:
            action()
            self.at(interval_ms, run)

        self.at(interval_ms, run)

    def run(self, duration_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Lets time pass, checking after every event; True once `until` holds."""
        end = self._now_ms + duration_ms
        while self._queue and self._queue[0][0] <= end:
            self._now_ms, _, action = heapq.heappop(self._queue)
            action()
            self.events += 1
            views = self._views()
            for invariant in self.invariants:
                invariant.check(self, views)
            if self._leadership_moved(views):
                self.check_all()
            if until():
                return True
        self._now_ms = end
        return until()

    def check_all(self) -> None:
        views = self._views()
        for invariant in self.invariants:
            invariant.check_all(self, views)

    def _views(self) -> list[PartitionView]:
        return [PartitionView.of(self, index) for index in self.partitions]

    def _leadership_moved(self, views: list[PartitionView]) -> bool:
        moved = False
        for view in views:
            if view.leader is not None and self._epochs_seen.get(view.index) != view.leader[1].leader_epoch:
                self._epochs_seen[view.index] = view.leader[1].leader_epoch
                moved = True
        return moved

    # Network

    def cut(self, one: int, two: int) -> None:
        self._cut.add(frozenset({one, two}))

    def unite(self) -> None:
        """Links are whole again; the weather stays."""
        self._cut.clear()

    def heal(self) -> None:
        self._cut.clear()
        self.weather = Weather()

    def _delay_ms(self) -> int:
        return self.random.randint(self.weather.min_delay_ms, self.weather.max_delay_ms)

    def send(self, source: int, target: int, deliver: Callable[[], None], failed: Callable[[], None]) -> None:
        """One message; a lost one is a broken connection, which the sender sees after a while."""
        if frozenset({source, target}) in self._cut or self.random.random() < self.weather.loss:
            self.at(self._delay_ms() * 3, failed)
        else:
            self.at(self._delay_ms(), deliver)

    # Brokers

    def start(self, node_id: int) -> None:
        if node_id in self.running:
            return
        broker = SimulatedBroker(
            node_id,
            self._disks[node_id],
            self.controller,
            now_ms=self.now_ms,
            new_following=self.fetching.begin,
            proposed=self._ask_for_isr,
            random=self.random,
            throttled=node_id in self.throttled,
        )
        self.running[node_id] = broker
        self._register(broker, next(self._incarnations), broker.previous_epoch)
        self._follow_metadata(broker)

    def _register(self, broker: SimulatedBroker, incarnation: int, previous_epoch: int) -> None:
        def ask() -> None:
            epoch = self.controller.register(broker.node_id, incarnation, previous_epoch, self._now_ms)
            if epoch is None:
                again()
            else:
                self.send(CONTROLLER, broker.node_id, lambda: registered(epoch), again)

        def registered(epoch: int) -> None:
            if broker.is_alive:
                is_first = broker.epoch < 0
                broker.epoch = max(broker.epoch, epoch)
                if is_first:
                    self._heartbeat(broker, incarnation)

        def again() -> None:
            if broker.is_alive:
                self.at(20, lambda: self.send(broker.node_id, CONTROLLER, ask, again))

        self.send(broker.node_id, CONTROLLER, ask, again)

    def _heartbeat(self, broker: SimulatedBroker, incarnation: int) -> None:
        """Whose registration is out of date registers again: a late one of its former life was taken for it."""
        if not broker.is_alive:
            return
        applied = broker.metadata.last_applied_offset
        request = BrokerHeartbeatRequest(
            broker_id=broker.node_id,
            broker_epoch=broker.epoch,
            current_metadata_offset=applied,
            want_fence=not broker.serves,
        )

        def beat() -> None:
            if self.controller.heartbeat(request, self._now_ms) == ErrorCode.STALE_BROKER_EPOCH:
                self.send(CONTROLLER, broker.node_id, is_stale, _nothing)

        def is_stale() -> None:
            if broker.is_alive and broker.epoch == request.broker_epoch:
                self._register(broker, incarnation, broker.epoch)

        self.send(broker.node_id, CONTROLLER, beat, _nothing)
        self.at(HEARTBEAT_MS, lambda: self._heartbeat(broker, incarnation))

    def _follow_metadata(self, broker: SimulatedBroker) -> None:
        if not broker.is_alive:
            return
        if frozenset({broker.node_id, CONTROLLER}) not in self._cut:
            broker.apply_metadata(self.controller, self.random.randint(1, 3))
        self.at(self.random.randint(1, self.weather.metadata_delay_ms), lambda: self._follow_metadata(broker))

    def _control(self) -> None:
        self.controller.fence_silent(self._now_ms)
        for broker in self.running.values():
            broker.replicas.shrink_in_sync_sets(self._now_ms)

    def kill(self, node_id: int, *, power: bool = False) -> None:
        """Ends the process, with `power` the machine; a dead one's machine may lose power too."""
        broker = self.running.pop(node_id, None)
        if broker is not None:
            self._note_ends(broker)
            self._disks[node_id] = broker.kill(power=False)
        if power:
            self._disks[node_id] = self._disks[node_id].power_cut()
            for index in self.partitions:
                self._ends_at_death[node_id, index] = 0

    def _note_ends(self, broker: SimulatedBroker) -> None:
        for index in self.partitions:
            partition = broker.partition(index)
            if partition is not None:
                self._ends_at_death[broker.node_id, index] = partition.log.log_end_offset

    def stop_cleanly(self, node_id: int) -> None:
        broker = self.running.pop(node_id, None)
        if broker is not None:
            self._note_ends(broker)
            broker.close_cleanly()

    def may_lose_power(self, victim: int) -> bool:
        """Whether the broker may lose what it has not synced: all others run and are in sync, so they have it."""
        others = set(self.controller.brokers) - {victim}
        if not others <= self.running.keys():
            return False
        return all(view.leader is not None and others <= set(view.isr) for view in self._views())

    # In-sync sets

    def _ask_for_isr(self, broker: SimulatedBroker) -> None:
        if broker.node_id not in self._asks_isr:
            self._asks_isr.add(broker.node_id)
            self.at(0, lambda: self._next_isr_request(broker))

    def _next_isr_request(self, broker: SimulatedBroker) -> None:
        request = broker.isr_changes.next_request() if broker.is_alive else None
        if request is None:
            self._asks_isr.discard(broker.node_id)
            return
        answer_is_lost = False

        def answer(request: AlterPartitionRequest = request) -> None:
            response = self.controller.alter_partition(AlterPartitionRequest.decode(request.encode(3), 3)[0])
            if not answer_is_lost:
                self.send(CONTROLLER, broker.node_id, lambda: took(response), failed)

        def took(response: AlterPartitionResponse) -> None:
            if broker.is_alive:
                if response.error_code:
                    broker.isr_changes.failed()
                else:
                    broker.isr_changes.answered(response)
            self.at(5, lambda: self._next_isr_request(broker))

        def failed() -> None:
            broker.isr_changes.failed()
            self.at(20, lambda: self._next_isr_request(broker))

        if self.random.random() < self.weather.isr_loss:
            answer_is_lost = True
            if self.random.random() < 0.5:
                self.at(self._delay_ms(), answer)
            self.at(self._delay_ms() * 3, failed)
        else:
            self.send(broker.node_id, CONTROLLER, answer, failed)

    # Writing, reading and deleting

    def produce(self, index: int) -> None:
        """A client that knows some broker's metadata writes a record or a few with acks=all, once."""
        self._write(index, build_batch(self._records()), lambda answer: None, lambda: None)

    def produce_idempotently(self, index: int) -> None:
        """The partition's idempotent producer writes until it is acknowledged; it then has more to write."""
        producer = self.producers[index]
        if producer.begin(self._records):
            self._retry(index, producer.batch_number)

    def _records(self) -> list[NewRecord]:
        values = [b"%d" % next(self._values) for _ in range(self.random.choice((1, 1, 3)))]
        return [NewRecord(self._now_ms, None, value.ljust(40, b".")) for value in values]

    def _retry(self, index: int, number: int) -> None:
        """Attempts overlap where an answer is slow: what comes late is a repetition."""
        producer = self.producers[index]

        def answered(answer: ProduceResponse.PartitionProduceResponse) -> None:
            if not self.producers_are_cut_off:
                producer.answered(number, ErrorCode(answer.error_code))

        if producer.is_waiting_for(number):
            if not self.producers_are_cut_off:
                self._write(index, producer.batch(), answered, _nothing)
            self.at(self.random.randint(60, 200), lambda: self._retry(index, number))

    def _write(
        self,
        index: int,
        batch: bytearray,
        answered: Callable[[ProduceResponse.PartitionProduceResponse], None],
        lost: Callable[[], None],
    ) -> None:
        if not self.running:
            return
        asked = self.random.choice(list(self.running.values()))
        registration = asked.image.topics.partition(TOPIC, index)
        if registration is None or registration.leader not in self.running:
            return
        leader = self.running[registration.leader]
        values = [record.value for record in BatchView(bytes(batch)).records()]

        def heard(answer: ProduceResponse.PartitionProduceResponse) -> None:
            # What a process that is being killed would have said never left it.
            if leader.is_alive:
                if answer.error_code == ErrorCode.NONE:
                    self._acknowledged(leader, index, answer.base_offset, values)
                elif leader.node_id != self.leader_of(index):
                    # It may lead in its own eyes and not know what the producer wrote to the next.
                    answer.error_code = ErrorCode.NOT_LEADER_OR_FOLLOWER
                self.send(leader.node_id, CONTROLLER, lambda: answered(answer), lost)

        def write() -> None:
            if leader.is_alive and leader.is_open:
                partition = leader.partition(index)
                leadership = None if partition is None else partition.leadership
                in_sync = 0 if leadership is None else len(leadership.committed_isr)
                end = 0 if partition is None else partition.log.log_end_offset
                expire = leader.produce(index, bytes(batch), heard)
                if partition is not None and partition.log.log_end_offset > end and in_sync < self.min_isr:
                    raise Violation(f"{index}: {leader.node_id} took a write with acks=all, {in_sync} in sync")
                self.at(WRITE_TIMEOUT_MS, expire)

        self.send(CONTROLLER, leader.node_id, write, lost)

    def _acknowledged(self, leader: SimulatedBroker, index: int, first_offset: int, values: list[bytes | None]) -> None:
        end = first_offset + len(values)
        holders = [node_id for node_id in self.controller.brokers if self._end_on(node_id, index) >= end]
        if len(holders) < self.min_isr:
            raise Violation(f"{index}: {leader.node_id} acknowledged up to {end}, which only {holders} hold")
        self.acknowledged_writes[index] += 1
        for place, value in enumerate(values):
            self.note_committed(index, first_offset + place, value)

    def _end_on(self, node_id: int, index: int) -> int:
        broker = self.running.get(node_id)
        partition = None if broker is None else broker.partition(index)
        return self._ends_at_death.get((node_id, index), 0) if partition is None else partition.log.log_end_offset

    def note_committed(self, index: int, offset: int, value: bytes | None) -> None:
        """Somebody was told that `value` is at the offset: that is so for ever. Raises Violation."""
        if offset < self.deleted_below[index]:
            return
        known = self.committed[index].setdefault(offset, value)
        if known != value:
            raise Violation(f"{index}: {value!r} was shown at {offset}, where {known!r} was before")
        self.committed_end[index] = max(self.committed_end[index], offset + 1)

    def read(self, index: int) -> None:
        """A consumer reads somewhere from whoever runs, leader or not; what it sees is committed."""
        brokers = [broker for broker in self.running.values() if broker.is_open and broker.partition(index)]
        if not brokers:
            return
        broker = self.random.choice(brokers)
        start = self.deleted_below[index]
        data = broker.read(index, max(start, self.committed_end[index] - self.random.choice((0, 1, 5, 20))))
        if data.error_code == ErrorCode.NONE and data.records:
            for batch in iterate_batches(data.records):
                for record in batch.records():
                    self.note_committed(index, record.offset, record.value)

    def delete_records(self, index: int) -> None:
        """Moves the log's start to somewhere below the high watermark, into batches too."""
        leader = PartitionView.of(self, index).leader
        if leader is not None and leader[1].high_watermark > leader[1].log.log_start_offset:
            partition = leader[1]
            offset = self.random.randint(partition.log.log_start_offset, partition.high_watermark)
            partition.delete_records(offset)
            self.deleted_below[index] = max(self.deleted_below[index], offset)
            self.committed[index] = {o: v for o, v in self.committed[index].items() if o >= offset}

    # States to wait for

    def leader_of(self, index: int) -> int:
        registration = self.controller.registration_of(index)
        return -1 if registration is None else registration.leader

    def is_out_of_sync(self, node_id: int, index: int) -> bool:
        registration = self.controller.registration_of(index)
        return registration is not None and node_id not in registration.isr

    def is_proposed(self, node_id: int) -> bool:
        """Whether some leader asks for the broker to be in sync again."""
        for broker in self.running.values():
            for index in self.partitions:
                partition = broker.partition(index)
                leadership = None if partition is None else partition.leadership
                proposed = None if leadership is None else leadership.proposed
                if proposed is not None and proposed.is_expansion and node_id in proposed.isr:
                    return True
        return False

    def is_between(self, late: int, heir: int, index: int) -> bool:
        """Whether one that is out of sync has what `heir` knows to be committed, and not all that is."""
        registration = self.controller.registration_of(index)
        if registration is None or late in registration.isr or late not in self.running or heir not in self.running:
            return False
        ours, theirs = self.running[late].partition(index), self.running[heir].partition(index)
        return (
            ours is not None
            and theirs is not None
            and theirs.high_watermark <= ours.log.log_end_offset < self.committed_end[index]
        )

    def is_complete(self) -> bool:
        """Whether everybody runs and is in sync."""
        everyone = set(self.controller.brokers)
        return everyone <= self.running.keys() and all(
            view.leader is not None and everyone == set(view.isr) for view in self._views()
        )

    def is_settled(self) -> bool:
        """Every replica is in sync, has everything, and knows that it is committed."""
        if len(self.running) < len(self.controller.brokers):
            return False
        for view in self._views():
            if view.leader is None or len(view.isr) < len(self.controller.brokers):
                return False
            end = view.leader[1].log.log_end_offset
            if any(each.log.log_end_offset != end or each.high_watermark != end for _, each in view.replicas):
                return False
            if len(view.replicas) < len(self.controller.brokers):
                return False
        return True

    def describe(self) -> str:
        lines = []
        for index in self.partitions:
            registration = self.controller.registration_of(index)
            lines.append(f"{index}: {registration}")
            for node_id, broker in self.running.items():
                partition = broker.partition(index)
                if partition is not None:
                    lines.append(
                        f"  {node_id} epoch {partition.leader_epoch} leader {partition.leader_id} log "
                        f"{partition.log.log_start_offset}..{partition.log.log_end_offset} "
                        f"hw {partition.high_watermark} epochs {partition.log.leader_epochs.entries}"
                    )
        return "\n".join(lines)


def _nothing() -> None:
    """A message that nobody misses."""
