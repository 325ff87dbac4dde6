"""One log.dir: its lock and identity, the logs in it, their checkpoints, creation and deletion.

Theory: open (takes the lock, reads the identity, takes away the clean-shutdown marker), `load_logs` (in a worker
thread), then use; `flush_rolled` and the checkpoints now and then from a worker thread; `close`. A directory is
deleted by renaming it, so that it is gone at once, and removed later in a worker thread.

Invariants: at most one process has the directory open; the recovery point on disk is never ahead of what is durable;
the clean-shutdown marker is written only after every log was closed cleanly.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping

from workbench.records import RecordsError
from workbench.storage.log import file_names
from workbench.storage.log.checkpoints import TopicPartition, read_offsets, write_offsets
from workbench.storage.log.clean_shutdown import take_clean_shutdown_marker, write_clean_shutdown_marker
from workbench.storage.log.errors import CorruptFileError, CorruptionReport, LogError
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.meta_properties import MetaProperties, read_meta_properties
from workbench.storage.log.partition_log import PartitionLog
from workbench.storage.log.partition_metadata import read_topic_id, write_topic_id
from workbench.storage.log.producer_state import DEFAULT_EXPIRATION_MS
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError
from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class DeletedDirectory:
    """A partition's directory that was renamed; `since_ms` is when, for `file.delete.delay.ms`."""

    path: str
    since_ms: int


