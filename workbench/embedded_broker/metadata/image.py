"""The picture of the cluster at one offset of the metadata log.

Invariants: an image never changes; the next one comes from `MetadataDelta.apply` and shares with it everything that
did not change. Its mappings must not be written to. `offset` is that of the last record contained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from enum import IntEnum

from workbench.embedded_broker.metadata.features import ELIGIBLE_LEADER_REPLICAS_VERSION, METADATA_VERSION
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.registrations import BrokerRegistration, ControllerRegistration, Endpoint
from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import AccessControlEntryRecord, DelegationTokenRecord, UserScramCredentialRecord


class ConfigResourceType(IntEnum):
    """Kafka's ids of what can carry configurations."""

    UNKNOWN = 0
    TOPIC = 2
    BROKER = 4
    BROKER_LOGGER = 8
    CLIENT_METRICS = 16
    GROUP = 32


@dataclass(frozen=True, slots=True)
class ConfigResource:
    """What carries a configuration; a broker's `name` is its id, or "" for the cluster-wide default."""

    type: ConfigResourceType
    name: str

    def __str__(self) -> str:
        return f"ConfigResource(type={self.type.name}, name='{self.name}')"


@dataclass(frozen=True, slots=True)
class FeaturesImage:
    """Finalised feature levels without metadata.version and kraft.version; a level of 0 is left out."""

    finalized: Mapping[str, int] = field(default_factory=dict)
    metadata_version: int | None = None

    @property
    def elr_enabled(self) -> bool:
        return self.finalized.get(ELIGIBLE_LEADER_REPLICAS_VERSION, 0) >= 1

    def level(self, name: str) -> int:
        """Finalised level of a feature, 0 if it is off."""
        if name == METADATA_VERSION:
            return self.metadata_version or 0
        return self.finalized.get(name, 0)


@dataclass(frozen=True, slots=True)
class ClusterImage:
    """Registered brokers and controllers by node id."""

    brokers: Mapping[int, BrokerRegistration] = field(default_factory=dict)
    controllers: Mapping[int, ControllerRegistration] = field(default_factory=dict)

    def broker_epoch(self, broker_id: int) -> int:
        """Epoch of the broker's registration, -1 if it is not registered."""
        broker = self.brokers.get(broker_id)
        return -1 if broker is None else broker.epoch

    def alive_brokers(self) -> Iterator[BrokerRegistration]:
        """Brokers that are not fenced (those in controlled shutdown included)."""
        return (b for b in self.brokers.values() if not b.fenced)

    def endpoint(self, broker_id: int, listener: str) -> Endpoint | None:
        """Where an unfenced broker offers `listener`; None if it is unknown, fenced or does not have it."""
        broker = self.brokers.get(broker_id)
        if broker is None or broker.fenced:
            return None
        return broker.listeners.get(listener)


@dataclass(frozen=True, slots=True)
class TopicImage:
    """One topic; `partitions` by partition id."""

    id: bytes
    name: str
    partitions: Mapping[int, PartitionRegistration] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TopicsImage:
    """All topics, the same objects under both keys."""

    by_name: Mapping[str, TopicImage] = field(default_factory=dict)
    by_id: Mapping[bytes, TopicImage] = field(default_factory=dict)

    def partition(self, name: str, partition_id: int) -> PartitionRegistration | None:
        topic = self.by_name.get(name)
        return None if topic is None else topic.partitions.get(partition_id)

    def topic_id(self, name: str) -> bytes | None:
        topic = self.by_name.get(name)
        return None if topic is None else topic.id

    def topic_name(self, topic_id: bytes) -> str | None:
        topic = self.by_id.get(topic_id)
        return None if topic is None else topic.name

    def all_partitions(self) -> Iterator[tuple[TopicImage, int, PartitionRegistration]]:
        for topic in self.by_id.values():
            for partition_id, partition in topic.partitions.items():
                yield topic, partition_id, partition


_NO_CONFIGS: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class ConfigurationsImage:
    """Configurations set in the log, by resource; a resource without any is left out."""

    resources: Mapping[ConfigResource, Mapping[str, str]] = field(default_factory=dict)

    def of(self, resource: ConfigResource) -> Mapping[str, str]:
        return self.resources.get(resource, _NO_CONFIGS)

    def topic(self, name: str) -> Mapping[str, str]:
        return self.of(ConfigResource(ConfigResourceType.TOPIC, name))

    def broker(self, broker_id: int) -> Mapping[str, str]:
        return self.of(ConfigResource(ConfigResourceType.BROKER, str(broker_id)))

    def cluster_default(self) -> Mapping[str, str]:
        """Dynamic settings that hold for every broker."""
        return self.of(ConfigResource(ConfigResourceType.BROKER, ""))


QuotaEntity = tuple[tuple[str, str | None], ...]
"""(entity type, name or None for the default) pairs, ascending by type."""


@dataclass(frozen=True, slots=True)
class MetadataImage:
    """Everything that the log says up to and with `offset`; -1 is the picture before any record.

    `scram` is keyed by (mechanism id, user); ACLs, SCRAM credentials and tokens are kept as their records.
    `next_producer_id` is the first id of the next block, -1 if none was given out.
    """

    offset: int = -1
    epoch: int = -1
    append_timestamp_ms: int = -1
    features: FeaturesImage = field(default_factory=FeaturesImage)
    cluster: ClusterImage = field(default_factory=ClusterImage)
    topics: TopicsImage = field(default_factory=TopicsImage)
    configs: ConfigurationsImage = field(default_factory=ConfigurationsImage)
    client_quotas: Mapping[QuotaEntity, Mapping[str, float]] = field(default_factory=dict)
    next_producer_id: int = -1
    acls: Mapping[bytes, AccessControlEntryRecord] = field(default_factory=dict)
    scram: Mapping[tuple[int, str], UserScramCredentialRecord] = field(default_factory=dict)
    delegation_tokens: Mapping[str, DelegationTokenRecord] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return self.same_content(EMPTY_IMAGE)

    def same_content(self, other: MetadataImage) -> bool:
        """Equality apart from offset, epoch and timestamp."""
        return (
            self.features == other.features
            and self.cluster == other.cluster
            and self.topics == other.topics
            and self.configs == other.configs
            and self.client_quotas == other.client_quotas
            and self.next_producer_id == other.next_producer_id
            and self.acls == other.acls
            and self.scram == other.scram
            and self.delegation_tokens == other.delegation_tokens
        )


EMPTY_IMAGE = MetadataImage()
