"""What the quorum machine wants done, in the imperative.

Order of `Effects`: everything in `persist` first and in order (only `FlushLog` may finish later, it is answered by the
event `LogFlushed`), then `send`, then `apply`. A vote therefore never leaves the node before it is on disk.
"""

from __future__ import annotations

from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.messages import ReceivedRecords, Reply, Request
from workbench.storage.quorum.election_state import ElectionState
from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Where to send: a voter's id, or an id below -1 for a bootstrap server whose id is not known."""

    id: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class StoreElection:
    """Replace the quorum-state file; durable before anything that follows."""

    state: ElectionState
    kraft_version: int


@dataclass(frozen=True, slots=True)
class AppendBatch:
    """Append a batch that this leader made."""

    batch: NewBatch


@dataclass(frozen=True, slots=True)
class AppendReceived:
    """Append what the leader sent."""

    records: ReceivedRecords


@dataclass(frozen=True, slots=True)
class TruncateLog:
    """Forget every record from `offset` on; never below the high watermark."""

    offset: int


@dataclass(frozen=True, slots=True)
class FlushLog:
    """Make the log durable up to `end_offset`, then report LogFlushed with `generation`."""

    end_offset: int
    generation: int


@dataclass(frozen=True, slots=True)
class WriteSnapshotChunk:
    """Write bytes of a snapshot under download at `position`; position 0 starts the file anew."""

    snapshot_id: OffsetAndEpoch
    position: int
    chunk: bytes


@dataclass(frozen=True, slots=True)
class InstallSnapshot:
    """Finish the download, let the log be empty and start at its end, then report SnapshotInstalled."""

    snapshot_id: OffsetAndEpoch


@dataclass(frozen=True, slots=True)
class AbandonSnapshot:
    """Delete the unfinished download."""

    snapshot_id: OffsetAndEpoch


Persist = (
    StoreElection
    | AppendBatch
    | AppendReceived
    | TruncateLog
    | FlushLog
    | WriteSnapshotChunk
    | InstallSnapshot
    | AbandonSnapshot
)


@dataclass(frozen=True, slots=True)
class SendRequest:
    """Send `request`; report ReplyArrived or RequestFailed with `request_id`."""

    request_id: int
    to: Node
    request: Request


@dataclass(frozen=True, slots=True)
class SendReply:
    """Answer the request that came with `reply_to`."""

    reply_to: int
    reply: Reply


Send = SendRequest | SendReply


@dataclass(frozen=True, slots=True)
class AdvanceHighWatermark:
    """Everything before `offset` is committed: deliver it to the listeners."""

    offset: int


@dataclass(frozen=True, slots=True)
class AnnounceLeader:
    """Tell the listeners who leads; of the own leadership only once they have seen offset `epoch_start_offset`."""

    leader_id: int | None
    epoch: int
    epoch_start_offset: int | None = None


@dataclass(frozen=True, slots=True)
class NoteRole:
    """The role changed; for the log and for whoever watches."""

    role: str
    epoch: int
    leader_id: int | None


@dataclass(frozen=True, slots=True)
class ReportInconsistency:
    """A rule of the protocol was broken by what another node sent; the node must not go on."""

    message: str


Apply = AdvanceHighWatermark | AnnounceLeader | NoteRole | ReportInconsistency


@dataclass(frozen=True, slots=True)
class Effects:
    """The outcome of one step."""

    persist: tuple[Persist, ...] = ()
    send: tuple[Send, ...] = ()
    apply: tuple[Apply, ...] = ()
