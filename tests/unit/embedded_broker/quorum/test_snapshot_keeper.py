from __future__ import annotations

import asyncio

import pytest

from tests.helpers.faulty_disk import FaultyDisk
from workbench.embedded_broker.quorum.batches import NewBatch
from workbench.embedded_broker.quorum.contract import OffsetAndEpoch
from workbench.embedded_broker.quorum.events import Event, LogPrefixDeleted, SnapshotWritten
from workbench.embedded_broker.quorum.metadata_log import MetadataLog, MetadataLogConfig
from workbench.embedded_broker.quorum.snapshot_keeper import SnapshotKeeper
from workbench.storage.quorum.voters import VoterSet
from workbench.system.clock import ManualClock
from workbench.system.tasks import TaskKeeper


class Kept:
    """A keeper over a log of ten batches, with what it said."""

    def __init__(self, retention_bytes: int = 1 << 40) -> None:
        self.disk = FaultyDisk()
        self.disk.make_directory("/d")
        config = MetadataLogConfig(retention_bytes=retention_bytes)
        self.log = MetadataLog.open("/d", config, disk=self.disk, clock=ManualClock())
        for offset in range(10):
            self.log.append(NewBatch(offset, 1, 5, (b"x",)))
        self.picture = self.log.picture(VoterSet())
        self.events: list[Event] = []
        self.changes = 0
        self.tasks = TaskKeeper()
        self.keeper = SnapshotKeeper(self.log, config, self.picture, self.step, self.changed, lambda: 5, self.tasks)

    def step(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, SnapshotWritten):
            self.picture.snapshots[event.snapshot_id] = event.size_bytes
        elif isinstance(event, LogPrefixDeleted):
            self.picture.delete_prefix(event.start_offset)

    def changed(self) -> None:
        self.changes += 1

    async def written(self, count: int) -> None:
        async with asyncio.timeout(5):
            while sum(isinstance(event, SnapshotWritten) for event in self.events) < count:
                await asyncio.sleep(0.002)


async def test_a_snapshot_counts_once_it_is_written() -> None:
    kept = Kept()
    kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state"], 10)
    assert kept.events == []
    await kept.written(1)
    assert kept.log.load_snapshot(OffsetAndEpoch(4, 1)).values == (b"state",)
    assert kept.changes == 1


async def test_the_same_snapshot_is_written_once() -> None:
    kept = Kept()
    for _ in range(3):
        kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state"], 10)
    await kept.written(1)
    kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state"], 10)
    await asyncio.sleep(0.02)
    assert len(kept.events) == 1


async def test_beyond_the_retention_the_older_snapshot_and_the_log_below_the_newer_go() -> None:
    kept = Kept(retention_bytes=100)
    kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state"], 10)
    await kept.written(1)
    assert not any(isinstance(event, LogPrefixDeleted) for event in kept.events)
    kept.keeper.write(OffsetAndEpoch(8, 1), 5, [b"state"], 10)
    await kept.written(2)
    assert kept.events[-1] == LogPrefixDeleted(8)
    assert list(kept.picture.snapshots) == [OffsetAndEpoch(8, 1)]


async def test_what_lies_below_the_log_is_passed_over() -> None:
    kept = Kept()
    kept.picture.start_offset = 6
    kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state"], 10)
    await asyncio.sleep(0.02)
    assert kept.events == []


async def test_a_full_disk_costs_only_the_snapshot(caplog: pytest.LogCaptureFixture) -> None:
    kept = Kept()
    kept.disk.space_left = 10
    kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state" * 100], 10)
    async with asyncio.timeout(5):
        while "could not be written" not in caplog.text:
            await asyncio.sleep(0.002)
    assert kept.events == []
    kept.disk.space_left = None
    kept.keeper.write(OffsetAndEpoch(4, 1), 5, [b"state"], 10)
    await kept.written(1)
