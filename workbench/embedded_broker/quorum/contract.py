"""What the metadata quorum and its users (controller, metadata loader) agree on.

The quorum replicates opaque record values (each already framed by `wire.record_values`) and its own control
records; users see only committed batches, in offset order, and snapshots.

Invariants: `handle_commit` is called with strictly increasing, gap-free offsets (control batches are delivered
with no values); after `handle_load_snapshot` the next batch starts at the snapshot's end offset;
`handle_leader_change` for the own node is called only once every earlier committed batch has been delivered, so
a controller that becomes active starts from complete state (KIP-595, KIP-630).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NewType, Protocol

from workbench.system.quick_dataclass import dataclass

Epoch = NewType("Epoch", int)


@dataclass(frozen=True, slots=True)
class CommittedBatch:
    """One committed batch of the metadata log; `values` is empty for control batches."""

    base_offset: int
    last_offset: int
    epoch: int
    append_timestamp_ms: int
    values: tuple[bytes, ...]


@dataclass(frozen=True, slots=True, order=True)
class OffsetAndEpoch:
    """End of a log or snapshot: `offset` is exclusive, `epoch` that of the last record before it."""

    offset: int
    epoch: int


@dataclass(frozen=True, slots=True)
class LeaderAndEpoch:
    """`leader_id` is None while an election runs."""

    leader_id: int | None
    epoch: int


@dataclass(frozen=True, slots=True)
class LoadedSnapshot:
    """A whole snapshot: the metadata record values in order, without header, footer and quorum control records."""

    snapshot_id: OffsetAndEpoch
    last_contained_timestamp_ms: int
    values: Sequence[bytes]


class QuorumListener(Protocol):
    """A user of the metadata log; called on the event loop, must not block and must not raise."""

    def handle_commit(self, batches: Sequence[CommittedBatch]) -> None: ...

    def handle_load_snapshot(self, snapshot: LoadedSnapshot) -> None: ...

    def handle_leader_change(self, leader: LeaderAndEpoch) -> None: ...


class NotLeaderError(Exception):
    """This node does not lead the quorum in the epoch given; the caller retries with the leader."""


class MetadataQuorum(Protocol):
    """The node's view of the quorum (implemented by `quorum/driver.py`)."""

    @property
    def node_id(self) -> int: ...

    @property
    def leader_and_epoch(self) -> LeaderAndEpoch: ...

    @property
    def high_watermark(self) -> int:
        """Exclusive end of what is committed; -1 while unknown."""
        ...

    @property
    def log_end_offset(self) -> int: ...

    def register(self, listener: QuorumListener) -> None:
        """Delivers everything from the newest snapshot on to `listener`, then new commits as they come."""
        ...

    def append(self, epoch: int, values: Sequence[bytes]) -> int:
        """Appends `values` as one atomic batch and returns its last offset; commit is told through the listener.

        Raises NotLeaderError unless this node leads in `epoch`.
        """
        ...

    def resign(self, epoch: int) -> None:
        """Gives up leadership of `epoch` (a controller that failed to apply its own records)."""
        ...

    def write_snapshot(
        self, snapshot_id: OffsetAndEpoch, last_contained_timestamp_ms: int, values: Sequence[bytes]
    ) -> None:
        """Writes a checkpoint file holding the state as of `snapshot_id` and lets the log forget what is below."""
        ...
