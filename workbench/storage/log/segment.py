"""One segment of a log: a .log file with its three indexes.

Invariants: `size_bytes` is the end of the last whole batch, and the file is never longer while the log is in use
(a failed append is cut off again). The end offset belongs to the log. Only the log's own thread appends, cuts and
reads; `write_indexes` and `sync` may be called from another.

The last batches appended are remembered with their positions, so that readers at the tail need neither index nor scan.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from contextlib import suppress

from workbench.records import BatchView, CorruptBatchError, Record
from workbench.records.layout import HEADER_BYTES
from workbench.records.record import NO_TIMESTAMP
from workbench.storage.log import file_names
from workbench.storage.log.batch_scan import ScannedBatch, scan_headers
from workbench.storage.log.errors import CorruptFileError, LogClosedError
from workbench.storage.log.log_config import LogConfig
from workbench.storage.log.offset_index import OffsetIndex
from workbench.storage.log.time_index import TimeIndex
from workbench.storage.log.transaction_index import TransactionIndex
from workbench.system.disk import Disk, DiskFile
from workbench.system.platform_files import Buffer

_RECENT_BATCHES = 1024
_MAX_RELATIVE_OFFSET = 0x7FFFFFFF
_LOOKUP_WINDOW_BYTES = 8 * 1024


class LogSegment:
    """Offsets are absolute, positions are bytes in the .log file, timestamps and times milliseconds."""

    __slots__ = (
        "_closed",
        "_disk",
        "_file",
        "_indexes_loaded",
        "_recent_last_offsets",
        "_recent_positions",
        "_recent_start",
        "_synced_bytes",
        "base_offset",
        "bytes_since_index_entry",
        "created_ms",
        "directory",
        "first_timestamp",
        "index_interval_bytes",
        "indexes_are_full",
        "max_timestamp",
        "offset_index",
        "offset_of_max_timestamp",
        "path",
        "roll_jitter_ms",
        "size_bytes",
        "time_index",
        "transaction_index",
    )

    def __init__(self, disk: Disk, directory: str, base_offset: int, config: LogConfig, now_ms: int) -> None:
        self._disk = disk
        self.directory = directory
        self.base_offset = base_offset
        self.path = file_names.segment_path(directory, base_offset, file_names.LOG_SUFFIX)
        self._file: DiskFile | None = None
        self.size_bytes = 0
        self.offset_index = OffsetIndex(
            disk,
            file_names.segment_path(directory, base_offset, file_names.OFFSET_INDEX_SUFFIX),
            config.segment_index_bytes,
        )
        self.time_index = TimeIndex(
            disk,
            file_names.segment_path(directory, base_offset, file_names.TIME_INDEX_SUFFIX),
            config.segment_index_bytes,
        )
        self.transaction_index = TransactionIndex(
            disk, file_names.segment_path(directory, base_offset, file_names.TRANSACTION_INDEX_SUFFIX)
        )
        self._indexes_loaded = True
        self.index_interval_bytes = config.index_interval_bytes
        self.roll_jitter_ms = config.random_segment_jitter_ms()
        self.created_ms = now_ms
        self.first_timestamp: int | None = None
        self.max_timestamp = NO_TIMESTAMP
        self.offset_of_max_timestamp = base_offset
        self.bytes_since_index_entry = 0
        self.indexes_are_full = False
        self._recent_last_offsets: list[int] = []
        self._recent_positions: list[int] = []
        self._recent_start = base_offset
        self._synced_bytes = -1
        self._closed = False

    def __repr__(self) -> str:
        return f"LogSegment(base_offset={self.base_offset}, size_bytes={self.size_bytes})"

    @classmethod
    def create(cls, disk: Disk, directory: str, base_offset: int, config: LogConfig, now_ms: int) -> LogSegment:
        """A new, empty segment with its files; whatever lay there under that name is emptied."""
        segment = cls(disk, directory, base_offset, config, now_ms)
        file = segment.file(create=True)
        if file.size_bytes():
            file.truncate(0)
            file.sync()
        for index in (segment.offset_index, segment.time_index):
            disk.write_file(index.path, b"")
        with suppress(FileNotFoundError):
            disk.remove(segment.transaction_index.path)
        return segment

    @classmethod
    def load(cls, disk: Disk, directory: str, base_offset: int, config: LogConfig, now_ms: int) -> LogSegment:
        """A segment that is on disk; indexes are read when first needed, transactions at once.

        Raises CorruptFileError if the transaction index is bad, FileNotFoundError if an offset index is missing.
        """
        segment = cls(disk, directory, base_offset, config, now_ms)
        segment.size_bytes = disk.size_bytes(segment.path)
        segment.created_ms = now_ms
        segment.forget_recent()
        segment._indexes_loaded = False
        segment.transaction_index.load(base_offset)
        if not disk.exists(segment.offset_index.path):
            raise FileNotFoundError(segment.offset_index.path)
        return segment

    def file(self, *, create: bool = False) -> DiskFile:
        """The open .log file; opened when first used. Raises OSError, LogClosedError."""
        if self._file is None:
            if self._closed:
                raise LogClosedError(self.path)
            self._file = self._disk.open(self.path, create=create)
        return self._file

    def load_indexes(self) -> None:
        """Reads the index files if that has not been done. Raises CorruptFileError, FileNotFoundError."""
        if self._indexes_loaded:
            return
        self.offset_index.load(self.size_bytes)
        self.time_index.load()
        self._indexes_loaded = True
        self.indexes_are_full = self.offset_index.is_full or self.time_index.is_full
        last = self.time_index.last_entry()  # closing the segment has written the largest
        if last is not None:
            self.max_timestamp, self.offset_of_max_timestamp = last[0], self.base_offset + last[1]

    def append(self, data: Buffer, first_offset: int, last_offset: int, max_timestamp: int) -> None:
        """Appends one batch with a single write. Raises OSError; part of it may then be in the file."""
        file = self._file
        if file is None:
            file = self.file()
        file.append(data)
        self._note_batch(len(data), first_offset, last_offset, max_timestamp)

    def append_batches(self, data: Buffer, batches: Iterable[ScannedBatch]) -> None:
        """Appends several batches with a single write; their positions are those inside `data`."""
        self.file().append(data)
        for batch in batches:
            self._note_batch(batch.size_bytes, batch.base_offset, batch.last_offset, batch.max_timestamp)

    def _note_batch(self, size: int, first_offset: int, last_offset: int, max_timestamp: int) -> None:
        position = self.size_bytes
        self.index_batch(position, size, last_offset, max_timestamp)
        positions = self._recent_positions
        if not positions:
            self._recent_start = first_offset
        positions.append(position)
        self._recent_last_offsets.append(last_offset)
        if len(positions) > _RECENT_BATCHES:
            half = _RECENT_BATCHES // 2
            self._recent_start = self._recent_last_offsets[half - 1] + 1
            del positions[:half]
            del self._recent_last_offsets[:half]
        self.size_bytes = position + size

    def forget_recent(self) -> None:
        """Where the batches lie is found by index until the next append."""
        self._recent_positions, self._recent_last_offsets = [], []
        self._recent_start = _MAX_RELATIVE_OFFSET + self.base_offset + 1

    def cut_back(self) -> None:
        """Removes what a failed append left behind the last whole batch. Raises OSError."""
        file = self.file()
        if file.size_bytes() != self.size_bytes:
            file.truncate(self.size_bytes)

    def should_roll(self, now_ms: int, max_timestamp: int, last_offset: int, size: int, config: LogConfig) -> bool:
        """Whether a batch of `size` bytes must go to a new segment."""
        if self.size_bytes > config.segment_size - size:
            return True
        if last_offset - self.base_offset > _MAX_RELATIVE_OFFSET:
            return True
        if self.indexes_are_full:
            return True
        return self.size_bytes > 0 and self.age_ms(now_ms, max_timestamp) > config.max_segment_ms - self.roll_jitter_ms

    def age_ms(self, now_ms: int, max_timestamp: int) -> int:
        """Time from the first batch to the one with `max_timestamp`; from creation where batches have no time."""
        first = self.first_timestamp
        if first is None and self.size_bytes:
            first = self.first_timestamp = self._read_first_timestamp()
        if first is not None and first >= 0:
            return max_timestamp - first
        return now_ms - self.created_ms

    def _read_first_timestamp(self) -> int:
        first = next(iter(scan_headers(self.file(), 0, self.size_bytes, window_bytes=HEADER_BYTES)), None)
        return NO_TIMESTAMP if first is None else first.max_timestamp

    def position_of(self, offset: int) -> tuple[int, int] | None:
        """Position and size of the first batch that ends at or after the offset; None if the segment has none.

        Raises CorruptBatchError or CorruptFileError where log and index do not agree.
        """
        if offset >= self._recent_start and self._recent_positions:
            place = bisect_left(self._recent_last_offsets, offset)
            positions = self._recent_positions
            if place >= len(positions):
                return None
            position = positions[place]
            end = positions[place + 1] if place + 1 < len(positions) else self.size_bytes
            return position, end - position
        self.load_indexes()
        indexed, start = self.offset_index.lookup(offset - self.base_offset)
        for batch in scan_headers(self.file(), start, self.size_bytes, window_bytes=_LOOKUP_WINDOW_BYTES):
            if indexed >= 0:
                if batch.last_offset - self.base_offset != indexed:
                    raise CorruptFileError(
                        self.offset_index.path, f"entry for offset {self.base_offset + indexed} points elsewhere"
                    )
                indexed = -1
            if batch.last_offset >= offset:
                return batch.position, batch.size_bytes
        return None

    def read(self, position: int, size: int) -> bytes:
        return self.file().read(position, size)

    def batch_at(self, position: int) -> BatchView:
        """Reads one whole batch. Raises CorruptBatchError."""
        header = self.read(position, HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            raise CorruptBatchError("batch header is cut", position=position, size_bytes=len(header), file=self.path)
        size = int.from_bytes(header[8:12], "big", signed=True) + 12
        if size < HEADER_BYTES or position + size > self.size_bytes:
            raise CorruptBatchError(
                f"batch of {size} bytes", position=position, size_bytes=HEADER_BYTES, file=self.path
            )
        try:
            return BatchView(self.read(position, size))
        except CorruptBatchError as error:
            raise error.at(self.path, position) from error

    def next_offset(self) -> int:
        """Offset behind the last whole batch. Raises as `position_of`, and CorruptBatchError for bytes behind it."""
        self.load_indexes()
        end_offset, position = self.base_offset, 0
        for batch in scan_headers(self.file(), self.offset_index.last_position(), self.size_bytes):
            end_offset = batch.last_offset + 1
            position = batch.position + batch.size_bytes
        if position != self.size_bytes:
            raise CorruptBatchError(
                "bytes behind the last whole batch",
                position=position,
                size_bytes=self.size_bytes - position,
                file=self.path,
            )
        return end_offset

    def batches(self, start: int = 0) -> Iterable[ScannedBatch]:
        """Headers of the batches from a position on."""
        return scan_headers(self.file(), start, self.size_bytes)

    def largest_timestamp(self) -> int:
        """Largest timestamp of its records; the file's time of change where they have none."""
        self.load_indexes()
        return self.max_timestamp if self.max_timestamp >= 0 else self._disk.modified_ms(self.path)

    def offset_for_timestamp(self, timestamp: int, start_offset: int) -> tuple[BatchView, Record] | None:
        """The first record at or after `start_offset` with at least the timestamp, and its batch."""
        self.load_indexes()
        relative = max(self.time_index.lookup(timestamp), start_offset - self.base_offset)
        for batch in self.batches(self.offset_index.lookup(relative)[1]):
            if batch.max_timestamp < timestamp or batch.last_offset < start_offset:
                continue
            view = self.batch_at(batch.position)
            for record in view.records():
                if record.timestamp >= timestamp and record.offset >= start_offset:
                    return view, record
        return None

    def batch_of_max_timestamp(self) -> BatchView | None:
        """The first batch that holds the segment's largest timestamp."""
        self.load_indexes()
        for batch in self.batches(self.offset_index.lookup(self.offset_of_max_timestamp - self.base_offset)[1]):
            if batch.max_timestamp == self.max_timestamp:
                return self.batch_at(batch.position)
        return None

    def _restore_max_timestamp(self) -> None:
        """From the last time index entry and the batches behind it."""
        last = self.time_index.last_entry()
        self.max_timestamp, self.offset_of_max_timestamp = NO_TIMESTAMP, self.base_offset
        start = 0
        if last is not None:
            self.max_timestamp, self.offset_of_max_timestamp = last[0], self.base_offset + last[1]
            start = self.offset_index.lookup(last[1])[1]
        try:
            for batch in self.batches(start):
                if batch.max_timestamp > self.max_timestamp:
                    self.max_timestamp, self.offset_of_max_timestamp = batch.max_timestamp, batch.last_offset
        except CorruptBatchError as error:
            raise CorruptFileError(
                error.file or self.path, error.reason, position=error.position, size_bytes=error.size_bytes
            ) from error

    def end_if_cut_at(self, offset: int) -> int:
        """Where the segment would end after `truncate_to`: the offset, or where the batch that holds it begins."""
        place = self.position_of(offset)
        return offset if place is None else min(offset, self.batch_at(place[0]).base_offset)

    def truncate_to(self, offset: int, now_ms: int) -> None:
        """Cuts off every batch that holds the offset or a later one. Raises OSError."""
        self.load_indexes()
        place = self.position_of(offset)
        relative = offset - self.base_offset
        self.offset_index.truncate(relative)
        self.time_index.truncate(relative)
        self.transaction_index.truncate(offset)
        self.indexes_are_full = self.offset_index.is_full or self.time_index.is_full
        if place is None:
            return
        self.cut_to(place[0])
        self.forget_recent()
        self.bytes_since_index_entry = 0
        self._restore_max_timestamp()
        if self.size_bytes == 0:
            self.created_ms = now_ms
            self.first_timestamp = None
            self._recent_start = self.base_offset

    def close_indexes(self) -> None:
        """Called when the segment will not be appended to: the last time index entry, then all to the files."""
        self.load_indexes()
        if self.max_timestamp >= 0:
            self.time_index.maybe_append(self.max_timestamp, self.offset_of_max_timestamp - self.base_offset)
        self.write_indexes()

    def rebuild_indexes(self) -> None:
        """Makes offset and time index anew from the batch headers. Raises CorruptBatchError where they end."""
        self.reset_indexes()
        self._indexes_loaded = True
        for batch in self.batches():
            self.index_batch(batch.position, batch.size_bytes, batch.last_offset, batch.max_timestamp)
        self.close_indexes()

    def reset_indexes(self) -> None:
        """Forgets what the indexes say, for `index_batch` to say it anew."""
        self.offset_index.clear()
        self.time_index.clear()
        self._indexes_loaded = True
        self.max_timestamp, self.offset_of_max_timestamp = NO_TIMESTAMP, self.base_offset
        self.first_timestamp = None
        self.bytes_since_index_entry = 0
        self.indexes_are_full = False

    def index_batch(self, position: int, size: int, last_offset: int, max_timestamp: int) -> None:
        """Notes a batch that is in the file already."""
        if max_timestamp > self.max_timestamp:
            self.max_timestamp, self.offset_of_max_timestamp = max_timestamp, last_offset
        if self.first_timestamp is None:
            self.first_timestamp = max_timestamp
        if self.bytes_since_index_entry > self.index_interval_bytes:
            self.offset_index.append(last_offset - self.base_offset, position)
            self.time_index.maybe_append(self.max_timestamp, self.offset_of_max_timestamp - self.base_offset)
            self.bytes_since_index_entry = 0
            self.indexes_are_full = self.offset_index.is_full or self.time_index.is_full
        self.bytes_since_index_entry += size

    def cut_to(self, position: int) -> None:
        """Cuts the file at the end of a batch, indexes untouched. Raises OSError.

        Synced at once: were the cut undone by a crash, other batches than those appended since could come back.
        """
        file = self.file()
        file.truncate(position)
        self.size_bytes = position
        self._synced_bytes = -1
        file.sync()

    def write_indexes(self) -> None:
        """Brings the index files up to the entries in memory. Raises OSError."""
        if self._indexes_loaded:
            self.offset_index.write_pending()
            self.time_index.write_pending()

    def sync(self) -> None:
        """Makes log and indexes durable. Raises OSError."""
        size = self.size_bytes  # what is appended from now on is for the next sync
        if size != self._synced_bytes:
            file = self._file
            if file is not None:
                file.sync()
            else:
                self._disk.sync_file(self.path)
            self._synced_bytes = size
        self.write_indexes()
        self.offset_index.sync()
        self.time_index.sync()
        self.transaction_index.sync()

    def close(self) -> None:
        """Closes the file without writing anything; the segment cannot be used any more."""
        self._closed = True
        if self._file is not None:
            self._file.close()
            self._file = None

    def paths(self) -> list[str]:
        """The files that a segment may have."""
        return [file_names.segment_path(self.directory, self.base_offset, s) for s in file_names.SEGMENT_SUFFIXES]

    def mark_deleted(self) -> list[str]:
        """Closes it and renames its files to `.deleted`; returns the new names, to be removed later."""
        self.close()
        renamed = []
        for path in self.paths():
            with suppress(FileNotFoundError):
                self._disk.rename(path, path + file_names.DELETED_SUFFIX)
                renamed.append(path + file_names.DELETED_SUFFIX)
        return renamed
