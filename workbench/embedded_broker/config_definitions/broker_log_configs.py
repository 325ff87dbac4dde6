"""Broker configurations of logs: the data's, the metadata's and tiered storage."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType, Importance, UpdateMode
from workbench.embedded_broker.config_definitions.validators import (
    GzipLevel,
    NonEmptyString,
    Range,
    ValidList,
    ValidString,
)

BOOLEAN = ConfigType.BOOLEAN
DOUBLE = ConfigType.DOUBLE
INT = ConfigType.INT
LIST = ConfigType.LIST
LONG = ConfigType.LONG
STRING = ConfigType.STRING
HIGH = Importance.HIGH
LOW = Importance.LOW
CLUSTER_WIDE = UpdateMode.CLUSTER_WIDE
PER_BROKER = UpdateMode.PER_BROKER

LOG_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition("auto.create.topics.enable", BOOLEAN, "true", importance=HIGH),
    ConfigDefinition("background.threads", INT, "10", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("compression.gzip.level", INT, "-1", GzipLevel(), update_mode=CLUSTER_WIDE),
    ConfigDefinition("compression.lz4.level", INT, "9", Range(1, 17), update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "compression.type",
        STRING,
        "producer",
        ValidString(("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")),
        importance=HIGH,
        update_mode=CLUSTER_WIDE,
    ),
    ConfigDefinition("compression.zstd.level", INT, "3", Range(-131072, 22), update_mode=CLUSTER_WIDE),
    ConfigDefinition("cordoned.log.dirs", LIST, "", ValidList(null_allowed=True), update_mode=PER_BROKER),
    ConfigDefinition("default.replication.factor", INT, "1"),
    ConfigDefinition("delete.records.purgatory.purge.interval.requests", INT, "1"),
    ConfigDefinition("delete.topic.enable", BOOLEAN, "true", importance=HIGH),
    ConfigDefinition("follower.fetch.last.tiered.offset.enable", BOOLEAN, "false", update_mode=CLUSTER_WIDE),
    ConfigDefinition("internal.metadata.delete.delay.millis", LONG, "60000", importance=LOW, internal=True),
    ConfigDefinition("internal.metadata.log.segment.bytes", INT, None, importance=LOW, internal=True),
    ConfigDefinition("internal.metadata.max.batch.size.in.bytes", INT, "8388608", importance=LOW, internal=True),
    ConfigDefinition("log.cleaner.backoff.ms", LONG, "15000", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.dedupe.buffer.size", LONG, "134217728", update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.delete.retention.ms", LONG, "86400000", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.enable", BOOLEAN, "true"),
    ConfigDefinition("log.cleaner.io.buffer.load.factor", DOUBLE, "0.9", update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.io.buffer.size", INT, "524288", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.io.max.bytes.per.second", DOUBLE, "1.7976931348623157E308", update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "log.cleaner.max.compaction.lag.ms", LONG, "9223372036854775807", Range(1), update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition("log.cleaner.min.cleanable.ratio", DOUBLE, "0.5", Range(0, 1), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.min.compaction.lag.ms", LONG, "0", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleaner.threads", INT, "1", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.cleanup.policy", LIST, "delete", ValidList(("compact", "delete")), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.dir", LIST, "/tmp/kafka-logs", ValidList(empty_allowed=False), importance=HIGH),
    ConfigDefinition("log.dir.failure.timeout.ms", LONG, "30000", Range(1), importance=LOW),
    ConfigDefinition("log.dirs", LIST, None, ValidList(empty_allowed=False, null_allowed=True), importance=HIGH),
    ConfigDefinition(
        "log.flush.interval.messages", LONG, "9223372036854775807", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition("log.flush.interval.ms", LONG, None, importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.flush.offset.checkpoint.interval.ms", INT, "60000", Range(0), importance=HIGH),
    ConfigDefinition("log.flush.scheduler.interval.ms", LONG, "9223372036854775807", importance=HIGH),
    ConfigDefinition("log.flush.start.offset.checkpoint.interval.ms", INT, "60000", Range(0), importance=HIGH),
    ConfigDefinition("log.index.interval.bytes", INT, "4096", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.index.size.max.bytes", INT, "10485760", Range(4), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.initial.task.delay.ms", LONG, "30000", Range(0), importance=LOW, internal=True),
    ConfigDefinition("log.local.retention.bytes", LONG, "-2", Range(-2), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.local.retention.ms", LONG, "-2", Range(-2), update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.message.timestamp.after.max.ms", LONG, "3600000", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "log.message.timestamp.before.max.ms", LONG, "9223372036854775807", Range(0), update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition(
        "log.message.timestamp.type",
        STRING,
        "CreateTime",
        ValidString(("CreateTime", "LogAppendTime")),
        update_mode=CLUSTER_WIDE,
    ),
    ConfigDefinition("log.preallocate", BOOLEAN, "false", update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.retention.bytes", LONG, "-1", importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.retention.check.interval.ms", LONG, "300000", Range(1)),
    ConfigDefinition("log.retention.hours", INT, "168", importance=HIGH),
    ConfigDefinition("log.retention.minutes", INT, None, importance=HIGH),
    ConfigDefinition("log.retention.ms", LONG, None, importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.roll.hours", INT, "168", Range(1), importance=HIGH),
    ConfigDefinition("log.roll.jitter.hours", INT, "0", Range(0), importance=HIGH),
    ConfigDefinition("log.roll.jitter.ms", LONG, None, importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.roll.ms", LONG, None, importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.segment.bytes", INT, "1073741824", Range(1048576), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("log.segment.delete.delay.ms", LONG, "60000", Range(0), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("message.max.bytes", INT, "1048588", Range(0), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("metadata.log.dir", STRING, None, importance=HIGH),
    ConfigDefinition("metadata.log.max.record.bytes.between.snapshots", LONG, "20971520", Range(1), importance=HIGH),
    ConfigDefinition("metadata.log.max.snapshot.interval.ms", LONG, "3600000", Range(0), importance=HIGH),
    ConfigDefinition("metadata.log.segment.bytes", INT, "1073741824", Range(8388608), importance=HIGH),
    ConfigDefinition("metadata.log.segment.ms", LONG, "604800000", importance=HIGH),
    ConfigDefinition("metadata.max.idle.interval.ms", INT, "500", Range(0), importance=LOW),
    ConfigDefinition("metadata.max.retention.bytes", LONG, "104857600", importance=HIGH),
    ConfigDefinition("metadata.max.retention.ms", LONG, "604800000", importance=HIGH),
    ConfigDefinition("min.insync.replicas", INT, "1", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("num.partitions", INT, "1", Range(1)),
    ConfigDefinition(
        "num.recovery.threads.per.data.dir", INT, "2", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition("num.replica.alter.log.dirs.threads", INT, None, importance=HIGH),
    ConfigDefinition("remote.fetch.max.wait.ms", INT, "500", Range(1), update_mode=CLUSTER_WIDE),
    ConfigDefinition("remote.list.offsets.request.timeout.ms", LONG, "30000", Range(1), update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "remote.log.index.file.cache.total.size.bytes",
        LONG,
        "1073741824",
        Range(1),
        importance=LOW,
        update_mode=CLUSTER_WIDE,
    ),
    ConfigDefinition("remote.log.index.file.cache.ttl.ms", LONG, "900000", Range(-1), importance=LOW, internal=True),
    ConfigDefinition("remote.log.manager.copier.thread.pool.size", INT, "10", Range(1), update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "remote.log.manager.copy.max.bytes.per.second", LONG, "9223372036854775807", Range(1), update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition("remote.log.manager.copy.quota.window.num", INT, "11", Range(1)),
    ConfigDefinition("remote.log.manager.copy.quota.window.size.seconds", INT, "1", Range(1)),
    ConfigDefinition("remote.log.manager.expiration.thread.pool.size", INT, "10", Range(1), update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "remote.log.manager.fetch.max.bytes.per.second", LONG, "9223372036854775807", Range(1), update_mode=CLUSTER_WIDE
    ),
    ConfigDefinition("remote.log.manager.fetch.quota.window.num", INT, "11", Range(1)),
    ConfigDefinition("remote.log.manager.fetch.quota.window.size.seconds", INT, "1", Range(1)),
    ConfigDefinition("remote.log.manager.follower.thread.pool.size", INT, "2", Range(1), update_mode=CLUSTER_WIDE),
    ConfigDefinition("remote.log.manager.task.interval.ms", LONG, "30000", Range(1), importance=LOW),
    ConfigDefinition(
        "remote.log.manager.task.retry.backoff.max.ms", LONG, "30000", Range(1), importance=LOW, internal=True
    ),
    ConfigDefinition("remote.log.manager.task.retry.backoff.ms", LONG, "500", Range(1), importance=LOW, internal=True),
    ConfigDefinition(
        "remote.log.manager.task.retry.jitter", DOUBLE, "0.2", Range(0, 0.5), importance=LOW, internal=True
    ),
    ConfigDefinition("remote.log.manager.thread.pool.size", INT, "2", Range(1)),
    ConfigDefinition("remote.log.metadata.custom.metadata.max.bytes", INT, "128", Range(0), importance=LOW),
    ConfigDefinition(
        "remote.log.metadata.manager.class.name",
        STRING,
        "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager",
        NonEmptyString(),
    ),
    ConfigDefinition("remote.log.metadata.manager.class.path", STRING, None),
    ConfigDefinition("remote.log.metadata.manager.impl.prefix", STRING, "rlmm.config.", NonEmptyString()),
    ConfigDefinition("remote.log.metadata.manager.listener.name", STRING, None, NonEmptyString()),
    ConfigDefinition("remote.log.reader.max.pending.tasks", INT, "100", Range(1)),
    ConfigDefinition("remote.log.reader.threads", INT, "10", Range(1), update_mode=CLUSTER_WIDE),
    ConfigDefinition("remote.log.storage.manager.class.name", STRING, None, NonEmptyString()),
    ConfigDefinition("remote.log.storage.manager.class.path", STRING, None),
    ConfigDefinition("remote.log.storage.manager.impl.prefix", STRING, "rsm.config.", NonEmptyString()),
    ConfigDefinition("remote.log.storage.system.enable", BOOLEAN, "false"),
    ConfigDefinition("unclean.leader.election.enable", BOOLEAN, "false", importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("unclean.leader.election.interval.ms", LONG, "300000", Range(1), internal=True),
)
