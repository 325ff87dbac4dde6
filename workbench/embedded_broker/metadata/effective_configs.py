"""The values that hold: topic over this broker over all brokers over the properties file over the default.

Invariant: within a layer, the first synonym that is set wins, and a coarser synonym (hours) is turned into the
topic's unit (KIP-226). Sources carry DescribeConfigs' ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import IntEnum

from workbench.embedded_broker.config_definitions.catalog import broker_configs, topic_configs
from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigValue
from workbench.embedded_broker.config_definitions.synonyms import TOPIC_SYNONYMS, broker_synonyms
from workbench.embedded_broker.metadata.image import ConfigurationsImage
from workbench.system.quick_dataclass import dataclass


class ConfigSource(IntEnum):
    """Where a value comes from."""

    UNKNOWN = 0
    TOPIC = 1
    DYNAMIC_BROKER = 2
    DYNAMIC_DEFAULT_BROKER = 3
    STATIC_BROKER = 4
    DEFAULT = 5
    DYNAMIC_BROKER_LOGGER = 6
    CLIENT_METRICS = 7
    GROUP = 8


@dataclass(frozen=True, slots=True)
class EffectiveConfig:
    """One configuration as it holds, and from where."""

    name: str
    value: str | None
    source: ConfigSource


@dataclass(frozen=True, slots=True)
class Synonym:
    """One place where a value is set, the one that holds first."""

    name: str
    value: str
    source: ConfigSource


class ConfigLayers:
    """The layers below a topic on one node; `static` are the properties of its file."""

    __slots__ = ("_layers", "configs", "node_id", "static")

    def __init__(self, configs: ConfigurationsImage, node_id: int, static: Mapping[str, str]) -> None:
        self.configs = configs
        self.node_id = node_id
        self.static = static
        self._layers: tuple[tuple[ConfigSource, Mapping[str, str]], ...] = (
            (ConfigSource.DYNAMIC_BROKER, configs.broker(node_id)),
            (ConfigSource.DYNAMIC_DEFAULT_BROKER, configs.cluster_default()),
            (ConfigSource.STATIC_BROKER, static),
        )

    def topic_config(self, name: str, overrides: Mapping[str, str]) -> EffectiveConfig:
        """What holds for configuration `name` of a topic that sets `overrides`."""
        value = overrides.get(name)
        if value is not None:
            return EffectiveConfig(name, value, ConfigSource.TOPIC)
        synonyms = TOPIC_SYNONYMS.get(name, ())
        for source, layer in self._layers:
            for synonym, factor in synonyms:
                value = layer.get(synonym)
                if value is not None:
                    return EffectiveConfig(name, _scaled(value, factor), source)
        return EffectiveConfig(name, topic_configs()[name].default, ConfigSource.DEFAULT)

    def topic_configs(self, overrides: Mapping[str, str]) -> Iterator[tuple[ConfigDefinition, EffectiveConfig]]:
        """Every topic configuration, internal ones only if the topic sets them."""
        for name, definition in topic_configs().items():
            if not definition.internal or name in overrides:
                yield definition, self.topic_config(name, overrides)

    def topic_value(self, topic: str, name: str) -> ConfigValue:
        """The parsed value of one configuration of an existing topic."""
        effective = self.topic_config(name, self.configs.topic(topic))
        return topic_configs()[name].parse(effective.value)

    def broker_synonyms(self, name: str) -> list[Synonym]:
        """Where a broker configuration is set, in order of rank, defaults last."""
        names = broker_synonyms(name)
        found = [
            Synonym(synonym, layer[synonym], source)
            for source, layer in self._layers
            for synonym in names
            if synonym in layer
        ]
        for synonym in names:
            definition = broker_configs().get(synonym)
            if definition is not None and definition.default is not None:
                found.append(Synonym(synonym, definition.default, ConfigSource.DEFAULT))
        # A base configuration does not show its listener overrides.
        while found and found[0].name != name:
            found.pop(0)
        return found

    def broker_config(self, name: str) -> str | None:
        """The text that holds for a broker configuration on this node."""
        for _, layer in self._layers:
            for synonym in broker_synonyms(name):
                if synonym in layer:
                    return layer[synonym]
        definition = broker_configs().get(name)
        return None if definition is None else definition.default


def _scaled(text: str, factor: int) -> str:
    if factor == 1:
        return text
    number = int(text)
    # A negative number of hours or minutes means "for ever", as in Kafka.
    return str(number * factor if number >= 0 else number)
