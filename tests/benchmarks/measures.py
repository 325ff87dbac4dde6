"""What is measured of a running cluster, each with a client that neither side wrote (librdkafka, kcat)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import threading
import time
import uuid
from pathlib import Path
from statistics import median

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from tests.benchmarks.contestants import Contestant
from workbench.client.session import ClusterSession

QUIET = {"log_level": 0}


def _topic(contestant: Contestant, partitions: int = 1) -> str:
    name = f"bench-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, **QUIET})
    admin.create_topics([NewTopic(name, partitions, min(3, contestant.brokers))])[name].result(30)
    return name


def first_record_s(contestant: Contestant) -> float:
    """From the start of the processes to the first acknowledged record of a topic made for it, with acks=all."""
    began = time.perf_counter()
    contestant.start()
    contestant.wait_for_ports()
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, "reconnect.backoff.ms": 10, **QUIET})
    while True:
        try:
            made = admin.create_topics([NewTopic("first", 1, min(3, contestant.brokers))], request_timeout=30)
            made["first"].result(30)
            break
        except KafkaException as error:
            if error.args[0].name() == "TOPIC_ALREADY_EXISTS":
                break
            time.sleep(0.01)
    producer = Producer(
        {"bootstrap.servers": contestant.bootstrap, "acks": "all", "linger.ms": 0, "retry.backoff.ms": 10, **QUIET}
    )
    outcome: list[object] = []
    producer.produce("first", b"hello", on_delivery=lambda error, _: outcome.append(error))
    producer.flush(30)
    if outcome != [None]:
        raise AssertionError(f"the first record was not acknowledged: {outcome}")
    return time.perf_counter() - began


def idle_cpu_percent(contestant: Contestant, seconds: float = 15.0) -> float:
    """Of one core, all brokers together."""
    before = contestant.cpu_s()
    time.sleep(seconds)
    return (contestant.cpu_s() - before) / seconds * 100


def wait_for_brokers(contestant: Contestant) -> None:
    """All are registered and alive."""
    contestant.wait_for_ports()
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, "reconnect.backoff.ms": 10, **QUIET})
    while True:
        try:
            if len(admin.list_topics(timeout=5).brokers) == contestant.brokers:
                return
        except KafkaException:
            continue
        time.sleep(0.05)


def make_topics(contestant: Contestant, topics: int, partitions: int) -> None:
    """Topics of `partitions`, with replicas on three brokers where there are three, in requests of 100."""
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, **QUIET})
    names = [f"many-{uuid.uuid4().hex[:8]}" for _ in range(topics)]
    for first in range(0, topics, 100):
        wanted = [NewTopic(name, partitions, min(3, contestant.brokers)) for name in names[first : first + 100]]
        for made in admin.create_topics(wanted, request_timeout=60).values():
            made.result(90)


def start_s(contestant: Contestant) -> float:
    """From the start of the stopped cluster's processes until every partition has a leader and all its replicas."""
    began = time.perf_counter()
    contestant.start()
    contestant.wait_for_ports()
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, "reconnect.backoff.ms": 10, **QUIET})
    while True:
        try:
            seen = admin.list_topics(timeout=5)
        except KafkaException:
            continue
        parts = [part for topic in seen.topics.values() for part in topic.partitions.values()]
        whole = all(part.leader >= 0 and len(part.isrs) == len(part.replicas) for part in parts)
        if len(seen.brokers) == contestant.brokers and parts and whole:
            return time.perf_counter() - began
        time.sleep(0.02)


LINE_BYTES = 1024


def make_lines(path: Path, megabytes: int) -> None:
    """A file of lines of `LINE_BYTES`, the newline included."""
    line = (b"0123456789abcdef" * 64)[: LINE_BYTES - 1] + b"\n"
    with path.open("wb") as out:
        for _ in range(megabytes):
            out.write(line * 1024)


