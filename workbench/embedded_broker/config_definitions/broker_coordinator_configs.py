"""Broker configurations of groups, offsets, transactions and share groups."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType, Importance, UpdateMode
from workbench.embedded_broker.config_definitions.validators import CaseInsensitiveValidString, Range, ValidList

BOOLEAN = ConfigType.BOOLEAN
INT = ConfigType.INT
LIST = ConfigType.LIST
LONG = ConfigType.LONG
SHORT = ConfigType.SHORT
STRING = ConfigType.STRING
HIGH = Importance.HIGH
LOW = Importance.LOW
CLUSTER_WIDE = UpdateMode.CLUSTER_WIDE

COORDINATOR_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition("add.partitions.to.txn.retry.backoff.max.ms", INT, "100", Range(0), importance=HIGH),
    ConfigDefinition("add.partitions.to.txn.retry.backoff.ms", INT, "20", Range(1), importance=HIGH),
    ConfigDefinition("group.consumer.assignment.interval.ms", INT, "1000", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("group.consumer.assignors", LIST, "uniform,range", ValidList(empty_allowed=False)),
    ConfigDefinition("group.consumer.heartbeat.interval.ms", INT, "5000", Range(1)),
    ConfigDefinition("group.consumer.max.assignment.interval.ms", INT, "15000", Range(0)),
    ConfigDefinition("group.consumer.max.heartbeat.interval.ms", INT, "15000", Range(1)),
    ConfigDefinition("group.consumer.max.session.timeout.ms", INT, "60000", Range(1)),
    ConfigDefinition("group.consumer.max.size", INT, "2147483647", Range(1)),
    ConfigDefinition(
        "group.consumer.migration.policy",
        STRING,
        "bidirectional",
        CaseInsensitiveValidString(("DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL")),
    ),
    ConfigDefinition("group.consumer.min.assignment.interval.ms", INT, "0", Range(0)),
    ConfigDefinition("group.consumer.min.heartbeat.interval.ms", INT, "5000", Range(1)),
    ConfigDefinition("group.consumer.min.session.timeout.ms", INT, "45000", Range(1)),
    ConfigDefinition("group.consumer.regex.refresh.interval.ms", INT, "600000", Range(10000), internal=True),
    ConfigDefinition("group.consumer.session.timeout.ms", INT, "45000", Range(1)),
    ConfigDefinition("group.coordinator.append.linger.ms", INT, "-1", Range(-1)),
    ConfigDefinition("group.coordinator.background.threads", INT, "2", Range(1), importance=HIGH),
    ConfigDefinition(
        "group.coordinator.cached.buffer.max.bytes", INT, "1048588", Range(524288), update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition(
        "group.coordinator.rebalance.protocols",
        LIST,
        "classic,consumer,streams",
        ValidList(("consumer", "classic", "share", "streams"), empty_allowed=False),
    ),
    ConfigDefinition("group.coordinator.threads", INT, "4", Range(1), importance=HIGH),
    ConfigDefinition("group.initial.rebalance.delay.ms", INT, "3000"),
    ConfigDefinition("group.max.session.timeout.ms", INT, "1800000"),
    ConfigDefinition("group.max.size", INT, "2147483647", Range(1)),
    ConfigDefinition("group.min.session.timeout.ms", INT, "6000"),
    ConfigDefinition("group.share.assignment.interval.ms", INT, "1000", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("group.share.assignors", LIST, "simple", ValidList(empty_allowed=False)),
    ConfigDefinition("group.share.delivery.count.limit", INT, "5", Range(2, 10)),
    ConfigDefinition("group.share.heartbeat.interval.ms", INT, "5000", Range(1)),
    ConfigDefinition("group.share.initialize.retry.interval.ms", INT, "30000", Range(1), importance=LOW, internal=True),
    ConfigDefinition("group.share.max.assignment.interval.ms", INT, "15000", Range(0)),
    ConfigDefinition("group.share.max.delivery.count.limit", INT, "10", Range(5, 25)),
    ConfigDefinition("group.share.max.heartbeat.interval.ms", INT, "15000", Range(1)),
    ConfigDefinition("group.share.max.partition.max.record.locks", INT, "4000", Range(2000, 10000)),
    ConfigDefinition("group.share.max.record.lock.duration.ms", INT, "60000", Range(30000, 3600000)),
    ConfigDefinition("group.share.max.session.timeout.ms", INT, "60000", Range(1)),
    ConfigDefinition("group.share.max.share.sessions", INT, "2000", Range(1)),
    ConfigDefinition("group.share.max.size", INT, "200", Range(1, 1000)),
    ConfigDefinition("group.share.min.assignment.interval.ms", INT, "0", Range(0)),
    ConfigDefinition("group.share.min.delivery.count.limit", INT, "2", Range(2, 5)),
    ConfigDefinition("group.share.min.heartbeat.interval.ms", INT, "5000", Range(1)),
    ConfigDefinition("group.share.min.partition.max.record.locks", INT, "100", Range(100, 2000)),
    ConfigDefinition("group.share.min.record.lock.duration.ms", INT, "15000", Range(1000, 30000)),
    ConfigDefinition("group.share.min.session.timeout.ms", INT, "45000", Range(1)),
    ConfigDefinition("group.share.partition.max.record.locks", INT, "2000", Range(100, 10000)),
    ConfigDefinition(
        "group.share.persister.class.name",
        STRING,
        "org.apache.kafka.server.share.persister.DefaultStatePersister",
        internal=True,
    ),
    ConfigDefinition("group.share.record.lock.duration.ms", INT, "30000", Range(1000, 3600000)),
    ConfigDefinition("group.share.session.timeout.ms", INT, "45000", Range(1)),
    ConfigDefinition("group.streams.assignment.interval.ms", INT, "1000", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("group.streams.heartbeat.interval.ms", INT, "5000", Range(1)),
    ConfigDefinition("group.streams.initial.rebalance.delay.ms", INT, "3000", Range(0)),
    ConfigDefinition("group.streams.max.assignment.interval.ms", INT, "15000", Range(0)),
    ConfigDefinition("group.streams.max.heartbeat.interval.ms", INT, "15000", Range(1)),
    ConfigDefinition("group.streams.max.session.timeout.ms", INT, "60000", Range(1)),
    ConfigDefinition("group.streams.max.size", INT, "2147483647", Range(1)),
    ConfigDefinition("group.streams.max.standby.replicas", INT, "2", Range(0)),
    ConfigDefinition("group.streams.min.assignment.interval.ms", INT, "0", Range(0)),
    ConfigDefinition("group.streams.min.heartbeat.interval.ms", INT, "5000", Range(1)),
    ConfigDefinition("group.streams.min.session.timeout.ms", INT, "45000", Range(1)),
    ConfigDefinition("group.streams.num.standby.replicas", INT, "0", Range(0)),
    ConfigDefinition("group.streams.session.timeout.ms", INT, "45000", Range(1)),
    ConfigDefinition("offset.metadata.max.bytes", INT, "4096", importance=HIGH),
    ConfigDefinition("offsets.commit.timeout.ms", INT, "5000", Range(1), importance=HIGH),
    ConfigDefinition("offsets.load.buffer.size", INT, "5242880", Range(1), importance=HIGH),
    ConfigDefinition("offsets.retention.check.interval.ms", LONG, "600000", Range(1), importance=HIGH),
    ConfigDefinition("offsets.retention.minutes", INT, "10080", Range(1), importance=HIGH),
    ConfigDefinition("offsets.topic.compression.codec", INT, "0", importance=HIGH),
    ConfigDefinition("offsets.topic.num.partitions", INT, "50", Range(1), importance=HIGH),
    ConfigDefinition("offsets.topic.replication.factor", SHORT, "3", Range(1), importance=HIGH),
    ConfigDefinition("offsets.topic.segment.bytes", INT, "104857600", Range(1), importance=HIGH),
    ConfigDefinition(
        "producer.id.expiration.check.interval.ms", INT, "600000", Range(1), importance=LOW, internal=True
    ),
    ConfigDefinition("producer.id.expiration.ms", INT, "86400000", Range(1), importance=LOW, update_mode=CLUSTER_WIDE),
    ConfigDefinition("share.coordinator.append.linger.ms", INT, "-1", Range(-1)),
    ConfigDefinition(
        "share.coordinator.cached.buffer.max.bytes", INT, "1048588", Range(524288), update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition(
        "share.coordinator.cold.partition.snapshot.interval.ms", INT, "300000", Range(1), importance=LOW, internal=True
    ),
    ConfigDefinition("share.coordinator.load.buffer.size", INT, "5242880", Range(1), importance=HIGH),
    ConfigDefinition("share.coordinator.snapshot.update.records.per.snapshot", INT, "500", Range(0, 500)),
    ConfigDefinition("share.coordinator.state.topic.compression.codec", INT, "0", importance=HIGH),
    ConfigDefinition("share.coordinator.state.topic.min.isr", SHORT, "2", Range(1), importance=HIGH),
    ConfigDefinition("share.coordinator.state.topic.num.partitions", INT, "50", Range(1), importance=HIGH),
    ConfigDefinition(
        "share.coordinator.state.topic.prune.interval.ms", INT, "300000", Range(1), importance=LOW, internal=True
    ),
    ConfigDefinition("share.coordinator.state.topic.replication.factor", SHORT, "3", Range(1), importance=HIGH),
    ConfigDefinition("share.coordinator.state.topic.segment.bytes", INT, "104857600", Range(1), importance=HIGH),
    ConfigDefinition("share.coordinator.threads", INT, "1", Range(1)),
    ConfigDefinition("share.coordinator.write.timeout.ms", INT, "5000", Range(1), importance=HIGH),
    ConfigDefinition("share.fetch.purgatory.purge.interval.requests", INT, "1000"),
    ConfigDefinition(
        "transaction.abort.timed.out.transaction.cleanup.interval.ms", INT, "10000", Range(1), importance=LOW
    ),
    ConfigDefinition("transaction.max.timeout.ms", INT, "900000", Range(1), importance=HIGH),
    ConfigDefinition(
        "transaction.partition.verification.enable", BOOLEAN, "true", importance=LOW, update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition(
        "transaction.remove.expired.transaction.cleanup.interval.ms", INT, "3600000", Range(1), importance=LOW
    ),
    ConfigDefinition("transaction.state.log.load.buffer.size", INT, "5242880", Range(1), importance=HIGH),
    ConfigDefinition("transaction.state.log.min.isr", INT, "2", Range(1), importance=HIGH),
    ConfigDefinition("transaction.state.log.num.partitions", INT, "50", Range(1), importance=HIGH),
    ConfigDefinition("transaction.state.log.replication.factor", SHORT, "3", Range(1), importance=HIGH),
    ConfigDefinition("transaction.state.log.segment.bytes", INT, "104857600", Range(1), importance=HIGH),
    ConfigDefinition("transaction.two.phase.commit.enable", BOOLEAN, "false", importance=LOW),
    ConfigDefinition("transactional.id.expiration.ms", INT, "604800000", Range(1), importance=HIGH),
)
