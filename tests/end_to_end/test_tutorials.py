"""The tutorials' programs run unchanged, with each generation of kafka-python, on a broker that knows no topic yet."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.conversation import Conversation
from tests.end_to_end.tutorials import changed, source, start
from tests.helpers import single_node
from tests.helpers.installed_clients import KAFKA_PYTHON
from tests.helpers.single_node import program_under_test, running

pytestmark = pytest.mark.external_client

EVENTS = [{"user_id": number % 3, "action": "click", "number": number} for number in range(10)]


@pytest.fixture(scope="module", params=KAFKA_PYTHON)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def new_broker(version: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker of its own for each release, without any topic: the programs name theirs literally."""
    program = program_under_test()
    few = {"offsets.topic.num.partitions": "5", "group.min.session.timeout.ms": "1000"}
    file = single_node.prepare(tmp_path_factory.mktemp(f"broker-{version}"), program, settings=few)
    with running(file, program) as node:
        yield node.bootstrap


def test_hello_kafka(new_broker: str, version: str, tmp_path: Path) -> None:
    with start("hello_producer", source("hello_producer", new_broker), version, tmp_path) as producer:
        producer.finish()
    with start("hello_consumer", source("hello_consumer", new_broker), version, tmp_path) as consumer:
        assert consumer.wait_for_lines(1) == ["Hello, Kafka!"]


def test_hello_kafka_with_the_consumer_first(new_broker: str, version: str, tmp_path: Path) -> None:
    """The consumer makes the topic; what is sent later arrives."""
    topic = "consumer-first"
    texts = {}
    for name in ("hello_consumer", "hello_producer"):
        texts[name] = changed(source(name, new_broker), "test-topic", topic)
    if version == "2.3.3":
        # This release looks only every five minutes for the partitions of a topic that was not there at its start.
        looks_sooner = 'auto_offset_reset="earliest", metadata_max_age_ms=500'
        texts["hello_consumer"] = changed(texts["hello_consumer"], 'auto_offset_reset="earliest"', looks_sooner)
    with start("hello_consumer", texts["hello_consumer"], version, tmp_path) as consumer:
        _wait_for_topic(new_broker, topic)
        with start("hello_producer", texts["hello_producer"], version, tmp_path) as producer:
            producer.finish()
        assert consumer.wait_for_lines(1) == ["Hello, Kafka!"]


def _wait_for_topic(bootstrap: str, topic: str) -> None:
    talk = Conversation(bootstrap)
    asked = {"topics": [{"name": topic}], "allow_auto_topic_creation": False}
    talk.until(lambda: bool(talk.setup("Metadata", 8, **asked)["topics"][0]["error_code"] == 0), f"topic {topic}")
    talk.close()


def test_json_producer_and_consumer(new_broker: str, version: str, tmp_path: Path) -> None:
    """Ten JSON messages with topic, partition, offset, key and value; stopped by Ctrl+C, continued at the rest."""
    with start("producer", source("producer", new_broker), version, tmp_path) as producer:
        assert len(producer.finish().splitlines()) == 10
    with start("consumer", source("consumer", new_broker), version, tmp_path) as consumer:
        expected = [f"user-activity 0 {n} user-{n % 3} {json.dumps(event)}" for n, event in enumerate(EVENTS)]
        assert consumer.wait_for_lines(10) == expected
        consumer.process.send_signal(signal.SIGINT)
        consumer.finish()
    with start("producer", source("producer", new_broker), version, tmp_path) as producer:
        producer.finish()
    with start("consumer", source("consumer", new_broker), version, tmp_path, label="-again") as consumer:
        offsets = [int(line.split()[2]) for line in consumer.wait_for_lines(10)]
    assert offsets == list(range(10, 20))


def test_killed_consumer_continues_from_its_committed_offset(new_broker: str, version: str, tmp_path: Path) -> None:
    topic = "killed-activity"
    hasty = "auto_commit_interval_ms=100, session_timeout_ms=2000, heartbeat_interval_ms=300"
    text = changed(source("consumer", new_broker, topic=topic), "enable_auto_commit=True", hasty)
    with start("producer", source("producer", new_broker, topic=topic), version, tmp_path) as producer:
        producer.finish()
    with start("consumer", text, version, tmp_path) as consumer:
        consumer.wait_for_lines(10)
        committed = _wait_for_commit(new_broker, f"{topic}-group", topic)
        consumer.process.kill()
        consumer.process.wait()
    assert committed == 10
    with start("producer", source("producer", new_broker, topic=topic), version, tmp_path, label="2") as producer:
        producer.finish()
    with start("consumer", text, version, tmp_path, label="2") as consumer:
        lines = consumer.wait_for_lines(10)
    assert [int(line.split()[2]) for line in lines] == list(range(10, 20))


