"""What a topic's configuration says about its logs.

Invariants: attribute names are Kafka's topic-config names with `.` as `_`; times in milliseconds, sizes in bytes;
defaults are those of Apache Kafka 4.3. Values are taken to be validated (that is the controller's business): only
what does not parse raises ValueError.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from workbench.records import Compression
from workbench.system.quick_dataclass import dataclass

UNLIMITED = 2**63 - 1
_HOUR_MS = 60 * 60 * 1000
_WEEK_MS = 7 * 24 * _HOUR_MS

CREATE_TIME = "CreateTime"
LOG_APPEND_TIME = "LogAppendTime"
PRODUCER_COMPRESSION = "producer"
UNCOMPRESSED = "uncompressed"


@dataclass(frozen=True, slots=True)
class LogConfig:
    """Effective configuration of one topic."""

    cleanup_policy: tuple[str, ...] = ("delete",)
    compression_gzip_level: int = -1
    compression_lz4_level: int = 9
    compression_type: str = PRODUCER_COMPRESSION
    compression_zstd_level: int = 3
    delete_retention_ms: int = 24 * _HOUR_MS
    file_delete_delay_ms: int = 60_000
    flush_messages: int = UNLIMITED
    flush_ms: int = UNLIMITED
    follower_replication_throttled_replicas: tuple[str, ...] = ()
    index_interval_bytes: int = 4096
    internal_segment_bytes: int | None = None
    leader_replication_throttled_replicas: tuple[str, ...] = ()
    local_retention_bytes: int = -2
    local_retention_ms: int = -2
    max_compaction_lag_ms: int = UNLIMITED
    max_message_bytes: int = 1024 * 1024 + 12
    message_timestamp_after_max_ms: int = _HOUR_MS
    message_timestamp_before_max_ms: int = UNLIMITED
    message_timestamp_type: str = CREATE_TIME
    min_cleanable_dirty_ratio: float = 0.5
    min_compaction_lag_ms: int = 0
    min_insync_replicas: int = 1
    preallocate: bool = False
    remote_log_copy_disable: bool = False
    remote_log_delete_on_disable: bool = False
    remote_storage_enable: bool = False
    retention_bytes: int = -1
    retention_ms: int = _WEEK_MS
    segment_bytes: int = 1024 * 1024 * 1024
    segment_index_bytes: int = 10 * 1024 * 1024
    segment_jitter_ms: int = 0
    segment_ms: int = _WEEK_MS
    unclean_leader_election_enable: bool = False

    @classmethod
    def from_properties(cls, properties: Mapping[str, str]) -> LogConfig:
        """From Kafka's names and texts; what is missing has its default, unknown names are passed over.

        Raises ValueError naming the property whose text does not parse.
        """
        values: dict[str, Any] = {}
        for field in fields(cls):
            name = field.name.replace("_", ".")
            text = properties.get(name)
            if text is None:
                continue
            try:
                values[field.name] = _PARSERS[str(field.type)](text)
            except ValueError as error:
                raise ValueError(f"{name}: {text!r} is not valid") from error
        return cls(**values)

    @property
    def compact(self) -> bool:
        return "compact" in self.cleanup_policy

    @property
    def delete(self) -> bool:
        return "delete" in self.cleanup_policy

    @property
    def segment_size(self) -> int:
        """Bytes at which a segment is full."""
        return self.segment_bytes if self.internal_segment_bytes is None else self.internal_segment_bytes

    @property
    def max_segment_ms(self) -> int:
        """A compacted topic's segment must be closed in time to be compacted (KIP-354)."""
        if self.compact and self.max_compaction_lag_ms > 0:
            return min(self.max_compaction_lag_ms, self.segment_ms)
        return self.segment_ms

    @property
    def uses_log_append_time(self) -> bool:
        return self.message_timestamp_type == LOG_APPEND_TIME

    def target_compression(self, source: Compression) -> Compression:
        """Codec that batches are stored with, given the producer's."""
        if self.compression_type == PRODUCER_COMPRESSION:
            return source
        if self.compression_type == UNCOMPRESSED:
            return Compression.NONE
        return Compression[self.compression_type.upper()]

    def compression_level(self, codec: Compression) -> int | None:
        """Level for recompression; None where the codec has none."""
        return {
            Compression.GZIP: self.compression_gzip_level,
            Compression.LZ4: self.compression_lz4_level,
            Compression.ZSTD: self.compression_zstd_level,
        }.get(codec)

    def random_segment_jitter_ms(self) -> int:
        """How much earlier than segment.ms one segment rolls, so that many do not roll at once."""
        if self.segment_jitter_ms <= 0:
            return 0
        return random.randrange(max(1, min(self.segment_jitter_ms, self.segment_ms)))


def _parse_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise ValueError(text)
    return lowered == "true"


def _parse_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


_PARSERS: dict[str, Callable[[str], Any]] = {
    "int": lambda text: int(text.strip()),
    "int | None": lambda text: int(text.strip()),
    "float": lambda text: float(text.strip()),
    "bool": _parse_boolean,
    "str": str.strip,
    "tuple[str, ...]": _parse_list,
}
