"""Apache Kafka's own command line tools, asked of our broker: the same answers that they give beside their own.

Each tool costs a second of Java's start, so a test asks several questions of one.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
from collections.abc import Iterator

import pytest

from tests.helpers import apache_kafka
from tests.helpers.apache_kafka import tool

pytestmark = pytest.mark.java


@pytest.fixture(scope="module", autouse=True)
def _needs_java() -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def server(bootstrap: str) -> list[str]:
    return ["--bootstrap-server", bootstrap]


@pytest.fixture(scope="module")
def written(server: list[str]) -> Iterator[str]:
    """A topic of three partitions with 30 records, written by the console producer."""
    topic = f"tools-{secrets.token_hex(3)}"
    created = tool("kafka-topics", *server, "--create", "--topic", topic, "--partitions", "3")
    assert f"Created topic {topic}." in created
    lines = "".join(f"key{number}\tvalue{number}\n" for number in range(30))
    reader = ["--reader-property", "parse.key=true", "--compression-codec", "lz4"]
    tool("kafka-console-producer", *server, "--topic", topic, *reader, stdin=lines)
    yield topic


@pytest.fixture(scope="module")
def group(server: list[str], written: str) -> str:
    """A group that has read the topic to its end with the console consumer."""
    name = f"{written}-group"
    read = _consume(server, written, "--group", name, "--from-beginning", "--max-messages", "30")
    assert sorted(read) == sorted(f"key{number}\tvalue{number}" for number in range(30))
    return name


def _consume(server: list[str], topic: str, *arguments: str) -> list[str]:
    formatter = ["--formatter-property", "print.key=true", "--timeout-ms", "15000"]
    return tool("kafka-console-consumer", *server, "--topic", topic, *formatter, *arguments).splitlines()


def test_console_producer_and_consumer(server: list[str], written: str, group: str) -> None:
    from_two = _consume(server, written, "--partition", "0", "--offset", "2", "--max-messages", "1")
    all_of_it = _consume(server, written, "--partition", "0", "--offset", "earliest", "--max-messages", "3")
    assert from_two == all_of_it[2:]


def test_topics(server: list[str], written: str) -> None:
    described = tool("kafka-topics", *server, "--describe", "--topic", written)
    head, *partitions = described.strip().splitlines()
    assert re.search(rf"Topic: {written}\s+TopicId: [\w-]{{22}}\s+PartitionCount: 3\s+ReplicationFactor: 1", head)
    for number, line in enumerate(partitions):
        assert re.search(rf"Partition: {number}\s+Leader: 1\s+Replicas: 1\s+Isr: 1", line), line
    tool("kafka-topics", *server, "--alter", "--topic", written, "--partitions", "4")
    assert written in tool("kafka-topics", *server, "--list").split()
    doomed = f"{written}-doomed"
    tool("kafka-topics", *server, "--create", "--topic", doomed, "--config", "cleanup.policy=compact")
    tool("kafka-topics", *server, "--delete", "--topic", doomed)
    with pytest.raises(AssertionError, match="does not exist"):
        tool("kafka-topics", *server, "--describe", "--topic", doomed)


def test_configs(server: list[str], written: str) -> None:
    of_topic = [*server, "--entity-type", "topics", "--entity-name", written]
    tool("kafka-configs", *of_topic, "--alter", "--add-config", "retention.ms=86400000,cleanup.policy=[compact,delete]")
    described = tool("kafka-configs", *of_topic, "--describe")
    assert "retention.ms=86400000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=86400000" in described
    assert "cleanup.policy=compact,delete" in described
    tool("kafka-configs", *of_topic, "--alter", "--delete-config", "retention.ms,cleanup.policy")
    assert "retention.ms" not in tool("kafka-configs", *of_topic, "--describe")
    of_broker = [*server, "--entity-type", "brokers", "--entity-name", "1", "--describe", "--all"]
    everything = tool("kafka-configs", *of_broker)
    assert "num.partitions=1 sensitive=false synonyms={" in everything
    assert "log.segment.bytes=1073741824 sensitive=false synonyms={DEFAULT_CONFIG:log.segment.bytes=" in everything


def test_configs_refuses_by_name(server: list[str], written: str) -> None:
    of_topic = [*server, "--entity-type", "topics", "--entity-name", written]
    with pytest.raises(AssertionError, match=r"no\.such\.config"):
        tool("kafka-configs", *of_topic, "--alter", "--add-config", "no.such.config=1")


def test_consumer_groups(server: list[str], written: str, group: str) -> None:
    assert group in tool("kafka-consumer-groups", *server, "--list").split()
    described = tool("kafka-consumer-groups", *server, "--group", group, "--describe")
    rows = [line.split() for line in described.splitlines() if line.startswith(group)]
    assert sum(int(row[3]) for row in rows) == 30
    assert {row[5] for row in rows} == {"0"}
    state = tool("kafka-consumer-groups", *server, "--group", group, "--describe", "--state")
    assert "Empty" in state
    to_start = ["--reset-offsets", "--to-earliest", "--topic", written, "--execute"]
    tool("kafka-consumer-groups", *server, "--group", group, *to_start)
    again = tool("kafka-consumer-groups", *server, "--group", group, "--describe")
    assert {line.split()[3] for line in again.splitlines() if line.startswith(group)} == {"0"}
    tool("kafka-consumer-groups", *server, "--group", group, "--delete")
    assert group not in tool("kafka-consumer-groups", *server, "--list").split()


def test_offsets_and_directories(server: list[str], written: str) -> None:
    latest = tool("kafka-get-offsets", *server, "--topic", written)
    ends = {line.rsplit(":", 1)[0]: int(line.rsplit(":", 1)[1]) for line in latest.split()}
    assert sum(ends.values()) == 30
    earliest = tool("kafka-get-offsets", *server, "--topic", written, "--time", "earliest")
    assert {line.rsplit(":", 1)[1] for line in earliest.split()} == {"0"}
    directories = tool("kafka-log-dirs", *server, "--describe", "--topic-list", written)
    assert f'"partition":"{written}-0"' in directories


def test_quorum(server: list[str]) -> None:
    status = tool("kafka-metadata-quorum", *server, "describe", "--status")
    assert re.search(r"LeaderId:\s+1\b", status)
    assert re.search(r'CurrentVoters:\s+\[\{"id": 1,', status)
    replication = tool("kafka-metadata-quorum", *server, "describe", "--replication")
    assert re.search(r"^1\s+\S{22}\s+\d+\s+0\s+\d+\s+\d+\s+Leader", replication, re.MULTILINE)


def test_cluster_features_and_versions(server: list[str]) -> None:
    features = tool("kafka-features", *server, "describe")
    supported = r"SupportedMinVersion: 3.3-IV3\s+SupportedMaxVersion: 4.3-IV0"
    assert re.search(rf"Feature: metadata.version\s+{supported}", features)
    assert re.search(r"Cluster ID: [\w-]{22}", tool("kafka-cluster", "cluster-id", *server))
    versions = tool("kafka-broker-api-versions", *server)
    assert re.search(r"Produce\(0\): 0 to 13 \[usable: 13\]", versions)
    assert "UNSUPPORTED" not in "\n".join(line for line in versions.splitlines() if "Fetch(1)" in line)


def test_delete_records(server: list[str], written: str) -> None:
    script = f'{{"partitions": [{{"topic": "{written}", "partition": 0, "offset": 1}}], "version": 1}}'
    done = tool("kafka-delete-records", *server, "--offset-json-file", "/dev/stdin", stdin=script)
    assert "low_watermark: 1" in done


def test_consumers_of_java_share_a_group(server: list[str], bootstrap: str) -> None:
    """Two console consumers, the classic protocol, all the records between them."""
    topic = f"java-pair-{secrets.token_hex(3)}"
    tool("kafka-topics", *server, "--create", "--topic", topic, "--partitions", "2")
    command = apache_kafka.java(
        apache_kafka.TOOLS["kafka-console-consumer"],
        *server,
        *["--topic", topic, "--group", f"{topic}-group", "--from-beginning", "--timeout-ms", "5000"],
        *["--command-property", "group.protocol=classic"],
    )
    pair = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) for _ in range(2)]
    lines = "".join(f"{number}\n" for number in range(50))
    tool("kafka-console-producer", *server, "--topic", topic, stdin=lines)
    outputs = [process.communicate(timeout=60)[0].split() for process in pair]
    assert sorted(int(number) for output in outputs for number in output) == list(range(50))


def test_verifiable_producer_and_consumer(server: list[str]) -> None:
    """What is written and read is told record by record, as programs that test Kafka read it."""
    topic = f"verifiable-{secrets.token_hex(3)}"
    tool("kafka-topics", *server, "--create", "--topic", topic, "--partitions", "2")
    written = tool("kafka-verifiable-producer", *server, "--topic", topic, "--max-messages", "300", "--acks", "-1")
    events = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    assert [event["name"] for event in events[-2:]] == ["shutdown_complete", "tool_data"]
    assert (events[-1]["sent"], events[-1]["acked"]) == (300, 300)
    sent = sorted((event["partition"], event["offset"]) for event in events if event["name"] == "producer_send_success")
    reading = ["--topic", topic, "--group-id", f"{topic}-group", "--max-messages", "300", "--verbose"]
    read = tool("kafka-verifiable-consumer", *server, *reading, "--reset-policy", "earliest")
    events = [json.loads(line) for line in read.splitlines() if line.startswith("{")]
    found = sorted((event["partition"], event["offset"]) for event in events if event["name"] == "record_data")
    assert found == sent
    committed = [event for event in events if event["name"] == "offsets_committed" and event["success"]]
    assert sum(one["offset"] for one in committed[-1]["offsets"]) == 300


def test_performance_tools(server: list[str]) -> None:
    topic = f"performance-{secrets.token_hex(3)}"
    tool("kafka-topics", *server, "--create", "--topic", topic, "--partitions", "2")
    load = ["--num-records", "20000", "--record-size", "100", "--throughput", "-1"]
    written = tool("kafka-producer-perf-test", *server, "--topic", topic, *load)
    assert written.splitlines()[-1].startswith("20000 records sent, ")
    read = tool("kafka-consumer-perf-test", *server, "--topic", topic, "--num-records", "20000", "--timeout", "20000")
    head, figures = (line.split(", ") for line in read.splitlines()[-2:])
    assert int(figures[head.index("data.consumed.in.nMsg")]) >= 20000
