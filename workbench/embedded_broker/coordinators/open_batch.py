"""The batch that a coordinated partition is filling, and the operations that wait for it.

Invariants: `records` and `operations` belong together: either all of them are written or none is; a batch of a
producer (transactional offset commits) holds records of that producer alone.
"""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from workbench.embedded_broker.coordinators.decision import CoordinatorRecord
from workbench.records.builder import build_batch
from workbench.records.compression import Compression
from workbench.records.record import NewRecord
from workbench.system.quick_dataclass import dataclass
from workbench.wire.record_values import encode_coordinator_key, encode_coordinator_value

if TYPE_CHECKING:
    from workbench.embedded_broker.coordinators.operation import Operation

BATCH_OVERHEAD_BYTES = 61
RECORD_OVERHEAD_BYTES = 21
"""Upper bound of what a record takes beside its key and value."""


def encode_record(record: CoordinatorRecord, timestamp_ms: int) -> NewRecord:
    value = None if record.value is None else encode_coordinator_value(record.value, record.value_version)
    return NewRecord(timestamp_ms, encode_coordinator_key(record.key), value)


def size_of(record: NewRecord) -> int:
    """At most this many bytes of a batch."""
    return RECORD_OVERHEAD_BYTES + len(record.key or b"") + len(record.value or b"")


@dataclass(slots=True)
class OpenBatch:
    """`base_offset` is where it will lie in the log."""

    base_offset: int
    max_bytes: int
    producer_id: int = -1
    producer_epoch: int = -1
    size_bytes: int = BATCH_OVERHEAD_BYTES
    records: list[NewRecord] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)

    @property
    def next_offset(self) -> int:
        return self.base_offset + len(self.records)

    @property
    def is_transactional(self) -> bool:
        return self.producer_id >= 0

    def has_room_for(self, size_bytes: int) -> bool:
        """An empty batch takes anything: whether it is too large the log decides."""
        return not self.records or self.size_bytes + size_bytes <= self.max_bytes

    def add(self, record: NewRecord) -> None:
        self.records.append(record)
        self.size_bytes += size_of(record)

    def encode(self, compression: Compression) -> bytearray:
        """Kafka's coordinators number their batches from sequence 0, though no producer stands behind them."""
        return build_batch(
            self.records,
            compression=compression,
            producer_id=self.producer_id,
            producer_epoch=self.producer_epoch,
            base_sequence=0,
            transactional=self.is_transactional,
        )
