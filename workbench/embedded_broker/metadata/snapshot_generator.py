"""Says when the metadata log deserves a new snapshot, and makes it (KIP-630).

Invariants: a snapshot holds the state as of one committed offset; it is due after so many bytes of records or so much
time with at least one record, whichever comes first; loading one resets both counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.image_records import image_record_values

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.loader import MetadataLoader
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch

EmitSnapshot = Callable[[int, int, int, Sequence[bytes]], None]
"""(end offset, epoch, timestamp in ms of the last record contained, record values)."""


class SnapshotGenerator:
    """A publisher of the loader; give it `max_interval_ms` 0 for no limit in time."""

    def __init__(
        self,
        loader: MetadataLoader,
        emit: EmitSnapshot,
        *,
        max_bytes: int,
        max_interval_ms: int,
        clock_ms: Callable[[], int],
    ) -> None:
        self._loader = loader
        self._emit = emit
        self._max_bytes = max_bytes
        self._max_interval_ms = max_interval_ms
        self._clock_ms = clock_ms
        self._bytes_at_last = loader.bytes_since_snapshot
        self._last_ms = clock_ms()

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        if delta.is_snapshot:
            self._reset()
            return
        grown = self._loader.bytes_since_snapshot - self._bytes_at_last
        late = self._max_interval_ms > 0 and self._clock_ms() - self._last_ms >= self._max_interval_ms
        if self._loader.at_batch_end and (grown >= self._max_bytes or (late and grown > 0)):
            self.snapshot(image)

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """Snapshots are every node's own business, whoever leads."""

    def snapshot(self, image: MetadataImage) -> None:
        """Makes one now."""
        self._reset()
        self._emit(image.offset + 1, image.epoch, image.append_timestamp_ms, image_record_values(image))

    def _reset(self) -> None:
        self._bytes_at_last = self._loader.bytes_since_snapshot
        self._last_ms = self._clock_ms()
