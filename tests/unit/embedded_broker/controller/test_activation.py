"""The first records of an empty log."""

from __future__ import annotations

from tests.helpers.metadata_doubles import feature_records, image_of
from workbench.embedded_broker.controller.activation import activation_records, default_bootstrap_records
from workbench.embedded_broker.controller.state import ControllerSettings
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE
from workbench.wire.messages import FeatureLevelRecord

SETTINGS = ControllerSettings(1, "c", min_insync_replicas=2)


def test_they_are_one_transaction_with_the_cluster_wide_min_isr_last() -> None:
    records = activation_records(EMPTY_IMAGE, default_bootstrap_records(), SETTINGS)
    assert [r.NAME for r in records] == [
        "BeginTransactionRecord",
        "FeatureLevelRecord",
        "FeatureLevelRecord",
        "ConfigRecord",
        "EndTransactionRecord",
    ]
    assert records[0].name == "Bootstrap records"
    assert (records[1].name, records[1].feature_level) == ("metadata.version", 30)
    assert (records[3].name, records[3].value, records[3].resource_name) == ("min.insync.replicas", "2", "")


def test_without_elr_there_is_no_such_config() -> None:
    bootstrap = [FeatureLevelRecord(name="metadata.version", feature_level=30)]
    assert "ConfigRecord" not in [r.NAME for r in activation_records(EMPTY_IMAGE, bootstrap, SETTINGS)]


def test_old_metadata_versions_know_no_transactions() -> None:
    bootstrap = [FeatureLevelRecord(name="metadata.version", feature_level=12)]
    assert activation_records(EMPTY_IMAGE, bootstrap, SETTINGS) == bootstrap


def test_a_log_that_is_not_empty_needs_nothing() -> None:
    assert activation_records(image_of(feature_records()), default_bootstrap_records(), SETTINGS) == []
