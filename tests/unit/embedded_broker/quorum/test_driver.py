from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.embedded_broker.quorum.drivers import Drivers, Recorder
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch, NotLeaderError, OffsetAndEpoch
from workbench.embedded_broker.quorum.effects import NoteRole
from workbench.embedded_broker.quorum.messages import (
    DescribeQuorum,
    DescribeQuorumReply,
    Fetch,
    FetchReply,
    FetchSnapshot,
    FetchSnapshotReply,
)
from workbench.records import iterate_batches
from workbench.storage.quorum.snapshot_content import decode_snapshot
from workbench.storage.quorum.voters import ReplicaKey
from workbench.system.disk import Disk, DiskFile


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Drivers]:
    """A quorum of one that has started."""
    drivers = Drivers(tmp_path, 1)
    await drivers.start(1)
    yield drivers
    await drivers.stop_all()
    assert drivers.failures == []


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Drivers]:
    drivers = Drivers(tmp_path, 1, 2, 3)
    for node_id in (1, 2, 3):
        await drivers.start(node_id)
    yield drivers
    await drivers.stop_all()
    assert drivers.failures == []


async def committed(drivers: Drivers, node_id: int, offset: int) -> None:
    recorder = drivers.recorders[node_id]
    await recorder.until(lambda: recorder.next_offset > offset)


async def test_a_single_voter_leads_at_once_and_its_user_hears_it_after_the_first_record(one: Drivers) -> None:
    driver, recorder = one.running[1], one.recorders[1]
    assert driver.leader_and_epoch == LeaderAndEpoch(1, 1)
    await recorder.until(lambda: recorder.leaders[-1:] == [LeaderAndEpoch(1, 1)])
    assert recorder.next_offset == driver.high_watermark == 1
    assert recorder.leaders == [LeaderAndEpoch(None, 0), LeaderAndEpoch(None, 1), LeaderAndEpoch(1, 1)]


async def test_appended_values_are_heard_once_they_are_durable(one: Drivers) -> None:
    driver, recorder = one.running[1], one.recorders[1]
    last = driver.append(1, [b"a", b"b"])
    assert last == 2 and driver.log_end_offset == 3 and recorder.values == []
    await committed(one, 1, last)
    assert recorder.values == [b"a", b"b"] and driver.high_watermark == 3


async def test_many_concurrent_appends_share_few_fsyncs(one: Drivers, monkeypatch: pytest.MonkeyPatch) -> None:
    await committed(one, 1, 0)
    syncs: list[str] = []
    sync = DiskFile.sync

    def counted(file: DiskFile) -> None:
        syncs.append(file.path)
        sync(file)

    monkeypatch.setattr(DiskFile, "sync", counted)
    driver = one.running[1]
    for index in range(200):
        last = driver.append(1, [b"%d" % index])
    await committed(one, 1, last)
    assert one.recorders[1].values == [b"%d" % index for index in range(200)]
    assert len([path for path in syncs if path.endswith(".log")]) <= 5


async def test_a_listener_may_append_while_it_is_told(one: Drivers) -> None:
    driver = one.running[1]

    class Echo(Recorder):
        def handle_leader_change(self, leader: LeaderAndEpoch) -> None:
            super().handle_leader_change(leader)
            if leader.leader_id == 1:
                driver.append(leader.epoch, [b"first act"])

    echo = Echo()
    await committed(one, 1, 0)
    driver.register(echo)
    await echo.until(lambda: echo.values == [b"first act"])


async def test_only_the_leader_of_the_epoch_appends_and_only_what_fits_a_batch(one: Drivers) -> None:
    driver = one.running[1]
    with pytest.raises(NotLeaderError):
        driver.append(2, [b"a"])
    with pytest.raises(ValueError, match="batch"):
        driver.append(1, [])
    with pytest.raises(ValueError, match="batch"):
        driver.append(1, [b"x" * (8 * 1024 * 1024)])
    assert driver.log_end_offset == 1


async def test_after_a_restart_everything_is_told_again_in_the_next_epoch(one: Drivers) -> None:
    await committed(one, 1, one.running[1].append(1, [b"a"]))
    await one.stop(1)
    await one.start(1)
    recorder = one.recorders[1]
    await recorder.until(lambda: recorder.leaders[-1:] == [LeaderAndEpoch(1, 2)])
    assert recorder.values == [b"a"]


