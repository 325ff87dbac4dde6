"""One machine, stepped by hand, for the tests of this folder."""

from __future__ import annotations

from random import Random

from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.control_history import ControlHistory
from workbench.embedded_broker.quorum.effects import Effects, SendReply, SendRequest
from workbench.embedded_broker.quorum.events import (
    Event,
    LogFlushed,
    ReplyArrived,
    RequestArrived,
    Started,
    TimePassed,
)
from workbench.embedded_broker.quorum.log_picture import LogPicture
from workbench.embedded_broker.quorum.machine import Machine
from workbench.embedded_broker.quorum.messages import Reply, Request, VoteReply
from workbench.storage.quorum.election_state import ElectionState
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.wire.error_codes import ErrorCode

LISTENER = "CONTROLLER"
SELF = 1


def key(node_id: int) -> ReplicaKey:
    return ReplicaKey(node_id, bytes([node_id]) * 16)


def endpoints(node_id: int) -> tuple[Endpoint, ...]:
    return (Endpoint.of(LISTENER, "node", node_id),)


def voter(node_id: int) -> VoterNode:
    return VoterNode(key(node_id), endpoints(node_id), 0, 1)


def voter_set(*ids: int) -> VoterSet:
    return VoterSet.of(voter(node_id) for node_id in ids)


class Member:
    """Node 1 of a quorum of `voters`, with voters in the log (`dynamic`) or in the configuration."""

    def __init__(
        self,
        *voters: int,
        dynamic: bool = False,
        stored: ElectionState | None = None,
        config: QuorumConfig | None = None,
        snapshots: dict[OffsetAndEpoch, int] | None = None,
        epochs: tuple[int, ...] = (),
    ) -> None:
        self.now_ms = 1_000
        control = ControlHistory(
            VoterSet()
            if dynamic
            else VoterSet.of(VoterNode(ReplicaKey(node_id), endpoints(node_id)) for node_id in voters)
        )
        if dynamic:
            control.load_snapshot(-1, 1, voter_set(*voters))
        log = LogPicture(control, snapshots=dict(snapshots or {}))
        for offset, epoch in enumerate(epochs):
            log.append(offset, offset + 1, epoch, ())
        log.flushed_offset = log.end_offset
        servers = [("node", node_id) for node_id in voters]
        local = LocalReplica(key(SELF), endpoints(SELF), LISTENER)
        self.machine = Machine(local, config or QuorumConfig(), log, servers, Random(1), stored)
        self.requests: list[SendRequest] = []
        self.started = self.step(Started())
        self._reply_to = 0

    def step(self, event: Event) -> Effects:
        effects = self.machine.step(event, self.now_ms)
        self.requests += [send for send in effects.send if isinstance(send, SendRequest)]
        return effects

    def ask(self, request: Request) -> Reply | None:
        """The machine's answer, None where it comes later."""
        self._reply_to += 1
        effects = self.step(RequestArrived(self._reply_to, request))
        for send in effects.send:
            if isinstance(send, SendReply) and send.reply_to == self._reply_to:
                return send.reply
        return None

    def pass_ms(self, duration_ms: int) -> Effects:
        self.now_ms += duration_ms
        return self.step(TimePassed())

    def answer(self, reply: Reply, to: type[Request] | None = None) -> Effects:
        """Answers the last request under way, of class `to` where given."""
        for sent in reversed(self.requests):
            if (to is None or isinstance(sent.request, to)) and self.machine.connections.expected_from(sent.request_id):
                return self.step(ReplyArrived(sent.request_id, reply))
        raise AssertionError(f"nothing under way: {self.requests}")

    def flush(self) -> Effects:
        log = self.machine.log
        return self.step(LogFlushed(log.end_offset, log.generation))

    def be_elected(self) -> Member:
        """Wins an election with the votes of all."""
        self.pass_ms(2_000)
        for _ in range(2):
            for sent in list(self.requests):
                if self.machine.connections.expected_from(sent.request_id) is not None:
                    epoch = self.machine.epoch
                    self.step(ReplyArrived(sent.request_id, VoteReply(ErrorCode.NONE, None, epoch, granted=True)))
        assert self.machine.role_name == "leader", self.machine.role
        return self
