"""A topic's configuration, by Kafka's names and defaults."""

from __future__ import annotations

import pytest

from workbench.records import Compression
from workbench.storage.log import LogConfig


def test_defaults_are_kafkas() -> None:
    config = LogConfig()
    assert (config.segment_bytes, config.segment_index_bytes, config.index_interval_bytes) == (1 << 30, 10 << 20, 4096)
    assert (config.max_message_bytes, config.retention_ms, config.segment_ms) == (1048588, 604800000, 604800000)
    assert (config.message_timestamp_after_max_ms, config.message_timestamp_before_max_ms) == (3600000, 2**63 - 1)
    assert (config.compact, config.delete, config.compression_type) == (False, True, "producer")


def test_names_are_kafkas() -> None:
    config = LogConfig.from_properties(
        {
            "cleanup.policy": "compact, delete",
            "segment.bytes": "1048576",
            "internal.segment.bytes": "500",
            "min.cleanable.dirty.ratio": "0.25",
            "compression.type": "zstd",
            "compression.zstd.level": "-5",
            "unclean.leader.election.enable": "TRUE",
            "leader.replication.throttled.replicas": "0:1,1:2",
            "message.timestamp.type": "LogAppendTime",
            "flush.messages": "1",
            "some.later.config": "x",
        }
    )
    assert config.cleanup_policy == ("compact", "delete")
    assert (config.compact, config.delete) == (True, True)
    assert (config.segment_bytes, config.segment_size, config.min_cleanable_dirty_ratio) == (1048576, 500, 0.25)
    assert config.unclean_leader_election_enable
    assert config.uses_log_append_time
    assert config.leader_replication_throttled_replicas == ("0:1", "1:2")
    assert config.target_compression(Compression.GZIP) is Compression.ZSTD
    assert config.compression_level(Compression.ZSTD) == -5


def test_an_empty_policy_is_valid() -> None:
    config = LogConfig.from_properties({"cleanup.policy": ""})
    assert (config.compact, config.delete) == (False, False)


@pytest.mark.parametrize(
    ("name", "text"), [("segment.bytes", "big"), ("preallocate", "yes"), ("min.cleanable.dirty.ratio", "")]
)
def test_what_does_not_parse_is_named(name: str, text: str) -> None:
    with pytest.raises(ValueError, match=name):
        LogConfig.from_properties({name: text})


def test_target_compression() -> None:
    assert LogConfig().target_compression(Compression.LZ4) is Compression.LZ4
    assert LogConfig(compression_type="uncompressed").target_compression(Compression.LZ4) is Compression.NONE
    assert LogConfig(compression_type="snappy").target_compression(Compression.NONE) is Compression.SNAPPY
    assert LogConfig().compression_level(Compression.SNAPPY) is None


def test_a_compacted_segment_closes_in_time_to_be_compacted() -> None:
    assert LogConfig(max_compaction_lag_ms=5).max_segment_ms == LogConfig().segment_ms
    assert LogConfig(max_compaction_lag_ms=5, cleanup_policy=("compact",)).max_segment_ms == 5


def test_jitter_stays_within_its_bounds() -> None:
    assert LogConfig().random_segment_jitter_ms() == 0
    config = LogConfig(segment_jitter_ms=1000, segment_ms=10)
    assert all(0 <= config.random_segment_jitter_ms() < 10 for _ in range(50))
