"""Programs that write to three brokers while something is wrong: afterwards every partition is written as before.

Two clients write to every partition in turn, because each has a way of its own of finding a leader that moved.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from workbench.broker_contract.messages import CLIENTS
from workbench.cluster.supervisor import LocalCluster
from workbench.ui import demo_load

pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")

pytestmark = [pytest.mark.slow, pytest.mark.external_client, pytest.mark.timeout(300)]

TOPIC = "written"
PARTITIONS = 6
Delivered = Callable[[int, bytes, object], None]


class Writer(threading.Thread):
    """Writes to one partition after the other until `end`; `acknowledged` holds values by partition."""

    def __init__(self, name: str, send: Callable[[int, bytes, Delivered], None], flush: Callable[[], None]) -> None:
        super().__init__(name=name, daemon=True)
        self._send = send
        self._flush = flush
        self._ending = threading.Event()
        self.acknowledged: dict[int, list[bytes]] = defaultdict(list)
        self.refused: list[str] = []

    def run(self) -> None:
        number = 0
        while not self._ending.wait(0.04):
            for partition in range(PARTITIONS):
                number += 1
                self._send(partition, b"%s %d" % (self.name.encode(), number), self._delivered)
        self._flush()

    def _delivered(self, partition: int, value: bytes, error: object) -> None:
        if error is None:
            self.acknowledged[partition].append(value)
        else:
            self.refused.append(str(error))

    def end(self) -> None:
        self._ending.set()
        self.join(60)

    def counts(self) -> list[int]:
        return [len(self.acknowledged[partition]) for partition in range(PARTITIONS)]


def with_librdkafka(bootstrap: str) -> Writer:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 10, "log_level": 2})

    def send(partition: int, value: bytes, delivered: Delivered) -> None:
        def report(error: Any, _: Any) -> None:
            delivered(partition, value, error)

        producer.produce(TOPIC, value, partition=partition, on_delivery=report)
        producer.poll(0)

    return Writer("librdkafka", send, lambda: producer.flush(60) and None)


def with_kafka_python(bootstrap: str) -> Writer:
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=bootstrap, linger_ms=10)

    def send(partition: int, value: bytes, delivered: Delivered) -> None:
        future = producer.send(TOPIC, value, partition=partition)
        future.add_callback(lambda _: delivered(partition, value, None))
        future.add_errback(lambda error: delivered(partition, value, error))

    def flush() -> None:
        producer.flush(timeout=60)
        producer.close(timeout=5)

    return Writer("kafka-python", send, flush)


def values_in_order(bootstrap: str) -> dict[int, list[bytes]]:
    """Everything that the topic holds, by partition."""
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody", "enable.auto.commit": False})
    found: dict[int, list[bytes]] = {}
    for partition in range(PARTITIONS):
        end = consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), timeout=20)[1]
        consumer.assign([TopicPartition(TOPIC, partition, OFFSET_BEGINNING)])
        values = found[partition] = []
        while len(values) < end:
            for message in consumer.consume(1000, 0.3):
                assert message.error() is None, message.error()
                values.append(message.value())
    consumer.close()
    return found


class Played:
    """Three brokers and two writers."""

    def __init__(self, cluster: LocalCluster) -> None:
        from kafka import KafkaAdminClient

        self.cluster = cluster
        self.admin = KafkaAdminClient(bootstrap_servers=cluster.bootstrap)
        self.admin.create_topics({TOPIC: {"num_partitions": PARTITIONS, "replication_factor": 3}})
        self.writers = [with_librdkafka(cluster.bootstrap), with_kafka_python(cluster.bootstrap)]
        for writer in self.writers:
            writer.start()

    def quorum(self) -> tuple[int, int]:
        """Who controls, since which epoch."""
        found = self.admin.describe_metadata_quorum()["topics"][0]["partitions"][0]
        return found["leader_id"], found["leader_epoch"]

    def leader(self) -> int:
        return int(self.admin.describe_topics([TOPIC])[0]["partitions"][0]["leader_id"])

    async def all_are_written(self, timeout_s: float = 40) -> None:
        """Returns when both writers have written to every partition several times from now on."""
        before = [writer.counts() for writer in self.writers]
        deadline = time.monotonic() + timeout_s
        while True:
            more = [
                now - then
                for writer, counts in zip(self.writers, before, strict=True)
                for now, then in zip(writer.counts(), counts, strict=True)
            ]
            if min(more) >= 5:
                return
            assert time.monotonic() < deadline, f"written to each partition since, by each writer: {more}"
            await asyncio.sleep(0.1)

    async def end(self) -> None:
        """What was acknowledged is there, once and in order."""
        for writer in self.writers:
            await asyncio.to_thread(writer.end)
            assert writer.refused == []
        found = await asyncio.to_thread(values_in_order, self.cluster.bootstrap)
        for partition, values in found.items():
            assert [value for value, times in Counter(values).items() if times > 1] == [], "doubled"
            for writer in self.writers:
                mine = [value for value in values if value.startswith(writer.name.encode())]
                assert mine == writer.acknowledged[partition], f"{writer.name} in partition {partition}"
        await asyncio.to_thread(self.admin.close)


@pytest.fixture
async def played(tmp_path: Path) -> AsyncIterator[Played]:
    cluster = LocalCluster.open(tmp_path / "local", brokers=3, port=0)
    await cluster.start()
    try:
        made = await asyncio.to_thread(Played, cluster)
        await made.all_are_written()
        yield made
        await made.end()
    finally:
        await cluster.close()


@pytest.mark.parametrize("pause_s", [5, 15])
@pytest.mark.parametrize("who", ["leader", "controller"])
async def test_a_pause_shorter_and_longer_than_the_session(played: Played, who: str, pause_s: float) -> None:
    if who == "leader":
        node_id = await asyncio.to_thread(played.leader)
    else:
        node_id = (await asyncio.to_thread(played.quorum))[0]
    played.cluster.faults.pause(node_id)
    await asyncio.sleep(pause_s)
    played.cluster.faults.heal_all()
    await played.all_are_written()


@pytest.mark.parametrize("who", ["clients", "one other", "all others"])
async def test_cut_links(played: Played, who: str) -> None:
    node_id = await asyncio.to_thread(played.leader)
    others = [other for other in played.cluster.brokers if other != node_id]
    peers: dict[str, list[int | str]] = {"clients": [CLIENTS], "one other": [others[0]], "all others": [*others]}
    for peer in peers[who]:
        played.cluster.faults.cut_link(node_id, peer)
    await asyncio.sleep(15)
    played.cluster.faults.heal_all()
    await played.all_are_written()


async def test_a_slow_disk_does_not_cost_the_controller_its_place(played: Played) -> None:
    """Kafka's quorum has a thread of its own, which records of clients do not keep from answering."""
    before = await asyncio.to_thread(played.quorum)
    played.cluster.faults.slow_disk(before[0], delay_ms=100)
    await asyncio.sleep(10)
    assert await asyncio.to_thread(played.quorum) == before
    await played.all_are_written()
    played.cluster.faults.heal_all()


