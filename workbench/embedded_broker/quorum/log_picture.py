"""What the quorum machine knows of its own log: offsets, epoch starts, snapshots and the control records' history.

Invariants: start_offset <= flushed_offset <= end_offset; epochs and their start offsets ascend; the control history
has been read up to end_offset; `generation` changes whenever records vanish, so a late flush cannot vouch for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.control_history import ControlHistory
from workbench.records.control import ControlRecord
from workbench.system.quick_dataclass import dataclass

BOOTSTRAP_SNAPSHOT_ID = OffsetAndEpoch(0, 0)


def recency(position: OffsetAndEpoch) -> tuple[int, int]:
    """Raft's order of log ends: the later epoch wins, then the longer log."""
    return position.epoch, position.offset


@dataclass(frozen=True, slots=True)
class Valid:
    """The follower's log is a prefix of ours."""


@dataclass(frozen=True, slots=True)
class Diverging:
    """The follower must cut its log to the end of this epoch."""

    end: OffsetAndEpoch


@dataclass(frozen=True, slots=True)
class NeedsSnapshot:
    """What the follower needs next is only in this snapshot."""

    snapshot_id: OffsetAndEpoch


@dataclass(slots=True)
class LogPicture:
    """The machine's picture of the metadata log; the machine changes it together with the effects it emits."""

    control: ControlHistory
    start_offset: int = 0
    end_offset: int = 0
    flushed_offset: int = 0
    epochs: list[tuple[int, int]] = field(default_factory=list)
    snapshots: dict[OffsetAndEpoch, int] = field(default_factory=dict)
    generation: int = 0

    @property
    def last_epoch(self) -> int:
        """Epoch of the last record, or of the snapshot that an empty log starts at; 0 for a new log."""
        if self.epochs:
            return self.epochs[-1][0]
        latest = self.latest_snapshot
        return 0 if latest is None else latest.epoch

    @property
    def end(self) -> OffsetAndEpoch:
        return OffsetAndEpoch(self.end_offset, self.last_epoch)

    @property
    def latest_snapshot(self) -> OffsetAndEpoch | None:
        return max(self.snapshots, key=recency, default=None)

    @property
    def earliest_snapshot(self) -> OffsetAndEpoch | None:
        return min(self.snapshots, key=recency, default=None)

    def end_offset_for_epoch(self, epoch: int) -> OffsetAndEpoch:
        """End of the largest epoch known that is not above `epoch` (KIP-101), as Kafka's metadata log answers it."""
        found = self._cached_end_offset_for_epoch(epoch)
        if found is None:
            return self.end
        earliest = self.earliest_snapshot
        if earliest is not None and found.offset == earliest.offset and found.epoch == epoch:
            # The epoch lies wholly below the oldest snapshot: that snapshot is where the logs can meet.
            return earliest
        return found

    def _cached_end_offset_for_epoch(self, epoch: int) -> OffsetAndEpoch | None:
        if not self.epochs or epoch > self.epochs[-1][0]:
            return None
        floor = epoch
        for known, start in self.epochs:
            if known > epoch:
                return OffsetAndEpoch(start, floor)
            floor = known
        return OffsetAndEpoch(self.end_offset, epoch)

    def validate(self, offset: int, epoch: int) -> Valid | Diverging | NeedsSnapshot:
        """Compares a follower's log end with this log."""
        if self.start_offset == 0 and offset == 0:
            return Valid()
        earliest, latest = self.earliest_snapshot, self.latest_snapshot
        if (
            earliest is not None
            and latest is not None
            and (
                offset < self.start_offset
                or (offset == self.start_offset and epoch != earliest.epoch)
                or epoch < earliest.epoch
            )
        ):
            return NeedsSnapshot(latest)
        end = self.end_offset_for_epoch(epoch)
        if end.epoch != epoch or end.offset < offset:
            return Diverging(end)
        return Valid()

    def truncation_point(self, diverging: OffsetAndEpoch) -> int:
        """Where to cut this log when the leader's epoch ends at `diverging`."""
        if diverging.epoch == 0:
            return min(diverging.offset, self.end_offset)
        local = self.end_offset_for_epoch(diverging.epoch)
        return min(local.offset, diverging.offset) if local.epoch == diverging.epoch else local.offset

    def append(self, base_offset: int, next_offset: int, epoch: int, control: Iterable[ControlRecord]) -> None:
        """Records that a batch was appended; its control records count at once, committed or not (KIP-853)."""
        if base_offset != self.end_offset:
            raise ValueError(f"a batch at {base_offset} cannot follow the log end {self.end_offset}")
        if not self.epochs or epoch > self.epochs[-1][0]:
            self.epochs.append((epoch, base_offset))
        for index, record in enumerate(control):
            self.control.record(base_offset + index, record)
        self.end_offset = next_offset

    def truncate(self, offset: int) -> None:
        """Forgets what is at or above `offset`."""
        if offset >= self.end_offset:
            return
        self.end_offset = offset
        self.flushed_offset = min(self.flushed_offset, offset)
        self.epochs = [(epoch, start) for epoch, start in self.epochs if start < offset]
        self.control.truncate_from(offset)
        self.generation += 1

    def restart_at(self, snapshot_id: OffsetAndEpoch, size_bytes: int) -> None:
        """The log is now empty and starts at the end of a snapshot; older snapshots are gone."""
        self.start_offset = self.end_offset = self.flushed_offset = snapshot_id.offset
        self.epochs = []
        self.snapshots = {snapshot_id: size_bytes}
        self.generation += 1

    def delete_prefix(self, start_offset: int) -> None:
        """The log starts at `start_offset`, where a snapshot ends; older snapshots are gone."""
        self.start_offset = max(self.start_offset, start_offset)
        self.snapshots = {known: size for known, size in self.snapshots.items() if known.offset >= start_offset}
        kept = [entry for entry in self.epochs if entry[1] > self.start_offset]
        below = [epoch for epoch, start in self.epochs if start <= self.start_offset]
        if below:
            kept.insert(0, (below[-1], self.start_offset))
        self.epochs = kept

    def flushed(self, end_offset: int, generation: int) -> bool:
        """Notes a finished flush; False where records vanished since it began, which makes it worthless."""
        if generation != self.generation:
            return False
        self.flushed_offset = max(self.flushed_offset, min(end_offset, self.end_offset))
        return True

    @staticmethod
    def opened(
        control: ControlHistory,
        *,
        start_offset: int,
        end_offset: int,
        epochs: Iterable[tuple[int, int]],
        snapshots: Mapping[OffsetAndEpoch, int],
    ) -> LogPicture:
        """The picture of a log just opened, which recovery has made durable to its end."""
        return LogPicture(control, start_offset, end_offset, end_offset, list(epochs), dict(snapshots))
