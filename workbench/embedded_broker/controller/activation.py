"""The first records of an empty metadata log.

Invariant: with eligible leader replicas on, the cluster-wide min.insync.replicas is in the log from the start, so
that no broker's own setting can make an ELR wrong (KIP-966).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.embedded_broker.controller.state import ControllerSettings
from workbench.embedded_broker.metadata.features import (
    ELIGIBLE_LEADER_REPLICAS_VERSION,
    METADATA_VERSION,
    MINIMUM_METADATA_VERSION,
    default_feature_levels,
)
from workbench.embedded_broker.metadata.image import ConfigResourceType, MetadataImage
from workbench.wire.messages import BeginTransactionRecord, ConfigRecord, EndTransactionRecord, FeatureLevelRecord

_TRANSACTIONS_SINCE = 13


def bootstrap_metadata_version(bootstrap: Sequence[Any]) -> int:
    """The metadata.version that the bootstrap records name, Kafka's oldest if they name none."""
    levels = [r.feature_level for r in bootstrap if r.NAME == "FeatureLevelRecord" and r.name == METADATA_VERSION]
    return levels[-1] if levels else MINIMUM_METADATA_VERSION


def default_bootstrap_records() -> list[FeatureLevelRecord]:
    """What starts a log whose directory was formatted without bootstrap records of its own."""
    return [FeatureLevelRecord(name=name, feature_level=level) for name, level in default_feature_levels().items()]


def activation_records(image: MetadataImage, bootstrap: Sequence[Any], settings: ControllerSettings) -> list[Any]:
    """What a controller that becomes active writes first: nothing if the log already names a metadata.version."""
    if image.features.metadata_version is not None:
        return []
    records = list(bootstrap)
    if any(
        r.NAME == "FeatureLevelRecord" and r.name == ELIGIBLE_LEADER_REPLICAS_VERSION and r.feature_level > 0
        for r in bootstrap
    ):
        records.append(
            ConfigRecord(
                resource_type=int(ConfigResourceType.BROKER),
                resource_name="",
                name="min.insync.replicas",
                value=str(settings.min_insync_replicas),
            )
        )
    if bootstrap_metadata_version(bootstrap) >= _TRANSACTIONS_SINCE:
        return [BeginTransactionRecord(name="Bootstrap records"), *records, EndTransactionRecord()]
    return records
