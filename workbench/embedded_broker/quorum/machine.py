"""The Raft machine of one quorum member: `step(event, now_ms) -> effects`, without any input or output of its own.

Theory: KIP-595 (pull replication), KIP-630 (snapshots), KIP-853 (voters in the log), KIP-996 (pre-vote).

    unattached -> prospective   election timeout            prospective -> candidate    majority of pre-votes
    candidate  -> leader        majority of votes           candidate   -> prospective  election timeout
    follower   -> prospective   fetch timeout               prospective -> unattached or follower   pre-vote lost
    leader     -> resigned      asked to, shutting down, or no fetches from a majority
    resigned   -> unattached    election timeout, in the next epoch
    any        -> unattached    a higher epoch is heard of  any         -> follower     a leader is heard of

Invariants: only `become_*` changes the role; the epoch never goes back; a member gives one vote an epoch and never in
one that it led; a change of epoch, vote or leader is in `persist` before anything that tells of it is in `send`.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from workbench.embedded_broker.quorum import answering, committing, polling, replies, voter_changes
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.connections import Connections
from workbench.embedded_broker.quorum.contract import NotLeaderError
from workbench.embedded_broker.quorum.effects import (
    AbandonSnapshot,
    AnnounceLeader,
    Effects,
    Node,
    NoteRole,
    SendRequest,
    StoreElection,
)
from workbench.embedded_broker.quorum.events import (
    Event,
    KRaftVersionUpgradeRequested,
    LogFlushed,
    LogPrefixDeleted,
    RecordsSubmitted,
    ReplyArrived,
    RequestArrived,
    RequestFailed,
    ResignationRequested,
    ShutdownStarted,
    SnapshotInstalled,
    SnapshotWritten,
    Started,
    TimePassed,
)
from workbench.embedded_broker.quorum.leading import Leader
from workbench.embedded_broker.quorum.log_picture import LogPicture
from workbench.embedded_broker.quorum.messages import Request
from workbench.embedded_broker.quorum.outbox import Outbox
from workbench.embedded_broker.quorum.roles import Candidate, Follower, Prospective, Resigned, Unattached
from workbench.embedded_broker.quorum.starting import (
    election_deadline_ms,
    fetch_deadline_ms,
    initial_role,
    new_resigned,
    new_tally,
)
from workbench.storage.quorum.election_state import ElectionState
from workbench.storage.quorum.voters import Endpoints, ReplicaKey, VoterSet
from workbench.wire.error_codes import ErrorCode

Role = Unattached | Prospective | Candidate | Leader | Follower | Resigned

MOST_POLLS_IN_A_STEP = 20


class QuorumBug(RuntimeError):
    """The machine was about to break one of its own rules."""


class Machine:
    """One member of the metadata quorum."""

    def __init__(
        self,
        local: LocalReplica,
        config: QuorumConfig,
        log: LogPicture,
        bootstrap_servers: Sequence[tuple[str, int]],
        random: Random,
        stored: ElectionState | None,
    ) -> None:
        self.local = local
        self.config = config
        self.log = log
        self.random = random
        self.now_ms = 0
        self.wake_at_ms = 0
        self.committed_offset = -1
        self.shutting_down = False
        self.role: Role = Unattached(0, None, None, None)
        self._stored = stored
        self._on_disk: tuple[ElectionState, int] | None = None
        self.connections = Connections(
            self._bootstrap_nodes(bootstrap_servers), config.retry_backoff_ms, config.request_timeout_ms, random
        )
        self.out = Outbox()

    def _bootstrap_nodes(self, servers: Sequence[tuple[str, int]]) -> list[Node]:
        """Whom to ask who leads: the bootstrap servers or else the static voters, never this node itself."""
        nodes = [Node(-2 - index, host, port) for index, (host, port) in enumerate(servers)]
        if not nodes:
            nodes = [node for voter_id in self.voters.ids if (node := self.voter_address(voter_id))]
        own = {(endpoint.host, endpoint.port) for endpoint in self.local.endpoints}
        return [node for node in nodes if (node.host, node.port) not in own]

    # What is asked of the machine

    @property
    def epoch(self) -> int:
        return self.role.epoch

    @property
    def leader_id(self) -> int | None:
        return self.role.leader_id

    @property
    def voters(self) -> VoterSet:
        return self.log.control.voters

    @property
    def is_voter(self) -> bool:
        return self.voters.is_voter(self.local.key)

    @property
    def role_name(self) -> str:
        """The role as Kafka's metric `current-state` names it, with observers told apart."""
        if isinstance(self.role, (Follower, Unattached)) and not self.is_voter:
            return "observer"
        return type(self.role).__name__.lower()

    @property
    def has_shut_down(self) -> bool:
        """True once nothing is left to hand over: all that could take over know that this node leads no more."""
        if not self.shutting_down:
            return False
        if self.voters.is_only_voter(self.local.key):
            return True
        return not isinstance(self.role, Leader) and not (isinstance(self.role, Resigned) and self.role.unacknowledged)

    def step(self, event: Event, now_ms: int) -> Effects:
        """Takes `event` in and returns what is to be done; `wake_at_ms` says when time alone matters next."""
        self.now_ms = now_ms
        self._handle(event)
        wait_ms = 0
        for _ in range(MOST_POLLS_IN_A_STEP):
            wait_ms = polling.poll(self)
            if wait_ms > 0:
                break
        self.wake_at_ms = now_ms + max(1, wait_ms)
        return self.out.take()

    def _handle(self, event: Event) -> None:
        match event:
            case Started():
                self._start()
            case TimePassed():
                pass
            case RequestArrived():
                answering.answer(self, event.reply_to, event.request)
            case ReplyArrived():
                replies.reply_arrived(self, event.request_id, event.reply)
            case RequestFailed():
                replies.request_failed(self, event.request_id, event.error)
            case RecordsSubmitted():
                committing.append(self, self._leading_in(event.epoch), values=event.values)
            case LogFlushed():
                committing.log_flushed(self, event)
            case SnapshotWritten():
                self.log.snapshots[event.snapshot_id] = event.size_bytes
                self.log.control.forget_before(event.snapshot_id.offset - 1)
            case SnapshotInstalled():
                replies.snapshot_installed(self, event)
            case LogPrefixDeleted():
                self.log.delete_prefix(event.start_offset)
            case ResignationRequested():
                if isinstance(self.role, Leader) and self.role.epoch == event.epoch:
                    self.role.resign_requested = True
            case KRaftVersionUpgradeRequested():
                self._leading_in(event.epoch)
                voter_changes.upgrade_kraft_version(self, event.level, validate_only=event.validate_only)
            case ShutdownStarted():
                self.shutting_down = True

    def _leading_in(self, epoch: int) -> Leader:
        if not isinstance(self.role, Leader) or self.role.epoch != epoch:
            raise NotLeaderError(f"node {self.local.key.id} is {self.role_name} in epoch {self.epoch}, not {epoch}")
        return self.role

    # Starting

    def _start(self) -> None:
        self.role = initial_role(
            self._stored,
            last_epoch=self.log.last_epoch,
            local=self.local,
            voters=self.voters,
            config=self.config,
            random=self.random,
            now_ms=self.now_ms,
        )
        self._entered(durable=True)
        if isinstance(self.role, Candidate):
            if self.role.tally.is_granted:
                self.become_leader()
        elif self.voters.is_only_voter(self.local.key):
            self.become_prospective()

    # Changing the role

    def become_unattached(self, epoch: int, leader_id: int | None = None) -> None:
        """A higher epoch without a known leader, or a pre-vote lost with none to go back to."""
        old = self.role
        if epoch < old.epoch or (epoch == old.epoch and not isinstance(old, Prospective)):
            raise QuorumBug(f"cannot be unattached in epoch {epoch} after {old}")
        deadline: int | None = None
        if self.is_voter:
            keeps_deadline = isinstance(old, Candidate | Unattached | Resigned) or (
                isinstance(old, Prospective) and not old.tally.is_rejected
            )
            if keeps_deadline and not isinstance(old, Leader | Follower):
                deadline = old.election_deadline_ms
            if deadline is None:
                deadline = self._election_deadline_ms()
        voted_key = old.voted_key if epoch == old.epoch else None
        self._leave_role()
        self.role = Unattached(epoch, leader_id, voted_key, deadline, old.high_watermark)
        self._entered(durable=True)
        self.connections.reset_all()

    def become_prospective(self) -> None:
        """An election or fetch timeout: asks for pre-votes, or goes straight on where no other voter is needed."""
        old = self.role
        if not self.is_voter or isinstance(old, Leader | Prospective):
            raise QuorumBug(f"cannot be prospective after {old}")
        endpoints, watermark = old.leader_endpoints, old.high_watermark
        deadline = self._election_deadline_ms()
        self._leave_role()
        tally = new_tally(self.local, self.voters)
        self.role = Prospective(old.epoch, old.leader_id, endpoints, old.voted_key, tally, deadline, watermark)
        self._entered(durable=False)
        if self.role.tally.is_granted:
            self.become_candidate()
        else:
            self.connections.reset_all()

    def become_candidate(self) -> None:
        """Votes for itself in a new epoch."""
        old = self.role
        if not self.is_voter or not isinstance(old, Prospective):
            raise QuorumBug(f"cannot be candidate after {old}")
        deadline = self._election_deadline_ms()
        self.role = Candidate(
            old.epoch + 1, self.local.key, new_tally(self.local, self.voters), deadline, old.high_watermark
        )
        self._entered(durable=True)
        if self.role.tally.is_granted:
            self.become_leader()
        else:
            self.connections.reset_all()

    def become_leader(self) -> None:
        """Won the election: its first act is a control batch in the new epoch, so that the watermark can move."""
        old = self.role
        if not self.is_voter or not isinstance(old, Candidate) or not old.tally.is_granted:
            raise QuorumBug(f"cannot be leader after {old}")
        leader = Leader(
            self.local.voter_node,
            old.epoch,
            self.log.end_offset,
            self.voters,
            old.tally.granting_ids,
            self.config.fetch_timeout_ms,
            self.now_ms,
        )
        self.role = leader
        self._entered(durable=True)
        committing.append_first_batch(self, leader)
        self.connections.reset_all()

    def become_follower(self, epoch: int, leader_id: int, endpoints: Endpoints) -> None:
        """A leader made itself known; its endpoints must be known too."""
        old = self.role
        same_epoch_again = isinstance(old, Follower) and len(endpoints) <= len(old.leader_endpoints)
        if (
            not endpoints
            or leader_id == self.local.key.id
            or epoch < old.epoch
            or (epoch == old.epoch and (isinstance(old, Leader) or same_epoch_again))
        ):
            raise QuorumBug(f"cannot follow {leader_id} at {endpoints} in epoch {epoch} after {old}")
        voted_key = old.voted_key if epoch == old.epoch else None
        self._leave_role()
        update_due_ms = self.now_ms + self.config.fetch_timeout_ms
        self.role = Follower(epoch, leader_id, endpoints, voted_key, self.fetch_deadline_ms(), update_due_ms)
        self.role.high_watermark = old.high_watermark
        self._entered(durable=True)
        self.connections.reset_all()

    def become_resigned(self) -> None:
        """Leads no more; stays silent in this epoch and points the voters to a successor."""
        old = self.role
        if not isinstance(old, Leader):
            raise QuorumBug(f"cannot resign after {old}")
        successors = old.preferred_successors()
        self._leave_role()
        self.role = new_resigned(old.epoch, self.local, self.voters, successors, self._election_deadline_ms())
        self._entered(durable=False)
        self.connections.reset_all()

    def fetch_deadline_ms(self) -> int:
        """When a follower that hears nothing from its leader until then stands for election."""
        return fetch_deadline_ms(self.config, self.random, self.now_ms)

    def _election_deadline_ms(self) -> int:
        return election_deadline_ms(self.config, self.random, self.now_ms)

    def grant_vote(self, candidate: ReplicaKey) -> None:
        """Gives this epoch's one vote; the own election waits anew, since the candidate's log is as good as ours."""
        role = self.role
        if not isinstance(role, Unattached | Prospective) or role.voted_key is not None:
            raise QuorumBug(f"cannot vote for {candidate} as {role}")
        role.voted_key = candidate
        role.election_deadline_ms = self._election_deadline_ms()
        if isinstance(role, Prospective):
            role.tally = new_tally(self.local, self.voters)
        self._store_election()

    def _store_election(self) -> None:
        state = ElectionState(self.epoch, self.leader_id, self.role.voted_key, self.voters.ids)
        if (state, self.log.control.kraft_version) != self._on_disk:
            self._on_disk = state, self.log.control.kraft_version
            self.out.persist(StoreElection(*self._on_disk))

    def _leave_role(self) -> None:
        """Answers everyone who waits on the role that ends."""
        role = self.role
        if isinstance(role, Leader):
            for parked in role.parked:
                self.out.reply(parked.reply_to, answering.fetch_error(self, ErrorCode.NOT_LEADER_OR_FOLLOWER))
            role.parked.clear()
            voter_changes.finish(self, role, ErrorCode.NOT_LEADER_OR_FOLLOWER)
        elif isinstance(role, Follower) and role.download is not None:
            self.out.persist(AbandonSnapshot(role.download.snapshot_id))

    def _entered(self, *, durable: bool) -> None:
        if durable:
            self._store_election()
        self.out.apply(NoteRole(self.role_name, self.epoch, self.leader_id))
        if isinstance(self.role, Leader):
            self.out.apply(AnnounceLeader(self.leader_id, self.epoch, self.role.epoch_start_offset))
        elif not isinstance(self.role, Resigned | Prospective):
            self.out.apply(AnnounceLeader(self.leader_id, self.epoch))

    # Speaking

    def voter_address(self, voter_id: int) -> Node | None:
        from_set = self.voters.endpoints(voter_id)
        return self.address(voter_id, from_set)

    def address(self, node_id: int, endpoints: Endpoints) -> Node | None:
        for endpoint in endpoints:
            if endpoint.listener == self.local.listener.upper():
                return Node(node_id, endpoint.host, endpoint.port)
        return None

    def send(self, to: Node, request: Request) -> bool:
        """Sends unless a request to the node is under way or it is backing off; True where it was sent."""
        if not self.connections.is_ready(to.id, self.now_ms):
            return False
        self.out.send(SendRequest(self.connections.sent(to.id, self.now_ms), to, request))
        return True
