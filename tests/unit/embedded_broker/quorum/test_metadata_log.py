from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers.faulty_disk import FaultyDisk, PowerCutError
from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.log_picture import BOOTSTRAP_SNAPSHOT_ID
from workbench.embedded_broker.quorum.metadata_log import MetadataLog, MetadataLogConfig, holds_records
from workbench.records.control import KRaftVersion, LeaderChange, QuorumVoter
from workbench.storage.log.partition_metadata import read_topic_id
from workbench.storage.quorum.election_state import ElectionState
from workbench.storage.quorum.snapshot_content import SnapshotContent
from workbench.storage.quorum.voters import Endpoint, ReplicaKey, VoterNode, VoterSet
from workbench.storage.quorum.voters_record import voters_record
from workbench.system.clock import ManualClock
from workbench.wire.uuids import METADATA_TOPIC_ID

DIRECTORY = "/d/__cluster_metadata-0"
VOTERS = VoterSet.of([VoterNode(ReplicaKey(1, b"d" * 16), (Endpoint.of("CONTROLLER", "localhost", 9093),), 0, 1)])
FIRST = (LeaderChange(1, (QuorumVoter(1),), (QuorumVoter(1),)), KRaftVersion(1), voters_record(VOTERS))


def opened(disk: FaultyDisk, segment_bytes: int = 1 << 30) -> MetadataLog:
    disk.make_directory("/d")
    return MetadataLog.open("/d", MetadataLogConfig(segment_bytes=segment_bytes), disk=disk, clock=ManualClock())


def fill(log: MetadataLog, count: int, start: int = 0, epoch: int = 1) -> None:
    """`count` batches of two values each."""
    for index in range(count):
        base = start + 2 * index
        log.append(NewBatch(base, epoch, 5, (f"{base}".encode(), f"{base + 1}".encode())))


def values(log: MetadataLog, start: int, end: int) -> list[bytes]:
    return [value for batches in log.read_committed(start, end) for batch in batches for value in batch.values]


def test_what_is_appended_is_read_back_batch_by_batch() -> None:
    log = opened(FaultyDisk())
    log.append(NewBatch(0, 1, 5, control=FIRST))
    fill(log, 3, start=3)
    batches = [batch for chunk in log.read_committed(0, 9) for batch in chunk]
    assert [(batch.base_offset, batch.last_offset, batch.epoch, batch.values) for batch in batches] == [
        (0, 2, 1, ()),
        (3, 4, 1, (b"3", b"4")),
        (5, 6, 1, (b"5", b"6")),
        (7, 8, 1, (b"7", b"8")),
    ]
    assert values(log, 3, 7) == [b"3", b"4", b"5", b"6"]


def test_the_picture_of_a_log_reopened_is_what_was_in_it() -> None:
    disk = FaultyDisk()
    log = opened(disk)
    log.append(NewBatch(0, 1, 5, control=FIRST))
    fill(log, 2, start=3, epoch=1)
    fill(log, 1, start=7, epoch=4)
    log.store_election(ElectionState(4, 1), 1)
    log.close()
    log = opened(disk)
    picture = log.picture(VoterSet())
    assert (picture.start_offset, picture.end_offset, picture.flushed_offset) == (0, 9, 9)
    assert picture.epochs == [(1, 0), (4, 7)]
    assert picture.control.voters == VOTERS and picture.control.voters_offset == 2
    assert log.read_election() == ElectionState(4, 1)
    assert read_topic_id(disk, DIRECTORY) == METADATA_TOPIC_ID


def test_fetched_bytes_are_appended_as_they_are() -> None:
    leader, follower = opened(FaultyDisk()), opened(FaultyDisk())
    fill(leader, 5)
    data = leader.read_bytes(0, 10, 1 << 20)
    follower.append_received(data)
    assert follower.read_bytes(0, 10, 1 << 20) == data
    assert follower.picture(VoterSet()).end == OffsetAndEpoch(10, 1)


def test_truncation_cuts_whole_batches_and_what_follows_is_appended_there() -> None:
    log = opened(FaultyDisk())
    fill(log, 3)
    log.truncate(4)
    fill(log, 1, start=4, epoch=2)
    assert values(log, 0, 6) == [b"0", b"1", b"2", b"3", b"4", b"5"]
    assert log.picture(VoterSet()).epochs == [(1, 0), (2, 4)]


def test_batch_ends_are_told_from_offsets_within_a_batch() -> None:
    log = opened(FaultyDisk())
    fill(log, 3)
    assert [log.is_batch_end(offset) for offset in range(7)] == [True, False, True, False, True, False, True]


