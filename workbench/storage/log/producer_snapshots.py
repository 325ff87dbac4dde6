"""The .snapshot files of one log's directory, and reading producers back from them and the batches behind them.

Invariants: a snapshot at offset N holds the producers as of all batches below N. There is one at the base offset of
the later segments and one at the end after a clean stop; those that belong to neither are removed when a log is opened
(semantics 24).
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress

from workbench.records import CorruptBatchError
from workbench.records.control import EndTxnMarker, decode_control
from workbench.storage.log import file_names
from workbench.storage.log.batch_scan import ScannedBatch
from workbench.storage.log.errors import CorruptFileError, CorruptionReport
from workbench.storage.log.producer_entry import BATCHES_REMEMBERED, ProducerEntry
from workbench.storage.log.producer_snapshot import decode_snapshot, encode_snapshot
from workbench.storage.log.producer_state import ProducerState
from workbench.storage.log.segment import LogSegment
from workbench.storage.log.transaction_index import AbortedTransaction
from workbench.system.disk import Disk

TAIL_BYTES = 1024 * 1024
"""How much of a log's end is looked through for the batches that a snapshot does not keep."""


class ProducerSnapshots:
    """Snapshot files of one directory."""

    __slots__ = ("_disk", "_offsets", "directory")

    def __init__(self, disk: Disk, directory: str) -> None:
        self._disk = disk
        self.directory = directory
        self._offsets: list[int] = []

    def find(self) -> None:
        """Looks up which files there are."""
        found = []
        for name in self._disk.list_names(self.directory):
            if name.endswith(file_names.PRODUCER_SNAPSHOT_SUFFIX):
                offset = file_names.offset_of(name)
                if offset is not None:
                    found.append(offset)
        self._offsets = found

    @property
    def offsets(self) -> list[int]:
        """Ascending."""
        return list(self._offsets)

    def path(self, offset: int) -> str:
        return file_names.segment_path(self.directory, offset, file_names.PRODUCER_SNAPSHOT_SUFFIX)

    def write(self, offset: int, state: ProducerState, *, sync: bool) -> str:
        """Writes a snapshot and returns its path. Raises OSError."""
        path = self.path(offset)
        self._disk.write_file(path, encode_snapshot(state.producers.values()), sync=sync)
        if offset not in self._offsets:
            self._offsets = sorted([*self._offsets, offset])
        return path

    def newest(self, above: int, up_to: int, reports: list[CorruptionReport]) -> tuple[int, list[ProducerEntry]] | None:
        """The newest readable snapshot with above < offset <= up_to; unreadable ones are removed and reported."""
        for offset in reversed(self._offsets):
            if not above < offset <= up_to:
                continue
            path = self.path(offset)
            try:
                return offset, decode_snapshot(self._disk.read_file(path), path)
            except CorruptFileError as error:
                reports.append(CorruptionReport(path, error.position, error.size_bytes, error.reason, "deleted"))
                self.remove(offset)
            except FileNotFoundError:
                self.remove(offset)
        return None

    def remove(self, offset: int) -> None:
        with suppress(FileNotFoundError):
            self._disk.remove(self.path(offset))
        self._offsets = [other for other in self._offsets if other != offset]

    def remove_outside(self, above: int, up_to: int) -> None:
        """Removes those that cannot be used: at or below the log's start, or behind its end."""
        for offset in self._offsets:
            if not above < offset <= up_to:
                self.remove(offset)

    def remove_stray(self, base_offsets: list[int]) -> None:
        """Keeps those at a segment's base offset and the newest one behind them all."""
        newest = self._offsets[-1] if self._offsets else -1
        last_base = base_offsets[-1] if base_offsets else -1
        for offset in self._offsets:
            if offset not in base_offsets and not (offset == newest and offset > last_base):
                self.remove(offset)

    def remove_all(self) -> None:
        for offset in self._offsets:
            self.remove(offset)

    def moved_to(self, directory: str) -> None:
        """The log's directory was renamed."""
        self.directory = os.path.abspath(directory)  # noqa: PTH100


