"""Reading by offset and by time (semantics 9, 54; surprise 12)."""

from __future__ import annotations

from random import Random

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import (
    DIRECTORY,
    NOW,
    append,
    batch,
    end_transaction,
    open_log,
    produce,
    stored_batches,
    stored_values,
)
from workbench.records import BatchView, Compression, iterate_batches
from workbench.storage.log import LogConfig, OffsetOutOfRangeError, PartitionLog

CONFIG = LogConfig(internal_segment_bytes=3000, index_interval_bytes=150)


def filled(disk: FaultyDisk | None = None, *, seed: int = 1, count: int = 80) -> PartitionLog:
    """A log of several segments with batches of one to five records and timestamps that go up and down."""
    rng = Random(seed)
    log = open_log(disk, CONFIG)
    for place in range(count):
        values = [b"%d" % place * rng.randrange(1, 20) for _ in range(rng.randrange(1, 6))]
        append(log, *values, timestamp=NOW + rng.randrange(1000), compression=rng.choice(list(Compression)))
    return log


@pytest.fixture(params=["as appended", "opened again"])
def log(request: pytest.FixtureRequest) -> PartitionLog:
    disk = FaultyDisk()
    log = filled(disk)
    if request.param == "opened again":
        log.close()
        log = open_log(disk, CONFIG, clean=True)
    return log


def test_every_offset_is_found_in_the_batch_that_holds_it(log: PartitionLog) -> None:
    batches = {record.offset: view for view in stored_batches(log) for record in view.records()}
    assert len(log.segments) > 3
    assert sorted(batches) == list(range(log.log_end_offset))
    for offset, view in batches.items():
        read = log.read(offset, 10_000)
        assert BatchView(read.data[0]).base_offset == view.base_offset
        assert read.first_offset == offset


@pytest.mark.parametrize("max_bytes", [200, 500, 1000, 100_000])
def test_the_limit_is_kept_and_the_last_batch_cut_there(log: PartitionLog, max_bytes: int) -> None:
    offset = 0
    while offset < log.log_end_offset:
        read = log.read(offset, max_bytes)
        whole = list(iterate_batches(read.data[0]))
        assert read.size_bytes == len(read.data[0])
        assert whole, "the first batch comes whole"
        assert read.size_bytes <= max(max_bytes, whole[0].size_bytes)
        offset = whole[-1].next_offset


def test_a_batch_larger_than_the_limit(log: PartitionLog) -> None:
    read = log.read(0, 10)
    assert len(list(iterate_batches(read.data[0]))) == 1
    none = log.read(0, 10, min_one_message=False)
    assert (none.data, none.size_bytes, none.first_entry_incomplete) == ([], 0, True)
    assert log.read(0, 0).size_bytes > 0
    assert log.read(0, 0, min_one_message=False).size_bytes == 0


def test_the_upper_bound_is_kept(log: PartitionLog) -> None:
    ends = [view.next_offset for view in stored_batches(log)]
    for bound in ends:
        for start in (0, max(0, bound - 3), bound):
            read = log.read(start, 1 << 20, upper_bound=bound)
            offsets = [view.next_offset for data in read.data for view in iterate_batches(data)]
            assert all(each <= bound for each in offsets)
            assert bool(offsets) == (start < bound)


def test_an_upper_bound_inside_a_batch_leaves_the_batch_out() -> None:
    log = open_log()
    append(log, b"a", b"b")
    append(log, b"c", b"d", b"e")
    assert log.read(0, 1000, upper_bound=4).size_bytes == len(batch(b"a", b"b"))
    assert log.read(3, 1000, upper_bound=4).size_bytes == 0


def test_nothing_at_the_end_and_nothing_outside(log: PartitionLog) -> None:
    assert log.read(log.log_end_offset, 1000).data == []
    for offset in (-1, log.log_end_offset + 1):
        with pytest.raises(OffsetOutOfRangeError):
            log.read(offset, 1000)
    log.advance_log_start_offset(10)
    with pytest.raises(OffsetOutOfRangeError) as caught:
        log.read(9, 1000)
    assert (caught.value.log_start_offset, caught.value.log_end_offset) == (10, log.log_end_offset)
    assert log.read(10, 1000).size_bytes


def test_offsets_that_compaction_has_removed_lead_to_the_next_batch() -> None:
    log = open_log(None, LogConfig(internal_segment_bytes=200))
    for base in (0, 50, 51, 300):
        log.append_as_follower(batch(bytes(60), base_offset=base), now_ms=NOW)
    assert len(log.segments) == 4
    for offset, found in ((0, 0), (1, 50), (50, 50), (51, 51), (52, 300), (299, 300), (300, 300)):
        assert BatchView(log.read(offset, 10).data[0]).base_offset == found


