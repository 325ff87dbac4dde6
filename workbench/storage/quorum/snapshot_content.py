"""What is in a snapshot (`*.checkpoint`, `bootstrap.checkpoint`): header, quorum control records, values, footer.

Layout (KIP-630, KIP-853): a control batch with SnapshotHeader and, with kraft.version 1, KRaftVersion and Voters; data
batches of at most 8 MiB; a control batch with SnapshotFooter. Offsets count from 0 within the file, every batch carries
the epoch of the snapshot. Invariant: a file without footer is not a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workbench.records import CorruptBatchError, NewRecord, build_batch, iterate_batches
from workbench.records.control import (
    ControlRecord,
    KRaftVersion,
    KRaftVoters,
    SnapshotFooter,
    SnapshotHeader,
    build_control_batch,
    decode_control,
)
from workbench.storage.quorum.voters import VoterSet
from workbench.storage.quorum.voters_record import voter_set_of, voters_record
from workbench.system.quick_dataclass import dataclass

MAX_BATCH_BYTES = 8 * 1024 * 1024
RECORD_OVERHEAD_BYTES = 32
BATCH_OVERHEAD_BYTES = 1024


class SnapshotError(Exception):
    """The file is no complete snapshot."""


@dataclass(frozen=True, slots=True)
class SnapshotContent:
    """A snapshot's records; `kraft_version` and `voters` are None where it holds none."""

    last_contained_timestamp_ms: int
    values: tuple[bytes, ...]
    kraft_version: int | None = None
    voters: VoterSet | None = None


def _value_groups(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    start, size = 0, 0
    for index, value in enumerate(values):
        size += len(value) + RECORD_OVERHEAD_BYTES
        if size > MAX_BATCH_BYTES - BATCH_OVERHEAD_BYTES and index > start:
            yield values[start:index]
            start, size = index, len(value) + RECORD_OVERHEAD_BYTES
    if start < len(values):
        yield values[start:]


def encode_snapshot(content: SnapshotContent, *, epoch: int, now_ms: int) -> Iterator[bytes]:
    """The file's batches in order; `now_ms` stamps them."""
    head: list[ControlRecord] = [SnapshotHeader(content.last_contained_timestamp_ms)]
    if content.kraft_version:
        head.append(KRaftVersion(content.kraft_version))
        if content.voters is not None:
            head.append(voters_record(content.voters))
    offset = 0
    yield bytes(build_control_batch(head, base_offset=offset, leader_epoch=epoch, timestamp=now_ms))
    offset += len(head)
    for group in _value_groups(content.values):
        records = [NewRecord(now_ms, None, value) for value in group]
        yield bytes(build_batch(records, base_offset=offset, leader_epoch=epoch))
        offset += len(records)
    yield bytes(build_control_batch([SnapshotFooter()], base_offset=offset, leader_epoch=epoch, timestamp=now_ms))


def decode_snapshot(data: bytes) -> SnapshotContent:
    """Raises SnapshotError for a file that is cut, damaged or no snapshot at all."""
    timestamp_ms: int | None = None
    kraft_version: int | None = None
    voters: VoterSet | None = None
    values: list[bytes] = []
    finished = False
    position = 0
    try:
        for batch in iterate_batches(data):
            batch.check_crc()
            position += batch.size_bytes
            for record in batch.records():
                if not batch.is_control:
                    values.append(b"" if record.value is None else bytes(record.value))
                    continue
                match decode_control(record.key, record.value):
                    case SnapshotHeader(header_timestamp_ms):
                        timestamp_ms = header_timestamp_ms
                    case KRaftVersion(level):
                        kraft_version = level
                    case KRaftVoters() as listed:
                        voters = voter_set_of(listed)
                    case SnapshotFooter():
                        finished = True
                    case _:
                        pass
    except CorruptBatchError as error:
        raise SnapshotError(f"snapshot is damaged at byte {position}: {error}") from error
    if timestamp_ms is None or not finished or position != len(data):
        raise SnapshotError(f"snapshot of {len(data)} bytes is incomplete: header, footer or bytes are missing")
    return SnapshotContent(timestamp_ms, tuple(values), kraft_version, voters)
