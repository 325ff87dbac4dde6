"""Changes of the plain tables between two images: features, configurations, quotas, and keyed records.

Invariant: each delta remembers only what was touched; None stands for "gone".
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Generic, TypeVar

from workbench.embedded_broker.config_definitions.catalog import client_metrics_configs, group_configs, topic_configs
from workbench.embedded_broker.metadata.features import KRAFT_VERSION, METADATA_VERSION
from workbench.embedded_broker.metadata.image import (
    ConfigResource,
    ConfigResourceType,
    ConfigurationsImage,
    FeaturesImage,
    QuotaEntity,
)
from workbench.wire.messages import ClientQuotaRecord, ConfigRecord, FeatureLevelRecord

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TableDelta(Generic[K, V]):
    """What happens to a table of whole values: ACLs, SCRAM credentials, delegation tokens."""

    __slots__ = ("changes", "image")

    def __init__(self, image: Mapping[K, V]) -> None:
        self.image = image
        self.changes: dict[K, V | None] = {}

    def put(self, key: K, value: V) -> None:
        self.changes[key] = value

    def remove(self, key: K) -> None:
        if key in self.image:
            self.changes[key] = None
        else:
            self.changes.pop(key, None)

    def finish_snapshot(self) -> None:
        for key in self.image:
            self.changes.setdefault(key, None)

    def apply(self) -> Mapping[K, V]:
        return _merged(self.image, self.changes)


class NestedTableDelta(Generic[K, V]):
    """What happens to a table of small tables: configurations by resource, quotas by entity; empty ones vanish."""

    __slots__ = ("changes", "image")

    def __init__(self, image: Mapping[K, Mapping[str, V]]) -> None:
        self.image = image
        self.changes: dict[K, dict[str, V | None]] = {}

    def put(self, key: K, name: str, value: V | None) -> None:
        self.changes.setdefault(key, {})[name] = value

    def remove_all(self, key: K) -> None:
        names: dict[str, V | None] = dict.fromkeys(self.image.get(key, ()))
        names.update(dict.fromkeys(self.changes.get(key, ())))
        if names:
            self.changes[key] = names

    def finish_snapshot(self) -> None:
        for key, table in self.image.items():
            changed = self.changes.setdefault(key, {})
            for name in table:
                changed.setdefault(name, None)

    def apply(self) -> dict[K, Mapping[str, V]]:
        result = dict(self.image)
        for key, changes in self.changes.items():
            table = _merged(self.image.get(key, {}), changes)
            if table:
                result[key] = table
            else:
                result.pop(key, None)
        return result


def _merged(image: Mapping[K, V], changes: Mapping[K, V | None]) -> Mapping[K, V]:
    result = dict(image)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result


class FeaturesDelta:
    """What happens to the finalised features; `metadata_version` is set if a record named it."""

    __slots__ = ("changes", "image", "metadata_version")

    def __init__(self, image: FeaturesImage) -> None:
        self.image = image
        self.changes: dict[str, int | None] = {}
        self.metadata_version: int | None = None

    def set_level(self, record: FeatureLevelRecord) -> None:
        if record.name == METADATA_VERSION:
            self.metadata_version = record.feature_level
        elif record.name != KRAFT_VERSION:
            # kraft.version lives in the quorum's own records; some logs wrongly hold it here (KAFKA-18979).
            self.changes[record.name] = record.feature_level or None

    def finish_snapshot(self) -> None:
        for name in self.image.finalized:
            self.changes.setdefault(name, None)

    def apply(self) -> FeaturesImage:
        version = self.image.metadata_version if self.metadata_version is None else self.metadata_version
        return FeaturesImage(_merged(self.image.finalized, self.changes), version)


def is_known_config(resource_type: ConfigResourceType, name: str) -> bool:
    """Brokers may carry anything (plug-ins), other resources only what is defined."""
    match resource_type:
        case ConfigResourceType.TOPIC:
            return name in topic_configs()
        case ConfigResourceType.GROUP:
            return name in group_configs()
        case ConfigResourceType.CLIENT_METRICS:
            return name in client_metrics_configs()
        case _:
            return resource_type is ConfigResourceType.BROKER


class ConfigurationsDelta(NestedTableDelta[ConfigResource, str]):
    """What happens to the configurations; `changes[resource][name]` is the new value, None if removed."""

    __slots__ = ()

    def set_config(self, record: ConfigRecord) -> None:
        """Takes over one setting; names that Kafka knew once and knows no more are skipped, as Kafka skips them."""
        resource = ConfigResource(ConfigResourceType(record.resource_type), record.resource_name)
        if is_known_config(resource.type, record.name):
            self.put(resource, record.name, record.value)

    def remove_topic(self, name: str) -> None:
        self.remove_all(ConfigResource(ConfigResourceType.TOPIC, name))

    def apply_image(self) -> ConfigurationsImage:
        return ConfigurationsImage(self.apply())


class ClientQuotasDelta(NestedTableDelta[QuotaEntity, float]):
    """What happens to the client quotas; `changes[entity][key]` is the new value, None if removed."""

    __slots__ = ()

    def set_quota(self, record: ClientQuotaRecord) -> None:
        entity = tuple(sorted((e.entity_type, e.entity_name) for e in record.entity))
        self.put(entity, record.key, None if record.remove else record.value)
