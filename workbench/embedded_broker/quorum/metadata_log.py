"""The metadata log on disk: partition log, snapshots and quorum-state, as the machine's effects change them.

Invariants: records before the high watermark are never cut; a snapshot is complete before the log it replaces is
emptied; after a crash between the two, `open` finishes what was begun. Only `flush`, `write_snapshot_file` and
`remove_deleted` may run in a worker thread.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.contract import CommittedBatch, LoadedSnapshot, OffsetAndEpoch
from workbench.embedded_broker.quorum.control_history import ControlHistory
from workbench.embedded_broker.quorum.events import SnapshotInstalled
from workbench.embedded_broker.quorum.log_picture import BOOTSTRAP_SNAPSHOT_ID, LogPicture
from workbench.records import NewRecord, build_batch, iterate_batches
from workbench.records.control import ControlRecord, build_control_batch, decode_control
from workbench.storage.log.append_result import AppendOrigin
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.partition_log import PartitionLog
from workbench.storage.log.partition_metadata import read_topic_id, write_topic_id
from workbench.storage.quorum.election_state import ElectionState, QuorumStateFile
from workbench.storage.quorum.snapshot_content import SnapshotContent, SnapshotError, encode_snapshot
from workbench.storage.quorum.snapshot_files import SnapshotFiles, SnapshotName
from workbench.storage.quorum.voters import VoterSet
from workbench.system.clock import Clock
from workbench.system.disk import Disk
from workbench.system.quick_dataclass import dataclass
from workbench.wire.uuids import METADATA_TOPIC_ID

LOG = logging.getLogger(__name__)

METADATA_DIRECTORY_NAME = "__cluster_metadata-0"
MAX_BATCH_BYTES = 8 * 1024 * 1024
READ_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class MetadataLogConfig:
    """The settings `metadata.log.*` and `metadata.max.retention.*`, with Kafka's defaults."""

    segment_bytes: int = 1024 * 1024 * 1024
    segment_ms: int = 7 * 24 * 60 * 60 * 1000
    retention_bytes: int = 100 * 1024 * 1024
    retention_ms: int = 7 * 24 * 60 * 60 * 1000

    @property
    def log_config(self) -> LogConfig:
        return LogConfig(
            max_message_bytes=MAX_BATCH_BYTES,
            segment_bytes=self.segment_bytes,
            segment_ms=self.segment_ms,
            retention_ms=-1,
            retention_bytes=-1,
        )


def _knows_its_topic(directory: str, disk: Disk) -> bool:
    """Whether `partition.metadata` holds a topic id; one that a power cut left empty or torn is written again."""
    try:
        return read_topic_id(disk, directory) is not None
    except CorruptFileError as error:
        LOG.warning("%s; it is written again", error)
        return False


def _name(snapshot_id: OffsetAndEpoch) -> SnapshotName:
    return SnapshotName(snapshot_id.epoch, snapshot_id.offset)


def _id(name: SnapshotName) -> OffsetAndEpoch:
    return OffsetAndEpoch(name.end_offset, name.epoch)