def _wait_for_commit(bootstrap: str, group: str, topic: str) -> int:
    """The committed offset once it has come to the end of the ten records."""
    talk = Conversation(bootstrap)
    asked = [{"name": topic, "partition_indexes": [0]}]

    def committed() -> int:
        answer = talk.setup("OffsetFetch", 5, group_id=group, topics=asked)
        return int(answer["topics"][0]["partitions"][0]["committed_offset"])

    talk.until(lambda: committed() == 10, "the consumer's automatic commit")
    talk.close()
    return 10


def test_killed_producer_is_run_again(new_broker: str, version: str, tmp_path: Path) -> None:
    """What a producer had sent when it was killed stays, and the next run goes on behind it."""
    topic = "producer-killed"
    with start("producer", source("producer", new_broker, quickly=False, topic=topic), version, tmp_path) as producer:
        producer.wait_for_lines(2)
        _wait_for_end(new_broker, topic, 2)
        producer.process.kill()
    with start("producer", source("producer", new_broker, topic=topic), version, tmp_path, label="2") as producer:
        producer.finish()
    assert _wait_for_end(new_broker, topic, 12) == 12


def _wait_for_end(bootstrap: str, topic: str, offset: int) -> int:
    talk = Conversation(bootstrap)
    asked = [{"name": topic, "partitions": [{"partition_index": 0, "timestamp": -1}]}]

    def end() -> int:
        return int(talk.setup("ListOffsets", 7, replica_id=-1, topics=asked)["topics"][0]["partitions"][0]["offset"])

    talk.until(lambda: end() >= offset, f"{offset} records in {topic}")
    found = end()
    talk.close()
    return found


def test_two_consumers_share_three_partitions(new_broker: str, version: str, tmp_path: Path) -> None:
    """Both copies get some of the partitions and together all records; when one ends, the other takes over."""
    topic = "shared-activity"
    talk = Conversation(new_broker)
    made = {"name": topic, "num_partitions": 3, "replication_factor": 1}
    assert talk.setup("CreateTopics", 4, topics=[made], timeout=5000)["topics"][0]["error_code"] == 0
    talk.wait_for_topic(topic, 3)
    text = source("consumer", new_broker, topic=topic)
    with (
        start("consumer", text, version, tmp_path, label="-a") as a,
        start("consumer", text, version, tmp_path, label="-b") as b,
    ):
        _wait_for_members(talk, f"{topic}-group", 2)
        thirty = changed(source("producer", new_broker, topic=topic), "range(10)", "range(30)")
        key = 'key=f"user-{number % 3}"'
        spread = changed(thirty, key, f"partition=number % 3, {key}")
        with start("producer", spread, version, tmp_path) as producer:
            producer.finish()
        deadline = time.monotonic() + 30
        while len(a.lines()) + len(b.lines()) < 30 and time.monotonic() < deadline:
            time.sleep(0.05)
        seen = [[line.split()[1:3] for line in one.lines()] for one in (a, b)]
        assert len(seen[0]) + len(seen[1]) == 30
        partitions = [{partition for partition, _ in one} for one in seen]
        assert sorted(len(one) for one in partitions) == [1, 2], "the partitions are shared, none is read twice"
        assert not partitions[0] & partitions[1]
        b.process.send_signal(signal.SIGINT)
        b.finish()
        _wait_for_members(talk, f"{topic}-group", 1)
        with start("producer", spread, version, tmp_path, label="2") as producer:
            producer.finish()
        taken_over = a.wait_for_lines(len(seen[0]) + 30)[len(seen[0]) :]
    assert {line.split()[1] for line in taken_over} == {"0", "1", "2"}
    talk.close_all()


def _wait_for_members(talk: Conversation, group: str, count: int) -> None:
    def stable() -> bool:
        found = talk.setup("DescribeGroups", 3, groups=[group])["groups"][0]
        return bool(found["group_state"] == "Stable" and len(found["members"]) == count)

    talk.until(stable, f"{count} members in {group}", 30)


@pytest.mark.slow
def test_ten_messages_one_a_second(new_broker: str, version: str, tmp_path: Path) -> None:
    """Unhurried, consumer and producer side by side: each message is printed within a second of being sent."""
    topic = "unhurried-activity"
    text = source("consumer", new_broker, topic=topic)
    slow = source("producer", new_broker, quickly=False, topic=topic)
    with start("consumer", text, version, tmp_path) as consumer, start("producer", slow, version, tmp_path) as producer:
        for count in range(1, 11):
            producer.wait_for_lines(count, 20)
            consumer.wait_for_lines(count, 10 if count == 1 else 1.5)
        producer.finish()
