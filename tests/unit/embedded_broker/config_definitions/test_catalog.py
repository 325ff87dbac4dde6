"""The definitions as a whole: all of Kafka 4.3.1's, each default valid, each topic configuration documented."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.config_definitions.catalog import (
    broker_config,
    broker_configs,
    client_metrics_configs,
    dynamic_broker_configs,
    group_configs,
    is_per_broker,
    topic_configs,
)
from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, UpdateMode, value_text
from workbench.embedded_broker.config_definitions.synonyms import GROUP_SYNONYMS, TOPIC_SYNONYMS

EVERY = [
    *broker_configs().values(),
    *topic_configs().values(),
    *group_configs().values(),
    *client_metrics_configs().values(),
]


def test_there_are_as_many_as_in_kafka() -> None:
    sizes = tuple(map(len, (broker_configs(), topic_configs(), group_configs(), client_metrics_configs())))
    assert sizes == (360, 34, 17, 3)


@pytest.mark.parametrize("definition", EVERY, ids=lambda definition: definition.name)
def test_each_default_is_valid_and_written_as_kafka_writes_it(definition: ConfigDefinition) -> None:
    if definition.default is not None:
        assert value_text(definition.parse(definition.default)) == definition.default


def test_what_a_topic_inherits_has_the_same_default_at_the_broker() -> None:
    for name, synonyms in TOPIC_SYNONYMS.items():
        for synonym, _ in synonyms:
            assert synonym in broker_configs()
        first = broker_configs()[synonyms[0][0]]
        if first.default is not None:
            assert topic_configs()[name].default == first.default
    for name, synonym in GROUP_SYNONYMS.items():
        assert group_configs()[name].default == broker_configs()[synonym].default


def test_what_people_set_on_topics_is_documented() -> None:
    for definition in (*topic_configs().values(), *group_configs().values(), *client_metrics_configs().values()):
        assert definition.documentation
        assert len(definition.documentation) > 20


def test_what_may_change_while_brokers_run() -> None:
    assert broker_configs()["listeners"].update_mode is UpdateMode.PER_BROKER
    assert broker_configs()["log.retention.ms"].update_mode is UpdateMode.CLUSTER_WIDE
    assert broker_configs()["node.id"].update_mode is UpdateMode.READ_ONLY
    assert "leader.replication.throttled.rate" in dynamic_broker_configs()
    assert "node.id" not in dynamic_broker_configs()
    assert is_per_broker("listener.name.x.ssl.keystore.type")
    assert not is_per_broker("listener.name.x.max.connections")
    assert not is_per_broker("unknown")


def test_listener_overrides_have_their_bases_definition() -> None:
    assert broker_config("listener.name.internal.ssl.keystore.password") is broker_configs()["ssl.keystore.password"]
    assert broker_config("listener.name.x.plain.sasl.jaas.config") is broker_configs()["sasl.jaas.config"]
    assert broker_config("who.knows") is None


def test_passwords_are_sensitive_and_nothing_else() -> None:
    assert broker_configs()["ssl.keystore.password"].sensitive
    assert not broker_configs()["ssl.keystore.location"].sensitive
