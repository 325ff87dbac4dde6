"""Idempotence and transactions of one partition: what its producers may write, and up to where readers may read.

Theory: checks come first and change nothing (`check_batch`, `check_marker`), then the batch is written, then it is
applied (`apply_batch`, `apply_marker`). A log that is read again applies the same batches and gets the same state.

Invariants: `ongoing` holds the first offset of every open transaction in order of offset; `unreplicated` those ended
by a marker at or above the high watermark. Everything below the smaller of both is stable (semantics 20, KIP-98).
"""

from __future__ import annotations

from typing import NamedTuple

from workbench.records.layout import MAX_SEQUENCE, NO_PRODUCER_EPOCH
from workbench.storage.log.append_result import AppendOrigin
from workbench.storage.log.errors import AppendError
from workbench.storage.log.producer_entry import NO_TRANSACTION, BatchMetadata, ProducerEntry
from workbench.storage.log.verification import VerificationGuards
from workbench.wire.error_codes import ErrorCode

DEFAULT_EXPIRATION_MS = 24 * 60 * 60 * 1000
_LATE_TRANSACTION_BUFFER_MS = 5 * 60 * 1000
_TRANSACTION_VERSION_2 = 2
_MAX_EPOCH = 0x7FFF


class CompletedTransaction(NamedTuple):
    """A transaction that a marker at `last_offset` ended."""

    producer_id: int
    first_offset: int
    last_offset: int
    aborted: bool


