"""Properties of every entry that is described, whatever the resource."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.helpers.metadata_doubles import feature_records, image_of
from workbench.embedded_broker.handlers.described_configs import ConfigDescriber, Entry
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers, ConfigSource
from workbench.wire.messages import ConfigRecord

STATIC = {
    "log.retention.hours": "2",
    "ssl.keystore.password": "secret",
    "my.plugin.setting": "hidden",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "process.roles": "broker",
    "log.dirs": "/somewhere",
    "message.max.bytes": "1000",
}


def describer(**more: bool) -> ConfigDescriber:
    records = [
        *feature_records(),
        ConfigRecord(resource_type=4, resource_name="", name="message.max.bytes", value="2000"),
        ConfigRecord(resource_type=4, resource_name="1", name="message.max.bytes", value="3000"),
        ConfigRecord(resource_type=4, resource_name="", name="ssl.key.password", value="also secret"),
    ]
    options = {"synonyms": True, "documentation": False} | more
    return ConfigDescriber(ConfigLayers(image_of(records).configs, 1, STATIC), **options)


def everything(one: ConfigDescriber) -> list[Entry]:
    made: list[Iterator[tuple[str, Callable[[], Any]]]] = [
        one.topic({"retention.ms": "5"}),
        one.broker(),
        one.cluster_default(),
        one.group({"consumer.session.timeout.ms": "50000"}),
        one.client_metrics({"interval.ms": "1000"}),
    ]
    return [make() for entries in made for _, make in entries]


def test_no_secret_is_ever_told() -> None:
    entries = everything(describer())
    secrets = [entry for entry in entries if entry.is_sensitive]
    assert {"ssl.keystore.password", "my.plugin.setting"} <= {entry.name for entry in secrets}
    for entry in secrets:
        assert entry.value is None and all(synonym.value is None for synonym in entry.synonyms)


def test_a_value_comes_from_its_first_synonym_in_order_of_rank() -> None:
    rank = [
        ConfigSource.TOPIC,
        ConfigSource.GROUP,
        ConfigSource.CLIENT_METRICS,
        ConfigSource.DYNAMIC_BROKER,
        ConfigSource.DYNAMIC_DEFAULT_BROKER,
        ConfigSource.STATIC_BROKER,
        ConfigSource.DEFAULT,
    ]
    for entry in everything(describer()):
        places = [rank.index(ConfigSource(synonym.source)) for synonym in entry.synonyms]
        assert places == sorted(places), entry.name
        if entry.synonyms:
            assert entry.config_source == entry.synonyms[0].source


def test_every_layer_shows_above_the_ones_below() -> None:
    entries = {entry.name: entry for entry in (make() for _, make in describer().broker())}
    size = entries["message.max.bytes"]
    assert [(synonym.value, synonym.source) for synonym in size.synonyms] == [
        ("3000", ConfigSource.DYNAMIC_BROKER),
        ("2000", ConfigSource.DYNAMIC_DEFAULT_BROKER),
        ("1000", ConfigSource.STATIC_BROKER),
        ("1048588", ConfigSource.DEFAULT),
    ]
    assert not size.read_only and entries["node.id"].read_only
    defaults = {name: make() for name, make in describer().cluster_default()}
    assert [synonym.value for synonym in defaults["message.max.bytes"].synonyms] == ["2000"]


@pytest.mark.parametrize("documentation", [True, False])
def test_synonyms_and_documentation_are_told_when_asked_for(documentation: bool) -> None:
    entries = everything(describer(synonyms=False, documentation=documentation))
    assert all(entry.synonyms == [] for entry in entries)
    assert any(entry.documentation for entry in entries) == documentation
