"""Opens a log's files: finishes what was interrupted, checks what may be torn, and tells where the log ends.

Theory (semantics 7): files marked for deletion go, interrupted swaps of compaction are finished. After a clean stop
the files are taken as they are. Otherwise every batch from the recovery point's segment on is checked; the log is cut
at the first that is not whole and valid, what lies behind is removed, and indexes, leader epochs and producer state
are made anew from the batches. What lies below the recovery point was synced and is only re-indexed where an index is
missing or bad.

Invariants: nothing valid and synced is cut; every loss is reported with its byte range; opening twice gives the same.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import field

from workbench.records import CorruptBatchError
from workbench.storage.log import file_names
from workbench.storage.log.batch_scan import scan_checked
from workbench.storage.log.errors import CorruptFileError, CorruptionReport
from workbench.storage.log.leader_epochs import LeaderEpochCache
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.producer_snapshots import ProducerSnapshots, apply_scanned, remember_tail, replay_producers
from workbench.storage.log.producer_state import ProducerState
from workbench.storage.log.segment import LogSegment
from workbench.storage.log.segment_check import check_segment
from workbench.system.disk import Disk
from workbench.system.quick_dataclass import dataclass


@dataclass(slots=True)
class LoadedLog:
    """A log ready for use. Offsets are exclusive ends where they are ends."""

    segments: list[LogSegment]
    log_start_offset: int
    log_end_offset: int
    recovery_point: int
    leader_epochs: LeaderEpochCache
    producers: ProducerState
    snapshots: ProducerSnapshots
    reports: list[CorruptionReport] = field(default_factory=list)


class LogLoader:
    """Loads one directory; used once."""

    def __init__(
        self,
        directory: str,
        config: LogConfig,
        disk: Disk,
        *,
        recovery_point: int,
        log_start_offset: int,
        clean: bool,
        now_ms: int,
        producer_expiration_ms: int,
    ) -> None:
        self._directory = directory
        self._config = config
        self._disk = disk
        self._recovery_point = recovery_point
        self._log_start_offset = log_start_offset
        self._clean = clean
        self._now_ms = now_ms
        self._reports: list[CorruptionReport] = []
        self._segments: list[LogSegment] = []
        self._epochs = LeaderEpochCache(disk, self._path(file_names.LEADER_EPOCH_CHECKPOINT))
        self._producers = ProducerState(producer_expiration_ms)
        self._snapshots = ProducerSnapshots(disk, directory)
        self._rebuild_epochs = False
        self._has_gaps = False

    def load(self) -> LoadedLog:
        """Raises OSError, and UnsupportedMagicError for a log in a format before Kafka 0.11."""
        self._finish_interrupted_work()
        self._load_epochs()
        self._snapshots.find()
        self._load_segments()
        end_offset = self._end_of_clean_log() if self._clean else None
        if end_offset is None:
            end_offset = self._recover()
        if self._segments and end_offset < self._log_start_offset:
            self._delete_from(0, f"log ends at {end_offset}, before its start {self._log_start_offset}")
            self._epochs.clear()
            self._snapshots.remove_all()
            self._producers.clear()
        if not self._segments:
            end_offset = self._log_start_offset
            self._segments.append(
                LogSegment.create(self._disk, self._directory, end_offset, self._config, self._now_ms)
            )
        log_start_offset = self._first_offset()
        if self._rebuild_epochs:
            self._read_epochs_from_log()
        self._epochs.truncate_from_end(end_offset)
        self._epochs.truncate_from_start(log_start_offset)
        self._snapshots.remove_outside(log_start_offset, end_offset)
        self._snapshots.remove_stray([segment.base_offset for segment in self._segments])
        replay_producers(
            self._producers,
            self._snapshots,
            self._segments,
            log_start_offset=log_start_offset,
            end_offset=end_offset,
            now_ms=self._now_ms,
            reports=self._reports,
        )
        remember_tail(self._producers, self._segments)
        return LoadedLog(
            self._segments,
            log_start_offset,
            end_offset,
            end_offset if self._clean else min(self._recovery_point, end_offset),
            self._epochs,
            self._producers,
            self._snapshots,
            self._reports,
        )

    def _path(self, name: str) -> str:
        return os.path.join(self._directory, name)  # noqa: PTH118

    def _first_offset(self) -> int:
        """Where the log starts: no snapshot at or below it can be used, since batches behind that one are gone."""
        first = self._segments[0].base_offset if self._segments else 0
        return max(self._log_start_offset, first)

    def _report(self, error: CorruptBatchError | CorruptFileError, action: str) -> None:
        self._reports.append(
            CorruptionReport(error.file or self._directory, error.position, error.size_bytes, error.reason, action)
        )

    def _finish_interrupted_work(self) -> None:
        """Removes .deleted and .cleaned files, and puts .swap files in the place of the segments they replace."""
        names = self._disk.list_names(self._directory)
        cleaned = [name for name in names if name.endswith(file_names.CLEANED_SUFFIX)]
        first_cleaned = min((file_names.offset_of(name) or 0 for name in cleaned), default=None)
        swaps = []
        for name in names:
            if name.endswith(file_names.DELETED_SUFFIX):
                if not name.endswith(file_names.QUORUM_SNAPSHOT_DELETED_SUFFIX):  # the quorum's own
                    self._disk.remove(self._path(name))
            elif name.endswith(file_names.CLEANED_SUFFIX):
                self._disk.remove(self._path(name))
            elif name.endswith(file_names.SWAP_SUFFIX):
                if first_cleaned is not None and (file_names.offset_of(name) or 0) >= first_cleaned:
                    self._disk.remove(self._path(name))  # of a split that did not get to its end
                else:
                    swaps.append(name)
        if swaps:
            self._swap_in(swaps)

    def _swap_in(self, swaps: list[str]) -> None:
        low, high = None, None
        for name in swaps:
            if not name.endswith(file_names.LOG_SUFFIX + file_names.SWAP_SUFFIX):
                continue
            base = file_names.offset_of(name) or 0
            file = self._disk.open_read_only(self._path(name))
            try:
                end = base
                for batch in scan_checked(file, 0, file.size_bytes()):
                    end = batch.last_offset + 1
            finally:
                file.close()
            low = base if low is None else min(low, base)
            high = end if high is None else max(high, end)
        if low is not None and high is not None:
            for name in self._disk.list_names(self._directory):
                offset = file_names.offset_of(name)
                replaced = name.endswith(file_names.SEGMENT_SUFFIXES)
                if replaced and offset is not None and low <= offset < high:
                    self._disk.remove(self._path(name))
        for name in swaps:
            self._disk.rename(self._path(name), self._path(name.removesuffix(file_names.SWAP_SUFFIX)))
        self._disk.sync_directory(self._directory)

    def _load_epochs(self) -> None:
        try:
            self._epochs.load()
        except CorruptFileError as error:
            self._report(error, "rebuilt")
            self._epochs.clear()
            self._rebuild_epochs = True

    def _load_segments(self) -> None:
        names = self._disk.list_names(self._directory)
        bases = [
            offset
            for name in names
            if name.endswith(file_names.LOG_SUFFIX) and (offset := file_names.offset_of(name)) is not None
        ]
        for name in names:
            offset = file_names.offset_of(name)
            if name.endswith(file_names.INDEX_SUFFIXES) and offset is not None and offset not in bases:
                self._disk.remove(self._path(name))
        checked_from = None if self._clean else self._first_unsynced(bases)
        for place, base in enumerate(bases):
            if checked_from is not None and place >= checked_from:
                self._segments.append(self._bare_segment(base))  # recovery makes its indexes anew anyway
                continue
            try:
                segment = LogSegment.load(self._disk, self._directory, base, self._config, self._now_ms)
            except FileNotFoundError as error:
                segment = self._load_without_indexes(base, f"{error} is missing")
            except CorruptFileError as error:
                self._report(error, "rebuilt")
                segment = self._load_without_indexes(base, None)
            self._segments.append(segment)

    def _first_unsynced(self, bases: list[int]) -> int:
        """Place of the first segment that may hold anything not synced.

        The one that ends at the recovery point too: its last index entry came with the roll.
        """
        return max((place for place, base in enumerate(bases) if base < self._recovery_point), default=0)

    def _bare_segment(self, base: int) -> LogSegment:
        segment = LogSegment(self._disk, self._directory, base, self._config, self._now_ms)
        segment.size_bytes = self._disk.size_bytes(segment.path)
        segment.forget_recent()
        return segment

    def _load_without_indexes(self, base: int, missing: str | None) -> LogSegment:
        """Makes all three indexes anew from the batches; nothing is cut here."""
        segment = self._bare_segment(base)
        if missing is not None:
            self._reports.append(CorruptionReport(segment.path, 0, 0, missing, "rebuilt"))
        state = ProducerState(self._producers.expiration_ms)
        replay_producers(
            state,
            self._snapshots,
            self._segments,
            log_start_offset=self._first_offset(),
            end_offset=base,
            now_ms=self._now_ms,
            reports=self._reports,
        )
        segment.reset_indexes()
        segment.transaction_index.clear()
        try:
            for batch in segment.batches():
                segment.index_batch(batch.position, batch.size_bytes, batch.last_offset, batch.max_timestamp)
                apply_scanned(state, batch, segment, index_aborted=True)
        except CorruptBatchError as error:
            self._report(error, "skipped")
        segment.close_indexes()
        return segment

    def _end_of_clean_log(self) -> int | None:
        """Where a cleanly closed log ends; None if its last segment shows that it was not closed cleanly after all."""
        if not self._segments:
            return self._log_start_offset
        last = self._segments[-1]
        try:
            return last.next_offset()
        except (CorruptBatchError, CorruptFileError, FileNotFoundError):
            self._recovery_point = min(self._recovery_point, last.base_offset)
            return None

    def _recover(self) -> int:
        """Checks every segment that holds anything at or above the recovery point; returns the log's end."""
        segments = self._segments
        if not segments:
            return self._log_start_offset
        first = self._first_unsynced([segment.base_offset for segment in segments])
        state = ProducerState(self._producers.expiration_ms)
        replay_producers(
            state,
            self._snapshots,
            segments[:first],
            log_start_offset=self._first_offset(),
            end_offset=segments[first].base_offset,
            now_ms=self._now_ms,
            reports=self._reports,
        )
        self._snapshots.remove_outside(-1, segments[first].base_offset)
        # The file may name an epoch that was given up after it was written, at an offset that another epoch took since:
        # from the recovery point on only the batches tell. Every epoch before the log's end has one.
        self._epochs.truncate_from_end(self._recovery_point)
        end_offset = segments[first].base_offset
        for place in range(first, len(segments)):
            segment = segments[place]
            if segment.base_offset < end_offset:
                self._delete_from(place, f"segment begins before {end_offset}, the end of the one before it")
                break
            if place > first and segment.base_offset > end_offset and self._is_hole(segment.base_offset):
                self._delete_from(place, f"the log has lost what was between {end_offset} and this segment")
                break
            if place > first:
                self._snapshots.write(segment.base_offset, state, sync=False)
            valid, end_offset = self._check_segment(segment, max(segment.base_offset, end_offset), state)
            if not valid:
                self._delete_from(place + 1, "lies behind the place where the log was cut")
                break
        self._snapshots.write(end_offset, state, sync=False)
        return end_offset

    def _is_hole(self, base_offset: int) -> bool:
        """Whether a gap before an unsynced segment is a loss. Compaction leaves gaps too, but not only there."""
        return base_offset > self._recovery_point and not self._config.compact and not self._has_gaps

    def _check_segment(self, segment: LogSegment, start_offset: int, state: ProducerState) -> tuple[bool, int]:
        """Checks the batches, makes the indexes anew, cuts at the first bad one. Whether none was, and the end."""
        checked = check_segment(segment, start_offset, state, self._epochs)
        self._has_gaps = self._has_gaps or checked.has_gaps
        if checked.error is not None:
            self._report(checked.error, "truncated")
            segment.cut_to(checked.end_position)
        segment.close_indexes()
        return checked.error is None, checked.end_offset

    def _delete_from(self, place: int, reason: str) -> None:
        """Removes the segments from `place` on, the last first, so that a crash leaves no hole."""
        for segment in reversed(self._segments[place:]):
            self._reports.append(CorruptionReport(segment.path, 0, segment.size_bytes, reason, "deleted"))
            segment.close()
            for path in segment.paths():
                with suppress(FileNotFoundError):
                    self._disk.remove(path)
            self._snapshots.remove(segment.base_offset)
        del self._segments[place:]

    def _read_epochs_from_log(self) -> None:
        self._epochs.clear()
        for segment in self._segments:
            with suppress(CorruptBatchError):
                for batch in segment.batches():
                    latest = self._epochs.latest_epoch
                    if batch.leader_epoch >= 0 and (latest is None or batch.leader_epoch > latest):
                        self._epochs.assign(batch.leader_epoch, batch.base_offset)
