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
    timestamp_ms: Callable[[OffsetAndEpoch], int | None],
    now_ms: int,
) -> tuple[OffsetAndEpoch, ...]:
    """The snapshots to delete, oldest first; a limit below 0 means none.

    `timestamp_ms` is None for a damaged one, which goes as if it were too old: nobody can load it.
    """
    ordered = sorted(sizes, key=recency)
    total_bytes = sum(sizes.values())
    expired: list[OffsetAndEpoch] = []
    for snapshot_id in ordered[:-1]:
        too_large = 0 <= config.retention_bytes < log_size_bytes + total_bytes
        if not too_large and not _is_too_old(timestamp_ms(snapshot_id), config, now_ms):
            break
        expired.append(snapshot_id)
        total_bytes -= sizes[snapshot_id]
    return tuple(expired)


def _is_too_old(timestamp_ms: int | None, config: MetadataLogConfig, now_ms: int) -> bool:
    if config.retention_ms < 0:
        return False
    return timestamp_ms is None or now_ms - timestamp_ms > config.retention_ms
