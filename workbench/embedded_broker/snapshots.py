"""Decides when the metadata is written down as a snapshot: after enough bytes of records, or enough time (KIP-630)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.metadata.image_records import image_record_values
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.delta import MetadataDelta
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.metadata.loader import MetadataLoader
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch, MetadataQuorum


class SnapshotPublisher:
    """A metadata publisher that hands whole images to the quorum when one is due."""

    def __init__(
        self,
        loader: MetadataLoader,
        quorum: MetadataQuorum,
        *,
        max_bytes: int,
        max_interval_ms: int,
        now_ms: Callable[[], int],
    ) -> None:
        self._loader = loader
        self._quorum = quorum
        self._max_bytes = max_bytes
        self._max_interval_ms = max_interval_ms
        self._now_ms = now_ms
        self._last_ms = now_ms()
        self._last_offset = -1

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """Snapshots do not depend on who leads."""

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        if delta.is_snapshot:
            self._last_ms = self._now_ms()
            self._last_offset = image.offset
            return
        waited_ms = self._now_ms() - self._last_ms
        by_time = self._max_interval_ms > 0 and waited_ms >= self._max_interval_ms
        if self._loader.bytes_since_snapshot >= self._max_bytes or by_time:
            self.write(image)

    def write(self, image: MetadataImage) -> None:
        """Hands `image` over, unless it was written already."""
        if image.offset <= self._last_offset or image.features.metadata_version is None:
            return
        snapshot_id = OffsetAndEpoch(image.offset + 1, image.epoch)
        self._quorum.write_snapshot(snapshot_id, image.append_timestamp_ms, image_record_values(image))
        self._last_ms = self._now_ms()
        self._last_offset = image.offset
        self._loader.bytes_since_snapshot = 0
