"""Layers: which value holds, and where it is said to come from."""

from __future__ import annotations

from tests.helpers.metadata_doubles import image_of
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers, ConfigSource
from workbench.wire.messages import ConfigRecord


def layers(static: dict[str, str] | None = None, **by_resource: dict[str, str]) -> ConfigLayers:
    records = [
        ConfigRecord(resource_type=4, resource_name={"all": "", "one": "1", "two": "2"}[who], name=name, value=value)
        for who, configs in by_resource.items()
        for name, value in configs.items()
    ]
    return ConfigLayers(image_of(records).configs, 1, static or {})


def effective(found: ConfigLayers, name: str, **overrides: str) -> tuple[str | None, ConfigSource]:
    config = found.topic_config(name, {key.replace("_", "."): value for key, value in overrides.items()})
    return config.value, config.source


def test_topic_over_broker_over_all_over_file_over_default() -> None:
    found = layers()
    assert effective(found, "retention.ms") == ("604800000", ConfigSource.DEFAULT)
    found = layers({"log.retention.ms": "1"})
    assert effective(found, "retention.ms") == ("1", ConfigSource.STATIC_BROKER)
    found = layers({"log.retention.ms": "1"}, all={"log.retention.ms": "2"})
    assert effective(found, "retention.ms") == ("2", ConfigSource.DYNAMIC_DEFAULT_BROKER)
    found = layers({"log.retention.ms": "1"}, all={"log.retention.ms": "2"}, one={"log.retention.ms": "3"})
    assert effective(found, "retention.ms") == ("3", ConfigSource.DYNAMIC_BROKER)
    assert effective(found, "retention.ms", retention_ms="4") == ("4", ConfigSource.TOPIC)


def test_another_brokers_settings_do_not_count() -> None:
    assert effective(layers(two={"log.retention.ms": "3"}), "retention.ms")[1] is ConfigSource.DEFAULT


def test_within_a_layer_the_finer_unit_wins_and_coarser_ones_are_scaled() -> None:
    assert effective(layers({"log.retention.hours": "2"}), "retention.ms")[0] == str(2 * 3600 * 1000)
    assert effective(layers({"log.retention.hours": "2", "log.retention.minutes": "3"}), "retention.ms")[0] == "180000"
    assert effective(layers({"log.retention.hours": "-1"}), "retention.ms")[0] == "-1"
    coarse_but_dynamic = layers({"log.roll.ms": "5"}, all={"log.roll.hours": "1"})
    assert effective(coarse_but_dynamic, "segment.ms")[0] == "3600000"


def all_values(found: ConfigLayers, overrides: dict[str, str]) -> dict[str, str | None]:
    return {definition.name: effective.value for definition, effective in found.topic_configs(overrides)}


def test_every_configuration_of_a_topic_but_internal_ones_that_it_does_not_set() -> None:
    values = all_values(layers({"log.cleaner.min.cleanable.ratio": "0.25"}), {"cleanup.policy": "compact,delete"})
    assert values["cleanup.policy"] == "compact,delete"
    assert values["min.cleanable.dirty.ratio"] == "0.25"
    assert values["unclean.leader.election.enable"] == "false"
    assert "internal.segment.bytes" not in values
    assert all_values(layers(), {"internal.segment.bytes": "99"})["internal.segment.bytes"] == "99"


def test_synonyms_come_in_order_of_rank_and_start_with_the_name_itself() -> None:
    found = layers({"log.retention.hours": "1"}, one={"log.retention.minutes": "7"}, all={"log.retention.ms": "9"})
    # Of this broker only the minutes are set: what precedes the first entry of the name itself is not shown.
    assert [(s.name, s.source) for s in found.broker_synonyms("log.retention.ms")] == [
        ("log.retention.ms", ConfigSource.DYNAMIC_DEFAULT_BROKER),
        ("log.retention.hours", ConfigSource.STATIC_BROKER),
        ("log.retention.hours", ConfigSource.DEFAULT),
    ]
    assert found.broker_synonyms("custom.name") == []


def test_listener_overrides_fall_back_to_the_base() -> None:
    found = layers({"ssl.keystore.type": "PEM"})
    assert found.broker_config("listener.name.internal.ssl.keystore.type") == "PEM"
    assert found.broker_config("num.io.threads") == "8"
    assert found.broker_config("nobody.knows") is None