class LogDirectory:
    """Raises KnownError if another process has the directory open or it is not one that can be used.

    Offsets found in checkpoints: `high_watermarks`. What recovery found: `reports`; logs that could not be opened at
    all: `failures`, by topic and partition.
    """

    def __init__(self, path: str | os.PathLike[str], *, disk: Disk, require_meta: bool = False) -> None:
        self.path = os.path.abspath(os.fspath(path))  # noqa: PTH100
        self.disk = disk
        self.logs: dict[TopicPartition, PartitionLog] = {}
        self.failures: dict[TopicPartition, Exception] = {}
        self.reports: list[CorruptionReport] = []
        self.high_watermarks: dict[TopicPartition, int] = {}
        self._deleted: list[DeletedDirectory] = []
        self._has_unsettled = False
        self._is_closed = False
        self._checkpoint_guard = threading.Lock()
        if not disk.exists(self.path):
            disk.make_directory(self.path)
            disk.sync_directory(os.path.dirname(self.path))  # noqa: PTH120
        lock = disk.lock(self._file(file_names.LOCK))
        if lock is None:
            raise KnownError(
                f"The directory {self.path} is in use by another broker.",
                "Stop that broker first, or use another directory.",
            )
        self._lock = lock
        try:
            self.meta: MetaProperties | None = read_meta_properties(disk, self.path)
            if self.meta is None and require_meta:
                raise KnownError(
                    f"The directory {self.path} has no meta.properties.", "Format it first: workbench storage format."
                )
            self.was_clean, self.previous_broker_epoch = take_clean_shutdown_marker(disk, self.path)
        except BaseException:
            lock.release()
            raise

    def _file(self, name: str) -> str:
        return os.path.join(self.path, name)  # noqa: PTH118

    # Loading

    def load_logs(
        self,
        config_of: Callable[[str], LogConfig],
        *,
        now_ms: int,
        producer_expiration_ms: int = DEFAULT_EXPIRATION_MS,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> None:
        """Opens every partition's log but that of the cluster metadata; for a worker thread.

        `config_of` gives a topic's configuration; `on_progress` is told how many of how many are done.
        """
        recovery_points = self._read_checkpoint(file_names.RECOVERY_POINT_CHECKPOINT)
        log_start_offsets = self._read_checkpoint(file_names.LOG_START_OFFSET_CHECKPOINT)
        self.high_watermarks = self._read_checkpoint(file_names.HIGH_WATERMARK_CHECKPOINT)
        found = []
        for name in self.disk.list_names(self.path):
            if not self.disk.is_directory(self._file(name)):
                continue
            suffixed = file_names.parse_suffixed_directory(name)
            if suffixed is not None:
                if suffixed[2] == file_names.DELETE_DIRECTORY_SUFFIX:
                    self._deleted.append(DeletedDirectory(self._file(name), now_ms))
                continue
            key = file_names.parse_partition_directory(name)
            if key is not None and key[0] != file_names.CLUSTER_METADATA_TOPIC:
                found.append(key)
        for done, key in enumerate(found):
            if on_progress is not None:
                on_progress(done, len(found))
            directory = self._file(file_names.partition_directory_name(*key))
            try:
                log = PartitionLog.open(
                    directory,
                    config_of(key[0]),
                    disk=self.disk,
                    topic_id=self._read_topic_id(directory),
                    recovery_point=recovery_points.get(key, 0),
                    log_start_offset=log_start_offsets.get(key, 0),
                    clean=self.was_clean,
                    now_ms=now_ms,
                    producer_expiration_ms=producer_expiration_ms,
                )
            except (OSError, LogError, RecordsError) as error:
                self.failures[key] = error
                continue
            self._adopt(key, log)
        if on_progress is not None:
            on_progress(len(found), len(found))

    def _read_checkpoint(self, name: str) -> dict[TopicPartition, int]:
        try:
            return read_offsets(self.disk, self._file(name))
        except CorruptFileError as error:
            # Offsets in it only spare work or, for log start, are raised again: going on without is safe.
            self.reports.append(CorruptionReport(error.file, error.position, error.size_bytes, error.reason, "skipped"))
            return {}

    def _adopt(self, key: TopicPartition, log: PartitionLog) -> None:
        self.logs[key] = log
        self.reports.extend(log.reports)
        log.before_recovery_point_falls = lambda _: self.checkpoint_recovery_points()

    # Creation and deletion

    def create_log(
        self, topic: str, partition: int, *, topic_id: bytes, config: LogConfig, now_ms: int
    ) -> PartitionLog:
        """Makes a partition's directory and log; the one that exists is returned if it has the same topic id.

        Raises LogError for another topic id, OSError.
        """
        key = (topic, partition)
        existing = self.logs.get(key)
        if existing is not None:
            if existing.topic_id is None:
                existing.note_new_directory(write_topic_id(self.disk, existing.directory, topic_id))
                existing.topic_id = topic_id
            if existing.topic_id != topic_id:
                raise LogError(f"{existing.directory} belongs to another topic of the same name")
            return existing
        directory = self._file(file_names.partition_directory_name(topic, partition))
        log = self._make_log(directory, topic_id, config, now_ms)
        self._adopt(key, log)
        return log

    def _make_log(self, directory: str, topic_id: bytes, config: LogConfig, now_ms: int) -> PartitionLog:
        """Nothing is synced here, since creating a topic must not wait for the device; the next flush does it."""
        self.disk.make_directory(directory)
        known = self._read_topic_id(directory)
        log = PartitionLog.open(directory, config, disk=self.disk, topic_id=topic_id, now_ms=now_ms)
        if known is None:
            log.note_new_directory(write_topic_id(self.disk, directory, topic_id))
        log.leader_epochs.ensure_file()
        return log

    def _read_topic_id(self, directory: str) -> bytes | None:
        try:
            return read_topic_id(self.disk, directory)
        except CorruptFileError as error:
            # A power cut before the first flush; whoever opens the partition next knows the id and gives it.
            self.reports.append(CorruptionReport(error.file, error.position, error.size_bytes, error.reason, "skipped"))
            return None

    def delete_log(self, topic: str, partition: int, *, now_ms: int) -> bool:
        """Takes one log away, durably; whether there was one. Raises OSError."""
        deleted = self.delete_logs([(topic, partition)], now_ms=now_ms) > 0
        self.settle_deletions()
        return deleted

    def delete_logs(self, keys: Iterable[TopicPartition], *, now_ms: int) -> int:
        """Takes the logs away: closed, renamed to -delete; how many there were. Raises OSError.

        It is durable after `settle_deletions`.
        """
        return self._put_aside(keys, file_names.DELETE_DIRECTORY_SUFFIX, now_ms)

    def settle_deletions(self) -> None:
        """Makes what `delete_logs` did durable; for a worker thread. Raises OSError.

        The checkpoints are written with it, as Kafka does: what they say of other logs, such as where a purged one
        begins, then survives a kill.
        """
        if self._has_unsettled and not self._is_closed:
            self._has_unsettled = False
            self.disk.sync_directory(self.path)
            self.checkpoint_recovery_points()
            self.checkpoint_log_start_offsets()

    def mark_stray(self, topic: str, partition: int, *, now_ms: int) -> bool:
        """Puts aside a directory that the cluster's metadata does not assign here; it is kept for the user."""
        found = self._put_aside([(topic, partition)], file_names.STRAY_DIRECTORY_SUFFIX, now_ms) > 0
        if found:
            self.disk.sync_directory(self.path)
        return found

    def _put_aside(self, keys: Iterable[TopicPartition], suffix: str, now_ms: int) -> int:
        renamed = 0
        for key in keys:
            log = self.logs.pop(key, None)
            if log is None:
                continue
            log.close(clean=False)  # Windows renames no directory that holds an open file
            target = self._file(file_names.suffixed_directory_name(*key, suffix))
            self.disk.rename(log.directory, target)
            renamed += 1
            if suffix == file_names.DELETE_DIRECTORY_SUFFIX:
                self._deleted.append(DeletedDirectory(target, now_ms))
                self._has_unsettled = True
        return renamed

    @property
    def deleted_directories(self) -> list[DeletedDirectory]:
        """Directories that await `remove_deleted`."""
        return list(self._deleted)

    def remove_deleted(self, *, before_ms: int) -> int:
        """Removes directories deleted up to that time, and deleted segments; for a worker thread. How many it removed.

        Raises OSError.
        """
        due = [each for each in self._deleted if each.since_ms <= before_ms]
        for each in due:
            self.disk.remove_tree(each.path)
            self._deleted.remove(each)
        for log in list(self.logs.values()):
            log.remove_deleted()
        return len(due)

    # Durability

    def flush_rolled(self) -> int:
        """Makes the logs durable that are new or have begun a new segment since; for a worker thread. How many.

        Raises OSError.
        """
        due = [log for log in list(self.logs.values()) if log.rolled_since_flush]
        for log in due:
            log.flush()
        if due:
            self.checkpoint_recovery_points()
        return len(due)

    def flush_all(self) -> None:
        """Makes every log durable up to its end; for a worker thread. Raises OSError."""
        for log in list(self.logs.values()):
            log.flush()
        self.checkpoint_recovery_points()

    def checkpoint_recovery_points(self) -> None:
        """Raises OSError."""
        with self._checkpoint_guard:
            points = {key: log.recovery_point for key, log in list(self.logs.items())}
            write_offsets(self.disk, self._file(file_names.RECOVERY_POINT_CHECKPOINT), points)

    def checkpoint_log_start_offsets(self) -> None:
        """Only those that the files do not tell: above the first segment's base offset. Raises OSError."""
        with self._checkpoint_guard:
            offsets = {
                key: log.log_start_offset
                for key, log in list(self.logs.items())
                if log.log_start_offset > log.segments[0].base_offset
            }
            write_offsets(self.disk, self._file(file_names.LOG_START_OFFSET_CHECKPOINT), offsets)

    def checkpoint_high_watermarks(self, high_watermarks: Mapping[TopicPartition, int]) -> None:
        """The caller gives them, since they are the replicas' (semantics 8). Raises OSError."""
        with self._checkpoint_guard:
            write_offsets(self.disk, self._file(file_names.HIGH_WATERMARK_CHECKPOINT), high_watermarks)

    @property
    def size_bytes(self) -> int:
        return sum(log.size_bytes for log in self.logs.values())

    def space_bytes(self) -> tuple[int, int]:
        """Total and usable bytes of the file system."""
        return self.disk.space_bytes(self.path)

    def close(self, *, clean: bool = True, broker_epoch: int = -1) -> None:
        """Closes every log and gives the lock up; a clean close leaves the marker if all of it went well.

        Raises the first OSError after having closed everything.
        """
        self._is_closed = True
        first_error: OSError | None = None
        for log in self.logs.values():
            try:
                log.close(clean=clean)
            except OSError as error:
                first_error = first_error or error
        try:
            if clean and first_error is None:
                self.checkpoint_recovery_points()
                self.checkpoint_log_start_offsets()
                # A log that could not be opened has not been closed cleanly either.
                if not self.failures:
                    write_clean_shutdown_marker(self.disk, self.path, broker_epoch)
        finally:
            self._lock.release()
        if first_error is not None:
            raise first_error
