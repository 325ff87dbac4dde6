"""What members of the quorum say to each other, as the machine sees it: one frozen class per request and reply.

`wire_messages.py` translates to and from Kafka's messages. Requests name nobody by address; a reply always carries
what its sender knows of the leader, since that is how members find each other (KIP-595).
"""

from __future__ import annotations

from workbench.embedded_broker.quorum.batches import ReceivedBatch
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.storage.quorum.voters import NO_ENDPOINTS, Endpoints, ReplicaKey
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode


@dataclass(frozen=True, slots=True)
class Vote:
    """Asks `receiver` for its vote in `epoch`, or with `pre_vote` whether it would give it (KIP-996)."""

    candidate: ReplicaKey
    receiver: ReplicaKey | None
    epoch: int
    last_offset: int
    last_epoch: int
    pre_vote: bool


@dataclass(frozen=True, slots=True)
class BeginEpoch:
    """A new leader makes itself known to a voter that has not fetched from it yet."""

    leader_id: int
    receiver: ReplicaKey | None
    epoch: int
    leader_endpoints: Endpoints


@dataclass(frozen=True, slots=True)
class EndEpoch:
    """A leader steps down; `preferred_candidates` begins with the voter whose log is the longest."""

    leader_id: int
    epoch: int
    preferred_candidates: tuple[ReplicaKey, ...]
    leader_endpoints: Endpoints


@dataclass(frozen=True, slots=True)
class Fetch:
    """Asks the leader for records from `fetch_offset` on; also says that everything before is durable here."""

    replica: ReplicaKey
    epoch: int
    fetch_offset: int
    last_fetched_epoch: int
    high_watermark: int
    max_wait_ms: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class FetchSnapshot:
    """Asks the leader for bytes of a snapshot (KIP-630)."""

    replica: ReplicaKey
    epoch: int
    snapshot_id: OffsetAndEpoch
    position: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class AddVoter:
    """Asks the leader to make an observer a voter (KIP-853)."""

    key: ReplicaKey
    endpoints: Endpoints
    ack_when_committed: bool = True


@dataclass(frozen=True, slots=True)
class RemoveVoter:
    """Asks the leader to make a voter an observer (KIP-853)."""

    key: ReplicaKey


@dataclass(frozen=True, slots=True)
class UpdateVoter:
    """A voter tells the leader its endpoints and the kraft.version range that it supports (KIP-853)."""

    key: ReplicaKey
    epoch: int
    endpoints: Endpoints
    min_kraft_version: int
    max_kraft_version: int


@dataclass(frozen=True, slots=True)
class DescribeQuorum:
    """Asks the leader for the progress of every replica (KIP-836)."""


@dataclass(frozen=True, slots=True)
class AskVersions:
    """ApiVersions, sent to a voter-to-be to learn which kraft.version it supports."""


Request = (
    Vote
    | BeginEpoch
    | EndEpoch
    | Fetch
    | FetchSnapshot
    | AddVoter
    | RemoveVoter
    | UpdateVoter
    | DescribeQuorum
    | AskVersions
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What every reply carries: an error and the leader that its sender knows (None while there is none)."""

    error: ErrorCode
    leader_id: int | None = None
    epoch: int = -1
    leader_endpoints: Endpoints = NO_ENDPOINTS


@dataclass(frozen=True, slots=True)
class VoteReply(Reply):
    """Answers Vote."""

    granted: bool = False


@dataclass(frozen=True, slots=True)
class BeginEpochReply(Reply):
    """Answers BeginEpoch."""


@dataclass(frozen=True, slots=True)
class EndEpochReply(Reply):
    """Answers EndEpoch."""


@dataclass(frozen=True, slots=True)
class RecordsToRead:
    """Stands in an outgoing Fetch reply for the records, which the driver reads from the log."""

    from_offset: int
    to_offset: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class ReceivedRecords:
    """The records of an incoming Fetch reply: the bytes and what their batch headers and control records say."""

    data: bytes
    batches: tuple[ReceivedBatch, ...]


@dataclass(frozen=True, slots=True)
class FetchReply(Reply):
    """Answers Fetch with records, or with where the follower's log must be cut, or with a snapshot to take first."""

    records: RecordsToRead | ReceivedRecords | None = None
    high_watermark: int = -1
    log_start_offset: int = -1
    diverging: OffsetAndEpoch | None = None
    snapshot_id: OffsetAndEpoch | None = None


@dataclass(frozen=True, slots=True)
class SnapshotBytesToRead:
    """Stands in an outgoing FetchSnapshot reply for the bytes, which the driver reads from the file."""

    snapshot_id: OffsetAndEpoch
    position: int
    max_bytes: int


@dataclass(frozen=True, slots=True)
class FetchSnapshotReply(Reply):
    """Answers FetchSnapshot with bytes at `position` of a snapshot of `size_bytes`."""

    snapshot_id: OffsetAndEpoch | None = None
    size_bytes: int = 0
    position: int = 0
    chunk: SnapshotBytesToRead | bytes | None = None


@dataclass(frozen=True, slots=True)
class VoterChangeReply(Reply):
    """Answers AddVoter and RemoveVoter."""

    message: str | None = None


@dataclass(frozen=True, slots=True)
class UpdateVoterReply(Reply):
    """Answers UpdateVoter."""


@dataclass(frozen=True, slots=True)
class ReplicaDescription:
    """One replica as its leader sees it; times in ms since 1970, -1 while unknown."""

    key: ReplicaKey
    log_end_offset: int
    last_fetch_timestamp_ms: int
    last_caught_up_timestamp_ms: int
    endpoints: Endpoints = NO_ENDPOINTS


@dataclass(frozen=True, slots=True)
class DescribeQuorumReply(Reply):
    """Answers DescribeQuorum."""

    high_watermark: int = -1
    voters: tuple[ReplicaDescription, ...] = ()
    observers: tuple[ReplicaDescription, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionsReply(Reply):
    """Answers AskVersions with the supported range of kraft.version, None where the node does not name it."""

    kraft_versions: tuple[int, int] | None = None
