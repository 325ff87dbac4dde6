"""Broker configurations of roles, listeners, threads, the quorum, replication, quotas and metrics."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType, Importance, UpdateMode
from workbench.embedded_broker.config_definitions.validators import BootstrapServers, Range, ValidList, Voters

BOOLEAN = ConfigType.BOOLEAN
CLASS = ConfigType.CLASS
INT = ConfigType.INT
LIST = ConfigType.LIST
LONG = ConfigType.LONG
STRING = ConfigType.STRING
HIGH = Importance.HIGH
LOW = Importance.LOW
CLUSTER_WIDE = UpdateMode.CLUSTER_WIDE
PER_BROKER = UpdateMode.PER_BROKER

SERVER_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition(
        "advertised.listeners", LIST, None, ValidList(empty_allowed=False, null_allowed=True), importance=HIGH
    ),
    ConfigDefinition("alter.config.policy.class.name", CLASS, None, importance=LOW),
    ConfigDefinition("alter.log.dirs.replication.quota.window.num", INT, "11", Range(1), importance=LOW),
    ConfigDefinition("alter.log.dirs.replication.quota.window.size.seconds", INT, "1", Range(1), importance=LOW),
    ConfigDefinition("auto.leader.rebalance.enable", BOOLEAN, "true", importance=HIGH),
    ConfigDefinition("broker.heartbeat.interval.ms", INT, "2000"),
    ConfigDefinition("broker.id", INT, "-1", importance=HIGH),
    ConfigDefinition("broker.rack", STRING, None),
    ConfigDefinition("broker.session.timeout.ms", INT, "9000"),
    ConfigDefinition("client.quota.callback.class", CLASS, None, importance=LOW),
    ConfigDefinition("config.providers", LIST, "", ValidList(), importance=LOW, update_mode=CLUSTER_WIDE),
    ConfigDefinition("connections.max.idle.ms", LONG, "600000"),
    ConfigDefinition("controlled.shutdown.enable", BOOLEAN, "true"),
    ConfigDefinition(
        "controller.listener.names", LIST, None, ValidList(empty_allowed=False), importance=HIGH, required=True
    ),
    ConfigDefinition("controller.performance.always.log.threshold.ms", LONG, "2000", Range(0), internal=True),
    ConfigDefinition("controller.performance.sample.period.ms", LONG, "60000", Range(100), internal=True),
    ConfigDefinition("controller.quorum.append.linger.ms", INT, "25", Range(0)),
    ConfigDefinition("controller.quorum.auto.join.enable", BOOLEAN, "false", importance=LOW),
    ConfigDefinition("controller.quorum.bootstrap.servers", LIST, "", BootstrapServers(), importance=HIGH),
    ConfigDefinition("controller.quorum.election.backoff.max.ms", INT, "1000", Range(0), importance=HIGH),
    ConfigDefinition("controller.quorum.election.timeout.ms", INT, "1000", Range(0), importance=HIGH),
    ConfigDefinition("controller.quorum.fetch.max.bytes", INT, "1048576", Range(1), importance=LOW),
    ConfigDefinition("controller.quorum.fetch.snapshot.max.bytes", INT, "1048576", Range(1), importance=LOW),
    ConfigDefinition("controller.quorum.fetch.timeout.ms", INT, "2000", Range(0), importance=HIGH),
    ConfigDefinition("controller.quorum.request.timeout.ms", INT, "2000", Range(0)),
    ConfigDefinition("controller.quorum.retry.backoff.ms", INT, "20", Range(0), importance=LOW),
    ConfigDefinition("controller.quorum.voters", LIST, "", Voters(), importance=HIGH),
    ConfigDefinition("controller.quota.window.num", INT, "11", Range(1), importance=LOW),
    ConfigDefinition("controller.quota.window.size.seconds", INT, "1", Range(1), importance=LOW),
    ConfigDefinition("controller.socket.timeout.ms", INT, "30000"),
    ConfigDefinition("create.topic.policy.class.name", CLASS, None, importance=LOW),
    ConfigDefinition("early.start.listeners", LIST, None, ValidList(null_allowed=True), importance=HIGH),
    ConfigDefinition("fetch.max.bytes", INT, "57671680", Range(1024)),
    ConfigDefinition("fetch.purgatory.purge.interval.requests", INT, "1000"),
    ConfigDefinition("initial.broker.registration.timeout.ms", INT, "60000"),
    ConfigDefinition("inter.broker.listener.name", STRING, None),
    ConfigDefinition("kafka.metrics.polling.interval.secs", INT, "10", Range(1), importance=LOW),
    ConfigDefinition("kafka.metrics.reporters", LIST, "", ValidList(), importance=LOW),
    ConfigDefinition("leader.imbalance.check.interval.seconds", LONG, "300", Range(1), importance=HIGH),
    ConfigDefinition(
        "listener.security.protocol.map",
        STRING,
        "SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT",
        importance=LOW,
        update_mode=PER_BROKER,
    ),
    ConfigDefinition(
        "listeners", LIST, "PLAINTEXT://:9092", ValidList(empty_allowed=False), importance=HIGH, update_mode=PER_BROKER
    ),
    ConfigDefinition("max.connection.creation.rate", INT, "2147483647", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("max.connections", INT, "2147483647", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("max.connections.per.ip", INT, "2147483647", Range(0), update_mode=CLUSTER_WIDE),
    ConfigDefinition("max.connections.per.ip.overrides", STRING, "", update_mode=CLUSTER_WIDE),
    ConfigDefinition("max.incremental.fetch.session.cache.slots", INT, "1000", Range(0)),
    ConfigDefinition("max.request.partition.size.limit", INT, "2000", Range(1)),
    ConfigDefinition(
        "metric.reporters",
        LIST,
        "org.apache.kafka.common.metrics.JmxReporter",
        ValidList(),
        importance=LOW,
        update_mode=CLUSTER_WIDE,
    ),
    ConfigDefinition("metrics.num.samples", INT, "2", Range(1), importance=LOW),
    ConfigDefinition("metrics.recording.level", STRING, "INFO", importance=LOW),
    ConfigDefinition("metrics.sample.window.ms", LONG, "30000", Range(1), importance=LOW),
    ConfigDefinition("node.id", INT, None, Range(0), importance=HIGH, required=True),
    ConfigDefinition("num.io.threads", INT, "8", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("num.network.threads", INT, "3", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition("num.replica.fetchers", INT, "1", Range(1), importance=HIGH, update_mode=CLUSTER_WIDE),
    ConfigDefinition(
        "process.roles",
        LIST,
        None,
        ValidList(("broker", "controller"), empty_allowed=False),
        importance=HIGH,
        required=True,
    ),
    ConfigDefinition("producer.purgatory.purge.interval.requests", INT, "1000"),
    ConfigDefinition("queued.max.request.bytes", LONG, "-1"),
    ConfigDefinition("queued.max.requests", INT, "500", Range(1), importance=HIGH),
    ConfigDefinition("quota.window.num", INT, "11", Range(1), importance=LOW),
    ConfigDefinition("quota.window.size.seconds", INT, "1", Range(1), importance=LOW),
    ConfigDefinition("replica.fetch.backoff.ms", INT, "1000", Range(0)),
    ConfigDefinition("replica.fetch.max.bytes", INT, "1048576", Range(0)),
    ConfigDefinition("replica.fetch.min.bytes", INT, "1", importance=HIGH),
    ConfigDefinition("replica.fetch.response.max.bytes", INT, "10485760", Range(0)),
    ConfigDefinition("replica.fetch.wait.max.ms", INT, "500", importance=HIGH),
    ConfigDefinition("replica.high.watermark.checkpoint.interval.ms", LONG, "5000", importance=HIGH),
    ConfigDefinition("replica.lag.time.max.ms", LONG, "30000", importance=HIGH),
    ConfigDefinition("replica.selector.class", STRING, None),
    ConfigDefinition("replica.socket.receive.buffer.bytes", INT, "65536", importance=HIGH),
    ConfigDefinition("replica.socket.timeout.ms", INT, "30000", importance=HIGH),
    ConfigDefinition("replication.quota.window.num", INT, "11", Range(1), importance=LOW),
    ConfigDefinition("replication.quota.window.size.seconds", INT, "1", Range(1), importance=LOW),
    ConfigDefinition("request.timeout.ms", INT, "30000", importance=HIGH),
    ConfigDefinition("server.max.startup.time.ms", LONG, "9223372036854775807", Range(0), internal=True),
    ConfigDefinition("socket.connection.setup.timeout.max.ms", LONG, "30000"),
    ConfigDefinition("socket.connection.setup.timeout.ms", LONG, "10000"),
    ConfigDefinition("socket.listen.backlog.size", INT, "50", Range(1)),
    ConfigDefinition("socket.receive.buffer.bytes", INT, "102400", importance=HIGH),
    ConfigDefinition("socket.request.max.bytes", INT, "104857600", Range(1), importance=HIGH),
    ConfigDefinition("socket.send.buffer.bytes", INT, "102400", importance=HIGH),
    ConfigDefinition("telemetry.max.bytes", INT, "1048576", Range(1), importance=LOW),
    ConfigDefinition("unstable.api.versions.enable", BOOLEAN, "false", importance=HIGH, internal=True),
    ConfigDefinition("unstable.feature.versions.enable", BOOLEAN, "false", importance=HIGH, internal=True),
)
