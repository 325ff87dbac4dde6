"""Logs for tests: opened on a disk in memory, filled with batches, read back through the front door."""

from __future__ import annotations

from typing import Any

from tests.helpers.faulty_disk import FaultyDisk
from workbench.records import BatchView, NewRecord, Record, build_batch, iterate_batches
from workbench.records.control import EndTxnMarker, build_control_batch
from workbench.storage.log import AppendOrigin, AppendResult, LogConfig, PartitionLog

NOW = 1_700_000_000_000
DIRECTORY = "/d/t-0"


def open_log(disk: FaultyDisk | None = None, config: LogConfig | None = None, **options: Any) -> PartitionLog:
    """The log in `DIRECTORY`, on a fresh disk unless one is given."""
    options.setdefault("now_ms", NOW)
    disk = disk or FaultyDisk()
    disk.make_directory("/d")
    disk.root.sync()
    return PartitionLog.open(DIRECTORY, config or LogConfig(), disk=disk, **options)


def batch(*values: bytes | None, timestamp: int = NOW, key: bytes | None = None, **options: Any) -> bytearray:
    """A batch of records with these values, each a millisecond after the one before."""
    return build_batch([NewRecord(timestamp + place, key, value) for place, value in enumerate(values)], **options)


def append(log: PartitionLog, *values: bytes | None, epoch: int = 0, now_ms: int = NOW, **options: Any) -> AppendResult:
    """Appends a producer's batch."""
    return log.append_as_leader(batch(*values, **options), leader_epoch=epoch, now_ms=now_ms)


def produce(
    log: PartitionLog,
    producer_id: int,
    sequence: int,
    count: int = 1,
    *,
    producer_epoch: int = 0,
    transactional: bool = False,
) -> AppendResult:
    """Appends a batch of an idempotent or transactional producer."""
    return append(
        log,
        *[b"v"] * count,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        base_sequence=sequence,
        transactional=transactional,
    )


def end_transaction(
    log: PartitionLog,
    producer_id: int,
    *,
    commit: bool,
    producer_epoch: int = 0,
    coordinator_epoch: int = 0,
    transaction_version: int = 0,
) -> AppendResult:
    """Appends a marker as the transaction coordinator does."""
    marker = build_control_batch(
        [EndTxnMarker(commit, coordinator_epoch)],
        timestamp=NOW,
        producer_id=producer_id,
        producer_epoch=producer_epoch,
        transactional=True,
    )
    return log.append_as_leader(
        marker,
        leader_epoch=0,
        now_ms=NOW,
        origin=AppendOrigin.COORDINATOR,
        transaction_version=transaction_version,
    )


def stored_batches(log: PartitionLog, max_bytes: int = 1 << 20) -> list[BatchView]:
    """Every batch from the log's start on."""
    found: list[BatchView] = []
    offset = log.log_start_offset
    while offset < log.log_end_offset:
        read = log.read(offset, max_bytes)
        if not read.size_bytes:
            break
        for view in iterate_batches(read.data[0]):
            view.check_crc()
            found.append(view)
            offset = view.next_offset
    return found


def stored_records(log: PartitionLog) -> list[Record]:
    """Every record, control records too."""
    return [record for view in stored_batches(log) for record in view.records()]


def stored_values(log: PartitionLog) -> list[bytes | None]:
    """The values of every record."""
    return [record.value for record in stored_records(log)]
