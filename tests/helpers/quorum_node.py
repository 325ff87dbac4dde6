"""One quorum member in tests: the real machine, and a log in memory of which a crash takes what was not flushed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from random import Random

from workbench.embedded_broker.quorum.batches import NewBatch, ReceivedBatch
from workbench.embedded_broker.quorum.config import LocalReplica, QuorumConfig
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.control_history import ControlHistory
from workbench.embedded_broker.quorum.effects import (
    AbandonSnapshot,
    AdvanceHighWatermark,
    AppendBatch,
    AppendReceived,
    Effects,
    FlushLog,
    InstallSnapshot,
    NoteRole,
    Persist,
    ReportInconsistency,
    Send,
    SendReply,
    StoreElection,
    TruncateLog,
    WriteSnapshotChunk,
)
from workbench.embedded_broker.quorum.events import (
    Event,
    LogFlushed,
    LogPrefixDeleted,
    SnapshotInstalled,
    SnapshotWritten,
    Started,
)
from workbench.embedded_broker.quorum.log_picture import BOOTSTRAP_SNAPSHOT_ID, LogPicture, recency
from workbench.embedded_broker.quorum.machine import Machine
from workbench.embedded_broker.quorum.messages import (
    FetchReply,
    FetchSnapshotReply,
    ReceivedRecords,
    RecordsToRead,
    Reply,
    SnapshotBytesToRead,
)
from workbench.storage.quorum.election_state import ElectionState
from workbench.storage.quorum.voters import VoterSet

CHUNK_BYTES = 7


@dataclass(frozen=True)
class SimulatedSnapshot:
    """A snapshot: what stands for the state is the list of all values committed so far."""

    values: tuple[bytes, ...]
    kraft_version: int | None
    voters: VoterSet | None

    @property
    def size_bytes(self) -> int:
        return 10 + len(self.values) // 4


@dataclass
class SimulatedDisk:
    """What survives a crash; `batches` beyond `flushed_offset` may or may not."""

    batches: list[NewBatch] = field(default_factory=list)
    start_offset: int = 0
    flushed_offset: int = 0
    snapshots: dict[OffsetAndEpoch, SimulatedSnapshot] = field(default_factory=dict)
    election: ElectionState | None = None

    @property
    def end_offset(self) -> int:
        return self.batches[-1].next_offset if self.batches else self.start_offset


class SimulatedNode:
    """Carries out the effects of one machine; the cluster carries the messages."""

    def __init__(
        self,
        local: LocalReplica,
        config: QuorumConfig,
        static_voters: VoterSet,
        bootstrap_servers: list[tuple[str, int]],
        random: Random,
    ) -> None:
        self.local = local
        self.config = config
        self.static_voters = static_voters
        self.bootstrap_servers = bootstrap_servers
        self.random = random
        self.disk = SimulatedDisk()
        self.machine: Machine | None = None
        self.incarnation = 0
        self.newly_appended: list[tuple[NewBatch, int | None]] = []
        self.high_watermark = -1
        self.roles: list[NoteRole] = []
        self.inconsistencies: list[str] = []
        self.pending_flush: tuple[int, int] | None = None
        self.snapshot_sources: dict[OffsetAndEpoch, SimulatedSnapshot] = {}

    @property
    def id(self) -> int:
        return self.local.key.id

    @property
    def is_up(self) -> bool:
        return self.machine is not None

    def format_with(self, voters: VoterSet) -> None:
        """As a dynamic quorum is formatted: a first snapshot names the voters."""
        self.disk.snapshots[BOOTSTRAP_SNAPSHOT_ID] = SimulatedSnapshot((), 1, voters)

    def start(self, now_ms: int) -> Effects:
        """Opens the log as the driver does and starts the machine."""
        disk = self.disk
        latest = max(disk.snapshots, key=recency, default=None)
        last_epoch = disk.batches[-1].epoch if disk.batches else 0
        if latest is not None and recency(latest) > (last_epoch, disk.end_offset):
            disk.batches, disk.start_offset = [], latest.offset
            disk.snapshots = {latest: disk.snapshots[latest]}
        disk.flushed_offset = disk.end_offset
        control = ControlHistory(self.static_voters)
        next_offset = disk.start_offset
        if latest is not None:
            snapshot = disk.snapshots[latest]
            control.load_snapshot(latest.offset - 1, snapshot.kraft_version, snapshot.voters)
            next_offset = max(next_offset, latest.offset)
        epochs: list[tuple[int, int]] = []
        for batch in disk.batches:
            if not epochs or batch.epoch > epochs[-1][0]:
                epochs.append((batch.epoch, batch.base_offset))
            if batch.base_offset >= next_offset:
                for index, record in enumerate(batch.control):
                    control.record(batch.base_offset + index, record)
        picture = LogPicture.opened(
            control,
            start_offset=disk.start_offset,
            end_offset=disk.end_offset,
            epochs=epochs,
            snapshots={known: snapshot.size_bytes for known, snapshot in disk.snapshots.items()},
        )
        self.machine = Machine(
            self.local, self.config, picture, self.bootstrap_servers, Random(self.random.random()), disk.election
        )
        self.high_watermark = -1
        self.pending_flush = None
        self.incarnation += 1
        return self.step(Started(), now_ms)

    def crash(self) -> None:
        """Loses the process and a random part of what was not flushed."""
        self.machine = None
        kept = [batch for batch in self.disk.batches if batch.next_offset <= self.disk.flushed_offset]
        unflushed = self.disk.batches[len(kept) :]
        kept += unflushed[: self.random.randint(0, len(unflushed))]
        self.disk.batches = kept

    def step(self, event: Event, now_ms: int) -> Effects:
        """Steps the machine and carries out all but `send`, which is returned."""
        machine = self.machine
        assert machine is not None
        effects = machine.step(event, now_ms)
        follow_ups = [follow_up for effect in effects.persist if (follow_up := self._persist(effect))]
        filled = [self._fill(effect) for effect in effects.send]
        for apply in effects.apply:
            match apply:
                case AdvanceHighWatermark():
                    self.high_watermark = apply.offset
                case NoteRole():
                    self.roles.append(apply)
                case ReportInconsistency():
                    self.inconsistencies.append(apply.message)
                case _:
                    pass
        result = Effects(effects.persist, tuple(filled), effects.apply)
        for follow_up in follow_ups:
            more = self.step(follow_up, now_ms)
            result = Effects(result.persist, result.send + more.send, result.apply + more.apply)
        return result

    def _persist(self, effect: Persist) -> Event | None:
        disk = self.disk
        match effect:
            case StoreElection():
                disk.election = effect.state
            case AppendBatch():
                assert effect.batch.base_offset == disk.end_offset
                self._append(effect.batch)
            case AppendReceived():
                for batch in effect.records.batches:
                    assert batch.base_offset == disk.end_offset
                    self._append(_decode(effect.records.data, batch))
            case TruncateLog():
                disk.batches = [batch for batch in disk.batches if batch.next_offset <= effect.offset]
                disk.flushed_offset = min(disk.flushed_offset, disk.end_offset)
            case FlushLog():
                self.pending_flush = (effect.end_offset, effect.generation)
            case WriteSnapshotChunk() | AbandonSnapshot():
                pass
            case InstallSnapshot():
                snapshot = self.snapshot_sources[effect.snapshot_id]
                disk.snapshots = {effect.snapshot_id: snapshot}
                disk.batches, disk.start_offset = [], effect.snapshot_id.offset
                disk.flushed_offset = effect.snapshot_id.offset
                return SnapshotInstalled(
                    effect.snapshot_id, snapshot.size_bytes, snapshot.kraft_version, snapshot.voters
                )
        return None

    def _append(self, batch: NewBatch) -> None:
        before = self.disk.batches[-1].epoch if self.disk.batches else None
        self.disk.batches.append(batch)
        self.newly_appended.append((batch, before))

    def finish_flush(self) -> LogFlushed | None:
        """What was appended before now is durable; a flush begun before a truncation finishes all the same."""
        if self.pending_flush is None:
            return None
        end_offset, generation = self.pending_flush
        self.pending_flush = None
        if self.machine is not None and generation == self.machine.log.generation:
            self.disk.flushed_offset = max(self.disk.flushed_offset, min(end_offset, self.disk.end_offset))
        return LogFlushed(end_offset, generation)

    def _fill(self, effect: Send) -> Send:
        """Puts records and snapshot bytes into replies, as the driver does before they leave."""
        if not isinstance(effect, SendReply):
            return effect
        reply: Reply = effect.reply
        if isinstance(reply, FetchReply) and isinstance(reply.records, RecordsToRead):
            wanted = reply.records
            found = [
                batch
                for batch in self.disk.batches
                if batch.base_offset >= wanted.from_offset and batch.next_offset <= wanted.to_offset
            ][:20]
            heads = tuple(
                ReceivedBatch(batch.base_offset, batch.next_offset - 1, batch.epoch, batch.control) for batch in found
            )
            records = ReceivedRecords(_Payload(found), heads)
            reply = _replace(reply, records=records if found else None)
        elif isinstance(reply, FetchSnapshotReply) and isinstance(reply.chunk, SnapshotBytesToRead):
            size = min(CHUNK_BYTES, reply.size_bytes - reply.position)
            reply = _replace(reply, chunk=b"s" * size)
        return SendReply(effect.reply_to, reply)

    def take_snapshot(self, now_ms: int, committed: dict[int, NewBatch]) -> None:
        """Snapshots everything that is committed here, then lets older snapshots and the log below the second go."""
        machine = self.machine
        if machine is None or self.high_watermark <= self.disk.start_offset:
            return
        boundaries = [batch for batch in self.disk.batches if batch.next_offset <= self.high_watermark]
        if not boundaries:
            return
        snapshot_id = OffsetAndEpoch(boundaries[-1].next_offset, boundaries[-1].epoch)
        if snapshot_id in self.disk.snapshots:
            return
        values = [
            value for offset in sorted(committed) if offset < snapshot_id.offset for value in committed[offset].values
        ]
        control = machine.log.control
        last = snapshot_id.offset - 1
        level = control.kraft_version_at(last)
        snapshot = SimulatedSnapshot(tuple(values), level or None, control.voters_at(last) if level else None)
        self.disk.snapshots[snapshot_id] = snapshot
        self.snapshot_sources[snapshot_id] = snapshot
        self.step(SnapshotWritten(snapshot_id, snapshot.size_bytes), now_ms)
        older = [known for known in self.disk.snapshots if recency(known) < recency(snapshot_id)]
        for known in older:
            del self.disk.snapshots[known]
        self.disk.start_offset = snapshot_id.offset
        self.disk.batches = [batch for batch in self.disk.batches if batch.next_offset > snapshot_id.offset]
        self.disk.flushed_offset = max(self.disk.flushed_offset, snapshot_id.offset)
        self.step(LogPrefixDeleted(snapshot_id.offset), now_ms)


class _Payload(bytes):
    """Carries batches as objects where the machine only passes bytes along."""

    batches: list[NewBatch]

    def __new__(cls, batches: list[NewBatch]) -> _Payload:
        made = super().__new__(cls, b"batches")
        made.batches = batches
        return made


def _decode(data: bytes, head: ReceivedBatch) -> NewBatch:
    assert isinstance(data, _Payload)
    return next(batch for batch in data.batches if batch.base_offset == head.base_offset)


def _replace(reply: Reply, **changes: object) -> Reply:
    return replace(reply, **changes)  # type: ignore[arg-type]
