"""Kafka's settings for groups and the offsets topic, with Kafka's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from workbench.system.quick_dataclass import dataclass

_NAMES = {
    "group_min_session_timeout_ms": "group.min.session.timeout.ms",
    "group_max_session_timeout_ms": "group.max.session.timeout.ms",
    "group_initial_rebalance_delay_ms": "group.initial.rebalance.delay.ms",
    "group_max_size": "group.max.size",
    "offset_metadata_max_bytes": "offset.metadata.max.bytes",
    "offsets_retention_minutes": "offsets.retention.minutes",
    "offsets_retention_check_interval_ms": "offsets.retention.check.interval.ms",
    "offsets_commit_timeout_ms": "offsets.commit.timeout.ms",
    "offsets_load_buffer_size": "offsets.load.buffer.size",
    "offsets_topic_num_partitions": "offsets.topic.num.partitions",
    "offsets_topic_replication_factor": "offsets.topic.replication.factor",
    "offsets_topic_segment_bytes": "offsets.topic.segment.bytes",
    "offsets_topic_compression_codec": "offsets.topic.compression.codec",
    "group_consumer_session_timeout_ms": "group.consumer.session.timeout.ms",
}


@dataclass(frozen=True, slots=True)
class GroupSettings:
    """One field per setting; `from_properties` knows Kafka's names for them."""

    group_min_session_timeout_ms: int = 6_000
    group_max_session_timeout_ms: int = 1_800_000
    group_initial_rebalance_delay_ms: int = 3_000
    group_max_size: int = 2**31 - 1
    offset_metadata_max_bytes: int = 4_096
    offsets_retention_minutes: int = 7 * 24 * 60
    offsets_retention_check_interval_ms: int = 600_000
    offsets_commit_timeout_ms: int = 5_000
    offsets_load_buffer_size: int = 5 * 1024 * 1024
    offsets_topic_num_partitions: int = 50
    offsets_topic_replication_factor: int = 3
    offsets_topic_segment_bytes: int = 104_857_600
    offsets_topic_compression_codec: int = 0
    group_consumer_session_timeout_ms: int = 45_000
    new_member_join_timeout_ms: int = 300_000
    """How long a member may wait in its first join before it is given up; fixed, since sockets of waiting members
    are not read and so a disconnect is not seen."""

    @property
    def offsets_retention_ms(self) -> int:
        return self.offsets_retention_minutes * 60_000

    @classmethod
    def from_properties(cls, properties: Mapping[str, Any]) -> GroupSettings:
        """Takes what is set under Kafka's names, as text or number; the rest keeps its default.

        Raises ValueError for what is not a number.
        """
        given = {
            field.name: int(properties[_NAMES[field.name]])
            for field in fields(cls)
            if field.name in _NAMES and properties.get(_NAMES[field.name]) is not None
        }
        return cls(**given)