async def test_a_snapshot_is_written_and_found_again(one: Drivers, tmp_path: Path) -> None:
    driver = one.running[1]
    await committed(one, 1, driver.append(1, [b"a", b"b"]))
    driver.write_snapshot(OffsetAndEpoch(3, 1), 77, [b"ab"])
    file = tmp_path / "d1" / "__cluster_metadata-0" / "00000000000000000003-0000000001.checkpoint"
    async with asyncio.timeout(5):
        while driver.latest_snapshot_id is None:
            await asyncio.sleep(0.005)
    assert decode_snapshot(file.read_bytes()).values == (b"ab",)
    driver.append(1, [b"c"])
    await one.stop(1)
    await one.start(1)
    recorder = one.recorders[1]
    await recorder.until(lambda: recorder.values == [b"ab", b"c"])
    assert [snapshot.last_contained_timestamp_ms for snapshot in recorder.snapshots] == [77]


@pytest.mark.parametrize("snapshot_id", [OffsetAndEpoch(9, 1), OffsetAndEpoch(2, 1), OffsetAndEpoch(3, 7)])
async def test_snapshots_of_what_is_not_committed_or_no_batch_end_are_refused(
    one: Drivers, snapshot_id: OffsetAndEpoch
) -> None:
    driver = one.running[1]
    await committed(one, 1, driver.append(1, [b"a", b"b"]))
    with pytest.raises(ValueError, match=str(snapshot_id.offset)):
        driver.write_snapshot(snapshot_id, 0, [])


async def test_requests_are_answered_with_the_bytes_they_stand_for(one: Drivers) -> None:
    driver = one.running[1]
    await committed(one, 1, driver.append(1, [b"a"]))
    reply, data = await driver.ask(Fetch(ReplicaKey(-1), 1, 0, 0, -1, 0, 1_000_000))
    assert isinstance(reply, FetchReply) and reply.high_watermark == 2
    assert [(view.base_offset, view.is_control) for view in iterate_batches(data)] == [(0, True), (1, False)]
    described, nothing = await driver.ask(DescribeQuorum())
    assert isinstance(described, DescribeQuorumReply) and described.voters[0].log_end_offset == 2 and nothing == b""
    driver.write_snapshot(OffsetAndEpoch(2, 1), 0, [b"state"])
    async with asyncio.timeout(5):
        while driver.latest_snapshot_id is None:
            await asyncio.sleep(0.005)
    piece, data = await driver.ask(FetchSnapshot(ReplicaKey(9), 1, OffsetAndEpoch(2, 1), 0, 1 << 20))
    assert isinstance(piece, FetchSnapshotReply) and decode_snapshot(data).values == (b"state",)


async def test_a_fetch_waits_for_the_next_append(one: Drivers) -> None:
    driver = one.running[1]
    await committed(one, 1, 0)
    waiting = asyncio.ensure_future(driver.ask(Fetch(ReplicaKey(-1), 1, 1, 1, 1, 10_000, 1_000_000)))
    await asyncio.sleep(0)
    assert not waiting.done()
    driver.append(1, [b"a"])
    reply, data = await waiting
    assert isinstance(reply, FetchReply) and len(list(iterate_batches(data))) == 1


