"""What can be set on a group (KIP-1043, KIP-932, KIP-1071)."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType
from workbench.embedded_broker.config_definitions.validators import Range, ShareOffsetReset, ValidString

BOOLEAN = ConfigType.BOOLEAN
INT = ConfigType.INT
STRING = ConfigType.STRING

GROUP_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition(
        "consumer.assignment.interval.ms",
        INT,
        "1000",
        Range(0),
        documentation="Shortest time between two assignments of a consumer group.",
    ),
    ConfigDefinition(
        "consumer.heartbeat.interval.ms",
        INT,
        "5000",
        Range(1),
        documentation="How often members of a consumer group send heartbeats.",
    ),
    ConfigDefinition(
        "consumer.session.timeout.ms",
        INT,
        "45000",
        Range(1),
        documentation="After how long without a heartbeat a member of a consumer group counts as gone.",
    ),
    ConfigDefinition(
        "share.assignment.interval.ms",
        INT,
        "1000",
        Range(0),
        documentation="Shortest time between two assignments of a share group.",
    ),
    ConfigDefinition(
        "share.auto.offset.reset",
        STRING,
        "latest",
        ShareOffsetReset(),
        documentation=(
            "Where a share group begins on a partition it has never read: latest, earliest, or "
            "by_duration: and a duration back."
        ),
    ),
    ConfigDefinition(
        "share.delivery.count.limit",
        INT,
        "5",
        Range(2),
        documentation="How often a share group delivers a record before it gives up on it.",
    ),
    ConfigDefinition(
        "share.heartbeat.interval.ms",
        INT,
        "5000",
        Range(1),
        documentation="How often members of a share group send heartbeats.",
    ),
    ConfigDefinition(
        "share.isolation.level",
        STRING,
        "read_uncommitted",
        ValidString(("read_committed", "read_uncommitted")),
        documentation=(
            "Whether a share group reads records of open and aborted transactions (read_uncommitted) or "
            "not (read_committed)."
        ),
    ),
    ConfigDefinition(
        "share.partition.max.record.locks",
        INT,
        "2000",
        Range(100),
        documentation="How many records of a partition may be out at a share group's consumers at once.",
    ),
    ConfigDefinition(
        "share.record.lock.duration.ms",
        INT,
        "30000",
        Range(1000),
        documentation="How long a consumer of a share group has a record for itself.",
    ),
    ConfigDefinition(
        "share.renew.acknowledge.enable",
        BOOLEAN,
        "true",
        documentation="Whether consumers of a share group may ask for more time with a record.",
    ),
    ConfigDefinition(
        "share.session.timeout.ms",
        INT,
        "45000",
        Range(1),
        documentation="After how long without a heartbeat a member of a share group counts as gone.",
    ),
    ConfigDefinition(
        "streams.assignment.interval.ms",
        INT,
        "1000",
        Range(0),
        documentation="Shortest time between two assignments of a streams group.",
    ),
    ConfigDefinition(
        "streams.heartbeat.interval.ms",
        INT,
        "5000",
        Range(1),
        documentation="How often members of a streams group send heartbeats.",
    ),
    ConfigDefinition(
        "streams.initial.rebalance.delay.ms",
        INT,
        "3000",
        Range(0),
        documentation="How long the first assignment of a streams group waits for more members.",
    ),
    ConfigDefinition(
        "streams.num.standby.replicas",
        INT,
        "0",
        Range(0),
        documentation="How many standby copies of each task's state a streams group keeps.",
    ),
    ConfigDefinition(
        "streams.session.timeout.ms",
        INT,
        "45000",
        Range(1),
        documentation="After how long without a heartbeat a member of a streams group counts as gone.",
    ),
)
