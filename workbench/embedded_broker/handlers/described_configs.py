"""The entries that DescribeConfigs answers: value, source, synonyms in order of rank, type.

Invariants: a sensitive value is never told; the first synonym is where the value comes from. Source:
kafka.server.ConfigHelper.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from workbench.embedded_broker.config_definitions.catalog import (
    broker_config,
    broker_configs,
    client_metrics_configs,
    dynamic_broker_configs,
    group_configs,
)
from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType, value_text
from workbench.embedded_broker.config_definitions.synonyms import GROUP_SYNONYMS, TOPIC_SYNONYMS
from workbench.embedded_broker.metadata.broker_values import (
    current_broker_properties,
    usable_dynamic_configs,
    with_node_id_synonyms,
)
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers, ConfigSource, Synonym
from workbench.wire.messages import DescribeConfigsResponse

Entry = DescribeConfigsResponse.DescribeConfigsResourceResult
_Synonym = DescribeConfigsResponse.DescribeConfigsSynonym
_CLUSTER_WIDE_SOURCES = (ConfigSource.DYNAMIC_DEFAULT_BROKER,)


class ConfigDescriber:
    """Describes resources as one broker sees them; `layers` hold its file and the dynamic settings."""

    def __init__(self, layers: ConfigLayers, *, synonyms: bool, documentation: bool) -> None:
        self._layers = ConfigLayers(layers.configs, layers.node_id, with_node_id_synonyms(layers.static))
        self._synonyms = synonyms
        self._documentation = documentation

    def topic(self, overrides: Mapping[str, str]) -> Iterator[tuple[str, Callable[[], Entry]]]:
        """(name, maker of the entry) of every topic configuration."""
        for definition, effective in self._layers.topic_configs(overrides):
            value = value_text(definition.parse(effective.value))
            yield definition.name, _later(self._topic_entry, definition, value, overrides)

    def _topic_entry(self, definition: ConfigDefinition, value: str | None, overrides: Mapping[str, str]) -> Entry:
        names = TOPIC_SYNONYMS.get(definition.name)
        found = self._layers.broker_synonyms(names[0][0]) if names else []
        if definition.name in overrides:
            found = [Synonym(definition.name, value or "", ConfigSource.TOPIC), *found]
        return self._entry(definition.name, definition, value, found, read_only=False)

    def group(self, overrides: Mapping[str, str]) -> Iterator[tuple[str, Callable[[], Entry]]]:
        for definition in group_configs().values():
            yield definition.name, _later(self._group_entry, definition, overrides)

    def _group_entry(self, definition: ConfigDefinition, overrides: Mapping[str, str]) -> Entry:
        name = definition.name
        synonym = GROUP_SYNONYMS.get(name)
        if synonym is not None:
            found = self._layers.broker_synonyms(synonym)
            inherited = self._layers.broker_config(synonym)
        else:
            found = [Synonym(name, definition.default or "", ConfigSource.DEFAULT)]
            inherited = definition.default
        value = value_text(definition.parse(overrides.get(name, inherited)))
        if name in overrides:
            found = [Synonym(name, value or "", ConfigSource.GROUP), *found]
        return self._entry(name, definition, value, found, read_only=False)

    def client_metrics(self, overrides: Mapping[str, str]) -> Iterator[tuple[str, Callable[[], Entry]]]:
        for definition in client_metrics_configs().values():
            yield definition.name, _later(self._client_metrics_entry, definition, overrides)

    def _client_metrics_entry(self, definition: ConfigDefinition, overrides: Mapping[str, str]) -> Entry:
        name = definition.name
        value = value_text(definition.parse(overrides.get(name, definition.default)))
        found = [Synonym(name, value or "", ConfigSource.CLIENT_METRICS)] if name in overrides else []
        return self._entry(name, definition, value, found, read_only=False)

    def broker(self) -> Iterator[tuple[str, Callable[[], Entry]]]:
        """Every configuration of this broker, set or not, known or not."""
        properties = current_broker_properties(self._layers)
        for name in (*broker_configs(), *(name for name in properties if name not in broker_configs())):
            definition = broker_configs().get(name)
            if definition is not None and definition.internal:
                continue
            text = properties.get(name)
            if definition is not None:
                text = value_text(definition.parse(properties.get(name, definition.default)))
            yield name, _later(self._broker_entry, name, text, None)

    def cluster_default(self) -> Iterator[tuple[str, Callable[[], Entry]]]:
        """What is dynamically set for all brokers."""
        configs = usable_dynamic_configs(self._layers.configs.cluster_default(), per_broker=False)
        for name, value in configs.items():
            yield name, _later(self._broker_entry, name, value, _CLUSTER_WIDE_SOURCES)

    def _broker_entry(self, name: str, value: str | None, only: tuple[ConfigSource, ...] | None) -> Entry:
        found = self._layers.broker_synonyms(name)
        if only is not None:
            found = [synonym for synonym in found if synonym.source in only]
        return self._entry(name, broker_config(name), value, found, read_only=name not in dynamic_broker_configs())

    def _entry(
        self,
        name: str,
        definition: ConfigDefinition | None,
        value: str | None,
        synonyms: list[Synonym],
        *,
        read_only: bool,
    ) -> Entry:
        # A configuration that nobody knows may hold a secret.
        sensitive = definition is None or definition.sensitive
        return Entry(
            name=name,
            value=None if sensitive else value,
            read_only=read_only,
            config_source=int(synonyms[0].source if synonyms else ConfigSource.DEFAULT),
            is_sensitive=sensitive,
            synonyms=[
                _Synonym(name=one.name, value=None if sensitive else one.value, source=int(one.source))
                for one in synonyms
            ]
            if self._synonyms
            else [],
            config_type=int(ConfigType.UNKNOWN if definition is None else definition.type),
            documentation=(definition.documentation if self._documentation and definition is not None else None),
        )


def _later(make: Callable[..., Entry], *arguments: object) -> Callable[[], Entry]:
    """Entries are made only for the names that were asked for."""
    return lambda: make(*arguments)
