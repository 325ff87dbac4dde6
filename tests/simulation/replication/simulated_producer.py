"""An idempotent producer of the simulation: one batch at a time, repeated as it is until it is acknowledged."""

from __future__ import annotations

from collections.abc import Callable

from tests.simulation.replication.violation import Violation
from workbench.records import NewRecord, build_batch
from workbench.wire.error_codes import ErrorCode

_REPEATED_AFTER = frozenset(
    {
        ErrorCode.NOT_LEADER_OR_FOLLOWER,
        ErrorCode.NOT_ENOUGH_REPLICAS,
        ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
        ErrorCode.REQUEST_TIMED_OUT,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    }
)


class IdempotentProducer:
    """Its sequence goes on with each acknowledged batch, so a broker that forgot or invented one is found out."""

    def __init__(self, producer_id: int) -> None:
        self.producer_id = producer_id
        self.batch_number = 0
        self.values: set[bytes] = set()
        self._sequence = 0
        self._records: list[NewRecord] = []

    def begin(self, make: Callable[[], list[NewRecord]]) -> bool:
        """Takes the next batch, if none is under way."""
        if self._records:
            return False
        self._records = make()
        self.batch_number += 1
        self.values |= {record.value for record in self._records if record.value is not None}
        return True

    def is_waiting_for(self, number: int) -> bool:
        return bool(self._records) and self.batch_number == number

    def batch(self) -> bytearray:
        return build_batch(self._records, producer_id=self.producer_id, producer_epoch=0, base_sequence=self._sequence)

    def answered(self, number: int, code: ErrorCode) -> None:
        """Raises Violation for an answer that a producer cannot get which writes one batch after the other."""
        if not self.is_waiting_for(number):
            return
        if code == ErrorCode.NONE:
            self._sequence += len(self._records)
            self._records = []
        elif code not in _REPEATED_AFTER:
            raise Violation(f"producer {self.producer_id} at sequence {self._sequence} was told {code.name}")
