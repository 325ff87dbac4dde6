"""Which snapshots of the metadata log may go (`metadata.max.retention.bytes`, `metadata.max.retention.ms`, KIP-630).

Invariant: the newest snapshot stays; snapshots go in the order of their age, and with each the log below the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.log_picture import recency
from workbench.embedded_broker.quorum.metadata_log import MetadataLogConfig


def expired_snapshots(
    sizes: Mapping[OffsetAndEpoch, int],
    *,
    log_size_bytes: int,
    config: MetadataLogConfig,
    timestamp_ms: Callable[[OffsetAndEpoch], int],
    now_ms: int,
) -> tuple[OffsetAndEpoch, ...]:
    """The snapshots to delete, oldest first; a limit below 0 means none."""
    ordered = sorted(sizes, key=recency)
    total_bytes = sum(sizes.values())
    expired: list[OffsetAndEpoch] = []
    for snapshot_id in ordered[:-1]:
        too_large = 0 <= config.retention_bytes < log_size_bytes + total_bytes
        too_old = config.retention_ms >= 0 and now_ms - timestamp_ms(snapshot_id) > config.retention_ms
        if not too_large and not too_old:
            break
        expired.append(snapshot_id)
        total_bytes -= sizes[snapshot_id]
    return tuple(expired)
