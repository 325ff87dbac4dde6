"""A cluster that grows from one broker to three, is restarted one by one, and loses its first broker."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.helpers.told_progress import ToldProgress
from workbench.cluster.membership import add_broker, admin_of, remove_broker, rolling_restart, wait_until_in_sync
from workbench.cluster.supervisor import LocalCluster
from workbench.system.known_error import KnownError


def _write(bootstrap: str, topic: str, replication: int, count: int) -> None:
    from confluent_kafka import Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([NewTopic(topic, 3, replication)])[topic].result(30)
    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True})
    for number in range(count):
        producer.produce(topic, b"%d" % number)
    assert producer.flush(30) == 0


def _read(bootstrap: str, topic: str, count: int) -> list[int]:
    from confluent_kafka import Consumer

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: list[int] = []
    for _ in range(60):
        found += [int(message.value()) for message in consumer.consume(1000, 0.5) if not message.error()]
        if len(found) >= count:
            break
    consumer.close()
    return sorted(found)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_nothing_is_lost_while_brokers_come_and_go(tmp_path: Path) -> None:
    cluster = LocalCluster.open(tmp_path / "local", brokers=1, port=0)
    try:
        await cluster.start()
        await asyncio.to_thread(_write, cluster.bootstrap, "early", 1, 300)
        assert [await add_broker(cluster), await add_broker(cluster, rack="b")] == [2, 3]
        async with asyncio.timeout(30):
            while set(await admin_of(cluster).voter_directories()) != {1, 2, 3}:
                await asyncio.sleep(0.1)
        await asyncio.to_thread(_write, cluster.bootstrap, "late", 3, 300)
        await wait_until_in_sync(cluster)
        await rolling_restart(cluster)
        await remove_broker(cluster, 1)
        admin = admin_of(cluster)
        assert list(await admin.voter_directories()) == [2]
        assert all(1 not in p.replica_nodes for topic in await admin.topics() for p in topic.partitions)
        assert await asyncio.to_thread(_read, cluster.bootstrap, "early", 300) == list(range(300))
        assert await asyncio.to_thread(_read, cluster.bootstrap, "late", 300) == list(range(300))
        assert [broker.node_id for broker in cluster.spec.brokers] == [2, 3]
    finally:
        await cluster.close()
    again = LocalCluster.open(tmp_path / "local")
    try:
        await again.start()
        assert len(await admin_of(again).topics()) >= 2
    finally:
        await again.close()


async def test_the_only_broker_stays(tmp_path: Path) -> None:
    cluster = LocalCluster.open(tmp_path / "local", brokers=1, port=0)
    try:
        await cluster.start()
        with pytest.raises(KnownError, match="only broker"):
            await remove_broker(cluster, 1)
    finally:
        await cluster.close()


async def test_a_broker_that_comes_gets_no_folder_of_one_that_went(tmp_path: Path) -> None:
    cluster = LocalCluster.open(tmp_path / "local", brokers=2, port=0)
    try:
        await cluster.start()
        told = ToldProgress()
        await remove_broker(cluster, 2, progress=told)
        assert told.is_final and told.steps[-1][0] == told.steps[-1][1]
        assert (cluster.folder / "broker-2").is_dir(), "kept, as nobody said otherwise"
        assert await add_broker(cluster) == 3
        await remove_broker(cluster, 3, delete_directories=True)
        assert not (cluster.folder / "broker-3").exists()
    finally:
        await cluster.close()


@pytest.mark.timeout(180)
async def test_while_replicas_are_on_their_way_it_can_be_cancelled(tmp_path: Path) -> None:
    cluster = LocalCluster.open(tmp_path / "local", brokers=3, port=0)
    try:
        await cluster.start()
        await asyncio.to_thread(_write, cluster.bootstrap, "kept", 2, 300)
        # Replicas are slow to come from the one that leaves: there is time to call them back.
        for other in (1, 2):
            cluster.faults.slow_link(3, other, delay_ms=400)
        leaving = asyncio.ensure_future(remove_broker(cluster, 3))
        async with asyncio.timeout(30):
            while not await admin_of(cluster).moving():
                assert not leaving.done(), "it was quicker than the test"
                await asyncio.sleep(0.02)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        cluster.faults.heal_all()
        assert await admin_of(cluster).moving() == set()
        assert sorted(cluster.brokers) == [1, 2, 3] and len(cluster.pids) == 3
        await wait_until_in_sync(cluster)
        assert await asyncio.to_thread(_read, cluster.bootstrap, "kept", 300) == list(range(300))
    finally:
        await cluster.close()