class ProducerState:
    """Producers of one partition."""

    __slots__ = ("expiration_ms", "guards", "ongoing", "producers", "unreplicated")

    def __init__(self, expiration_ms: int = DEFAULT_EXPIRATION_MS) -> None:
        self.expiration_ms = expiration_ms
        self.producers: dict[int, ProducerEntry] = {}
        self.ongoing: dict[int, int] = {}  # first offset -> producer id
        self.unreplicated: dict[int, int] = {}  # first offset -> offset of the marker
        self.guards = VerificationGuards()

    # Checks: nothing changes.

    def check_batch(
        self,
        producer_id: int,
        epoch: int,
        base_sequence: int,
        offset_delta: int,
        *,
        transactional: bool = False,
        origin: AppendOrigin = AppendOrigin.CLIENT,
        guard: object | None = None,
    ) -> BatchMetadata | None:
        """Returns the remembered batch if this one is a duplicate; None if it may be written.

        Raises AppendError: INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE. `guard` is what
        `guards.begin` gave once the coordinator has confirmed the transaction (KIP-890).
        """
        entry = self.producers.get(producer_id)
        known_epoch = NO_PRODUCER_EPOCH if entry is None else entry.epoch
        if entry is not None and origin is AppendOrigin.CLIENT:
            last_sequence = (base_sequence + offset_delta) & MAX_SEQUENCE
            if (duplicate := entry.find_duplicate(epoch, base_sequence, last_sequence)) is not None:
                return duplicate
        if transactional and not (entry is not None and entry.in_transaction and entry.epoch == epoch):
            if epoch < known_epoch:
                raise self._stale_epoch(producer_id, epoch, known_epoch)
            if not self.guards.allows(producer_id, guard):
                raise AppendError(ErrorCode.INVALID_TXN_STATE, "Record was not part of an ongoing transaction")
        if epoch < known_epoch:
            raise self._stale_epoch(producer_id, epoch, known_epoch)
        if origin is AppendOrigin.CLIENT:
            self._check_sequence(entry, producer_id, epoch, base_sequence)
        if entry is not None and entry.in_transaction and not transactional:
            raise AppendError(
                ErrorCode.INVALID_TXN_STATE, f"producer {producer_id} has a transaction open but wrote outside it"
            )
        return None

    def _check_sequence(self, entry: ProducerEntry | None, producer_id: int, epoch: int, base_sequence: int) -> None:
        pending = self.guards.pending(producer_id)
        if pending is not None:
            known = entry is not None and bool(entry.batches)
            if pending.supports_epoch_bump and base_sequence != 0 and not known:
                raise self._out_of_order(producer_id, base_sequence, 0)
            if base_sequence > pending.lowest_sequence:
                raise self._out_of_order(producer_id, base_sequence, pending.lowest_sequence)
        if entry is None or entry.epoch == NO_PRODUCER_EPOCH:
            return  # an unknown producer may start anywhere: retention may have removed what it wrote
        if epoch != entry.epoch:
            if base_sequence != 0:
                raise self._out_of_order(producer_id, base_sequence, 0)
        elif not entry.follows(base_sequence):
            raise self._out_of_order(producer_id, base_sequence, (entry.last_sequence + 1) & MAX_SEQUENCE)

    def check_marker(
        self, producer_id: int, epoch: int, coordinator_epoch: int, *, transaction_version: int = 0
    ) -> None:
        """Raises AppendError: INVALID_PRODUCER_EPOCH, TRANSACTION_COORDINATOR_FENCED.

        From transaction version 2 on, the coordinator has bumped the epoch before the marker (KIP-890), so one with
        the current epoch is late, unless it only repeats the marker that ended the transaction.
        """
        entry = self.producers.get(producer_id)
        if entry is None:
            return
        if transaction_version >= _TRANSACTION_VERSION_2:
            repeated = epoch == entry.epoch and (not entry.in_transaction or epoch == _MAX_EPOCH)
            if epoch <= entry.epoch and not repeated:
                raise self._stale_epoch(producer_id, epoch, entry.epoch)
        elif epoch < entry.epoch:
            raise self._stale_epoch(producer_id, epoch, entry.epoch)
        if coordinator_epoch < entry.coordinator_epoch:
            raise AppendError(
                ErrorCode.TRANSACTION_COORDINATOR_FENCED,
                f"coordinator epoch {coordinator_epoch} for producer {producer_id} "
                f"is older than {entry.coordinator_epoch}",
            )

    @staticmethod
    def _stale_epoch(producer_id: int, epoch: int, known_epoch: int) -> AppendError:
        return AppendError(
            ErrorCode.INVALID_PRODUCER_EPOCH,
            f"epoch {epoch} of producer {producer_id} is older than {known_epoch}",
        )

    @staticmethod
    def _out_of_order(producer_id: int, found: int, expected: int) -> AppendError:
        return AppendError(
            ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
            f"producer {producer_id} sent sequence {found} where {expected} was expected",
        )

    # Changes: what has been written, or is read from the log.

    def apply_batch(
        self,
        producer_id: int,
        epoch: int,
        last_sequence: int,
        first_offset: int,
        last_offset: int,
        timestamp: int,
        transactional: bool,
    ) -> None:
        """Notes a batch of data."""
        entry = self.producers.get(producer_id)
        if entry is None:
            entry = self.producers[producer_id] = ProducerEntry(producer_id)
        entry.add_batch(epoch, last_sequence, last_offset, last_offset - first_offset, timestamp)
        if transactional:
            self.guards.end(producer_id)
            if entry.transaction_first_offset == NO_TRANSACTION:
                entry.transaction_first_offset = first_offset
                self.ongoing[first_offset] = producer_id

    def apply_marker(
        self, producer_id: int, epoch: int, coordinator_epoch: int, offset: int, timestamp: int, aborted: bool
    ) -> tuple[CompletedTransaction, int] | None:
        """Notes a marker; returns the transaction it ended and the last stable offset for the transaction index.

        None if the producer had none open here.
        """
        entry = self.producers.get(producer_id)
        if entry is None:
            entry = self.producers[producer_id] = ProducerEntry(producer_id)
        first_offset = entry.transaction_first_offset
        entry.move_to_epoch(epoch)
        entry.coordinator_epoch = coordinator_epoch
        entry.last_timestamp = timestamp
        entry.transaction_first_offset = NO_TRANSACTION
        self.guards.marker(producer_id, epoch)
        if first_offset == NO_TRANSACTION:
            return None
        self.ongoing.pop(first_offset, None)
        self.unreplicated[first_offset] = offset
        stable = next(iter(self.ongoing), offset + 1)
        return CompletedTransaction(producer_id, first_offset, offset, aborted), stable

    # Offsets.

    @property
    def first_unstable_offset(self) -> int | None:
        """First offset of the oldest transaction that is open, or ended but not yet replicated; None without one."""
        if self.unreplicated:
            oldest = min(self.unreplicated)
            return min(oldest, next(iter(self.ongoing))) if self.ongoing else oldest
        return next(iter(self.ongoing)) if self.ongoing else None

    @property
    def first_undecided_offset(self) -> int | None:
        """First offset of the oldest open transaction."""
        return next(iter(self.ongoing), None)

    def high_watermark_advanced(self, high_watermark: int) -> None:
        """Transactions whose marker lies below it are stable from now on."""
        if self.unreplicated:
            self.unreplicated = {
                first: marker for first, marker in self.unreplicated.items() if marker >= high_watermark
            }

    # Upkeep.

    @property
    def is_empty(self) -> bool:
        return not self.producers and not self.unreplicated

    def has_late_transaction(self, now_ms: int, max_transaction_timeout_ms: int) -> bool:
        """Whether the oldest transaction has been silent for longer than any timeout allows (KIP-664)."""
        if not self.ongoing:
            return False
        entry = self.producers.get(next(iter(self.ongoing.values())))
        if entry is None or entry.last_timestamp <= 0:
            return False
        return now_ms - entry.last_timestamp > max_transaction_timeout_ms + _LATE_TRANSACTION_BUFFER_MS

    def remove_expired(self, now_ms: int) -> None:
        """Forgets producers silent for `expiration_ms` without an open transaction (KIP-98, KIP-854)."""
        for producer_id in [pid for pid, entry in self.producers.items() if self._is_expired(entry, now_ms)]:
            del self.producers[producer_id]
        self.guards.remove_older_than(now_ms - self.expiration_ms)

    def _is_expired(self, entry: ProducerEntry, now_ms: int) -> bool:
        return not entry.in_transaction and now_ms - entry.last_timestamp >= self.expiration_ms

    def load(self, entries: list[ProducerEntry], now_ms: int) -> None:
        """Replaces everything by what a snapshot held, without what has expired."""
        self.clear()
        for entry in entries:
            if not self._is_expired(entry, now_ms):
                self.producers[entry.producer_id] = entry
        opened = sorted(
            (entry.transaction_first_offset, entry.producer_id)
            for entry in self.producers.values()
            if entry.in_transaction
        )
        self.ongoing = dict(opened)

    def clear(self) -> None:
        self.producers = {}
        self.ongoing = {}
        self.unreplicated = {}
