"""Control records: their raw key and value bytes, built and parsed by hand.

Invariants: a key is int16 version 0, int16 type; a value starts with its own int16 version. A type not known here is
kept as `UnknownControl`, since later versions of Kafka may add some and readers must pass over them (KIP-98).
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from workbench.records.builder import build_batch
from workbench.records.compact_fields import CompactReader, CompactWriter
from workbench.records.errors import CorruptBatchError
from workbench.records.record import NewRecord
from workbench.system.quick_dataclass import dataclass

_NO_DIRECTORY = bytes(16)


class ControlRecordType(IntEnum):
    """The type in a control record's key."""

    ABORT = 0
    COMMIT = 1
    LEADER_CHANGE = 2
    SNAPSHOT_HEADER = 3
    SNAPSHOT_FOOTER = 4
    KRAFT_VERSION = 5
    KRAFT_VOTERS = 6


@dataclass(frozen=True, slots=True)
class EndTxnMarker:
    """End of a transaction in this partition (KIP-98)."""

    committed: bool
    coordinator_epoch: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class QuorumVoter:
    """A voter named in a LeaderChange; the directory id (16 bytes) only from version 1 on (KIP-853)."""

    voter_id: int
    directory_id: bytes = _NO_DIRECTORY


@dataclass(frozen=True, slots=True)
class LeaderChange:
    """First record of a quorum leader's epoch (KIP-595)."""

    leader_id: int
    voters: tuple[QuorumVoter, ...]
    granting_voters: tuple[QuorumVoter, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """First record of a snapshot (KIP-630)."""

    last_contained_log_timestamp: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class SnapshotFooter:
    """Last record of a snapshot (KIP-630)."""

    version: int = 0


@dataclass(frozen=True, slots=True)
class KRaftVersion:
    """Finalised kraft.version (KIP-853)."""

    kraft_version: int
    version: int = 0


@dataclass(frozen=True, slots=True)
class VoterEndpoint:
    """Where a voter listens."""

    name: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class KRaftVoter:
    """One member of the voter set (KIP-853)."""

    voter_id: int
    directory_id: bytes
    endpoints: tuple[VoterEndpoint, ...]
    min_supported_version: int = 0
    max_supported_version: int = 1


@dataclass(frozen=True, slots=True)
class KRaftVoters:
    """The voter set from this record on (KIP-853)."""

    voters: tuple[KRaftVoter, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class UnknownControl:
    """A control record of a type or key version that this program does not know."""

    type_id: int
    value: bytes


ControlRecord = (
    EndTxnMarker | LeaderChange | SnapshotHeader | SnapshotFooter | KRaftVersion | KRaftVoters | UnknownControl
)


def control_key(control_type: ControlRecordType) -> bytes:
    """The 4-byte key."""
    return b"\x00\x00" + int(control_type).to_bytes(2, "big")


def encode_control(record: ControlRecord) -> tuple[bytes, bytes]:
    """Key and value bytes."""
    out = CompactWriter()
    if isinstance(record, UnknownControl):
        return b"\x00\x00" + record.type_id.to_bytes(2, "big"), record.value
    out.integer(record.version, 2)
    match record:
        case EndTxnMarker():
            out.integer(record.coordinator_epoch, 4)
            kind = ControlRecordType.COMMIT if record.committed else ControlRecordType.ABORT
            return control_key(kind), bytes(out.data)
        case LeaderChange():
            kind = ControlRecordType.LEADER_CHANGE
            out.integer(record.leader_id, 4)
            for voters in (record.voters, record.granting_voters):
                out.count(len(voters))
                for voter in voters:
                    out.integer(voter.voter_id, 4)
                    if record.version >= 1:
                        out.data += voter.directory_id
                    out.no_tags()
        case SnapshotHeader():
            kind = ControlRecordType.SNAPSHOT_HEADER
            out.integer(record.last_contained_log_timestamp, 8)
        case SnapshotFooter():
            kind = ControlRecordType.SNAPSHOT_FOOTER
        case KRaftVersion():
            kind = ControlRecordType.KRAFT_VERSION
            out.integer(record.kraft_version, 2)
        case KRaftVoters():
            kind = ControlRecordType.KRAFT_VOTERS
            _write_voters(out, record.voters)
    out.no_tags()
    return control_key(kind), bytes(out.data)


def decode_control(key: bytes | None, value: bytes | None) -> ControlRecord:
    """Raises CorruptBatchError for a cut key or value."""
    if key is None or len(key) < 4:
        raise CorruptBatchError("control record key is cut")
    type_id = int.from_bytes(key[2:4], "big", signed=True)
    try:
        kind = ControlRecordType(type_id)
    except ValueError:
        return UnknownControl(type_id, value or b"")
    source = CompactReader(value or b"")
    version = source.integer(2)
    match kind:
        case ControlRecordType.ABORT | ControlRecordType.COMMIT:
            return EndTxnMarker(kind is ControlRecordType.COMMIT, source.integer(4), version)
        case ControlRecordType.LEADER_CHANGE:
            leader_id = source.integer(4)
            return LeaderChange(leader_id, _read_ids(source, version), _read_ids(source, version), version)
        case ControlRecordType.SNAPSHOT_HEADER:
            return SnapshotHeader(source.integer(8), version)
        case ControlRecordType.SNAPSHOT_FOOTER:
            return SnapshotFooter(version)
        case ControlRecordType.KRAFT_VERSION:
            return KRaftVersion(source.integer(2), version)
        case ControlRecordType.KRAFT_VOTERS:
            return KRaftVoters(_read_voters(source), version)


def build_control_batch(
    controls: Sequence[ControlRecord],
    *,
    base_offset: int = 0,
    leader_epoch: int = -1,
    timestamp: int,
    producer_id: int = -1,
    producer_epoch: int = -1,
    transactional: bool = False,
) -> bytearray:
    """A control batch of `controls`; a transaction marker is `transactional` with its producer's id and epoch."""
    encoded = [encode_control(control) for control in controls]
    return build_batch(
        [NewRecord(timestamp, key, value) for key, value in encoded],
        base_offset=base_offset,
        leader_epoch=leader_epoch,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        transactional=transactional,
        control=True,
    )


def _read_ids(source: CompactReader, version: int) -> tuple[QuorumVoter, ...]:
    voters = []
    for _ in range(source.count()):
        voter_id = source.integer(4)
        directory_id = source.take(16) if version >= 1 else _NO_DIRECTORY
        source.skip_tags()
        voters.append(QuorumVoter(voter_id, directory_id))
    return tuple(voters)


def _write_voters(out: CompactWriter, voters: tuple[KRaftVoter, ...]) -> None:
    out.count(len(voters))
    for voter in voters:
        out.integer(voter.voter_id, 4)
        out.data += voter.directory_id
        out.count(len(voter.endpoints))
        for endpoint in voter.endpoints:
            out.string(endpoint.name)
            out.string(endpoint.host)
            out.unsigned(endpoint.port, 2)
            out.no_tags()
        out.integer(voter.min_supported_version, 2)
        out.integer(voter.max_supported_version, 2)
        out.no_tags()
        out.no_tags()


def _read_voters(source: CompactReader) -> tuple[KRaftVoter, ...]:
    voters = []
    for _ in range(source.count()):
        voter_id = source.integer(4)
        directory_id = source.take(16)
        endpoints = []
        for _ in range(source.count()):
            endpoints.append(VoterEndpoint(source.string(), source.string(), source.unsigned(2)))
            source.skip_tags()
        low, high = source.integer(2), source.integer(2)
        source.skip_tags()
        source.skip_tags()
        voters.append(KRaftVoter(voter_id, directory_id, tuple(endpoints), low, high))
    return tuple(voters)
