"""Configs offered when a topic is made, each with words of our own on what it does; any other key can be typed."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.ui.translation import QT_TRANSLATE_NOOP


@dataclass(frozen=True, slots=True)
class OfferedConfig:
    """`default` is Kafka's own; `choices` are allowed values, empty for free text."""

    key: str
    default: str
    about: str
    choices: tuple[str, ...] = ()


OFFERED: tuple[OfferedConfig, ...] = (
    OfferedConfig(
        "retention.ms",
        "604800000",
        QT_TRANSLATE_NOOP(
            "topic_configs",
            "How long messages are kept. Whole segments go, once their newest message is older than this; -1 keeps "
            "everything.",
        ),
    ),
    OfferedConfig(
        "retention.bytes",
        "-1",
        QT_TRANSLATE_NOOP(
            "topic_configs", "How large a partition may grow before its oldest segments go; -1: no limit."
        ),
    ),
    OfferedConfig(
        "cleanup.policy",
        "delete",
        QT_TRANSLATE_NOOP(
            "topic_configs",
            "delete drops old segments, compact keeps the latest message of each key, compact,delete does both.",
        ),
        ("delete", "compact", "compact,delete"),
    ),
    OfferedConfig(
        "min.insync.replicas",
        "1",
        QT_TRANSLATE_NOOP(
            "topic_configs",
            "With acks=all a write is refused while fewer replicas than this are in sync. Use 2 with replication 3.",
        ),
    ),
    OfferedConfig(
        "compression.type",
        "producer",
        QT_TRANSLATE_NOOP(
            "topic_configs",
            "How batches lie on disk; producer keeps them as they were sent, without work for the broker.",
        ),
        ("producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"),
    ),
    OfferedConfig(
        "max.message.bytes",
        "1048588",
        QT_TRANSLATE_NOOP("topic_configs", "The largest batch that is taken, after compression."),
    ),
    OfferedConfig(
        "segment.bytes",
        "1073741824",
        QT_TRANSLATE_NOOP(
            "topic_configs", "Size at which a segment file is closed and a new one begun; only closed ones are deleted."
        ),
    ),
    OfferedConfig(
        "segment.ms",
        "604800000",
        QT_TRANSLATE_NOOP("topic_configs", "Age at which a segment file is closed even if it is not full."),
    ),
    OfferedConfig(
        "message.timestamp.type",
        "CreateTime",
        QT_TRANSLATE_NOOP(
            "topic_configs",
            "Whether a message carries the producer's time or the time at which the broker appended it.",
        ),
        ("CreateTime", "LogAppendTime"),
    ),
    OfferedConfig(
        "delete.retention.ms",
        "86400000",
        QT_TRANSLATE_NOOP(
            "topic_configs", "How long a tombstone stays in a compacted topic, so that readers can see it."
        ),
    ),
    OfferedConfig(
        "unclean.leader.election.enable",
        "false",
        QT_TRANSLATE_NOOP(
            "topic_configs",
            "true lets a replica that is not in sync become leader: available again, but messages are lost.",
        ),
        ("false", "true"),
    ),
)
BY_KEY = {config.key: config for config in OFFERED}
