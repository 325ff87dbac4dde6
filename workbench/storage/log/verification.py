"""Which producers wait for the transaction coordinator to confirm that this partition belongs to them (KIP-890).

Theory: before the first transactional batch, the broker calls `begin`, asks the coordinator, and appends with the
guard it got. A marker that comes in between takes the guard away, so that a late confirmation cannot open a hanging
transaction. Once the batch is written the producer's open transaction itself is the proof.

Invariant: a producer has at most one guard.
"""

from __future__ import annotations

from dataclasses import field

from workbench.system.quick_dataclass import dataclass


@dataclass(slots=True)
class PendingVerification:
    """A confirmation that is asked for; `guard` is compared by identity."""

    since_ms: int
    lowest_sequence: int
    epoch: int
    supports_epoch_bump: bool
    guard: object = field(default_factory=object)


class VerificationGuards:
    """Guards of one partition. While `required` is False every transactional batch is let through."""

    __slots__ = ("_pending", "required")

    def __init__(self, required: bool = False) -> None:
        self.required = required
        self._pending: dict[int, PendingVerification] = {}

    def begin(self, producer_id: int, sequence: int, epoch: int, *, supports_epoch_bump: bool, now_ms: int) -> object:
        """The guard to append with once the coordinator has confirmed."""
        entry = self._pending.get(producer_id)
        if entry is None:
            entry = self._pending[producer_id] = PendingVerification(now_ms, sequence, epoch, supports_epoch_bump)
        elif epoch > entry.epoch:
            entry.epoch, entry.lowest_sequence = epoch, sequence
        elif epoch == entry.epoch:
            entry.lowest_sequence = min(entry.lowest_sequence, sequence)
        return entry.guard

    def allows(self, producer_id: int, guard: object | None) -> bool:
        if not self.required:
            return True
        entry = self._pending.get(producer_id)
        return entry is not None and guard is entry.guard

    def pending(self, producer_id: int) -> PendingVerification | None:
        return self._pending.get(producer_id)

    def end(self, producer_id: int) -> None:
        """A transactional batch was written."""
        self._pending.pop(producer_id, None)

    def marker(self, producer_id: int, epoch: int) -> None:
        """A marker was written; a guard for the transaction after it stays (its epoch was bumped by the marker)."""
        entry = self._pending.get(producer_id)
        if entry is not None and not (entry.supports_epoch_bump and entry.epoch == epoch):
            del self._pending[producer_id]

    def remove_older_than(self, time_ms: int) -> None:
        for producer_id in [pid for pid, entry in self._pending.items() if entry.since_ms <= time_ms]:
            del self._pending[producer_id]