class MetadataLog:
    """Everything under `__cluster_metadata-0`."""

    def __init__(self, log: PartitionLog, snapshots: SnapshotFiles, state_file: QuorumStateFile, clock: Clock) -> None:
        self._log = log
        self._snapshots = snapshots
        self._state_file = state_file
        self._clock = clock

    @staticmethod
    def open(log_dir: str, config: MetadataLogConfig, *, disk: Disk, clock: Clock) -> MetadataLog:
        """Opens, or creates, the metadata log of a formatted directory.

        Raises OSError, SnapshotError and what PartitionLog.open raises.
        """
        directory = str(Path(log_dir) / METADATA_DIRECTORY_NAME)
        disk.make_directory(directory)
        # The whole log is checked on every start, as Kafka does: nothing else tells a torn tail.
        log = PartitionLog.open(
            directory,
            config.log_config,
            disk=disk,
            topic_id=METADATA_TOPIC_ID,
            recovery_point=0,
            log_start_offset=0,
            clean=False,
            now_ms=clock.now_ms(),
        )
        for report in log.reports:
            LOG.warning(
                "%s: bytes %d to %d %s (%s); what other controllers have of it comes again from them",
                report.file,
                report.position,
                report.position + report.size_bytes,
                report.action,
                report.reason,
            )
        if not _knows_its_topic(directory, disk):
            log.note_new_directory(write_topic_id(disk, directory, METADATA_TOPIC_ID))
        log.leader_epochs.ensure_file()
        return MetadataLog(log, SnapshotFiles(directory, disk), QuorumStateFile(directory, disk), clock)

    def read_election(self) -> ElectionState | None:
        """Raises QuorumStateError."""
        return self._state_file.read()

    def store_election(self, state: ElectionState, kraft_version: int) -> None:
        self._state_file.write(state, kraft_version)

    def picture(self, static_voters: VoterSet) -> LogPicture:
        """Reads snapshots and log and says what is in them; finishes an installation that a crash interrupted."""
        found = self._snapshots.recover(self._log.log_start_offset)
        latest = max(found, default=None)
        last_epoch = self._log.leader_epochs.latest_epoch or 0
        end_offset = self._log.log_end_offset
        if latest is not None and (latest.epoch, latest.end_offset) > (last_epoch, end_offset):
            self._log.truncate_fully_and_start_at(latest.end_offset, now_ms=self._clock.now_ms())
            for name in [name for name in found if name < latest]:
                self._snapshots.delete(name)
                del found[name]
        control = ControlHistory(static_voters)
        next_offset = self._log.log_start_offset
        if latest is not None:
            content = self._snapshots.read(latest)
            control.load_snapshot(latest.end_offset - 1, content.kraft_version, content.voters)
            next_offset = max(next_offset, latest.end_offset)
        for offset, record in self._control_records(next_offset):
            control.record(offset, record)
        return LogPicture.opened(
            control,
            start_offset=self._log.log_start_offset,
            end_offset=self._log.log_end_offset,
            epochs=[(entry.epoch, entry.start_offset) for entry in self._log.leader_epochs.entries],
            snapshots={_id(name): size for name, size in found.items()},
        )

    def _control_records(self, from_offset: int) -> Iterator[tuple[int, ControlRecord]]:
        for data in self._raw(from_offset, self._log.log_end_offset):
            for view in iterate_batches(data):
                if view.is_control:
                    for record in view.records():
                        yield record.offset, decode_control(record.key, record.value)

    def _raw(self, from_offset: int, to_offset: int) -> Iterator[bytes]:
        offset = from_offset
        while offset < to_offset:
            data = self.read_bytes(offset, to_offset, READ_CHUNK_BYTES)
            if not data:
                return
            yield data
            for view in iterate_batches(data):
                offset = view.next_offset

    def read_bytes(self, from_offset: int, to_offset: int, max_bytes: int) -> bytes:
        """Whole batches from `from_offset` on, at least one where there is one, none at or above `to_offset`."""
        read = self._log.read(from_offset, max_bytes, upper_bound=to_offset, min_one_message=True)
        return b"".join(read.data)

    def read_committed(self, from_offset: int, to_offset: int) -> Iterator[list[CommittedBatch]]:
        """The batches between the offsets, a chunk at a time."""
        for data in self._raw(from_offset, to_offset):
            batches = []
            for view in iterate_batches(data):
                values: tuple[bytes, ...] = ()
                if not view.is_control:
                    values = tuple(b"" if record.value is None else bytes(record.value) for record in view.records())
                batches.append(
                    CommittedBatch(view.base_offset, view.last_offset, view.leader_epoch, view.max_timestamp, values)
                )
            yield batches

    def append(self, batch: NewBatch) -> None:
        """Raises AppendError or OSError."""
        if batch.control:
            data = build_control_batch(
                batch.control,
                base_offset=batch.base_offset,
                leader_epoch=batch.epoch,
                timestamp=batch.timestamp_ms,
            )
        else:
            records = [NewRecord(batch.timestamp_ms, None, value) for value in batch.values]
            data = build_batch(records, base_offset=batch.base_offset, leader_epoch=batch.epoch)
        self._log.append_as_leader(
            data, leader_epoch=batch.epoch, now_ms=self._clock.now_ms(), origin=AppendOrigin.RAFT_LEADER
        )

    def append_received(self, data: bytes) -> None:
        """Raises AppendError or OSError."""
        self._log.append_as_follower(bytearray(data))

    def truncate(self, offset: int) -> None:
        self._log.truncate_to(offset, now_ms=self._clock.now_ms())

    def flush(self) -> int:
        """Makes the log durable and returns up to which offset it is. Raises OSError."""
        return self._log.flush()

    # Snapshots

    def read_snapshot_range(self, snapshot_id: OffsetAndEpoch, position: int, max_bytes: int) -> bytes:
        return self._snapshots.read_range(_name(snapshot_id), position, max_bytes)

    def load_snapshot(self, snapshot_id: OffsetAndEpoch) -> LoadedSnapshot:
        """Raises SnapshotError or OSError."""
        content = self._snapshots.read(_name(snapshot_id))
        return LoadedSnapshot(snapshot_id, content.last_contained_timestamp_ms, content.values)

    def write_download(self, snapshot_id: OffsetAndEpoch, position: int, chunk: bytes) -> None:
        self._snapshots.write_download(_name(snapshot_id), position, chunk)

    def abandon_download(self) -> None:
        self._snapshots.abandon_download()

    def install_snapshot(self, snapshot_id: OffsetAndEpoch, older: Sequence[OffsetAndEpoch]) -> SnapshotInstalled:
        """Finishes the download, empties the log so that it starts at the snapshot's end, drops `older` snapshots."""
        name = _name(snapshot_id)
        size_bytes = self._snapshots.finish_download(name)
        self._log.truncate_fully_and_start_at(snapshot_id.offset, now_ms=self._clock.now_ms())
        for old in older:
            self._snapshots.delete(_name(old))
        content = self._snapshots.read(name)
        return SnapshotInstalled(snapshot_id, size_bytes, content.kraft_version, content.voters)

    def write_snapshot_file(self, snapshot_id: OffsetAndEpoch, content: SnapshotContent) -> int:
        """Writes a snapshot durably and returns its size. Raises OSError."""
        batches = encode_snapshot(content, epoch=snapshot_id.epoch, now_ms=self._clock.now_ms())
        return self._snapshots.write(_name(snapshot_id), batches)

    def snapshot_timestamp_ms(self, snapshot_id: OffsetAndEpoch) -> int | None:
        """Time of the last record that the snapshot stands for, None where it is damaged. Raises OSError."""
        try:
            return self._snapshots.read(_name(snapshot_id)).last_contained_timestamp_ms
        except SnapshotError as error:
            LOG.warning("An older snapshot is damaged: %s", error)
            return None

    @property
    def size_bytes(self) -> int:
        return self._log.size_bytes

    def delete_before(self, snapshot_id: OffsetAndEpoch, older: Sequence[OffsetAndEpoch]) -> None:
        """Lets the log start at the end of a snapshot; drops `older` snapshots and the segments wholly below."""
        self._log.advance_log_start_offset(snapshot_id.offset)
        self._log.delete_segments_before(snapshot_id.offset)
        for old in older:
            self._snapshots.delete(_name(old))

    def remove_deleted(self) -> None:
        """Removes the files of deleted segments; for a worker thread."""
        self._log.remove_deleted()

    def is_batch_end(self, offset: int) -> bool:
        """True where no batch reaches across `offset`: a replica that starts there can go on with whole batches."""
        if offset in (self._log.log_start_offset, self._log.log_end_offset):
            return True
        data = self.read_bytes(offset, self._log.log_end_offset, 1)
        return next((view.base_offset for view in iterate_batches(data)), -1) == offset

    def close(self) -> None:
        self._snapshots.close()
        self._log.close(clean=True)


def holds_records(snapshot_id: OffsetAndEpoch) -> bool:
    """False for the snapshot that format writes, which only names the first voters."""
    return snapshot_id != BOOTSTRAP_SNAPSHOT_ID
