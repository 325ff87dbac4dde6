"""Runs the quorum machine: executes its effects on disk, sockets and listeners, and feeds back what happens.

Theory: everything runs on the event loop; only the log's fsync and the writing of snapshots are done by worker
threads. Records appended while an fsync runs share the next one (group commit), so the rate of commits does not fall
with concurrent writers. Invariants: effects of a step are carried out before the next step's; `persist` before `send`
before `apply`; the high watermark moves on this node's account only behind a finished fsync.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from random import Random

from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.contract import (
    CommittedBatch,
    LeaderAndEpoch,
    NotLeaderError,
    OffsetAndEpoch,
    QuorumListener,
)
from workbench.embedded_broker.quorum.effects import (
    AbandonSnapshot,
    AdvanceHighWatermark,
    AnnounceLeader,
    AppendBatch,
    AppendReceived,
    Apply,
    FlushLog,
    InstallSnapshot,
    NoteRole,
    Persist,
    ReportInconsistency,
    Send,
    SendReply,
    SendRequest,
    StoreElection,
    TruncateLog,
    WriteSnapshotChunk,
)
from workbench.embedded_broker.quorum.events import (
    Event,
    KRaftVersionUpgradeRequested,
    LogFlushed,
    RecordsSubmitted,
    ReplyArrived,
    RequestArrived,
    RequestFailed,
    ResignationRequested,
    ShutdownStarted,
    Started,
    TimePassed,
)
from workbench.embedded_broker.quorum.group_commit import GroupCommit
from workbench.embedded_broker.quorum.listeners import Listeners
from workbench.embedded_broker.quorum.log_picture import recency
from workbench.embedded_broker.quorum.machine import Machine
from workbench.embedded_broker.quorum.messages import (
    FetchReply,
    FetchSnapshotReply,
    RecordsToRead,
    Reply,
    Request,
    SnapshotBytesToRead,
)
from workbench.embedded_broker.quorum.metadata_log import MetadataLog, MetadataLogConfig, holds_records
from workbench.embedded_broker.quorum.peers import Peers
from workbench.embedded_broker.quorum.snapshot_keeper import SnapshotKeeper
from workbench.storage.log.errors import AppendError
from workbench.storage.quorum.snapshot_content import MAX_BATCH_BYTES, RECORD_OVERHEAD_BYTES
from workbench.storage.quorum.voters import VoterSet
from workbench.system.clock import Clock
from workbench.system.tasks import TaskKeeper
from workbench.wire.error_codes import ErrorCode

LOG = logging.getLogger(__name__)


class QuorumDriver:
    """A member of the metadata quorum; implements `contract.MetadataQuorum`.

    `on_failure` is told of what this node cannot live with: a disk that fails, data of other nodes that contradicts
    the protocol. The node must then go down, for it can no longer promise what it has promised.
    """

    def __init__(
        self,
        *,
        local: LocalReplica,
        config: QuorumConfig,
        log: MetadataLog,
        log_config: MetadataLogConfig,
        static_voters: VoterSet,
        bootstrap_servers: Sequence[tuple[str, int]],
        peers: Peers,
        clock: Clock,
        random: Random,
        on_failure: Callable[[Exception], None],
    ) -> None:
        self._local = local
        self._log = log
        self._peers = peers
        self._clock = clock
        self._on_failure = on_failure
        picture = log.picture(static_voters)
        self._machine = Machine(local, config, picture, bootstrap_servers, random, log.read_election())
        self._listeners = Listeners(log.read_committed, log.load_snapshot)
        self._wall_minus_monotonic_ms = clock.now_ms() - clock.monotonic_ms()
        self._apply_queue: deque[Apply] = deque()
        self._applying = False
        self._replies: dict[int, asyncio.Future[tuple[Reply, bytes]]] = {}
        self._last_reply_to = 0
        self._tasks = TaskKeeper()
        self._group_commit = GroupCommit(log.flush, lambda: picture.generation, self._flushed, self._fail, self._tasks)
        self._snapshots = SnapshotKeeper(
            log, log_config, picture, self._step_if_running, self._tell_log_changed, self._now_ms, self._tasks
        )
        self._timer: asyncio.TimerHandle | None = None
        self._running = False
        self._shut_down = asyncio.Event()
        self.obstacle = ErrorCode.NONE
        """Why this node may never get the metadata: INCONSISTENT_CLUSTER_ID where a node that it asks is of another
        cluster, DUPLICATE_BROKER_REGISTRATION where another node with its id leads."""
        self._last_report = ""
        self.role_observers: list[Callable[[NoteRole], None]] = []

    # Life

    async def start(self) -> None:
        """Takes part from now on; a single voter leads when this returns, its first record on the way to the disk."""
        self._running = True
        self._tell_log_changed()
        self._step(Started())
        self._snapshots.start()

    async def stop(self, timeout_s: float = 5.0) -> None:
        """Hands leadership over where there is somebody to take it, then closes the log."""
        if self._running:
            self._step(ShutdownStarted())
            try:
                async with asyncio.timeout(timeout_s):
                    await self._shut_down.wait()
            except TimeoutError:
                LOG.info("no other node took over the quorum within %s s", timeout_s)
        self._running = False
        if self._timer is not None:
            self._timer.cancel()
        for reply in self._replies.values():
            reply.cancel()
        await self._tasks.cancel_all()
        await self._peers.close()
        await self._group_commit.close()
        self._log.close()

    # What the users of the quorum see

    @property
    def node_id(self) -> int:
        return self._local.key.id

    @property
    def leader_and_epoch(self) -> LeaderAndEpoch:
        return LeaderAndEpoch(self._machine.leader_id, self._machine.epoch)

    @property
    def high_watermark(self) -> int:
        return self._machine.committed_offset

    @property
    def log_end_offset(self) -> int:
        return self._machine.log.end_offset

    @property
    def voters(self) -> VoterSet:
        """The voter set in force, committed or not."""
        return self._machine.voters

    @property
    def kraft_version(self) -> int:
        """The finalized kraft.version: 0 static voters, 1 voters in the log."""
        return self._machine.log.control.kraft_version

    @property
    def role_name(self) -> str:
        return self._machine.role_name

    @property
    def latest_snapshot_id(self) -> OffsetAndEpoch | None:
        latest = self._machine.log.latest_snapshot
        return latest if latest is not None and holds_records(latest) else None

    def register(self, listener: QuorumListener) -> None:
        self._listeners.register(listener)

    def append(self, epoch: int, values: Sequence[bytes]) -> int:
        """See `MetadataQuorum.append`; also raises ValueError for more than 8 MiB, AppendError where the disk fails."""
        if not values or sum(map(len, values)) + RECORD_OVERHEAD_BYTES * len(values) > MAX_BATCH_BYTES:
            raise ValueError(f"{len(values)} records do not make a batch of at most {MAX_BATCH_BYTES} bytes")
        if not self._running:
            raise NotLeaderError("the quorum is not running")
        last_offset = self._machine.log.end_offset + len(values) - 1
        self._step(RecordsSubmitted(epoch, tuple(values)))
        return last_offset

    def resign(self, epoch: int) -> None:
        if self._running:
            self._step(ResignationRequested(epoch))

    def upgrade_kraft_version(self, epoch: int, level: int, *, validate_only: bool = False) -> None:
        """Goes from static voters to voters in the log; raises NotLeaderError or KRaftVersionUpgradeError."""
        self._step(KRaftVersionUpgradeRequested(epoch, level, validate_only))

    def write_snapshot(
        self, snapshot_id: OffsetAndEpoch, last_contained_timestamp_ms: int, values: Sequence[bytes]
    ) -> None:
        """See `MetadataQuorum.write_snapshot`; returns at once, a worker thread writes. Raises ValueError."""
        self._snapshots.write(snapshot_id, last_contained_timestamp_ms, values, self._machine.committed_offset)

    async def ask(self, request: Request) -> tuple[Reply, bytes]:
        """Lets the machine answer a request of another node or tool; may wait (a fetch, a voter change).

        With the reply come the records or snapshot bytes that it stands for. Raises OSError where they cannot be read.
        """
        self._last_reply_to += 1
        reply_to = self._last_reply_to
        reply: asyncio.Future[tuple[Reply, bytes]] = asyncio.get_running_loop().create_future()
        self._replies[reply_to] = reply
        try:
            self._step(RequestArrived(reply_to, request))
            return await reply
        finally:
            self._replies.pop(reply_to, None)

    # Steps

    def _now_ms(self) -> int:
        """Milliseconds since 1970 that never go back: the wall clock at the start, moved on by the monotonic one."""
        return self._wall_minus_monotonic_ms + self._clock.monotonic_ms()

    def _step(self, event: Event) -> None:
        effects = self._machine.step(event, self._now_ms())
        try:
            follow_ups = [self._do_persist(effect) for effect in effects.persist]
        except Exception as error:
            self._fail(error)
            raise
        for send in effects.send:
            self._do_send(send)
        self._apply_queue.extend(effects.apply)
        for follow_up in follow_ups:
            if follow_up is not None:
                self._step(follow_up)
        self._do_apply()
        self._schedule()
        if self._machine.has_shut_down:
            self._shut_down.set()

    def _schedule(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        wait_ms = self._machine.wake_at_ms - self._now_ms()
        if self._running and wait_ms < 1 << 40:
            self._timer = asyncio.get_running_loop().call_later(max(0, wait_ms) / 1000, self._time_passed)

    def _time_passed(self) -> None:
        self._step_if_running(TimePassed())

    def _step_if_running(self, event: Event) -> None:
        """For what comes from tasks that may finish after the end; a disk that fails has been told of by then."""
        if self._running:
            try:
                self._step(event)
            except (AppendError, OSError):
                if self._running:
                    raise

    def _fail(self, error: Exception) -> None:
        LOG.error("the quorum cannot go on: %s", error)
        self._running = False
        self._on_failure(error)

    def _do_persist(self, effect: Persist) -> Event | None:
        match effect:
            case StoreElection():
                self._log.store_election(effect.state, effect.kraft_version)
            case AppendBatch():
                batch = effect.batch
                self._log.append(batch)
                self._listeners.remember(
                    CommittedBatch(
                        batch.base_offset, batch.next_offset - 1, batch.epoch, batch.timestamp_ms, batch.values
                    )
                )
            case AppendReceived():
                self._log.append_received(effect.records.data)
            case TruncateLog():
                self._log.truncate(effect.offset)
            case FlushLog():
                self._group_commit.request()
            case WriteSnapshotChunk():
                self._log.write_download(effect.snapshot_id, effect.position, effect.chunk)
            case AbandonSnapshot():
                self._log.abandon_download()
            case InstallSnapshot():
                older = [known for known in self._machine.log.snapshots if recency(known) < recency(effect.snapshot_id)]
                return self._log.install_snapshot(effect.snapshot_id, older)
        return None

    def _flushed(self, end_offset: int, generation: int) -> None:
        self._step_if_running(LogFlushed(end_offset, generation))

    def _do_send(self, effect: Send) -> None:
        match effect:
            case SendRequest():
                self._tasks.spawn(self._exchange(effect), f"{type(effect.request).__name__} to node {effect.to.id}")
            case SendReply():
                reply = self._replies.get(effect.reply_to)
                if reply is not None and not reply.done():
                    reply.set_result((effect.reply, self._read_for(effect.reply)))

    async def _exchange(self, effect: SendRequest) -> None:
        answer = await self._peers.exchange(effect.to, effect.request)
        if isinstance(answer, Reply):
            if answer.leader_id == self._local.key.id and answer.epoch > self._machine.epoch:
                self.obstacle = ErrorCode.DUPLICATE_BROKER_REGISTRATION
            self._step_if_running(ReplyArrived(effect.request_id, answer))
        else:
            if answer == ErrorCode.INCONSISTENT_CLUSTER_ID and self.obstacle != answer:
                self.obstacle = answer
                LOG.error("Node %s of the quorum's addresses belongs to another cluster", effect.to.id)
            self._step_if_running(RequestFailed(effect.request_id, answer))

    def _read_for(self, reply: Reply) -> bytes:
        # Read now: by the time that the asker runs, this node may lead no more and have cut its log.
        match reply:
            case FetchReply(records=RecordsToRead(from_offset, to_offset, max_bytes)):
                return self._log.read_bytes(from_offset, to_offset, max_bytes)
            case FetchSnapshotReply(chunk=SnapshotBytesToRead(snapshot_id, position, max_bytes)):
                return self._log.read_snapshot_range(snapshot_id, position, max_bytes)
            case _:
                return b""

    def _do_apply(self) -> None:
        if self._applying:
            return
        self._applying = True
        try:
            while self._apply_queue:
                self._apply(self._apply_queue.popleft())
        finally:
            self._applying = False

    def _apply(self, effect: Apply) -> None:
        match effect:
            case AdvanceHighWatermark():
                self._tell_log_changed()
                self._listeners.committed(effect.offset)
                self._listeners.deliver()
            case AnnounceLeader():
                self._listeners.leader_changed(
                    LeaderAndEpoch(effect.leader_id, effect.epoch), effect.epoch_start_offset
                )
                self._listeners.deliver()
            case NoteRole():
                LOG.info("%s in epoch %s, leader %s", effect.role, effect.epoch, effect.leader_id)
                if effect.role != "leader":
                    self._listeners.forget_uncommitted()
                for observer in self.role_observers:
                    observer(effect)
            case ReportInconsistency():
                if effect.message != self._last_report:
                    LOG.error("the quorum is inconsistent: %s", effect.message)
                self._last_report = effect.message

    def _tell_log_changed(self) -> None:
        self._listeners.log_changed(self._machine.log.start_offset, self.latest_snapshot_id)
