"""What can be set on a topic."""

from __future__ import annotations

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType
from workbench.embedded_broker.config_definitions.validators import (
    GzipLevel,
    Range,
    ThrottledReplicas,
    ValidList,
    ValidString,
)

BOOLEAN = ConfigType.BOOLEAN
DOUBLE = ConfigType.DOUBLE
INT = ConfigType.INT
LIST = ConfigType.LIST
LONG = ConfigType.LONG
STRING = ConfigType.STRING

TOPIC_CONFIGS: tuple[ConfigDefinition, ...] = (
    ConfigDefinition(
        "cleanup.policy",
        LIST,
        "delete",
        ValidList(("compact", "delete")),
        documentation=(
            'What happens to old segments: "delete" drops them by age or size, "compact" keeps the last '
            "record of each key; both may be given, and an empty list keeps everything."
        ),
    ),
    ConfigDefinition(
        "compression.gzip.level",
        INT,
        "-1",
        GzipLevel(),
        documentation=(
            "How hard the broker compresses when it writes gzip: 1 (fast) to 9 (small), -1 for the usual middle."
        ),
    ),
    ConfigDefinition(
        "compression.lz4.level",
        INT,
        "9",
        Range(1, 17),
        documentation="How hard the broker compresses when it writes lz4: 1 (fast) to 17 (small).",
    ),
    ConfigDefinition(
        "compression.type",
        STRING,
        "producer",
        ValidString(("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")),
        documentation=(
            'How records are compressed in the log; "producer" keeps what the producer chose, any other '
            "value makes the broker rewrite batches that differ."
        ),
    ),
    ConfigDefinition(
        "compression.zstd.level",
        INT,
        "3",
        Range(-131072, 22),
        documentation=(
            "How hard the broker compresses when it writes zstd: negative levels are fastest, 22 is smallest."
        ),
    ),
    ConfigDefinition(
        "delete.retention.ms",
        LONG,
        "86400000",
        Range(0),
        documentation=(
            "How long a compacted topic keeps a delete marker (a record without a value), so that a "
            "consumer reading from the start within that time still sees the delete."
        ),
    ),
    ConfigDefinition(
        "file.delete.delay.ms",
        LONG,
        "60000",
        Range(0),
        documentation="How long a file stays on disk after its segment or partition was deleted.",
    ),
    ConfigDefinition(
        "flush.messages",
        LONG,
        "9223372036854775807",
        Range(1),
        documentation=(
            "After how many records the log is forced to disk; normally left to the operating system "
            "because replicas protect the data."
        ),
    ),
    ConfigDefinition(
        "flush.ms",
        LONG,
        "9223372036854775807",
        Range(0),
        documentation=(
            "After how many milliseconds the log is forced to disk; normally left to the operating system"
            " because replicas protect the data."
        ),
    ),
    ConfigDefinition(
        "follower.replication.throttled.replicas",
        LIST,
        "",
        ThrottledReplicas(),
        documentation=(
            "Replicas that copy no faster than the follower throttle: partition:broker pairs, or * for all."
        ),
    ),
    ConfigDefinition(
        "index.interval.bytes",
        INT,
        "4096",
        Range(0),
        documentation=(
            "How many bytes of log lie between two entries of the offset index; fewer make the index "
            "larger and look-ups closer."
        ),
    ),
    ConfigDefinition(
        "internal.segment.bytes",
        INT,
        None,
        documentation="Segment size without the lower bound, for tests.",
        internal=True,
    ),
    ConfigDefinition(
        "leader.replication.throttled.replicas",
        LIST,
        "",
        ThrottledReplicas(),
        documentation=(
            "Replicas that are served no faster than the leader throttle: partition:broker pairs, or * for all."
        ),
    ),
    ConfigDefinition(
        "local.retention.bytes",
        LONG,
        "-2",
        Range(-2),
        documentation="How much of a tiered partition stays on local disk; -2 means the same as retention.bytes.",
    ),
    ConfigDefinition(
        "local.retention.ms",
        LONG,
        "-2",
        Range(-2),
        documentation="How long a tiered segment stays on local disk; -2 means the same as retention.ms.",
    ),
    ConfigDefinition(
        "max.compaction.lag.ms",
        LONG,
        "9223372036854775807",
        Range(1),
        documentation="The longest time that a record may lie uncompacted in a compacted topic.",
    ),
    ConfigDefinition(
        "max.message.bytes",
        INT,
        "1048588",
        Range(0),
        documentation="The largest record batch that the topic accepts, after compression.",
    ),
    ConfigDefinition(
        "message.timestamp.after.max.ms",
        LONG,
        "3600000",
        Range(0),
        documentation=(
            "How far in the future a record's timestamp may lie, seen from the broker's clock, where "
            "producers set timestamps."
        ),
    ),
    ConfigDefinition(
        "message.timestamp.before.max.ms",
        LONG,
        "9223372036854775807",
        Range(0),
        documentation=(
            "How far in the past a record's timestamp may lie, seen from the broker's clock, where "
            "producers set timestamps."
        ),
    ),
    ConfigDefinition(
        "message.timestamp.type",
        STRING,
        "CreateTime",
        ValidString(("CreateTime", "LogAppendTime")),
        documentation=(
            "Whether a record's timestamp is the producer's (CreateTime) or the broker's at the time of "
            "writing (LogAppendTime)."
        ),
    ),
    ConfigDefinition(
        "min.cleanable.dirty.ratio",
        DOUBLE,
        "0.5",
        Range(0, 1),
        documentation="How large a share of a compacted log must be uncompacted before the cleaner works on it.",
    ),
    ConfigDefinition(
        "min.compaction.lag.ms",
        LONG,
        "0",
        Range(0),
        documentation="The shortest time that a record stays uncompacted in a compacted topic.",
    ),
    ConfigDefinition(
        "min.insync.replicas",
        INT,
        "1",
        Range(1),
        documentation=(
            "How many replicas must have a record before a producer with acks=all gets its answer; with "
            "fewer in sync such writes are refused."
        ),
    ),
    ConfigDefinition(
        "preallocate", BOOLEAN, "false", documentation="Whether a new segment file gets its full size on disk at once."
    ),
    ConfigDefinition(
        "remote.log.copy.disable",
        BOOLEAN,
        "false",
        documentation="Whether a tiered topic stops copying segments to remote storage and stays readable there.",
    ),
    ConfigDefinition(
        "remote.log.delete.on.disable",
        BOOLEAN,
        "false",
        documentation="Whether turning tiered storage off deletes what lies in remote storage.",
    ),
    ConfigDefinition(
        "remote.storage.enable",
        BOOLEAN,
        "false",
        documentation="Whether the topic's old segments move to remote (tiered) storage.",
    ),
    ConfigDefinition(
        "retention.bytes",
        LONG,
        "-1",
        documentation=(
            "How large a partition may grow before its oldest segments are deleted; -1 for no limit. It "
            "counts for each partition, not for the topic."
        ),
    ),
    ConfigDefinition(
        "retention.ms",
        LONG,
        "604800000",
        Range(-1),
        documentation="How long records are kept before their segment is deleted; -1 for ever.",
    ),
    ConfigDefinition(
        "segment.bytes",
        INT,
        "1073741824",
        Range(1048576),
        documentation=(
            "Size at which a segment file is closed and the next one begins; deletion and compaction work"
            " on closed segments."
        ),
    ),
    ConfigDefinition(
        "segment.index.bytes", INT, "10485760", Range(4), documentation="Largest size of a segment's offset index file."
    ),
    ConfigDefinition(
        "segment.jitter.ms",
        LONG,
        "0",
        Range(0),
        documentation="Random time taken off segment.ms, so that many partitions do not begin new segments at once.",
    ),
    ConfigDefinition(
        "segment.ms",
        LONG,
        "604800000",
        Range(1),
        documentation="Age at which a segment is closed even if it is not full.",
    ),
    ConfigDefinition(
        "unclean.leader.election.enable",
        BOOLEAN,
        "false",
        documentation=(
            "Whether a replica that is not in sync may become leader when no other is left, at the price "
            "of losing records."
        ),
    ),
)
