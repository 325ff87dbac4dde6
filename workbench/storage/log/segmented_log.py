"""The shape of a log: its segments, where it starts and ends, what of it is durable, and every change of these.

Theory: one thread (the event loop) calls everything but `flush` and `remove_deleted`, which a worker thread may run
meanwhile. Appends and reads take no lock: a flush looks only at what was there when it began. What closes or cuts
files (`truncate_to`, `close`, ...) takes the maintenance lock and so waits for a flush that is under way.

Invariants: log_start_offset <= log_end_offset; the files end with the batch below log_end_offset; recovery_point is
never ahead of what is durable. Segments are removed last first, so that a crash leaves no hole.
"""

from __future__ import annotations

import os
import threading
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from workbench.storage.log import file_names
from workbench.storage.log.errors import AppendError, CorruptionReport
from workbench.storage.log.leader_epochs import LeaderEpochCache
from workbench.storage.log.log_config import PRODUCER_COMPRESSION, UNLIMITED, LogConfig
from workbench.storage.log.producer_snapshots import ProducerSnapshots, replay_producers
from workbench.storage.log.producer_state import DEFAULT_EXPIRATION_MS, ProducerState
from workbench.storage.log.recovery import LoadedLog, LogLoader
from workbench.storage.log.segment import LogSegment
from workbench.system.disk import Disk
from workbench.wire.error_codes import ErrorCode


