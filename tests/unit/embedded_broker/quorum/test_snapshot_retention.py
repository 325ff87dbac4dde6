from __future__ import annotations

from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.metadata_log import MetadataLogConfig
from workbench.embedded_broker.quorum.snapshot_retention import expired_snapshots

A, B, C = OffsetAndEpoch(10, 1), OffsetAndEpoch(20, 1), OffsetAndEpoch(15, 2)
TIMES = {A: 1_000, B: 2_000, C: 3_000}


def expired(*, log_bytes: int = 0, now_ms: int = 0, retention_bytes: int = 100, retention_ms: int = 10_000) -> object:
    return expired_snapshots(
        {B: 30, A: 30, C: 30},
        log_size_bytes=log_bytes,
        config=MetadataLogConfig(retention_bytes=retention_bytes, retention_ms=retention_ms),
        timestamp_ms=TIMES.__getitem__,
        now_ms=now_ms,
    )


def test_nothing_goes_while_nothing_is_too_large_or_too_old() -> None:
    assert expired(log_bytes=10, now_ms=11_000) == ()


def test_the_oldest_by_epoch_goes_first_until_the_size_fits() -> None:
    assert expired(log_bytes=11) == (A,)
    assert expired(log_bytes=41) == (A, B)


def test_the_newest_stays_however_large_or_old_it_is() -> None:
    assert expired(log_bytes=10_000, now_ms=1_000_000) == (A, B)


def test_age_counts_from_the_last_record_in_the_snapshot() -> None:
    assert expired(now_ms=11_001) == (A,)
    assert expired(now_ms=12_001) == (A, B)


def test_a_damaged_one_goes_like_one_that_is_too_old() -> None:
    times = {A: None, B: 2_000, C: 3_000}
    config = MetadataLogConfig(retention_bytes=100, retention_ms=10_000)
    sizes = {B: 1, A: 1, C: 1}
    gone = expired_snapshots(sizes, log_size_bytes=0, config=config, timestamp_ms=times.__getitem__, now_ms=0)
    assert gone == (A,)
    kept = MetadataLogConfig(retention_bytes=100, retention_ms=-1)
    assert expired_snapshots(sizes, log_size_bytes=0, config=kept, timestamp_ms=times.__getitem__, now_ms=0) == ()


def test_negative_limits_mean_no_limit() -> None:
    assert expired(log_bytes=10_000, now_ms=1_000_000, retention_bytes=-1, retention_ms=-1) == ()
