"""A follower's fetcher against a leader's own socket server."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.helpers.eventually import eventually
from tests.helpers.membership import Members
from tests.helpers.partition_logs import batch, open_log, stored_values
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from tests.helpers.served_broker import ServedBroker
from workbench.broker_contract.messages import FaultKind, FaultRule
from workbench.embedded_broker.faults.injector import FaultInjector
from workbench.embedded_broker.replication.events import BrokersChanged, LeaderNamed
from workbench.embedded_broker.replication.fetcher import ReplicaFetcher
from workbench.embedded_broker.replication.leader_following import FetcherSettings
from workbench.embedded_broker.replication.partition import Partition
from workbench.storage.log.append_result import AppendOrigin

LONG_POLL_MS = 20_000
"""Longer than any test may take: what comes in time came without waiting for a poll to end."""


class Follower:
    """Broker 2 and its fetcher from broker 1."""

    def __init__(self, port: int | None, *, disk: FaultInjector | None = None, **settings: Any) -> None:
        self.port = port
        self.failures: list[OSError] = []
        values = {"max_wait_ms": LONG_POLL_MS, "backoff_ms": 20, "request_timeout_ms": 30_000} | settings
        self.fetcher = ReplicaFetcher(
            2,
            1,
            FetcherSettings(**values),
            address=lambda: None if self.port is None else ("127.0.0.1", self.port),
            broker_epoch=lambda: 102,
            fetched=lambda partition, size: None,
            storage_failed=lambda partition, error: self.failures.append(error),
            now_ms=lambda: NOW_MS,
            disk=disk,
        )
        self.fetcher.start()

    def follow(self, leader: Partition) -> Partition:
        partition = Partition(2, leader.topic, leader.topic_id, leader.index, open_log(), Members())
        partition.step(LeaderNamed(1, leader.leader_epoch, 0, leader.replicas), 0)
        self.fetcher.follow(partition)
        return partition


def write(partition: Partition, *values: bytes) -> None:
    partition.append_as_leader(batch(*values), acks=-1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)


def holds(partition: Partition, *values: bytes) -> Any:
    return lambda: stored_values(partition.log) == list(values)


async def test_what_the_leader_writes_is_copied_and_committed() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2))
    async with ServedBroker(broker) as served:
        follower = Follower(served.port)
        copy = follower.follow(led)
        for value in (b"a", b"b", b"c"):
            write(led, value)
            await eventually(lambda: led.high_watermark == led.log.log_end_offset, "the follower acknowledges")
        assert stored_values(copy.log) == [b"a", b"b", b"c"]
        assert broker.metrics.replication_bytes_out > 0
        await follower.fetcher.stop()


async def test_what_is_appended_to_a_slow_disk_is_acknowledged_late() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2))
    disk = FaultInjector()
    disk.set_rules((FaultRule("f", FaultKind.SLOW_DISK, delay_ms=120),))
    async with ServedBroker(broker) as served:
        follower = Follower(served.port, disk=disk)
        copy = follower.follow(led)
        append = copy.log.append_as_follower

        def append_slowly(*arguments: Any, **options: Any) -> Any:
            disk.before_write("/logs/t-0/x.log")
            return append(*arguments, **options)

        copy.log.append_as_follower = append_slowly  # type: ignore[method-assign]
        loop = asyncio.get_running_loop()
        for value in (b"a", b"b"):
            began = loop.time()
            write(led, value)
            await eventually(lambda: led.high_watermark == led.log.log_end_offset, "the follower acknowledges")
            assert loop.time() - began >= 0.115
        assert stored_values(copy.log) == [b"a", b"b"]
        await follower.fetcher.stop()


async def test_a_new_partition_does_not_wait_for_the_poll_under_way() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2), (1, 2))
    first, second = (broker.replicas.partitions["t", index] for index in (0, 1))
    async with ServedBroker(broker) as served:
        follower = Follower(served.port)
        follower.follow(first)
        await eventually(lambda: first.fetch_waiters, "a fetch waits at the leader")
        copy = follower.follow(second)
        write(second, b"a")
        await eventually(holds(copy, b"a"), "the second partition is copied")
        write(first, b"b")
        await eventually(lambda: first.high_watermark == 1, "the first is still copied")
        await follower.fetcher.stop()


async def test_a_leader_that_comes_back_is_found_again() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2))
    follower = Follower(None)
    copy = follower.follow(led)
    async with ServedBroker(broker) as served:
        port = follower.port = served.port
        follower.fetcher.look_again()
        write(led, b"a")
        await eventually(holds(copy, b"a"), "the copy after the address is known")
    write(led, b"b")
    await asyncio.sleep(0.05)
    async with ServedBroker(broker, port=port):
        await eventually(holds(copy, b"a", b"b"), "the copy after the connection was lost")
        await follower.fetcher.stop()


async def test_a_log_outside_the_leaders_begins_anew() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2))
    write(led, b"a")
    write(led, b"b")
    assert led.leadership is not None
    led.leadership.followers[2].record_fetch(2, 0, 2, NOW_MS, 102)
    led.step(BrokersChanged(), NOW_MS)
    led.delete_records(1)
    async with ServedBroker(broker) as served:
        follower = Follower(served.port)
        copy = follower.follow(led)
        await eventually(holds(copy, b"b"), "only what the leader still has")
        assert copy.log.log_start_offset == 1
        await follower.fetcher.stop()


async def test_a_partition_whose_leader_is_behind_rests_and_goes_on() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2), (1, 2))
    other = broker.replicas.partitions["t", 1]
    async with ServedBroker(broker) as served:
        follower = Follower(served.port)
        copy, second = follower.follow(led), follower.follow(other)
        copy.step(LeaderNamed(1, 1, 1, (1, 2)), 0)
        follower.fetcher.follow(copy)
        write(other, b"b")
        await eventually(holds(second, b"b"), "the others go on")
        broker.change("t", leader_epoch=1, partition_epoch=1)
        write(led, b"a")
        await eventually(holds(copy, b"a"), "it goes on when the leader knows the epoch")
        await follower.fetcher.stop()


async def test_a_silent_leader_is_given_up() -> None:
    """A process that is stopped keeps its connections open and answers nothing."""
    accepted = 0
    enough = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal accepted
        accepted += 1
        if accepted > 1:
            enough.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    follower = Follower(server.sockets[0].getsockname()[1], request_timeout_ms=30)
    follower.follow(ReplicaBroker().create("t", (1, 2)))
    await asyncio.wait_for(enough.wait(), 10)
    await follower.fetcher.stop()
    server.close()


async def test_forgotten_partitions_are_not_asked_for() -> None:
    broker = ReplicaBroker()
    led = broker.create("t", (1, 2), (1, 2))
    other = broker.replicas.partitions["t", 1]
    async with ServedBroker(broker) as served:
        follower = Follower(served.port, max_wait_ms=5)
        copy, second = follower.follow(led), follower.follow(other)
        await eventually(lambda: led.leadership and led.leadership.followers[2].log_end_offset == 0, "it fetches")
        follower.fetcher.forget(("t", 0))
        assert len(follower.fetcher) == 1
        write(other, b"b")
        await eventually(holds(second, b"b"), "the other is fetched")
        write(led, b"a")
        write(other, b"c")
        await eventually(holds(second, b"b", b"c"), "the other is fetched on")
        assert stored_values(copy.log) == []
        await follower.fetcher.stop()
