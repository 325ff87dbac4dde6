"""A reassignment under a throttle takes as long as the throttle says, and no replica in sync is held back (KIP-73).

TESTED_BROKER=apache-kafka holds the same with Apache Kafka.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conformance.conversation import Conversation, produce_fields
from tests.helpers import three_nodes
from tests.helpers.record_batches import batch
from tests.helpers.single_node import program_under_test
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

TOPIC, BROKER = 2, 4
SET, DELETE = 0, 1
BATCH_BYTES = 250_000
BATCHES = 64
RATE = 1_000_000


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeNodes]:
    # A rate is near its limit where a fetch is small beside it.
    settings = {"replica.fetch.max.bytes": str(BATCH_BYTES)}
    prepared = three_nodes.prepare(tmp_path_factory.mktemp("three"), program_under_test(), settings=settings)
    with three_nodes.running(prepared):
        yield prepared


def configure(nodes: ThreeNodes, kind: int, name: str, **values: str | None) -> None:
    """Sets dynamic configurations; those with None are removed."""
    configs = [
        {"name": key.replace("_", "."), "config_operation": DELETE if value is None else SET, "value": value}
        for key, value in values.items()
    ]
    resources = [{"resource_type": kind, "resource_name": name, "configs": configs}]
    asked = int(name) if kind == BROKER and name else 1
    answer = nodes.ask(asked, "IncrementalAlterConfigs", 1, resources=resources, validate_only=False)
    assert [one["error_code"] for one in answer["responses"]] == [0], answer


def in_force(nodes: ThreeNodes, node_id: int, name: str) -> bool:
    """Whether a broker has heard of a configuration of its own."""
    wanted = [{"resource_type": BROKER, "resource_name": str(node_id), "configuration_keys": [name]}]
    found = nodes.ask(node_id, "DescribeConfigs", 4, resources=wanted, include_synonyms=False)
    return [one["name"] for one in found["results"][0]["configs"]] == [name]


def place(nodes: ThreeNodes, topic: str, *replicas: int) -> None:
    nodes.until(
        lambda: (
            nodes.ask(
                1,
                "CreateTopics",
                7,
                timeout=10_000,
                topics=[
                    {
                        "name": topic,
                        "num_partitions": -1,
                        "replication_factor": -1,
                        "assignments": [{"partition_index": 0, "broker_ids": list(replicas)}],
                    }
                ],
            )["topics"][0]["error_code"]
            in (0, 36)
        ),
        f"topic {topic}",
    )
    nodes.wait_in_sync(topic, len(replicas))


def fill(nodes: ThreeNodes, topic: str, batches: int) -> None:
    talk = Conversation(nodes.address(nodes.leader(topic)))
    talk.wait_for_topic(topic)
    for number in range(batches):
        talk.setup("Produce", 9, **produce_fields(topic, batch([number.to_bytes(4) * (BATCH_BYTES // 4)])))
    talk.close_all()


def reassign(nodes: ThreeNodes, topic: str, *replicas: int) -> None:
    parts = [{"partition_index": 0, "replicas": list(replicas)}]
    answer = nodes.ask(
        1, "AlterPartitionReassignments", 0, timeout=10_000, topics=[{"name": topic, "partitions": parts}]
    )
    assert answer["responses"][0]["partitions"][0]["error_code"] == 0, answer


def seconds_until_moved(nodes: ThreeNodes, topic: str, *replicas: int) -> float:
    began = time.monotonic()
    reassign(nodes, topic, *replicas)

    def moved() -> bool:
        part: dict[str, Any] = nodes.partitions(topic)[0]
        return part["replica_nodes"] == list(replicas)

    nodes.until(moved, f"{topic} on {replicas}", timeout_s=120)
    return time.monotonic() - began


@pytest.mark.parametrize("side", ["leader", "follower"])
def test_a_move_takes_as_long_as_the_rate_says(nodes: ThreeNodes, side: str) -> None:
    topic = f"moved-{side}"
    place(nodes, topic, 1)
    fill(nodes, topic, BATCHES)
    configure(nodes, TOPIC, topic, **{f"{side}_replication_throttled_replicas": "0:1,0:2"})
    for node_id in NODE_IDS:
        configure(nodes, BROKER, str(node_id), **{f"{side}_replication_throttled_rate": str(RATE)})
        nodes.until(
            lambda n=node_id: in_force(nodes, n, f"{side}.replication.throttled.rate"), "the rate to be in force"
        )
    try:
        took_s = seconds_until_moved(nodes, topic, 2)
    finally:
        for node_id in NODE_IDS:
            configure(nodes, BROKER, str(node_id), **{f"{side}_replication_throttled_rate": None})
    rate = BATCHES * BATCH_BYTES / took_s
    assert 0.7 * RATE < rate < 1.3 * RATE, f"{rate:,.0f} bytes a second"
    unthrottled_s = seconds_until_moved(nodes, topic, 1)
    assert unthrottled_s < took_s / 3


def test_members_of_the_in_sync_set_are_not_held_back(nodes: ThreeNodes) -> None:
    place(nodes, "in-sync", 1, 2, 3)
    everything = {f"{side}_replication_throttled_replicas": "*" for side in ("leader", "follower")}
    configure(nodes, TOPIC, "in-sync", **everything)
    rates = {f"{side}_replication_throttled_rate": "1000" for side in ("leader", "follower")}
    configure(nodes, BROKER, "", **rates)
    try:
        began = time.monotonic()
        fill(nodes, "in-sync", 16)
        assert time.monotonic() - began < 20, "4 MB with acks=all, far above the limit"
        assert len(nodes.partitions("in-sync")[0]["isr_nodes"]) == 3
    finally:
        configure(nodes, BROKER, "", **dict.fromkeys(rates))