def test_many_batches_behind_each_other_are_found_at_the_tail() -> None:
    log = open_log()
    for _ in range(3000):
        append(log, b"v")
    for offset in (0, 1, 1000, 1500, 1975, 1976, 2487, 2488, 2990, 2999):
        assert BatchView(log.read(offset, 10).data[0]).base_offset == offset


# Time


def test_by_timestamp_as_a_search_through_everything_would(log: PartitionLog) -> None:
    records = [record for view in stored_batches(log) for record in view.records()]
    for timestamp in [0, NOW - 1, *range(NOW, NOW + 1010, 7)]:
        expected = next(((r.timestamp, r.offset) for r in records if r.timestamp >= timestamp), None)
        found = log.offset_for_timestamp(timestamp)
        assert (found and (found.timestamp, found.offset)) == expected


def test_by_timestamp_from_the_logs_start_on(log: PartitionLog) -> None:
    log.advance_log_start_offset(100)
    found = log.offset_for_timestamp(0)
    assert found is not None
    assert (found.offset, found.leader_epoch) == (100, 0)


def test_the_largest_timestamp(log: PartitionLog) -> None:
    records = [record for view in stored_batches(log) for record in view.records()]
    latest = max(record.timestamp for record in records)
    found = log.offset_of_max_timestamp()
    assert found is not None
    assert found.timestamp == latest
    assert records[found.offset].timestamp == latest


def test_a_log_without_records_or_without_times() -> None:
    log = open_log()
    assert log.offset_of_max_timestamp() is None
    assert log.offset_for_timestamp(0) is None
    append(log, b"v", timestamp=-1)
    assert log.offset_of_max_timestamp() is None
    append(log, b"v", timestamp=0)
    found = log.offset_of_max_timestamp()
    assert found is not None and (found.timestamp, found.offset) == (0, 1), "1970 is a time"


# Transactions


def test_aborted_transactions_of_a_range() -> None:
    log = open_log(None, LogConfig(internal_segment_bytes=400))
    for producer in range(1, 7):
        produce(log, producer, 0, transactional=True)
        end_transaction(log, producer, commit=producer % 2 == 0)
    assert len(log.segments) > 2
    found = [tuple(each)[:3] for each in log.collect_aborted_transactions(0, 100)]
    assert found == [(1, 0, 1), (3, 4, 5), (5, 8, 9)]
    assert [each.producer_id for each in log.collect_aborted_transactions(2, 8)] == [3]
    assert [each.producer_id for each in log.collect_aborted_transactions(5, 9)] == [3, 5]


def test_the_bound_of_a_read_is_behind_all_that_it_holds(log: PartitionLog) -> None:
    for offset in range(0, log.log_end_offset, 7):
        read = log.read(offset, 700)
        last = [view.last_offset for view in iterate_batches(read.data[0])][-1]
        assert last < log.upper_bound_of(read) <= log.log_end_offset


# Bad indexes


@pytest.mark.parametrize("damage", ["order", "behind", "elsewhere", "missing", "time"])
def test_a_bad_index_is_made_anew_and_reported(damage: str) -> None:
    disk = FaultyDisk()
    original = filled(disk)
    values = stored_values(original)
    original.close()
    path = f"{DIRECTORY}/{original.segments[1].base_offset:020d}.index"
    good = disk.read_file(path)
    if damage == "order":
        disk.write_file(path, good[8:16] + good[:8] + good[16:])
    elif damage == "behind":
        disk.write_file(path, good[:-4] + b"\x7f\xff\xff\xff")
    elif damage == "elsewhere":
        disk.corrupt(path, 7, bytes([good[7] + 1]))
    elif damage == "missing":
        disk.remove(path)
    else:
        path = path.replace(".index", ".timeindex")
        good = disk.read_file(path)
        disk.write_file(path, good[12:24] + good[:12])
    log = open_log(disk, CONFIG, clean=True)
    assert stored_values(log) == values
    for offset in range(log.log_end_offset):
        view = BatchView(log.read(offset, 10).data[0])
        assert view.base_offset <= offset <= view.last_offset
    assert log.offset_for_timestamp(NOW + 2000) is None
    assert [report.action for report in log.reports] == ["rebuilt"]
    assert log.reports[0].file.startswith(path.split(".")[0])
    log.close()
    assert disk.read_file(path) == good
