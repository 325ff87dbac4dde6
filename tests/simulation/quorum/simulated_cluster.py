"""Several members of one quorum with simulated time, network and disks; every choice comes from one seed.

The network delays, reorders (by delay), loses and repeats messages and can be cut between any two nodes; crashes take
what was not flushed. All invariants are checked after every event.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.helpers.quorum_node import SimulatedNode
from tests.simulation.quorum.invariants import (
    CommittedRecordsStay,
    EpochNeverGoesBack,
    LogsMatch,
    MajorityHasWhatIsCommitted,
    MonotonicHighWatermark,
    NobodySawTheImpossible,
    OneLeaderPerEpoch,
    SnapshotsAgree,
)
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.contract import NotLeaderError
from workbench.embedded_broker.quorum.effects import Effects, SendReply, SendRequest
from workbench.embedded_broker.quorum.events import (
    RecordsSubmitted,
    ReplyArrived,
    RequestArrived,
    RequestFailed,
    TimePassed,
)
from workbench.embedded_broker.quorum.leading import Leader
from workbench.embedded_broker.quorum.messages import AddVoter, RemoveVoter, Reply, Request
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.wire.error_codes import ErrorCode

LISTENER = "CONTROLLER"


@dataclass
class Weather:
    """How bad network and disks are: probabilities, the bounds of the delay and the longest flush in ms."""

    loss: float = 0.0
    repetition: float = 0.0
    min_delay_ms: int = 5
    max_delay_ms: int = 30
    max_flush_ms: int = 5


def endpoint_of(node_id: int) -> Endpoint:
    return Endpoint.of(LISTENER, "node", node_id)


def key_of(node_id: int) -> ReplicaKey:
    return ReplicaKey(node_id, bytes([node_id]) * 16)


class SimulatedCluster:
    """`voters` nodes that vote and `observers` that only follow; `dynamic` has the voters in the log (KIP-853)."""

    def __init__(
        self, seed: int, voters: int, observers: int = 0, config: QuorumConfig | None = None, *, dynamic: bool = False
    ) -> None:
        self.random = Random(seed)
        self.now_ms = 1_000_000
        self.weather = Weather()
        self.config = config or QuorumConfig()
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._tokens = itertools.count(1)
        self._pending_replies: dict[int, tuple[int, int, int, int, int]] = {}
        self._cut: set[frozenset[int]] = set()
        self._value = itertools.count()
        self._newest_leader_epoch = 0
        ids = list(range(1, voters + observers + 1))
        first_voters = VoterSet.of(
            VoterNode(key_of(node_id), (endpoint_of(node_id),), 0, 1)
            if dynamic
            else VoterNode(ReplicaKey(node_id), (endpoint_of(node_id),))
            for node_id in ids[:voters]
        )
        static = VoterSet() if dynamic else first_voters
        servers = [("node", node_id) for node_id in ids]
        self.nodes: dict[int, SimulatedNode] = {}
        for node_id in ids:
            local = LocalReplica(key_of(node_id), (endpoint_of(node_id),), LISTENER)
            node = self.nodes[node_id] = SimulatedNode(
                local, self.config, static, servers, Random(self.random.random())
            )
            if dynamic:
                node.format_with(first_voters)
        self.committed = CommittedRecordsStay()
        self.invariants = [
            OneLeaderPerEpoch(),
            EpochNeverGoesBack(),
            MonotonicHighWatermark(),
            self.committed,
            MajorityHasWhatIsCommitted(),
            LogsMatch(),
            SnapshotsAgree(),
            NobodySawTheImpossible(),
        ]

    # Time

    def at(self, delay_ms: int, action: Callable[[], None]) -> None:
        heapq.heappush(self._queue, (self.now_ms + delay_ms, next(self._order), action))

    def run(self, duration_ms: int, until: Callable[[], bool] = lambda: False) -> bool:
        """Lets time pass; True as soon as `until` holds."""
        deadline = self.now_ms + duration_ms
        while self._queue and self._queue[0][0] <= deadline:
            self.now_ms, _, action = heapq.heappop(self._queue)
            action()
            if until():
                return True
        self.now_ms = deadline
        return until()

    # Nodes

    def start_all(self) -> None:
        for node_id in self.nodes:
            self.start(node_id)

    def start(self, node_id: int) -> None:
        node = self.nodes[node_id]
        if not node.is_up:
            self._carry(node, node.start(self.now_ms))

    def crash(self, node_id: int) -> None:
        if self.nodes[node_id].is_up:
            self.nodes[node_id].crash()

    def step(self, node: SimulatedNode, event: object) -> None:
        if node.is_up:
            self._carry(node, node.step(event, self.now_ms))  # type: ignore[arg-type]

    def _carry(self, node: SimulatedNode, effects: Effects) -> None:
        for send in effects.send:
            match send:
                case SendRequest():
                    self._send_request(node, send)
                case SendReply():
                    self._send_reply(node, send.reply_to, send.reply)
        if node.pending_flush is not None:
            incarnation = node.incarnation
            self.at(self.random.randint(0, self.weather.max_flush_ms), lambda: self._flushed(node, incarnation))
        self._wake(node)
        if node.machine is not None and isinstance(node.machine.role, Leader):
            self._newest_leader_epoch = max(self._newest_leader_epoch, node.machine.epoch)
        for invariant in self.invariants:
            invariant.check(self, node)

    def _flushed(self, node: SimulatedNode, incarnation: int) -> None:
        if node.is_up and node.incarnation == incarnation:
            event = node.finish_flush()
            if event is not None:
                self.step(node, event)

    def _wake(self, node: SimulatedNode) -> None:
        machine, incarnation = node.machine, node.incarnation
        assert machine is not None
        wake_at = machine.wake_at_ms
        if wake_at > self.now_ms + 3_600_000:
            return

        def wake() -> None:
            if node.machine is machine and node.incarnation == incarnation and machine.wake_at_ms == wake_at:
                self.step(node, TimePassed())

        self.at(max(0, wake_at - self.now_ms), wake)

    # Network

    def cut(self, first: int, second: int) -> None:
        self._cut.add(frozenset((first, second)))

    def isolate(self, node_id: int) -> None:
        for other in self.nodes:
            if other != node_id:
                self.cut(node_id, other)

    def heal(self) -> None:
        self._cut.clear()

    def _delay(self) -> int:
        return self.random.randint(self.weather.min_delay_ms, self.weather.max_delay_ms)

    def _passes(self, source: int, target: int) -> bool:
        return frozenset((source, target)) not in self._cut and self.random.random() >= self.weather.loss

    def _send_request(self, node: SimulatedNode, send: SendRequest) -> None:
        target_id = send.to.port
        token = node.incarnation

        def fail() -> None:
            if node.is_up and node.incarnation == token:
                self.step(node, RequestFailed(send.request_id, ErrorCode.BROKER_NOT_AVAILABLE))

        if not self._passes(node.id, target_id):
            self.at(self.config.request_timeout_ms, fail)
            return
        copies = 2 if self.random.random() < self.weather.repetition else 1
        for _ in range(copies):
            self.at(self._delay(), lambda: self._deliver(node.id, token, target_id, send.request_id, send.request))
        self.at(self.config.request_timeout_ms, fail)

    def _deliver(self, source: int, incarnation: int, target: int, request_id: int, request: Request) -> None:
        node = self.nodes[target]
        if not node.is_up or frozenset((source, target)) in self._cut:
            return
        reply_to = next(self._tokens)
        self._pending_replies[reply_to] = (source, incarnation, request_id, target, node.incarnation)
        self.step(node, RequestArrived(reply_to, request))

    def _send_reply(self, node: SimulatedNode, reply_to: int, reply: Reply) -> None:
        pending = self._pending_replies.pop(reply_to, None)
        if pending is None:
            return
        source, incarnation, request_id, _, _ = pending
        if not self._passes(node.id, source):
            return
        asker = self.nodes[source]

        def arrive() -> None:
            if asker.is_up and asker.incarnation == incarnation:
                self.step(asker, ReplyArrived(request_id, reply))

        copies = 2 if self.random.random() < self.weather.repetition else 1
        for _ in range(copies):
            self.at(self._delay(), arrive)

    # Use

    @property
    def leader(self) -> SimulatedNode | None:
        """The leader of the highest epoch, if it is up."""
        leaders = [
            node for node in self.nodes.values() if node.machine is not None and isinstance(node.machine.role, Leader)
        ]
        return max(leaders, key=lambda node: node.machine.epoch if node.machine else 0, default=None)

    def is_newest_leader(self, epoch: int) -> bool:
        """False for a leader that does not know yet that there is, or was, another after it."""
        return epoch >= self._newest_leader_epoch

    def has_leader(self) -> bool:
        leader = self.leader
        return (
            leader is not None
            and leader.machine is not None
            and isinstance(leader.machine.role, Leader)
            and leader.machine.role.high_watermark is not None
        )

    def submit(self, count: int = 1) -> bool:
        """The leader's controller appends a batch; False where there is no leader."""
        leader = self.leader
        if leader is None or leader.machine is None:
            return False
        values = tuple(str(next(self._value)).encode() for _ in range(count))
        try:
            self.step(leader, RecordsSubmitted(leader.machine.epoch, values))
        except NotLeaderError:
            return False
        return True

    def change_voters(self) -> None:
        """Somebody asks the leader to add a node that is no voter, or to remove one that is.

        The leader itself is spared: where it crashes before its own removal is committed, nobody may be electable,
        as in Kafka: it has the longest log but counts itself no voter any more.
        """
        leader = self.leader
        if leader is None or leader.machine is None:
            return
        voters = leader.machine.voters
        node = self.random.choice(list(self.nodes.values()))
        if node is leader:
            return
        request: Request
        if voters.node(node.id) is None:
            request = AddVoter(node.local.key, node.local.endpoints, self.random.random() < 0.5)
        else:
            request = RemoveVoter(node.local.key)
        self.step(leader, RequestArrived(next(self._tokens), request))

    def snapshot(self, node_id: int) -> None:
        node = self.nodes[node_id]
        for other in self.nodes.values():
            node.snapshot_sources.update(other.snapshot_sources)
        node.take_snapshot(self.now_ms, self.committed.committed)
        for other in self.nodes.values():
            other.snapshot_sources.update(node.snapshot_sources)
        if node.is_up:
            self._wake(node)

    def reached(self, offset: int) -> bool:
        """True where every running node has everything below `offset` committed."""
        return all(node.machine.committed_offset >= offset for node in self.nodes.values() if node.machine is not None)
