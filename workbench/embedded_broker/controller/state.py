"""What the active controller's decisions look at: the picture ahead of the commit, sessions, settings.

Invariants: decisions never change it; `replay` is the only way to the next picture; heartbeats are not in the log
and are lost with the leadership.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Any

from workbench.embedded_broker.config_definitions.catalog import broker_configs
from workbench.embedded_broker.controller.heartbeats import BrokerHeartbeats
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.delta import MetadataDelta
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.features import MINIMUM_METADATA_VERSION
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.embedded_broker.metadata.registrations import DIRECTORY_UNASSIGNED
from workbench.system.quick_dataclass import dataclass
from workbench.wire.error_codes import ErrorCode
from workbench.wire.uuids import random_uuid


@dataclass(frozen=True, slots=True)
class ControllerSettings:
    """What a controller was told in its properties file; times in milliseconds, 0 turns a periodic task off."""

    node_id: int
    cluster_id: str
    static_properties: Mapping[str, str] = field(default_factory=dict)
    num_partitions: int = 1
    default_replication_factor: int = 1
    min_insync_replicas: int = 1
    delete_topic_enable: bool = True
    session_timeout_ms: int = 9_000
    leader_imbalance_check_interval_ms: int = 300_000
    unclean_election_check_interval_ms: int = 300_000
    max_idle_interval_ms: int = 500

    @staticmethod
    def from_properties(node_id: int, cluster_id: str, properties: Mapping[str, str]) -> ControllerSettings:
        """Reads a properties file with Kafka's defaults. Raises ConfigError for a value that Kafka would refuse."""

        def number(name: str) -> int:
            value = broker_configs()[name].parse(properties.get(name, broker_configs()[name].default))
            assert isinstance(value, int)
            return value

        return ControllerSettings(
            node_id=node_id,
            cluster_id=cluster_id,
            static_properties=dict(properties),
            num_partitions=number("num.partitions"),
            default_replication_factor=number("default.replication.factor"),
            min_insync_replicas=number("min.insync.replicas"),
            delete_topic_enable=bool(number("delete.topic.enable")),
            session_timeout_ms=number("broker.session.timeout.ms"),
            leader_imbalance_check_interval_ms=(
                number("leader.imbalance.check.interval.seconds") * 1000
                if number("auto.leader.rebalance.enable")
                else 0
            ),
            unclean_election_check_interval_ms=number("unclean.leader.election.interval.ms"),
            max_idle_interval_ms=number("metadata.max.idle.interval.ms"),
        )


class ControllerState:
    """The active controller's knowledge; built from the committed image when leadership begins."""

    def __init__(
        self,
        image: MetadataImage,
        settings: ControllerSettings,
        *,
        now_ms: int,
        rng: random.Random,
        new_topic_id: Callable[[], bytes] = random_uuid,
    ) -> None:
        self.image = image
        self.settings = settings
        self.rng = rng
        self.new_topic_id = new_topic_id
        self.kraft_version = 0
        self.upgrade_kraft_version: Callable[[int, bool], None] | None = None
        """Level, validate_only: puts static voters into the log; raises NotLeaderError or KRaftVersionUpgradeError."""
        self.quorum_voter_ids: frozenset[int] = frozenset({settings.node_id})
        self.heartbeats = BrokerHeartbeats(settings.session_timeout_ms)
        self.register_record_offsets: dict[int, int] = {}
        for broker in image.cluster.brokers.values():
            self.heartbeats.register(broker.id)
            # This node's own former broker died with the process in which this controller would have been; making its
            # successor wait for that session to end would keep a killed single node down for nothing.
            if not broker.fenced and broker.id != settings.node_id:
                self.heartbeats.contact(broker.id, broker.epoch, now_ms)

    @property
    def metadata_version(self) -> int:
        return self.image.features.metadata_version or MINIMUM_METADATA_VERSION

    @property
    def elr_enabled(self) -> bool:
        return self.image.features.elr_enabled

    @property
    def config_layers(self) -> ConfigLayers:
        return ConfigLayers(self.image.configs, self.settings.node_id, self.settings.static_properties)

    def is_active(self, broker_id: int) -> bool:
        """Registered, unfenced and not shutting down."""
        broker = self.image.cluster.brokers.get(broker_id)
        return broker is not None and broker.active

    def default_directory(self, broker_id: int) -> bytes:
        broker = self.image.cluster.brokers.get(broker_id)
        return DIRECTORY_UNASSIGNED if broker is None else broker.default_directory()

    def acceptable_leader(
        self, partition: PartitionRegistration, is_acceptable: Callable[[int], bool] | None = None
    ) -> Callable[[int], bool]:
        """Whether a replica of `partition` may lead: an acceptable broker, on a directory that is online."""
        acceptable = is_acceptable or self.is_active
        brokers = self.image.cluster.brokers

        def may_lead(broker_id: int) -> bool:
            if not acceptable(broker_id):
                return False
            directory = partition.directory(broker_id)
            broker = brokers.get(broker_id)
            return broker is not None and directory is not None and broker.has_online_directory(directory)

        return may_lead

    def effective_min_isr(self, topic_name: str) -> int:
        """min.insync.replicas of an existing topic, capped by its number of replicas."""
        configured = self.config_layers.topic_value(topic_name, "min.insync.replicas")
        assert isinstance(configured, int)
        partitions = self.image.topics.by_name[topic_name].partitions
        first = partitions.get(0)
        return configured if first is None else min(configured, len(first.replicas))

    def unclean_election_enabled(self, topic_name: str) -> bool:
        return bool(self.config_layers.topic_value(topic_name, "unclean.leader.election.enable"))

    def check_broker_epoch(self, broker_id: int, broker_epoch: int) -> None:
        """Raises STALE_BROKER_EPOCH for anyone but the current process of that broker."""
        broker = self.image.cluster.brokers.get(broker_id)
        if broker is None:
            raise BrokerError(ErrorCode.STALE_BROKER_EPOCH, f"No broker registration found for broker id {broker_id}")
        if broker.epoch != broker_epoch:
            raise BrokerError(
                ErrorCode.STALE_BROKER_EPOCH,
                f"Expected broker epoch {broker.epoch}, but got broker epoch {broker_epoch}",
            )

    def replay(self, records: Sequence[Any], base_offset: int, epoch: int, now_ms: int) -> None:
        """Takes over records that were appended at `base_offset`."""
        delta = MetadataDelta(self.image)
        for offset, record in enumerate(records, base_offset):
            name = record.NAME
            if name in _TRANSACTION_RECORDS:
                continue
            delta.replay(record)
            if name == "RegisterBrokerRecord":
                self.register_record_offsets[record.broker_id] = offset
                self.heartbeats.forget_unless_contacted(record.broker_id)
                self.heartbeats.register(record.broker_id)
            elif name == "UnregisterBrokerRecord":
                self.register_record_offsets.pop(record.broker_id, None)
                self.heartbeats.remove(record.broker_id)
        self.image = delta.apply(base_offset + len(records) - 1, epoch, now_ms)


_TRANSACTION_RECORDS = frozenset({"BeginTransactionRecord", "EndTransactionRecord", "AbortTransactionRecord"})
"""A controller appends a metadata transaction as one batch, so its own state need not hold one open."""
