"""The check of one segment after a crash says the same as a walk with the plain scanner."""

from __future__ import annotations

from random import Random

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from tests.helpers.partition_logs import DIRECTORY, NOW, append, batch, end_transaction, open_log, produce
from tests.helpers.record_batches import old_message_set
from workbench.records import UnsupportedMagicError
from workbench.storage.log import LogConfig, batch_scan
from workbench.storage.log.leader_epochs import LeaderEpochCache
from workbench.storage.log.producer_state import ProducerState
from workbench.storage.log.segment import LogSegment
from workbench.storage.log.segment_check import CheckedSegment, check_segment

CONFIG = LogConfig(index_interval_bytes=300)
PATH = f"{DIRECTORY}/{0:020d}.log"


def check(
    disk: FaultyDisk, start_offset: int = 0
) -> tuple[CheckedSegment, LogSegment, ProducerState, LeaderEpochCache]:
    segment = LogSegment.load(disk, DIRECTORY, 0, CONFIG, NOW)
    state, epochs = ProducerState(), LeaderEpochCache(disk, f"{DIRECTORY}/epochs")
    return check_segment(segment, start_offset, state, epochs), segment, state, epochs


@pytest.fixture
def disk() -> FaultyDisk:
    """A segment with batches of all sizes, an idempotent producer and an aborted transaction."""
    disk, rng = FaultyDisk(), Random(3)
    log = open_log(disk, CONFIG)
    for place in range(60):
        append(log, rng.randbytes(rng.choice((1, 50, 3000))), epoch=place // 20, timestamp=NOW + rng.randrange(100))
        produce(log, 7, place)
    produce(log, 8, 0, transactional=True)
    end_transaction(log, 8, commit=False)
    log.close()
    return disk


@pytest.mark.parametrize("window", [61, 500, 4096, 1 << 22])
def test_everything_is_made_anew(disk: FaultyDisk, window: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_scan, "CHECK_WINDOW_BYTES", window)
    log = open_log(disk, CONFIG, clean=True)
    original = log.segments[0]
    original.load_indexes()
    checked, segment, state, epochs = check(disk)
    assert checked == CheckedSegment(log.log_end_offset, disk.size_bytes(PATH), False, None)
    assert segment.offset_index.entries() == original.offset_index.entries()
    segment.close_indexes()
    assert segment.time_index.entries() == original.time_index.entries()
    assert segment.transaction_index.entries() == original.transaction_index.entries()
    assert {p: e.snapshot() for p, e in state.producers.items()} == {
        p: e.snapshot() for p, e in log.producers.producers.items()
    }
    assert [entry.epoch for entry in epochs.entries][:1] == [0]


@pytest.mark.parametrize("seed", range(25))
def test_a_damage_anywhere_ends_the_check_at_its_batch(disk: FaultyDisk, seed: int) -> None:
    rng = Random(seed)
    file = disk.open(PATH)
    batches = list(batch_scan.scan_headers(file, 0, file.size_bytes()))
    hit = rng.choice(batches)
    # Base offset and leader epoch are not under the CRC.
    disk.corrupt(PATH, hit.position + rng.randrange(16, hit.size_bytes), bytes([rng.randrange(256)]))
    try:
        expected = sum(each.size_bytes for each in batch_scan.scan_checked(file, 0, file.size_bytes()))
    except Exception as error:
        expected = getattr(error, "position", -1)
    checked, *_ = check(disk)
    assert checked.end_position == expected
    assert (checked.error is None) == (expected == file.size_bytes())
    if checked.error is not None:
        assert checked.error.file == PATH
        assert checked.error.position + checked.error.size_bytes == file.size_bytes()


def test_gaps_and_overlaps() -> None:
    disk = FaultyDisk()
    log = open_log(disk)
    for base in (0, 5):
        log.append_as_follower(batch(b"v", base_offset=base), now_ms=NOW)
    log.close()
    checked, *_ = check(disk)
    assert (checked.has_gaps, checked.end_offset, checked.error) == (True, 6, None)
    assert not check(disk, start_offset=1)[0].end_position, "what lies below the start overlaps"


def test_an_old_format_is_named() -> None:
    disk = FaultyDisk()
    open_log(disk).close()
    disk.write_file(PATH, old_message_set(0, b"old"))
    with pytest.raises(UnsupportedMagicError):
        check(disk)
