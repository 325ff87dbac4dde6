"""A broker's configuration as it is now."""

from __future__ import annotations

from tests.helpers.metadata_doubles import image_of
from workbench.embedded_broker.metadata.broker_values import (
    current_broker_properties,
    usable_dynamic_configs,
    with_node_id_synonyms,
)
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.wire.messages import ConfigRecord


def test_dynamic_settings_push_their_synonyms_aside() -> None:
    image = image_of(
        [
            ConfigRecord(resource_type=4, resource_name="", name="log.retention.ms", value="9"),
            ConfigRecord(resource_type=4, resource_name="1", name="num.io.threads", value="4"),
            ConfigRecord(resource_type=4, resource_name="1", name="node.id", value="4"),
        ]
    )
    static = {"node.id": "1", "log.retention.hours": "5", "num.io.threads": "2"}
    assert current_broker_properties(ConfigLayers(image.configs, 1, static)) == {
        "node.id": "1",
        "broker.id": "1",
        "log.retention.ms": "9",
        "num.io.threads": "4",
    }


def test_what_cannot_be_dynamic_there_is_ignored() -> None:
    configs = {"listeners": "x", "node.id": "2", "num.io.threads": "3", "my.plugin": "v"}
    assert usable_dynamic_configs(configs, per_broker=False) == {"num.io.threads": "3", "my.plugin": "v"}
    assert usable_dynamic_configs(configs, per_broker=True) == {
        "listeners": "x",
        "num.io.threads": "3",
        "my.plugin": "v",
    }


def test_the_node_id_has_two_names() -> None:
    assert with_node_id_synonyms({"broker.id": "3"}) == {"broker.id": "3", "node.id": "3"}
    assert with_node_id_synonyms({}) == {}
