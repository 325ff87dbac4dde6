"""An idempotent producer that writes at a steady pace whatever happens to the brokers, and what it may rely on.

Values are `partition:number`, counted upwards in each partition. `acknowledged` holds those that were answered without
an error; nobody but librdkafka decides what is sent again.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import Any

import confluent_kafka

from tests.conformance.conversation import Conversation
from tests.helpers.record_batches import describe
from tests.helpers.three_nodes import ThreeNodes

A_SECOND = 1000
"""Records that are sent in a second."""
_STEP_S = 0.02


class ReplicatedWriter:
    """Writes from `start` to `finish` in a thread; `errors` is what was refused for good, which must stay empty."""

    def __init__(self, bootstrap: str, topic: str, partitions: int) -> None:
        self.topic = topic
        self.partitions = partitions
        self.acknowledged: list[set[int]] = [set() for _ in range(partitions)]
        self.errors: list[str] = []
        self.last_acknowledged_s = time.monotonic()
        self.longest_silence_s = 0.0
        self._sent = [0] * partitions
        self._stopping = threading.Event()
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": bootstrap,
                "enable.idempotence": True,
                "linger.ms": 5,
                "message.timeout.ms": 120_000,
                "request.timeout.ms": 3_000,
                "retry.backoff.ms": 50,
                "retry.backoff.max.ms": 200,
                "reconnect.backoff.ms": 20,
                "reconnect.backoff.max.ms": 200,
                "log_level": 2,
            }
        )
        self._thread = threading.Thread(target=self._write, name="writer", daemon=True)

    @property
    def count(self) -> int:
        """How many records were acknowledged."""
        return sum(map(len, self.acknowledged))

    def start(self) -> None:
        self._thread.start()

    def wait_for(self, more: int, *, timeout_s: float = 60) -> None:
        """Returns when `more` records than now are acknowledged."""
        wanted, deadline = self.count + more, time.monotonic() + timeout_s
        while self.count < wanted:
            assert not self.errors, self.errors[0]
            assert time.monotonic() < deadline, f"{wanted - self.count} of {more} records were not acknowledged in time"
            time.sleep(0.05)

    def finish(self) -> None:
        """Sends no more, and waits until everything sent has its answer."""
        self.stop()
        left = self._producer.flush(60)
        assert not self.errors, f"{len(self.errors)} records were refused: {self.errors[0]}"
        assert left == 0, f"{left} records stay without an answer"

    def stop(self) -> None:
        """Sends no more."""
        self._stopping.set()
        self._thread.join(10)

    def _write(self) -> None:
        due = time.monotonic()
        while not self._stopping.is_set():
            for _ in range(int(A_SECOND * _STEP_S)):
                partition = min(range(self.partitions), key=self._sent.__getitem__)
                number = self._sent[partition]
                try:
                    self._producer.produce(
                        self.topic, b"%d:%d" % (partition, number), partition=partition, on_delivery=self._on_delivery
                    )
                except BufferError:
                    break
                except confluent_kafka.KafkaException as error:
                    self.errors.append(str(error))
                    return
                self._sent[partition] += 1
            due += _STEP_S
            self._producer.poll(max(0.0, due - time.monotonic()))

    def _on_delivery(self, error: Any, message: Any) -> None:
        if error is not None:
            self.errors.append(str(error))
            return
        partition, number = map(int, message.value().split(b":"))
        self.acknowledged[partition].add(number)
        now_s = time.monotonic()
        self.longest_silence_s = max(self.longest_silence_s, now_s - self.last_acknowledged_s)
        self.last_acknowledged_s = now_s


def values_in(nodes: ThreeNodes, topic: str, partition: int, node_id: int) -> list[int]:
    """The numbers in one replica's log, in the order of the log; followers are read too (Fetch v11)."""
    talk = Conversation(nodes.address(node_id))
    values: list[int] = []
    offset = 0
    try:
        while True:
            part = {"partition": partition, "fetch_offset": offset, "partition_max_bytes": 1 << 22}
            fields = {"max_wait": 0, "min_bytes": 0, "topics": [{"topic": topic, "partitions": [part]}]}
            found = talk.setup("Fetch", 12, **fields)["responses"][0]["partitions"][0]
            assert found["error_code"] == 0, found
            whole = [one for one in describe(found["records"]) if isinstance(one, dict)]
            if not whole:
                assert offset == found["high_watermark"], "a replica ends before the high watermark"
                return values
            for one in whole:
                assert one["crc"] == "right", one
                for record in one["records"]:
                    its_partition, number = map(int, record["value"].split(b":"))
                    assert its_partition == partition
                    values.append(number)
            offset = whole[-1]["last_offset"] + 1
    finally:
        talk.close_all()


def check(nodes: ThreeNodes, writer: ReplicatedWriter) -> None:
    """Every acknowledged record once and in order, on the leader; the same log on every replica."""
    nodes.wait_in_sync(writer.topic)
    for partition in range(writer.partitions):
        leader = nodes.leader(writer.topic, partition)
        found = values_in(nodes, writer.topic, partition, leader)
        lost = writer.acknowledged[partition] - set(found)
        assert not lost, f"{len(lost)} acknowledged records of partition {partition} are gone, first {min(lost)}"
        doubled = [number for number, times in Counter(found).items() if times > 1]
        assert not doubled, f"{len(doubled)} records of partition {partition} are there twice, first {doubled[0]}"
        assert found == sorted(found), f"the order in partition {partition}"
        for node_id in nodes.nodes:
            if node_id != leader:
                nodes.until(
                    lambda p=partition, n=node_id, f=found: values_in(nodes, writer.topic, p, n) == f,
                    f"node {node_id} to hold the log of the leader",
                    timeout_s=20,
                )
