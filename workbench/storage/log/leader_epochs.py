"""At which offset each leader epoch began in this log, kept in `leader-epoch-checkpoint` (KIP-101, KIP-279).

Invariants: epochs and start offsets both increase strictly from entry to entry; one that would break that
replaces those it conflicts with. The file is written by `write` (on flush, roll and close, before the recovery point
moves): what lies above the recovery point is found again in the batch headers.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import NamedTuple

from workbench.storage.log.checkpoints import encode_lines, read_pairs, write_pairs
from workbench.storage.log.errors import CorruptFileError
from workbench.system.disk import Disk

UNDEFINED_EPOCH = -1
UNDEFINED_OFFSET = -1


class EpochEntry(NamedTuple):
    """First offset written in an epoch."""

    epoch: int
    start_offset: int


class LeaderEpochCache:
    """Epochs of one log."""

    __slots__ = ("_dirty", "_disk", "_entries", "path")

    def __init__(self, disk: Disk, path: str) -> None:
        self._disk = disk
        self.path = path
        self._entries: list[EpochEntry] = []
        self._dirty = False

    def load(self) -> None:
        """Reads the file; without one there are no entries. Raises CorruptFileError."""
        entries = [EpochEntry(*pair) for pair in read_pairs(self._disk, self.path)]
        for before, after in pairwise(entries):
            if after.epoch <= before.epoch or after.start_offset < before.start_offset:
                raise CorruptFileError(self.path, f"epoch {after} follows {before}")
        self._entries = entries
        self._dirty = False

    @property
    def entries(self) -> list[EpochEntry]:
        return list(self._entries)

    @property
    def latest_epoch(self) -> int | None:
        return self._entries[-1].epoch if self._entries else None

    @property
    def earliest_entry(self) -> EpochEntry | None:
        return self._entries[0] if self._entries else None

    def assign(self, epoch: int, start_offset: int) -> bool:
        """Notes that `epoch` begins at the offset; whether that was new.

        An epoch or offset below what is known means the log was cut and written anew: later entries go.
        """
        if epoch < 0 or start_offset < 0:
            raise ValueError(f"epoch {epoch} at offset {start_offset}")
        entries = self._entries
        if entries and epoch == entries[-1].epoch and start_offset >= entries[-1].start_offset:
            return False
        keep = len(entries)
        while keep and (entries[keep - 1].epoch >= epoch or entries[keep - 1].start_offset >= start_offset):
            keep -= 1
        entries = entries[:keep]
        self._entries = [*entries, EpochEntry(epoch, start_offset)]
        self._dirty = True
        return True

    def end_offset_for(self, epoch: int, log_end_offset: int) -> tuple[int, int]:
        """The largest epoch not above the one asked for, and where it ends.

        For the latest epoch that is the log's end, for another the start of the next one; (-1, -1) where the epoch is
        unknown: above the latest or below the first (KIP-279).
        """
        entries = self._entries
        if epoch == UNDEFINED_EPOCH or not entries:
            return UNDEFINED_EPOCH, UNDEFINED_OFFSET
        if epoch == entries[-1].epoch:
            return epoch, log_end_offset
        place = bisect_right(entries, epoch, key=lambda entry: entry.epoch)
        if place == len(entries):
            return UNDEFINED_EPOCH, UNDEFINED_OFFSET
        if place == 0:
            # Below the first epoch: nothing of it is in this log, which begins where the first one does.
            return epoch, entries[0].start_offset
        return entries[place - 1].epoch, entries[place].start_offset

    def epoch_for_offset(self, offset: int) -> int | None:
        """Epoch in which the offset was written."""
        place = bisect_right(self._entries, offset, key=lambda entry: entry.start_offset)
        return self._entries[place - 1].epoch if place else None

    def previous_epoch(self, epoch: int) -> int | None:
        """The largest epoch below the one given."""
        return max((entry.epoch for entry in self._entries if entry.epoch < epoch), default=None)

    def truncate_from_end(self, end_offset: int) -> None:
        """Drops epochs that began at or behind the offset."""
        if end_offset >= 0 and self._entries and self._entries[-1].start_offset >= end_offset:
            self._entries = [entry for entry in self._entries if entry.start_offset < end_offset]
            self._dirty = True

    def truncate_from_start(self, start_offset: int) -> None:
        """Drops epochs that ended before the offset; the one it lies in then starts there."""
        entries = self._entries
        place = bisect_right(entries, start_offset, key=lambda entry: entry.start_offset)
        if place > 1 or (place and entries[0].start_offset < start_offset):
            self._entries = [EpochEntry(entries[place - 1].epoch, start_offset), *entries[place:]]
            self._dirty = True

    def clear(self) -> None:
        if self._entries:
            self._entries = []
            self._dirty = True

    def ensure_file(self) -> None:
        """Kafka has the file from the start, even without an epoch in it."""
        if not self._disk.exists(self.path):
            self._disk.write_file(self.path, encode_lines([]))

    def write(self) -> bool:
        """Writes and syncs the file if something changed; whether it did, and the directory then awaits its sync.

        Raises OSError.
        """
        if not self._dirty:
            return False
        self._dirty = False
        try:
            write_pairs(self._disk, self.path, self._entries, sync_directory=False)
        except OSError:
            self._dirty = True
            raise
        return True
