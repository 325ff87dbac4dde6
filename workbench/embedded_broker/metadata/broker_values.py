"""What a broker's configuration is at this moment, name by name, dynamic settings included.

Invariant: a dynamic setting pushes aside every synonym of its in the layers below, as when Kafka builds its current
configuration; settings that may not be dynamic, or not at that level, are ignored there (KIP-226).
"""

from __future__ import annotations

from collections.abc import Mapping

from workbench.embedded_broker.config_definitions.catalog import broker_configs, dynamic_broker_configs, is_per_broker
from workbench.embedded_broker.config_definitions.synonyms import broker_synonyms
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers

_NODE_ID_NAMES = ("node.id", "broker.id")


def with_node_id_synonyms(properties: Mapping[str, str]) -> dict[str, str]:
    """node.id and broker.id are one setting under two names."""
    result = dict(properties)
    for name, other in (_NODE_ID_NAMES, _NODE_ID_NAMES[::-1]):
        if other in result:
            result.setdefault(name, result[other])
    return result


def usable_dynamic_configs(configs: Mapping[str, str], *, per_broker: bool) -> dict[str, str]:
    """Those of the dynamic settings in the log that a broker takes over."""
    static, dynamic = broker_configs(), dynamic_broker_configs()
    return {
        name: value
        for name, value in configs.items()
        if not (name in static and name not in dynamic) and (per_broker or not is_per_broker(name))
    }


def current_broker_properties(layers: ConfigLayers) -> dict[str, str]:
    """Properties as if they all stood in the broker's file."""
    properties = with_node_id_synonyms(layers.static)
    for configs in (
        usable_dynamic_configs(layers.configs.cluster_default(), per_broker=False),
        usable_dynamic_configs(layers.configs.broker(layers.node_id), per_broker=True),
    ):
        for name, value in configs.items():
            for synonym in broker_synonyms(name, match_listener_override=False):
                properties.pop(synonym, None)
            properties[name] = value
    return properties
