"""Plays conversations between quorum members from text files and writes down what each of them does.

A transcript is a text file: `#` lines tell the story, a line that starts with `> ` is something that happens, and the
lines below it, up to the next blank line, are what follows from it. Messages stay on their way until they are
delivered. What can happen:

    > voters 1 2 3 [dynamic] [observers 4]   makes the nodes (must be first)
    > start 1 2 3                            processes come up
    > deliver                                messages, flushes and what follows from them, until there are none
    > deliver once                           only the messages that are on their way now
    > lose 1 2                               what is on its way between the two is lost
    > pass 500                               time in ms; timers fire in their order, messages are not delivered
    > pass until 2 is prospective            time until then
    > append 1 a b                           node 1's controller appends one batch
    > snapshot 1                             node 1 snapshots what is committed and forgets the log below
    > crash 1                                the process dies with all that was not flushed
    > resign 1 / > stop 1                    the controller gives up / the node shuts down
    > add 4 to 1 / > remove 2 at 1           a voter change is asked of node 1
    > show                                   role, epoch, log end and high watermark of every node
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from tests.helpers.quorum_node import SimulatedNode
from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.contract import NotLeaderError
from workbench.embedded_broker.quorum.effects import (
    AdvanceHighWatermark,
    AppendBatch,
    AppendReceived,
    Effects,
    InstallSnapshot,
    NoteRole,
    SendReply,
    SendRequest,
    StoreElection,
    TruncateLog,
)
from workbench.embedded_broker.quorum.events import (
    Event,
    RecordsSubmitted,
    ReplyArrived,
    RequestArrived,
    ResignationRequested,
    ShutdownStarted,
    TimePassed,
)
from workbench.embedded_broker.quorum.messages import (
    AddVoter,
    BeginEpoch,
    EndEpoch,
    Fetch,
    FetchReply,
    FetchSnapshot,
    FetchSnapshotReply,
    ReceivedRecords,
    RemoveVoter,
    Reply,
    Request,
    UpdateVoter,
    Vote,
    VoteReply,
)
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.wire.error_codes import ErrorCode

LISTENER = "CONTROLLER"
START_MS = 1_000_000
MOST_ROUNDS = 40
MOST_MS = 60_000


@dataclass
class OnItsWay:
    """A message between two nodes; `request_id` and `reply_to` are 0 where they do not apply."""

    source: int
    target: int
    message: Request | Reply
    request_id: int


def describe_request(request: Request) -> str:
    """One request in words."""
    match request:
        case Vote():
            kind = "pre-vote" if request.pre_vote else "vote"
            return f"{kind} in epoch {request.epoch}? my log ends at {request.last_offset}, epoch {request.last_epoch}"
        case BeginEpoch():
            return f"I lead epoch {request.epoch}"
        case EndEpoch():
            named = ", ".join(str(key.id) for key in request.preferred_candidates)
            return f"I lead epoch {request.epoch} no more, best follow {named or 'whom you will'}"
        case Fetch():
            return f"fetch from {request.fetch_offset}, last epoch {request.last_fetched_epoch}, epoch {request.epoch}"
        case FetchSnapshot():
            wanted = request.snapshot_id
            return f"fetch snapshot {wanted.offset}-{wanted.epoch} from byte {request.position}"
        case UpdateVoter():
            return f"I am voter {request.key.id}, at kraft.version up to {request.max_kraft_version}"
        case _:
            return type(request).__name__


def describe_reply(reply: Reply) -> str:
    """One reply in words."""
    if reply.error != ErrorCode.NONE:
        return f"{reply.error.name}, epoch {reply.epoch}, leader {reply.leader_id}"
    match reply:
        case VoteReply():
            return "granted" if reply.granted else f"refused, epoch {reply.epoch}, leader {reply.leader_id}"
        case FetchReply():
            if reply.diverging is not None:
                return f"cut your log: epoch {reply.diverging.epoch} ends at {reply.diverging.offset}"
            if reply.snapshot_id is not None:
                return f"take snapshot {reply.snapshot_id.offset}-{reply.snapshot_id.epoch} first"
            batches = reply.records.batches if isinstance(reply.records, ReceivedRecords) else ()
            spans = " ".join(f"{batch.base_offset}..{batch.last_offset}" for batch in batches)
            return f"records {spans or 'none'}, high watermark {reply.high_watermark}"
        case FetchSnapshotReply():
            size = len(reply.chunk) if isinstance(reply.chunk, bytes) else 0
            return f"bytes {reply.position}..{reply.position + size} of {reply.size_bytes}"
        case _:
            return "done"


def describe_batch(batch: NewBatch) -> str:
    """What a batch holds."""
    if batch.values:
        return f"{batch.base_offset}: " + " ".join(value.decode() for value in batch.values)
    return f"{batch.base_offset}: " + ", ".join(type(record).__name__ for record in batch.control)


class QuorumPlay:
    """The members and what is between them."""

    def __init__(self) -> None:
        self.now_ms = START_MS
        self.nodes: dict[int, SimulatedNode] = {}
        self.on_the_way: list[OnItsWay] = []
        self.committed: dict[int, NewBatch] = {}
        self.lines: list[str] = []
        self._asked: dict[int, tuple[int, int]] = {}
        self._last_reply_to = 0

    def play(self, line: str) -> list[str]:
        """Lets one thing happen and returns what follows from it."""
        self.lines = []
        words = line.split()
        getattr(self, f"_do_{words[0]}")(words[1:])
        return self.lines

    # What can happen

    def _do_voters(self, words: list[str]) -> None:
        observers = words[words.index("observers") + 1 :] if "observers" in words else []
        voters = [int(word) for word in words[: len(words) - len(observers)] if word.isdigit()]
        endpoints = {node_id: (Endpoint.of(LISTENER, "node", node_id),) for node_id in (*voters, *map(int, observers))}
        dynamic = "dynamic" in words
        keys = {node_id: ReplicaKey(node_id, bytes([node_id]) * 16) for node_id in endpoints}
        chosen = VoterSet.of(
            VoterNode(keys[node_id], endpoints[node_id], 0, 1)
            if dynamic
            else VoterNode(ReplicaKey(node_id), endpoints[node_id])
            for node_id in voters
        )
        servers = [("node", node_id) for node_id in voters]
        for node_id in endpoints:
            local = LocalReplica(keys[node_id], endpoints[node_id], LISTENER)
            static = VoterSet() if dynamic else chosen
            node = SimulatedNode(local, QuorumConfig(), static, servers, Random(node_id))
            if dynamic:
                node.format_with(chosen)
            self.nodes[node_id] = node

    def _do_start(self, words: list[str]) -> None:
        for word in words:
            node = self.nodes[int(word)]
            self._follow(node, node.start(self.now_ms))

    def _do_deliver(self, words: list[str]) -> None:
        for _ in range(1 if words == ["once"] else MOST_ROUNDS):
            moving, self.on_the_way = self.on_the_way, []
            flushing = [node for node in self.nodes.values() if node.is_up and node.pending_flush is not None]
            if not moving and not flushing:
                return
            for node in flushing:
                flushed = node.finish_flush()
                if flushed is not None:
                    self._step(node, flushed)
            for message in moving:
                self._deliver(message)
        if words != ["once"]:
            self.lines.append("(and so on)")

    def _do_lose(self, words: list[str]) -> None:
        pair = {int(word) for word in words}
        self.on_the_way = [message for message in self.on_the_way if {message.source, message.target} != pair]

    def _do_pass(self, words: list[str]) -> None:
        awaited = (int(words[1]), words[3]) if words[0] == "until" else None
        deadline = self.now_ms + (MOST_MS if awaited else int(words[0]))
        while awaited is None or self._role_of(awaited[0]) != awaited[1]:
            up = [node for node in self.nodes.values() if node.machine is not None]
            due = [(node.machine.wake_at_ms, node.id) for node in up if node.machine is not None]
            if not due or min(due)[0] > deadline:
                break
            wake_at, node_id = min(due)
            self.now_ms = max(self.now_ms, wake_at)
            self._step(self.nodes[node_id], TimePassed())
        if awaited is None:
            self.now_ms = deadline

    def _role_of(self, node_id: int) -> str:
        machine = self.nodes[node_id].machine
        return "down" if machine is None else machine.role_name

    def _do_append(self, words: list[str]) -> None:
        node = self.nodes[int(words[0])]
        assert node.machine is not None
        try:
            self._step(node, RecordsSubmitted(node.machine.epoch, tuple(word.encode() for word in words[1:])))
        except NotLeaderError:
            self.lines.append(f"{node.id} is not the leader")

    def _do_snapshot(self, words: list[str]) -> None:
        node = self.nodes[int(words[0])]
        node.take_snapshot(self.now_ms, self.committed)
        for other in self.nodes.values():
            other.snapshot_sources.update(node.snapshot_sources)
        for snapshot_id in node.disk.snapshots:
            self.lines.append(f"{node.id} holds snapshot {snapshot_id.offset}-{snapshot_id.epoch}")

    def _do_crash(self, words: list[str]) -> None:
        node = self.nodes[int(words[0])]
        node.machine = None
        node.disk.batches = [batch for batch in node.disk.batches if batch.next_offset <= node.disk.flushed_offset]
        self.lines.append(f"{node.id} is gone, its log ends at {node.disk.end_offset}")
        self.on_the_way = [message for message in self.on_the_way if message.source != node.id]

    def _do_resign(self, words: list[str]) -> None:
        node = self.nodes[int(words[0])]
        assert node.machine is not None
        self._step(node, ResignationRequested(node.machine.epoch))

    def _do_stop(self, words: list[str]) -> None:
        self._step(self.nodes[int(words[0])], ShutdownStarted())

    def _do_add(self, words: list[str]) -> None:
        local = self.nodes[int(words[0])].local
        self._ask(int(words[2]), AddVoter(local.key, local.endpoints))

    def _do_remove(self, words: list[str]) -> None:
        self._ask(int(words[2]), RemoveVoter(self.nodes[int(words[0])].local.key))

    def _do_show(self, words: list[str]) -> None:
        for node in self.nodes.values():
            machine = node.machine
            if machine is None:
                self.lines.append(f"{node.id} is down, its log ends at {node.disk.end_offset}")
                continue
            self.lines.append(
                f"{node.id} {machine.role_name} epoch {machine.epoch} leader {machine.leader_id} "
                f"log {machine.log.start_offset}..{machine.log.end_offset} committed {machine.committed_offset} "
                f"voters {' '.join(map(str, machine.voters.ids))}"
            )

    # What follows

    def _ask(self, node_id: int, request: Request) -> None:
        self._last_reply_to += 1
        self._asked[self._last_reply_to] = (0, 0)
        self._step(self.nodes[node_id], RequestArrived(self._last_reply_to, request))

    def _step(self, node: SimulatedNode, event: Event) -> None:
        self._follow(node, node.step(event, self.now_ms))

    def _deliver(self, message: OnItsWay) -> None:
        node = self.nodes[message.target]
        if not node.is_up:
            return
        if isinstance(message.message, Reply):
            self._step(node, ReplyArrived(message.request_id, message.message))
        else:
            self._last_reply_to += 1
            self._asked[self._last_reply_to] = (message.source, message.request_id)
            self._step(node, RequestArrived(self._last_reply_to, message.message))

    def _follow(self, node: SimulatedNode, effects: Effects) -> None:
        for effect in effects.persist:
            match effect:
                case StoreElection(state):
                    voted = "" if state.voted_key is None else f", voted for {state.voted_key.id}"
                    self.lines.append(f"{node.id} stores epoch {state.epoch}, leader {state.leader_id}{voted}")
                case AppendBatch(batch):
                    self.lines.append(f"{node.id} appends {describe_batch(batch)}")
                case AppendReceived(records):
                    spans = " ".join(f"{batch.base_offset}..{batch.last_offset}" for batch in records.batches)
                    self.lines.append(f"{node.id} appends {spans} as fetched")
                case TruncateLog(offset):
                    self.lines.append(f"{node.id} cuts its log at {offset}")
                case InstallSnapshot(snapshot_id):
                    self.lines.append(f"{node.id} starts over from snapshot {snapshot_id.offset}-{snapshot_id.epoch}")
                case _:
                    pass
        for send in effects.send:
            match send:
                case SendRequest():
                    target = send.to.port
                    self.on_the_way.append(OnItsWay(node.id, target, send.request, send.request_id))
                    self.lines.append(f"{node.id} -> {target}: {describe_request(send.request)}")
                case SendReply():
                    asker, request_id = self._asked.pop(send.reply_to, (0, 0))
                    name = "tool" if asker == 0 else str(asker)
                    if asker:
                        self.on_the_way.append(OnItsWay(node.id, asker, send.reply, request_id))
                    self.lines.append(f"{node.id} -> {name}: {describe_reply(send.reply)}")
        for apply in effects.apply:
            match apply:
                case NoteRole():
                    self.lines.append(f"{node.id} is {apply.role} in epoch {apply.epoch}, leader {apply.leader_id}")
                case AdvanceHighWatermark(offset):
                    self.lines.append(f"{node.id} has committed up to {offset}")
                    for batch in node.disk.batches:
                        if batch.next_offset <= offset:
                            self.committed.setdefault(batch.base_offset, batch)
                case _:
                    pass
