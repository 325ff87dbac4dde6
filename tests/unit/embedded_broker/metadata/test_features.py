"""Which features a new cluster gets, and which levels can be read."""

from __future__ import annotations

from workbench.embedded_broker.metadata.features import (
    FEATURE_DEFINITIONS,
    LATEST_METADATA_VERSION,
    METADATA_VERSION_NAMES,
    READABLE_FEATURES,
    SUPPORTED_FEATURES,
    default_feature_levels,
)


def test_only_what_is_served_is_finalised() -> None:
    levels = default_feature_levels()
    assert levels["metadata.version"] == LATEST_METADATA_VERSION == 30
    assert levels["eligible.leader.replicas.version"] == 1
    assert "kraft.version" not in levels
    for name, level in levels.items():
        low, high = SUPPORTED_FEATURES[name]
        assert low <= level <= high


def test_older_metadata_versions_bring_less() -> None:
    assert "eligible.leader.replicas.version" not in default_feature_levels(25)
    assert default_feature_levels(26)["eligible.leader.replicas.version"] == 1


def test_everything_that_kafka_can_finalise_can_be_read() -> None:
    assert READABLE_FEATURES["transaction.version"] == (0, 2)
    assert set(SUPPORTED_FEATURES) <= set(READABLE_FEATURES) == set(FEATURE_DEFINITIONS)
    assert METADATA_VERSION_NAMES[30] == "4.3-IV0"