def _ends(bootstrap: str, timeout_s: float = 20) -> dict[tuple[str, int], int]:
    """Where each partition of the demo load's busiest topics ends, once all of them are led."""
    from confluent_kafka import Consumer, KafkaException, TopicPartition

    places = [(topic, partition) for topic, count in demo_load.TOPICS[:3] for partition in range(count)]
    deadline = time.monotonic() + timeout_s
    while True:
        consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody", "log_level": 0})
        try:
            consumer.list_topics(timeout=10)
            return {place: consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)[1] for place in places}
        except KafkaException:
            if time.monotonic() > deadline:
                raise
        finally:
            consumer.close()


async def test_the_demo_load_outlives_a_pause_in_which_its_batches_expire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = {"delivery_timeout_ms": 5_000, "request_timeout_ms": 2_000}
    monkeypatch.setattr(demo_load, "WRITER", {**demo_load.WRITER, **short})
    cluster = LocalCluster.open(tmp_path / "local", brokers=1, port=0)
    await cluster.start()
    load = demo_load.DemoLoad(cluster.bootstrap)
    try:
        await asyncio.to_thread(load.start)
        await asyncio.sleep(2)
        cluster.faults.pause(1)
        await asyncio.sleep(9)
        cluster.faults.heal_all()
        before = await asyncio.to_thread(_ends, cluster.bootstrap)
        deadline = time.monotonic() + 20
        while silent := [
            place for place, end in (await asyncio.to_thread(_ends, cluster.bootstrap)).items() if end == before[place]
        ]:
            assert time.monotonic() < deadline, f"not written any more: {silent}"
            await asyncio.sleep(0.5)
    finally:
        await asyncio.to_thread(load.stop)
        await cluster.close()