def test_a_snapshot_lets_the_log_below_it_go() -> None:
    disk = FaultyDisk()
    log = opened(disk, segment_bytes=8 * 1024)
    for index in range(40):
        log.append(NewBatch(index, 1, 5, (b"x" * 1_000,)))
    older, newer = OffsetAndEpoch(10, 1), OffsetAndEpoch(30, 1)
    for snapshot_id in (older, newer):
        log.write_snapshot_file(snapshot_id, SnapshotContent(7, (b"state",), 1, VOTERS))
    before = log.size_bytes
    log.delete_before(newer, [older])
    assert log.size_bytes < before
    log.remove_deleted()
    names = disk.list_names(DIRECTORY)
    assert not any(name.endswith(".deleted") for name in names)
    assert [name for name in names if name.endswith(".checkpoint")] == ["00000000000000000030-0000000001.checkpoint"]
    log.close()
    picture = opened(disk, segment_bytes=8 * 1024).picture(VoterSet())
    assert 0 < picture.start_offset <= 30 and list(picture.snapshots) == [newer]
    assert picture.control.voters == VOTERS


def test_a_downloaded_snapshot_replaces_the_log() -> None:
    disk = FaultyDisk()
    source, log = opened(FaultyDisk()), opened(disk)
    fill(log, 3)
    snapshot_id, older = OffsetAndEpoch(50, 3), OffsetAndEpoch(4, 1)
    log.write_snapshot_file(older, SnapshotContent(7, ()))
    size = source.write_snapshot_file(snapshot_id, SnapshotContent(7, (b"state",), 1, VOTERS))
    data = source.read_snapshot_range(snapshot_id, 0, size)
    log.write_download(snapshot_id, 0, data[:20])
    log.write_download(snapshot_id, 20, data[20:])
    installed = log.install_snapshot(snapshot_id, [older])
    assert (installed.size_bytes, installed.kraft_version, installed.voters) == (size, 1, VOTERS)
    assert log.load_snapshot(snapshot_id).values == (b"state",)
    fill(log, 1, start=50, epoch=3)
    picture = log.picture(VoterSet())
    assert (picture.start_offset, picture.end_offset, list(picture.snapshots)) == (50, 52, [snapshot_id])


def test_an_installation_that_a_crash_interrupted_is_finished_at_the_next_start() -> None:
    disk = FaultyDisk()
    log = opened(disk)
    fill(log, 3)
    log.write_snapshot_file(OffsetAndEpoch(50, 3), SnapshotContent(7, (b"state",)))
    log.close()
    picture = opened(disk).picture(VoterSet())
    assert (picture.start_offset, picture.end_offset) == (50, 50)
    assert picture.end == OffsetAndEpoch(50, 3)


def test_only_the_snapshot_of_format_holds_no_records() -> None:
    assert not holds_records(BOOTSTRAP_SNAPSHOT_ID)
    assert holds_records(OffsetAndEpoch(1, 1))


@given(st.integers(0, 10**6), st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_what_was_flushed_or_promised_survives_any_power_cut(seed: int, cut_after: int) -> None:
    """Appends, flushes, votes and snapshots until the power goes; then nothing that was told to be durable is gone."""
    random = Random(seed)
    disk = FaultyDisk(random)
    log = opened(disk)
    disk.root.sync()
    log.flush()
    durable, election, snapshot = 0, ElectionState(0), OffsetAndEpoch(0, 0)
    disk.cut_after = disk.operations + cut_after
    with pytest.raises(PowerCutError):
        for step in range(1_000):
            log.append(NewBatch(step, 1 + step // 10, 5, (b"%d" % step,)))
            choice = random.random()
            if choice < 0.4:
                durable = max(durable, log.flush())
            elif choice < 0.6:
                log.store_election(ElectionState(step, step % 3), 1)
                election = ElectionState(step, step % 3)
            elif choice < 0.7 and durable > snapshot.offset:
                taken = OffsetAndEpoch(durable, 1 + (durable - 1) // 10)
                log.write_snapshot_file(taken, SnapshotContent(1, (b"state",)))
                snapshot = taken
    found = disk.power_cut()
    log = opened(found)
    picture = log.picture(VoterSet())
    assert picture.end_offset >= durable
    kept = range(picture.start_offset, durable)
    assert values(log, kept.start, kept.stop) == [b"%d" % index for index in kept]
    stored = log.read_election() or ElectionState(0)
    assert stored.epoch >= election.epoch
    if snapshot.offset:
        assert snapshot in picture.snapshots and log.load_snapshot(snapshot).values == (b"state",)
    for known in picture.snapshots:
        log.load_snapshot(known)
