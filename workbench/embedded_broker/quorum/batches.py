"""Batches of the metadata log as the machine sees them: offsets, epoch and control records, no bytes."""

from __future__ import annotations

from workbench.records.control import ControlRecord
from workbench.system.quick_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class NewBatch:
    """A batch that the leader appends: either opaque `values` or `control` records."""

    base_offset: int
    epoch: int
    timestamp_ms: int
    values: tuple[bytes, ...] = ()
    control: tuple[ControlRecord, ...] = ()

    @property
    def next_offset(self) -> int:
        return self.base_offset + len(self.values) + len(self.control)


@dataclass(frozen=True, slots=True)
class ReceivedBatch:
    """The head of a batch read from the log or received from the leader; `control` is empty for data batches."""

    base_offset: int
    last_offset: int
    epoch: int
    control: tuple[ControlRecord, ...] = ()

    @property
    def next_offset(self) -> int:
        return self.last_offset + 1
