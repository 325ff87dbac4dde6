"""One segment: positions of offsets, index entries, files."""

from __future__ import annotations

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import NOW, batch
from workbench.records import CorruptBatchError
from workbench.storage.log import LogConfig
from workbench.storage.log.errors import CorruptFileError, LogClosedError
from workbench.storage.log.segment import LogSegment

CONFIG = LogConfig(index_interval_bytes=200)
STEM = "/d/00000000000000000100"


def new_segment(disk: FaultyDisk | None = None) -> LogSegment:
    disk = disk or FaultyDisk()
    disk.make_directory("/d")
    return LogSegment.create(disk, "/d", 100, CONFIG, NOW)


def fill(segment: LogSegment, count: int = 20) -> list[int]:
    """Batches of two records; returns their positions."""
    positions = []
    for place in range(count):
        positions.append(segment.size_bytes)
        offset = 100 + place * 2
        segment.append(
            batch(b"a", b"b", base_offset=offset, timestamp=NOW + place), offset, offset + 1, NOW + place + 1
        )
    return positions


def test_an_index_entry_every_so_many_bytes() -> None:
    """Semantics 6: the entry names the last offset of the batch and where the batch begins."""
    segment = new_segment()
    positions = fill(segment, 11)
    size = positions[1]
    every = 200 // size + 1
    assert segment.offset_index.entries() == [(n * 2 + 1, n * size) for n in range(every, 11, every)]
    assert segment.time_index.entries() == [(NOW + n + 1, n * 2 + 1) for n in range(every, 11, every)]
    segment.close_indexes()
    assert segment.time_index.last_entry() == (NOW + 11, 21), "one more at the end"
    segment.close_indexes()
    assert len(segment.time_index) == 11 // every + 1


@pytest.mark.parametrize("again", [False, True])
def test_positions(again: bool) -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    positions = fill(segment)
    if again:
        segment.close_indexes()
        segment.close()
        segment = LogSegment.load(disk, "/d", 100, CONFIG, NOW)
    size = positions[1]
    for offset in range(100, 140):
        assert segment.position_of(offset) == (positions[(offset - 100) // 2], size)
    assert segment.position_of(140) is None
    assert segment.position_of(50) == (0, size)
    assert segment.next_offset() == 140


def test_an_entry_that_points_elsewhere_is_found_out() -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    fill(segment)
    segment.close_indexes()
    entry = disk.read_file(STEM + ".index")[:8]
    disk.corrupt(STEM + ".index", 0, (int.from_bytes(entry[:4], "big") - 1).to_bytes(4, "big"))
    loaded = LogSegment.load(disk, "/d", 100, CONFIG, NOW)
    with pytest.raises(CorruptFileError, match="points elsewhere"):
        loaded.position_of(108)
    loaded.rebuild_indexes()
    assert loaded.position_of(108) is not None
    assert disk.read_file(STEM + ".index")[:8] == entry


def test_bytes_behind_the_last_batch_are_told() -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    fill(segment, 3)
    whole = segment.size_bytes
    segment.file().append(b"torn")
    segment.close_indexes()
    with pytest.raises(CorruptBatchError) as caught:
        LogSegment.load(disk, "/d", 100, CONFIG, NOW).next_offset()
    assert (caught.value.position, caught.value.size_bytes) == (whole, 4)
    segment.cut_back()
    segment.cut_back()
    assert LogSegment.load(disk, "/d", 100, CONFIG, NOW).next_offset() == 106


@pytest.mark.parametrize("offset", [100, 101, 102, 125, 139, 140])
def test_truncation(offset: int) -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    positions = fill(segment)
    assert segment.end_if_cut_at(offset) == min(offset, (offset - 100) // 2 * 2 + 100)
    segment.truncate_to(offset, NOW)
    left = (offset - 100) // 2
    assert segment.size_bytes == disk.size_bytes(STEM + ".log") == left * positions[1]
    assert segment.max_timestamp == (NOW + left if left else -1)
    assert all(relative < offset - 100 for relative, _ in segment.offset_index.entries())
    assert segment.position_of(offset) is None
    base = 100 + left * 2
    segment.append(batch(b"x", base_offset=base), base, base, NOW)
    assert segment.position_of(base) == (left * positions[1], segment.size_bytes - left * positions[1])
    segment.close_indexes()
    assert LogSegment.load(disk, "/d", 100, CONFIG, NOW).next_offset() == base + 1


def test_the_largest_timestamp_survives_a_restart() -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    for place, timestamp in enumerate((5, 90, 20, 30)):
        segment.append(batch(b"v", base_offset=100 + place, timestamp=timestamp), 100 + place, 100 + place, timestamp)
    segment.close_indexes()
    loaded = LogSegment.load(disk, "/d", 100, CONFIG, NOW)
    assert loaded.largest_timestamp() == 90
    assert loaded.offset_of_max_timestamp == 101
    view = loaded.batch_of_max_timestamp()
    assert view is not None
    assert view.base_offset == 101


def test_without_timestamps_the_file_tells_the_time() -> None:
    disk = FaultyDisk()
    disk.now_ms = 777
    segment = new_segment(disk)
    segment.append(batch(b"v", timestamp=-1), 100, 100, -1)
    assert segment.largest_timestamp() == 777


def test_loading_wants_an_offset_index_and_a_good_transaction_index() -> None:
    disk = FaultyDisk()
    fill(new_segment(disk), 2)
    disk.write_file(STEM + ".txnindex", b"x" * 5)
    with pytest.raises(CorruptFileError):
        LogSegment.load(disk, "/d", 100, CONFIG, NOW)
    disk.remove(STEM + ".txnindex")
    disk.remove(STEM + ".index")
    with pytest.raises(FileNotFoundError):
        LogSegment.load(disk, "/d", 100, CONFIG, NOW)


def test_what_lay_there_before_is_emptied() -> None:
    disk = FaultyDisk()
    disk.make_directory("/d")
    for suffix in (".log", ".index", ".timeindex", ".txnindex"):
        disk.write_file(STEM + suffix, b"old")
    segment = new_segment(disk)
    assert segment.size_bytes == 0
    assert [disk.size_bytes(STEM + suffix) for suffix in (".log", ".index", ".timeindex")] == [0, 0, 0]
    assert not disk.exists(STEM + ".txnindex")


def test_sync_makes_all_of_it_durable_once() -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    fill(segment)
    segment.sync()
    for suffix in (".log", ".index", ".timeindex"):
        assert disk._file(STEM + suffix).synced == disk.read_file(STEM + suffix)
    assert disk.size_bytes(STEM + ".index")
    before = disk.operations
    segment.sync()
    assert disk.operations == before


def test_a_deleted_segment_is_renamed_and_closed() -> None:
    disk = FaultyDisk()
    segment = new_segment(disk)
    fill(segment, 2)
    names = segment.mark_deleted()
    assert sorted(names) == sorted(f"{STEM}{suffix}.deleted" for suffix in (".log", ".index", ".timeindex"))
    assert all(disk.exists(name) for name in names)
    with pytest.raises(LogClosedError):
        segment.read(0, 10)
    assert repr(segment) == f"LogSegment(base_offset=100, size_bytes={segment.size_bytes})"


def test_one_batch_is_read_whole_or_not_at_all() -> None:
    segment = new_segment()
    positions = fill(segment, 3)
    assert segment.batch_at(positions[2]).base_offset == 104
    for position in (segment.size_bytes, segment.size_bytes - 5, positions[1] + 1):
        with pytest.raises(CorruptBatchError):
            segment.batch_at(position)