class SegmentedLog:
    """Offsets are absolute, sizes in bytes, times in milliseconds since 1970."""

    def __init__(
        self, directory: str, config: LogConfig, disk: Disk, topic_id: bytes | None, loaded: LoadedLog
    ) -> None:
        self.directory = directory
        self.disk = disk
        self.topic_id = topic_id
        self.segments: list[LogSegment] = loaded.segments
        self.active_segment: LogSegment = loaded.segments[-1]
        self.log_start_offset = loaded.log_start_offset
        self.log_end_offset = loaded.log_end_offset
        self.recovery_point = loaded.recovery_point
        self.leader_epochs: LeaderEpochCache = loaded.leader_epochs
        self.producers: ProducerState = loaded.producers
        self.reports: list[CorruptionReport] = loaded.reports
        self._snapshots: ProducerSnapshots = loaded.snapshots
        self._note_latest_epoch()
        self._maintenance = threading.RLock()
        self._unsynced_paths: list[str] = []
        self._names_changed = True
        self._directory_is_new = False
        self.rolled_since_flush = False
        self._deleted: list[str] = []
        self._failure: str | None = None
        self._closed = False
        self.before_recovery_point_falls: Callable[[int], None] | None = None
        self._apply_config(config)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.directory!r}, {self.log_start_offset}..{self.log_end_offset})"

    @classmethod
    def open(
        cls,
        directory: str | os.PathLike[str],
        config: LogConfig,
        *,
        disk: Disk,
        topic_id: bytes | None = None,
        recovery_point: int = 0,
        log_start_offset: int = 0,
        clean: bool = False,
        now_ms: int,
        producer_expiration_ms: int = DEFAULT_EXPIRATION_MS,
    ) -> Self:
        """Opens or makes the log in `directory`, recovering it unless it was closed cleanly.

        Takes long for a large log that was not closed cleanly: call from a worker thread. Raises OSError, and
        UnsupportedMagicError for records in a format before Kafka 0.11. What was lost is told in `reports`.
        """
        path = os.path.abspath(os.fspath(directory))  # noqa: PTH100
        is_new = not disk.exists(path)
        disk.make_directory(path)
        loaded = LogLoader(
            path,
            config,
            disk,
            recovery_point=recovery_point,
            log_start_offset=log_start_offset,
            clean=clean,
            now_ms=now_ms,
            producer_expiration_ms=producer_expiration_ms,
        ).load()
        log = cls(path, config, disk, topic_id, loaded)
        log._directory_is_new = is_new
        return log

    # Settings

    def _apply_config(self, config: LogConfig) -> None:
        self.config = config
        self._segment_size = config.segment_size
        self._roll_ms = config.max_segment_ms
        # Batches no larger and no later than this need no look at their records, whatever the topic's settings.
        plain = (
            config.compression_type == PRODUCER_COMPRESSION
            and not config.uses_log_append_time
            and not config.compact
            and config.message_timestamp_before_max_ms >= UNLIMITED
        )
        self._plain_max_bytes = config.max_message_bytes if plain else -1
        self._plain_after_max_ms = config.message_timestamp_after_max_ms

    def update_config(self, config: LogConfig) -> None:
        """In force from the next append on; index settings from the next segment on."""
        self._apply_config(config)

    def _note_latest_epoch(self) -> None:
        latest = self.leader_epochs.latest_epoch
        self._latest_epoch = -1 if latest is None else latest

    # What there is

    @property
    def size_bytes(self) -> int:
        """Bytes of the .log files."""
        return sum(segment.size_bytes for segment in self.segments)

    @property
    def first_unstable_offset(self) -> int | None:
        """First offset of the oldest transaction that is not both ended and replicated; None without one.

        The last stable offset is the smaller of this and the high watermark (semantics 20).
        """
        first = self.producers.first_unstable_offset
        return None if first is None else max(first, self.log_start_offset)

    def high_watermark_advanced(self, high_watermark: int) -> None:
        """Must be told, so that ended transactions become stable."""
        self.producers.high_watermark_advanced(high_watermark)

    @property
    def failure(self) -> str | None:
        """Why the log takes no more appends; None while it does."""
        return self._failure

    # Segments

    def _segment_for(
        self, now_ms: int, max_timestamp: int, first_offset: int, last_offset: int, size: int
    ) -> tuple[LogSegment, bool]:
        """The segment that a batch goes into, and whether it is a new one. Raises AppendError."""
        segment = self.active_segment
        if segment.should_roll(now_ms, max_timestamp, last_offset, size, self.config):
            return self._roll_for(first_offset, now_ms), True
        return segment, False

    def _roll_for(self, first_offset: int, now_ms: int) -> LogSegment:
        try:
            return self.roll(now_ms=now_ms, first_offset=first_offset)
        except OSError as error:
            raise AppendError(ErrorCode.KAFKA_STORAGE_ERROR, f"{self.directory}: no new segment: {error}") from error

    def roll(self, *, now_ms: int, first_offset: int | None = None) -> LogSegment:
        """Begins a new segment at the log's end (or at `first_offset` behind it), with a producer snapshot.

        An empty active segment that already begins there stays. Raises OSError; the log is then as it was. The old
        segment and the snapshot become durable with the next `flush`.
        """
        base_offset = max(self.log_end_offset, first_offset or 0)
        old = self.active_segment
        if old.base_offset == base_offset and old.size_bytes == 0:
            return old
        old.close_indexes()
        try:
            new = LogSegment.create(self.disk, self.directory, base_offset, self.config, now_ms)
            snapshot = self._snapshots.write(base_offset, self.producers, sync=False)
        except OSError:
            self._remove_half_made(base_offset)
            raise
        self._unsynced_paths.append(snapshot)
        self.segments = [*self.segments, new]
        self.active_segment = new
        self._names_changed = True
        self.rolled_since_flush = True
        return new

    def _remove_half_made(self, base_offset: int) -> None:
        for suffix in file_names.SEGMENT_SUFFIXES:
            with suppress(OSError):
                self.disk.remove(file_names.segment_path(self.directory, base_offset, suffix))
        with suppress(OSError):
            self._snapshots.remove(base_offset)

    def delete_segments_before(self, offset: int) -> int:
        """Removes the segments that lie wholly below the offset, never the active one; returns how many.

        Log start moves up to what is left. Their files are renamed to .deleted until `remove_deleted`.
        """
        keep = 0
        while keep + 1 < len(self.segments) and self.segments[keep + 1].base_offset <= offset:
            keep += 1
        if keep == 0:
            return 0
        with self._maintenance:
            doomed = self.segments[:keep]
            self.segments = self.segments[keep:]
            # The oldest first here: what is left is then always one whole end of the log.
            for segment in doomed:
                self._mark_deleted(segment)
        self.advance_log_start_offset(self.segments[0].base_offset)
        return keep

    def _mark_deleted(self, segment: LogSegment) -> None:
        self._deleted.extend(segment.mark_deleted())
        self._snapshots.remove(segment.base_offset)
        self._names_changed = True

    def remove_deleted(self) -> None:
        """Removes the files of deleted segments; for a worker thread, `file.delete.delay.ms` after the deletion."""
        paths, self._deleted = self._deleted, []
        for path in paths:
            with suppress(FileNotFoundError):
                self.disk.remove(path)

    @property
    def has_deleted_files(self) -> bool:
        """Whether `remove_deleted` would do anything."""
        return bool(self._deleted)

    # Ends

    def advance_log_start_offset(self, offset: int) -> bool:
        """Records below the offset are no longer read (DeleteRecords, retention); whether it moved.

        The caller checks that the offset is not above the high watermark, and checkpoints it.
        """
        if offset <= self.log_start_offset:
            return False
        self.log_start_offset = min(offset, self.log_end_offset)
        self.leader_epochs.truncate_from_start(self.log_start_offset)
        self._note_latest_epoch()
        self.producers.high_watermark_advanced(self.log_start_offset)
        return True

    def truncate_to(self, offset: int, *, now_ms: int) -> bool:
        """Removes every batch that holds the offset or a later one; whether there was any. Raises OSError.

        Producer state, leader epochs and recovery point follow. Where the offset lies inside a batch, the whole batch
        goes, and the log then ends where that batch began.
        """
        if offset < 0:
            raise ValueError(f"cannot truncate to offset {offset}")
        if offset >= self.log_end_offset:
            # An epoch may have begun here without a record.
            self.leader_epochs.truncate_from_end(self.log_end_offset)
            self._note_latest_epoch()
            return False
        if offset < self.segments[0].base_offset:
            self.truncate_fully_and_start_at(offset, now_ms=now_ms)
            return True
        with self._maintenance:
            last = self.segments[bisect_right(self.segments, offset, key=lambda segment: segment.base_offset) - 1]
            end_offset = last.end_if_cut_at(offset)
            self._lower_recovery_point(end_offset)
            while self.active_segment is not last:
                doomed = self.active_segment
                self.segments = self.segments[:-1]
                self.active_segment = self.segments[-1]
                self._mark_deleted(doomed)
            if self._names_changed:
                self.disk.sync_directory(self.directory)  # as for the cut itself: nothing removed may come back
            last.truncate_to(offset, now_ms)
            self._ends_at(end_offset, now_ms)
        return True

    def _lower_recovery_point(self, offset: int) -> None:
        """The checkpoint on disk must not stay ahead of a log that is cut and then grows again unsynced."""
        if offset < self.recovery_point:
            self.recovery_point = offset
            if self.before_recovery_point_falls is not None:
                self.before_recovery_point_falls(offset)

    def _ends_at(self, end_offset: int, now_ms: int) -> None:
        self.log_end_offset = end_offset
        self.recovery_point = min(self.recovery_point, end_offset)
        self.log_start_offset = min(self.log_start_offset, end_offset)
        self.leader_epochs.truncate_from_end(end_offset)
        self._note_latest_epoch()
        self._snapshots.remove_outside(self.log_start_offset, end_offset)
        self.producers.clear()
        replay_producers(
            self.producers,
            self._snapshots,
            self.segments,
            log_start_offset=self.log_start_offset,
            end_offset=end_offset,
            now_ms=now_ms,
            reports=self.reports,
        )

    def truncate_fully_and_start_at(self, offset: int, *, now_ms: int, log_start_offset: int | None = None) -> None:
        """Removes everything; the log is then empty and begins at the offset.

        Raises OSError; the log then takes no more appends, and is begun anew when it is opened again.
        """
        with self._maintenance:
            self._lower_recovery_point(offset)
            for segment in reversed(self.segments):
                self._mark_deleted(segment)
            self._snapshots.remove_all()
            try:
                new = LogSegment.create(self.disk, self.directory, offset, self.config, now_ms)
            except OSError as error:
                self._failure = f"{self.directory}: no new segment after removing the old ones: {error}"
                raise
            self.segments = [new]
            self.active_segment = new
            self.leader_epochs.clear()
            self._note_latest_epoch()
            self.producers.clear()
            self.log_end_offset = offset
            self.log_start_offset = offset if log_start_offset is None else log_start_offset
            self._names_changed = True

    # Durability

    def note_new_directory(self, unsynced_path: str) -> None:
        """The directory was just made, with a file in it: the next flush makes both durable."""
        self._directory_is_new = True
        self._unsynced_paths.append(unsynced_path)
        self.rolled_since_flush = True

    @property
    def unflushed_records(self) -> int:
        """Offsets behind the recovery point."""
        return self.log_end_offset - self.recovery_point

    def flush(self) -> int:
        """Makes the log durable up to its end at the time of the call, and returns that offset.

        For a worker thread; appends and reads may go on. Raises OSError, after which nothing is known to be durable
        beyond the old recovery point.
        """
        with self._maintenance:
            end_offset = self.log_end_offset
            if self._closed:
                return self.recovery_point
            names_changed, self._names_changed = self._names_changed, False
            rolled, self.rolled_since_flush = self.rolled_since_flush, False
            segments = self.segments
            paths, self._unsynced_paths = self._unsynced_paths, []
            try:
                for place, segment in enumerate(segments):
                    next_base = segments[place + 1].base_offset if place + 1 < len(segments) else end_offset
                    # A segment that ends at the recovery point may have got its last index entry since.
                    if next_base >= self.recovery_point or segment is segments[-1]:
                        segment.sync()
                for path in paths:
                    self.disk.sync_file(path)
                names_changed = self.leader_epochs.write() or names_changed
                if names_changed:
                    self.disk.sync_directory(self.directory)
                if self._directory_is_new:
                    self.disk.sync_directory(os.path.dirname(self.directory))  # noqa: PTH120
                    self._directory_is_new = False
            except OSError:
                self._names_changed = self._names_changed or names_changed
                self.rolled_since_flush = self.rolled_since_flush or rolled
                self._unsynced_paths = [*paths, *self._unsynced_paths]
                raise
            self.recovery_point = max(self.recovery_point, end_offset)
            return end_offset

    def take_producer_snapshot(self) -> None:
        """Writes the producers as of the log's end. Raises OSError."""
        if self.log_end_offset not in self._snapshots.offsets and self.log_end_offset > self.log_start_offset:
            self._snapshots.write(self.log_end_offset, self.producers, sync=True)
            self._names_changed = True

    def close(self, clean: bool = True) -> None:
        """Closes the files for good; a clean close first makes everything durable, so that opening needs no recovery.

        Raises OSError from a clean close. A second call does nothing.
        """
        with self._maintenance:
            if self._closed:
                return
            try:
                if clean:
                    self.active_segment.close_indexes()
                    self.take_producer_snapshot()
                    self.flush()
            finally:
                self._closed = True
                self._failure = f"{self.directory}: the log is closed"
                for segment in self.segments:
                    segment.close()

    def moved_to(self, directory: str) -> None:
        """The directory was renamed while the log was closed (deletion)."""
        self.directory = directory
        self._snapshots.moved_to(directory)