async def test_a_disk_that_fails_ends_the_membership(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = Drivers(tmp_path, 1)
    driver = await drivers.start(1)
    await committed(drivers, 1, 0)

    def full(file: DiskFile) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(DiskFile, "sync", full)
    driver.append(1, [b"a"])
    async with asyncio.timeout(5):
        while not drivers.failures:
            await asyncio.sleep(0.005)
    with pytest.raises(NotLeaderError):
        driver.append(1, [b"b"])
    assert drivers.recorders[1].values == []
    monkeypatch.undo()
    await drivers.stop_all()


async def test_a_follower_whose_disk_fails_tells_it_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it was doing just then does not end with an error that nobody fetches."""
    unheard: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unheard.append(context))
    drivers = Drivers(tmp_path, 1, 2, 3)
    for node_id in (1, 2, 3):
        await drivers.start(node_id)
    leader = await drivers.leader()
    for node_id in (1, 2, 3):
        await committed(drivers, node_id, 0)
    its_folder = str(tmp_path / f"d{leader.leader_and_epoch.leader_id}")
    write = DiskFile.append

    def full(file: DiskFile, data: bytes) -> None:
        if its_folder not in file.path:
            raise OSError(28, "No space left on device")
        write(file, data)

    monkeypatch.setattr(DiskFile, "append", full)
    leader.append(leader.leader_and_epoch.epoch, [b"a"])
    async with asyncio.timeout(5):
        while len(drivers.failures) < 2:
            await asyncio.sleep(0.005)
    monkeypatch.undo()
    await drivers.stop_all()
    gc.collect()
    assert unheard == []


async def test_roles_can_be_watched(tmp_path: Path) -> None:
    drivers = Drivers(tmp_path, 1)
    seen: list[NoteRole] = []
    driver = await drivers.start(1)
    driver.role_observers.append(seen.append)
    driver.resign(1)
    await drivers.recorders[1].until(lambda: LeaderAndEpoch(1, 3) in drivers.recorders[1].leaders or len(seen) >= 4)
    assert [role.role for role in seen][:2] == ["resigned", "unattached"]
    await drivers.stop_all()


# Three members


async def test_three_elect_a_leader_and_all_hear_the_same(three: Drivers) -> None:
    leader = await three.leader()
    for index in range(20):
        last = leader.append(leader.leader_and_epoch.epoch, [b"%d" % index])
    for node_id in (1, 2, 3):
        await committed(three, node_id, last)
        assert three.recorders[node_id].values == [b"%d" % index for index in range(20)]
    logs = {(three.directory / f"d{node_id}/__cluster_metadata-0/{0:020d}.log").read_bytes() for node_id in (1, 2, 3)}
    assert len(logs) == 1


async def test_another_takes_over_when_the_leader_stops_and_nothing_is_lost(three: Drivers) -> None:
    leader = await three.leader()
    last = leader.append(leader.leader_and_epoch.epoch, [b"kept"])
    await committed(three, leader.node_id, last)
    await three.stop(leader.node_id)
    second = await three.leader()
    assert second.node_id != leader.node_id
    last = second.append(second.leader_and_epoch.epoch, [b"more"])
    await three.start(leader.node_id)
    for node_id in (1, 2, 3):
        await committed(three, node_id, last)
        assert three.recorders[node_id].values == [b"kept", b"more"]


async def test_a_leader_cut_off_from_the_others_gives_up_and_its_records_vanish(three: Drivers) -> None:
    leader = await three.leader()
    old = leader.node_id
    others = [node_id for node_id in (1, 2, 3) if node_id != old]
    await committed(three, old, 0)
    for node_id in others:
        three.peers[node_id].cut.add(old)
    three.peers[old].cut.update(others)
    leader.append(leader.leader_and_epoch.epoch, [b"nobody gets this"])
    recorder = three.recorders[others[0]]
    await recorder.until(lambda: any(one.leader_id in others for one in recorder.leaders))
    second = await three.leader() if old not in three.running else None
    while second is None or second.node_id == old:
        await asyncio.sleep(0.01)
        second = next((d for i, d in three.running.items() if i != old and d.role_name == "leader"), None)
    await three.recorders[second.node_id].until(
        lambda: three.recorders[second.node_id].leaders[-1].leader_id == second.node_id
    )
    last = second.append(second.leader_and_epoch.epoch, [b"instead"])
    for peers in three.peers.values():
        peers.cut.clear()
    for node_id in (1, 2, 3):
        await committed(three, node_id, last)
        assert three.recorders[node_id].values == [b"instead"]


async def test_a_late_member_starts_from_the_leaders_snapshot(tmp_path: Path) -> None:
    drivers = Drivers(tmp_path, 1)
    leader = await drivers.start(1)
    await committed(drivers, 1, leader.append(1, [b"a", b"b"]))
    leader.write_snapshot(OffsetAndEpoch(3, 1), 0, [b"ab" * 10_000])
    async with asyncio.timeout(5):
        while leader.latest_snapshot_id is None:
            await asyncio.sleep(0.005)
    leader.append(1, [b"c"])
    await drivers.start(2)
    recorder = drivers.recorders[2]
    await recorder.until(lambda: recorder.values == [b"ab" * 10_000, b"c"])
    assert drivers.running[2].role_name == "observer"
    assert not (tmp_path / "d2/__cluster_metadata-0" / f"{0:020d}.log").exists()
    await drivers.stop_all()
    assert drivers.failures == []


def test_the_disk_is_the_only_way_to_the_files(tmp_path: Path) -> None:
    """A directory that cannot be written is told at once."""

    class ReadOnly(Disk):
        def make_directory(self, path: str) -> None:
            raise PermissionError(13, "Permission denied", path)

    async def start() -> None:
        await Drivers(tmp_path, 1, disk=ReadOnly()).start(1)

    with pytest.raises(PermissionError):
        asyncio.run(start())
