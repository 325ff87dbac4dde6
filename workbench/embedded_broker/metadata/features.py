"""Feature names and levels (KIP-584, KIP-778, KIP-1022).

Invariants: a level is offered in `SUPPORTED_FEATURES` only if this program serves it; `READABLE_FEATURES` may be
wider, so that a directory in which Kafka finalised more can still be opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from workbench.system.quick_dataclass import dataclass

METADATA_VERSION = "metadata.version"
KRAFT_VERSION = "kraft.version"
GROUP_VERSION = "group.version"
TRANSACTION_VERSION = "transaction.version"
SHARE_VERSION = "share.version"
STREAMS_VERSION = "streams.version"
ELIGIBLE_LEADER_REPLICAS_VERSION = "eligible.leader.replicas.version"

MINIMUM_METADATA_VERSION = 7
"""3.3-IV3, the oldest that Kafka 4 still reads."""
LATEST_METADATA_VERSION = 30
"""4.3-IV0."""

METADATA_VERSION_NAMES: Mapping[int, str] = {
    7: "3.3-IV3",
    8: "3.4-IV0",
    9: "3.5-IV0",
    10: "3.5-IV1",
    11: "3.5-IV2",
    12: "3.6-IV0",
    13: "3.6-IV1",
    14: "3.6-IV2",
    15: "3.7-IV0",
    16: "3.7-IV1",
    17: "3.7-IV2",
    18: "3.7-IV3",
    19: "3.7-IV4",
    20: "3.8-IV0",
    21: "3.9-IV0",
    22: "4.0-IV0",
    23: "4.0-IV1",
    24: "4.0-IV2",
    25: "4.0-IV3",
    26: "4.1-IV0",
    27: "4.1-IV1",
    28: "4.2-IV0",
    29: "4.2-IV1",
    30: "4.3-IV0",
}

METADATA_VERSIONS_CHANGING_RECORDS = frozenset({7, 8, 11, 13, 14, 15, 17, 23, 30})
"""Levels that changed a record's format: going below one of them would lose data."""


@dataclass(frozen=True, slots=True)
class FeatureDefinition:
    """One feature: levels that exist in Kafka 4.3.1 and what each level needs.

    `bootstrap_metadata_version[level]` is the metadata.version from which a fresh cluster gets that level;
    `dependencies[level]` names features and the level that they must have.
    """

    name: str
    min_level: int
    max_level: int
    bootstrap_metadata_version: Mapping[int, int] = field(default_factory=dict)
    dependencies: Mapping[int, Mapping[str, int]] = field(default_factory=dict)


FEATURE_DEFINITIONS: Mapping[str, FeatureDefinition] = {
    d.name: d
    for d in (
        FeatureDefinition(METADATA_VERSION, MINIMUM_METADATA_VERSION, LATEST_METADATA_VERSION),
        FeatureDefinition(KRAFT_VERSION, 0, 1, {0: 7, 1: 21}),
        FeatureDefinition(TRANSACTION_VERSION, 0, 2, {0: 7, 1: 24, 2: 24}),
        FeatureDefinition(GROUP_VERSION, 0, 1, {0: 7, 1: 22}),
        FeatureDefinition(ELIGIBLE_LEADER_REPLICAS_VERSION, 0, 1, {0: 7, 1: 26}, {1: {METADATA_VERSION: 23}}),
        FeatureDefinition(SHARE_VERSION, 0, 1, {0: 7, 1: 28}),
        FeatureDefinition(STREAMS_VERSION, 0, 1, {0: 7, 1: 29}),
    )
}

SUPPORTED_FEATURES: Mapping[str, tuple[int, int]] = {
    METADATA_VERSION: (MINIMUM_METADATA_VERSION, LATEST_METADATA_VERSION),
    KRAFT_VERSION: (0, 1),
    ELIGIBLE_LEADER_REPLICAS_VERSION: (0, 1),
}
"""What this program serves: (lowest, highest) level by feature. Coordinators add theirs when they exist."""

READABLE_FEATURES: Mapping[str, tuple[int, int]] = {
    name: (definition.min_level, definition.max_level) for name, definition in FEATURE_DEFINITIONS.items()
}
"""Levels whose records this program keeps without loss, served or not: what a broker registers with, so that it can
take over a directory of Apache Kafka's whose coordinators' features are finalised."""


def default_feature_levels(metadata_version: int = LATEST_METADATA_VERSION) -> dict[str, int]:
    """Levels that a newly formatted cluster finalises: the highest served that `metadata_version` brings.

    metadata.version is among them, kraft.version is not (the quorum keeps that).
    """
    levels = {METADATA_VERSION: metadata_version}
    for name in sorted(SUPPORTED_FEATURES):
        if name in (METADATA_VERSION, KRAFT_VERSION):
            continue
        definition = FEATURE_DEFINITIONS[name]
        low, high = SUPPORTED_FEATURES[name]
        best = max(
            (
                level
                for level, since in definition.bootstrap_metadata_version.items()
                if low <= level <= high and since <= metadata_version
            ),
            default=0,
        )
        if best > 0:
            levels[name] = best
    return levels
