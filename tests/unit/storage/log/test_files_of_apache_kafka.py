"""Our files and Apache Kafka's are the same: ours open a directory that Kafka 4.3.1 wrote, Kafka's tools read ours.

`tests/golden/partition_log` is a partition as a killed Kafka left it, but for the zeros behind the open segment's
indexes: five codecs, idempotent producers, transactions committed, aborted and open, segments of 1500 bytes, an index
entry every 200.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from random import Random

import pytest

from tests.helpers import apache_kafka
from tests.helpers.partition_logs import NOW, append, end_transaction, produce, stored_batches, stored_records
from workbench.records import Compression
from workbench.storage.log import LogConfig, PartitionLog
from workbench.storage.log.partition_metadata import read_topic_id
from workbench.system.disk import Disk

GOLDEN = Path(__file__).parents[3] / "golden" / "partition_log"
CONFIG = LogConfig(internal_segment_bytes=1500, index_interval_bytes=200)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """The golden directory with the zeros that a killed Kafka leaves."""
    copy = tmp_path / "t-0"
    shutil.copytree(GOLDEN, copy)
    for suffix, size in ((".index", 10 * 1024 * 1024), (".timeindex", 10 * 1024 * 1024 - 4)):
        with (copy / f"{32:020d}{suffix}").open("ab") as file:
            file.truncate(size)
    return copy


def opened(directory: Path, *, clean: bool = False) -> PartitionLog:
    return PartitionLog.open(directory, CONFIG, disk=Disk(), now_ms=NOW, clean=clean)


@pytest.mark.parametrize("clean", [False, True], ids=["killed", "taken for clean"])
def test_what_kafka_wrote_is_read(directory: Path, clean: bool) -> None:
    log = opened(directory, clean=clean)
    assert log.reports == []
    assert (log.log_start_offset, log.log_end_offset, len(log.segments)) == (0, 40, 3)
    records = stored_records(log)
    values = [record.value for record in records]
    for place, codec in enumerate((b"none", b"gzip", b"snappy", b"lz4", b"zstd")):
        assert values[place * 6 : place * 6 + 6] == [(codec + b" value ") * 6] * 6
        assert records[place * 6].headers == (("codec", codec), ("null", None))
    assert values[30:32] == [b"transaction 0"] * 2
    assert values[-1] == b"open"
    codecs = [view.compression for view in stored_batches(log)]
    assert codecs[:10] == [codec for codec in Compression for _ in (0, 1)]
    aborted = [tuple(entry)[1:] for entry in log.collect_aborted_transactions(0, 40)]
    assert aborted == [(30, 32, 33), (36, 38, 39)]
    log.high_watermark_advanced(40)
    assert log.first_unstable_offset == 39
    assert log.producers.first_undecided_offset == 39
    assert log.leader_epochs.entries == [(0, 0)]
    found = log.offset_for_timestamp(NOW + 10)
    assert found is not None
    assert (found.timestamp, found.offset) == (NOW + 10, 10)
    assert read_topic_id(Disk(), str(directory)) is not None


def test_indexes_and_snapshots_made_anew_are_kafkas_own_byte_for_byte(directory: Path) -> None:
    for name in directory.glob("*"):
        if name.suffix in (".index", ".timeindex", ".txnindex", ".snapshot"):
            name.unlink()
    log = opened(directory)
    log.close()
    for golden in GOLDEN.glob("*"):
        if golden.suffix in (".index", ".txnindex") or (
            golden.suffix in (".timeindex", ".snapshot") and not golden.name.startswith(f"{32:020d}.timeindex")
        ):
            assert (directory / golden.name).read_bytes() == golden.read_bytes(), golden.name


def test_writing_goes_on_where_kafka_stopped(directory: Path) -> None:
    log = opened(directory)
    producer = max(log.producers.producers)
    assert log.producers.producers[producer].in_transaction
    append(log, b"ours")
    log.close()
    again = opened(directory, clean=True)
    assert [record.value for record in stored_records(again)][-2:] == [b"open", b"ours"]
    assert again.producers.first_undecided_offset == 39


@pytest.mark.java
def test_kafkas_dump_tool_reads_ours_without_complaint(tmp_path: Path) -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason is not None:
        pytest.skip(reason)
    log = PartitionLog.open(
        tmp_path / "t-0", LogConfig(internal_segment_bytes=20_000, index_interval_bytes=1000), disk=Disk(), now_ms=NOW
    )
    rng = Random(4)
    for place in range(400):
        values = [rng.randbytes(rng.randrange(60)) for _ in range(rng.randrange(1, 8))]
        append(
            log, *values, epoch=place // 150, timestamp=NOW + rng.randrange(10_000), compression=Compression(place % 5)
        )
        if place % 40 == 0:
            produce(log, place, 0, 3)
            produce(log, 1000 + place, 0, transactional=True)
            end_transaction(log, 1000 + place, commit=place % 80 == 0)
    log.close()
    files = sorted(str(path) for path in (tmp_path / "t-0").glob("0*"))
    told = apache_kafka.tool("kafka-dump-log", "--deep-iteration", "--index-sanity-check", "--files", ",".join(files))
    assert not re.search(r"(?i)isvalid: false|mismatch|found |exception|invalid|fail", told)
    assert len(re.findall(r"^\| offset", told, re.MULTILINE)) == log.log_end_offset
    indexes = [path for path in files if path.endswith(("index",)) and not path.endswith(".txnindex")]
    assert told.count("passed sanity check") == len(indexes)
    offsets = [int(found) for found in re.findall(r"^\| offset: (\d+)", told, re.MULTILINE)]
    assert offsets == list(range(log.log_end_offset))