def apply_scanned(state: ProducerState, batch: ScannedBatch, segment: LogSegment, *, index_aborted: bool) -> None:
    """Notes a batch that is in the log; `index_aborted` also writes the transaction index entry it calls for.

    Raises CorruptBatchError for a marker that does not parse.
    """
    if batch.producer_id < 0:
        return
    if not batch.is_control:
        state.apply_batch(
            batch.producer_id,
            batch.producer_epoch,
            batch.last_sequence,
            batch.base_offset,
            batch.last_offset,
            batch.max_timestamp,
            batch.is_transactional,
        )
        return
    if batch.record_count == 0:
        return  # compaction has removed the whole transaction
    record = next(segment.batch_at(batch.position).records(), None)
    marker = None if record is None else decode_control(record.key, record.value)
    if record is None or not isinstance(marker, EndTxnMarker):
        return
    ended = state.apply_marker(
        batch.producer_id,
        batch.producer_epoch,
        marker.coordinator_epoch,
        batch.base_offset,
        record.timestamp,
        not marker.committed,
    )
    if ended is not None and index_aborted and ended[0].aborted:
        done, stable = ended
        segment.transaction_index.append(
            AbortedTransaction(done.producer_id, done.first_offset, done.last_offset, stable)
        )


def remember_tail(state: ProducerState, segments: list[LogSegment]) -> None:
    """Finds again the batches before each producer's last one, as far as they lie at the log's end.

    A snapshot keeps one batch of a producer, but it may have five on their way: after a restart it sends all of them
    again, and the first must be known as a duplicate, not taken for a gap. Kafka forgets them.
    """
    wanted = {
        entry.producer_id: entry for entry in state.producers.values() if 0 < len(entry.batches) < BATCHES_REMEMBERED
    }
    if not wanted or not segments:
        return
    segment = segments[-1]
    start = 0
    if segment.size_bytes > TAIL_BYTES:
        with suppress(CorruptFileError, CorruptBatchError, FileNotFoundError):
            segment.load_indexes()
            offset = segment.offset_index.offset_behind(segment.size_bytes - TAIL_BYTES)
            start = segment.offset_index.last_position() if offset is None else segment.offset_index.lookup(offset)[1]
    found: dict[int, deque[ScannedBatch]] = {}
    try:
        for batch in segment.batches(start):
            entry = wanted.get(batch.producer_id)
            if entry is not None and batch.producer_epoch == entry.epoch and not batch.is_control:
                found.setdefault(batch.producer_id, deque(maxlen=BATCHES_REMEMBERED)).append(batch)
    except CorruptBatchError:
        # Whoever reads the place is told; without these batches the state is what the snapshot says.
        return
    for producer_id, batches in found.items():
        entry = wanted[producer_id]
        if batches[-1].last_offset != entry.last_offset:
            continue
        last_timestamp = entry.last_timestamp
        entry.batches.clear()
        for batch in batches:
            if entry.batches and not entry.follows(batch.base_sequence):
                entry.batches.clear()
            entry.add_batch(
                entry.epoch, batch.last_sequence, batch.last_offset, batch.last_offset_delta, batch.max_timestamp
            )
        entry.last_timestamp = last_timestamp


def replay_producers(
    state: ProducerState,
    snapshots: ProducerSnapshots,
    segments: list[LogSegment],
    *,
    log_start_offset: int,
    end_offset: int,
    now_ms: int,
    reports: list[CorruptionReport],
) -> None:
    """Makes `state` what the log says below `end_offset`: newest snapshot, then the batches behind it."""
    found = snapshots.newest(log_start_offset, end_offset, reports)
    start = log_start_offset
    if found is None:
        state.clear()
    else:
        start = found[0]
        state.load(found[1], now_ms)
    if start >= end_offset:
        return
    for place, segment in enumerate(segments):
        next_base = segments[place + 1].base_offset if place + 1 < len(segments) else end_offset
        if next_base <= start or segment.base_offset >= end_offset:
            continue
        position: tuple[int, int] | None = (0, 0)
        if start > segment.base_offset:
            # A bad index is made anew when somebody reads; here it only costs a longer scan.
            with suppress(CorruptFileError, CorruptBatchError, FileNotFoundError):
                position = segment.position_of(start)
        if position is None:
            continue
        try:
            for batch in segment.batches(position[0]):
                if batch.base_offset >= end_offset:
                    break
                if batch.last_offset >= start:
                    apply_scanned(state, batch, segment, index_aborted=False)
        except CorruptBatchError as error:
            reports.append(
                CorruptionReport(error.file or segment.path, error.position, error.size_bytes, error.reason, "skipped")
            )