def produce_mb_s(contestant: Contestant, lines: Path, topic: str) -> float:
    """kcat, records of 1 KiB, acks=all, uncompressed."""
    began = time.perf_counter()
    subprocess.run(
        [
            "kcat", "-P", "-b", contestant.bootstrap, "-t", topic, "-p", "0", "-l", str(lines),
            "-X", "acks=all", "-X", "linger.ms=5", "-X", "batch.size=1000000",
            "-X", "queue.buffering.max.messages=1000000", "-X", "queue.buffering.max.kbytes=2000000",
            "-X", "message.timeout.ms=120000",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return lines.stat().st_size / 1e6 / (time.perf_counter() - began)


def consume_mb_s(contestant: Contestant, topic: str, size_bytes: int) -> float:
    """kcat, all records from the beginning, to nowhere.

    It counts them: told to end at the end (`-e`), it would wait there for `fetch.wait.max.ms`, half a second.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [
            "kcat", "-C", "-b", contestant.bootstrap, "-t", topic, "-p", "0", "-o", "beginning", "-q",
            "-c", str(size_bytes // LINE_BYTES),
            "-f", "", "-X", "fetch.message.max.bytes=10000000", "-X", "queued.max.messages.kbytes=1000000",
            "-X", "check.crcs=false",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    assert not done.stdout
    return size_bytes / 1e6 / (time.perf_counter() - began)


def latency_us(contestant: Contestant, rounds: int = 3000) -> tuple[float, float]:
    """Median and 99th percentile of one record of 1 KiB at a time with acks=all."""
    topic = _topic(contestant)
    producer = Producer({"bootstrap.servers": contestant.bootstrap, "acks": "all", "linger.ms": 0, **QUIET})
    taken = []
    for _ in range(rounds):
        began = time.perf_counter()
        producer.produce(topic, b"x" * 1024)
        producer.flush()
        taken.append(time.perf_counter() - began)
    taken = sorted(taken[rounds // 5 :])
    return median(taken) * 1e6, taken[int(len(taken) * 0.99)] * 1e6


def topic_creation_ms(contestant: Contestant, rounds: int = 20) -> float:
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, **QUIET})
    admin.list_topics(timeout=10)
    taken = []
    for _ in range(rounds):
        name = f"made-{uuid.uuid4().hex[:8]}"
        began = time.perf_counter()
        admin.create_topics([NewTopic(name, 3, min(3, contestant.brokers))])[name].result(30)
        taken.append(time.perf_counter() - began)
    return median(taken) * 1e3


def join_group_ms(contestant: Contestant, rounds: int = 5) -> float:
    """From subscribing to the assignment of the only member."""
    topic = _topic(contestant)
    taken = []
    for _ in range(rounds):
        assigned = threading.Event()
        consumer = Consumer({"bootstrap.servers": contestant.bootstrap, "group.id": uuid.uuid4().hex, **QUIET})
        consumer.list_topics(topic, timeout=10)
        began = time.perf_counter()
        consumer.subscribe([topic], on_assign=lambda *_, event=assigned: event.set())
        while not assigned.is_set():
            consumer.poll(0.001)
        taken.append(time.perf_counter() - began)
        consumer.close()
    return median(taken) * 1e3


def controller_id(contestant: Contestant) -> int:
    """Who leads the metadata quorum."""

    async def ask() -> int:
        async with ClusterSession(contestant.bootstrap) as session:
            return (await session.describe_quorum()).leader_id

    return asyncio.run(ask())


def failover_ms(contestant: Contestant, how: signal.Signals, *, of_controller: bool) -> float:
    """Longest time without an acknowledged record when the leader's process gets `how`.

    It is the controller's process too, or is not: an election of the quorum takes time of its own.
    """
    admin = AdminClient({"bootstrap.servers": contestant.bootstrap, **QUIET})
    controller = controller_id(contestant)
    while True:
        topic = _topic(contestant)
        leader = admin.list_topics(topic, timeout=10).topics[topic].partitions[0].leader
        if (leader == controller) == of_controller:
            break
    producer = Producer(
        {
            "bootstrap.servers": contestant.bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            "linger.ms": 0,
            "retry.backoff.ms": 10,
            "retry.backoff.max.ms": 20,
            "reconnect.backoff.ms": 10,
            "topic.metadata.refresh.fast.interval.ms": 10,
            "socket.timeout.ms": 10000,
            **QUIET,
        }
    )
    last = time.perf_counter()
    longest = 0.0
    ended = False

    def delivered(error: object, _: object) -> None:
        nonlocal last, longest
        now = time.perf_counter()
        if error is None and ended:
            longest = max(longest, now - last)
            last = now

    end = time.perf_counter() + 20
    while time.perf_counter() < end:
        producer.produce(topic, b"x" * 100, on_delivery=delivered)
        producer.poll(0.002)
        if not ended and time.perf_counter() > end - 18:
            ended = True
            last = time.perf_counter()
            contestant.end_broker(leader, how)
    producer.flush(60)
    contestant.processes[leader].wait(30)
    contestant.start_broker(leader)
    contestant.wait_for_ports()
    return longest * 1e3


def settle(contestant: Contestant, longest_s: float = 120) -> None:
    """Waits until the brokers came to rest: below half a core, and not falling by a fifth any more in two seconds."""
    end = time.monotonic() + longest_s
    last = float("inf")
    while time.monotonic() < end:
        used = idle_cpu_percent(contestant, 2)
        if 0.8 * last < used < 50:
            return
        last = used


def quiet() -> None:
    """Lets the disk settle, so that one side's writing is not the other's delay."""
    os.sync()
    time.sleep(1.0)
