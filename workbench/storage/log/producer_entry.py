"""What a partition remembers of one producer: its epoch, its last five batches, its open transaction.

Invariants: all remembered batches are of the current epoch; sequences count modulo 2^31 (KIP-98).
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from workbench.records.layout import MAX_SEQUENCE, NO_PRODUCER_EPOCH, NO_SEQUENCE
from workbench.records.record import NO_TIMESTAMP

BATCHES_REMEMBERED = 5
NO_COORDINATOR_EPOCH = -1
NO_TRANSACTION = -1


class BatchMetadata(NamedTuple):
    """A batch that was appended; `timestamp` is its largest, in milliseconds."""

    last_sequence: int
    last_offset: int
    offset_delta: int
    timestamp: int

    @property
    def first_sequence(self) -> int:
        return (self.last_sequence - self.offset_delta) & MAX_SEQUENCE

    @property
    def first_offset(self) -> int:
        return self.last_offset - self.offset_delta


class ProducerEntry:
    """State of one producer id in one partition."""

    __slots__ = (
        "batches",
        "coordinator_epoch",
        "epoch",
        "last_timestamp",
        "producer_id",
        "transaction_first_offset",
    )

    def __init__(
        self,
        producer_id: int,
        epoch: int = NO_PRODUCER_EPOCH,
        coordinator_epoch: int = NO_COORDINATOR_EPOCH,
        last_timestamp: int = NO_TIMESTAMP,
        transaction_first_offset: int = NO_TRANSACTION,
    ) -> None:
        self.producer_id = producer_id
        self.epoch = epoch
        self.coordinator_epoch = coordinator_epoch
        self.last_timestamp = last_timestamp
        self.transaction_first_offset = transaction_first_offset
        self.batches: deque[BatchMetadata] = deque(maxlen=BATCHES_REMEMBERED)

    def __repr__(self) -> str:
        return (
            f"ProducerEntry(producer_id={self.producer_id}, epoch={self.epoch}, "
            f"last_sequence={self.last_sequence}, transaction_first_offset={self.transaction_first_offset})"
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProducerEntry) and self.snapshot() == other.snapshot()

    __hash__ = None  # type: ignore[assignment]

    def snapshot(self) -> tuple[int, int, int, int, int, int, int, int]:
        """What a snapshot file keeps: only the last batch."""
        last = self.batches[-1] if self.batches else BatchMetadata(NO_SEQUENCE, -1, 0, NO_TIMESTAMP)
        return (
            self.producer_id,
            self.epoch,
            last.last_sequence,
            last.last_offset,
            last.offset_delta,
            self.last_timestamp,
            self.coordinator_epoch,
            self.transaction_first_offset,
        )

    @property
    def last_sequence(self) -> int:
        return self.batches[-1].last_sequence if self.batches else NO_SEQUENCE

    @property
    def last_offset(self) -> int:
        return self.batches[-1].last_offset if self.batches else -1

    @property
    def in_transaction(self) -> bool:
        return self.transaction_first_offset != NO_TRANSACTION

    def find_duplicate(self, epoch: int, first_sequence: int, last_sequence: int) -> BatchMetadata | None:
        """A remembered batch with exactly that range of sequences."""
        if epoch == self.epoch:
            for batch in self.batches:
                if batch.last_sequence == last_sequence and batch.first_sequence == first_sequence:
                    return batch
        return None

    def follows(self, first_sequence: int) -> bool:
        """Whether a batch of the current epoch starting there is the next one."""
        last = self.last_sequence
        return first_sequence == last + 1 or (first_sequence == 0 and last == MAX_SEQUENCE)

    def move_to_epoch(self, epoch: int) -> None:
        if epoch != self.epoch:
            self.batches.clear()
            self.epoch = epoch

    def add_batch(self, epoch: int, last_sequence: int, last_offset: int, offset_delta: int, timestamp: int) -> None:
        if epoch != self.epoch:
            self.batches.clear()
            self.epoch = epoch
        self.batches.append(BatchMetadata(last_sequence, last_offset, offset_delta, timestamp))
        self.last_timestamp = timestamp
