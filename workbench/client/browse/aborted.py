"""Leaves out the batches of aborted transactions, as a read-committed consumer does (KIP-98).

Batches must come in order of offset. A producer's batches are dropped from the first offset that the broker named for
its transaction until that producer's ABORT marker.
"""

from __future__ import annotations

from collections.abc import Iterable

from workbench.records import BatchView

_ABORT_TYPE = 0


class AbortedFilter:
    """Made from one fetch's list of aborted transactions: pairs of producer id and first offset."""

    def __init__(self, aborted: Iterable[tuple[int, int]]) -> None:
        self._pending = sorted(aborted, key=lambda item: item[1], reverse=True)
        self._active: set[int] = set()

    def skips(self, batch: BatchView) -> bool:
        """Whether the batch belongs to an aborted transaction; must be asked of every batch once."""
        while self._pending and self._pending[-1][1] <= batch.last_offset:
            self._active.add(self._pending.pop()[0])
        if not batch.has_producer_id or batch.producer_id not in self._active:
            return False
        if batch.is_control:
            if _is_abort(batch):
                self._active.discard(batch.producer_id)
            return False
        return batch.is_transactional


def _is_abort(batch: BatchView) -> bool:
    record = next(batch.records(), None)
    return record is not None and int.from_bytes((record.key or b"")[2:4], "big") == _ABORT_TYPE
