"""Brokers, topics and where their replicas are: described, placed by the controller, placed by hand."""

from __future__ import annotations

from typing import Any

from tests.conformance.three_nodes.cluster_conversation import ClusterConversation
from tests.conformance.three_nodes.registry import scenario


def _placed(*replicas: list[int]) -> list[dict[str, Any]]:
    return [{"partition_index": index, "broker_ids": ids} for index, ids in enumerate(replicas)]


@scenario()
def described(talk: ClusterConversation) -> None:
    """Three brokers with racks, a topic whose partitions are led by each; every node tells the same."""
    name = talk.place("everywhere", [1, 2, 3], [2, 3, 1], [3, 1, 2])
    wanted = [{"name": name, "topic_id": None}]
    for version in (1, 4, 5, 7, 9, 12, 13):
        talk.ask("Metadata", version, topics=wanted, allow_auto_topic_creation=False)
    for node_id in (2, 3):
        talk.at(node_id).ask("Metadata", 12, topics=wanted, allow_auto_topic_creation=False)
        talk.at(node_id).ask("DescribeTopicPartitions", 0, topics=[{"name": name}], response_partition_limit=2000)
        talk.at(node_id).ask("DescribeCluster", 2, include_cluster_authorized_operations=False)
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": name}], response_partition_limit=2)
    cursor = {"topic_name": name, "partition_index": 2}
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": name}], response_partition_limit=1, cursor=cursor)


@scenario()
def placement(talk: ClusterConversation) -> None:
    """Replication factors that three brokers allow and do not; where the replicas go is the controller's choice."""
    for factor in (1, 2, 3, 4, 0, -2):
        topic = {"name": talk.name(f"by{factor}"), "num_partitions": 6, "replication_factor": factor}
        talk.ask("CreateTopics", 7, topics=[topic], timeout=10_000)
    for factor in (2, 3):
        name = talk.name(f"by{factor}")
        talk.until_seen(name, lambda parts: len(parts) == 6)
        parts = talk.partitions_of(name)
        talk.note("replicas of each", [len(set(part["replica_nodes"])) for part in parts])
        talk.note("leaders", sorted(part["replica_nodes"][0] for part in parts))
        talk.note("all in sync", all(sorted(part["isr_nodes"]) == sorted(part["replica_nodes"]) for part in parts))


@scenario()
def placed_by_hand(talk: ClusterConversation) -> None:
    """Assignments that are taken as they are, and those that are refused."""
    for label, *replicas in (
        ("good", [3, 1], [2, 3]),
        ("uneven", [1, 2], [1]),
        ("twice", [1, 1]),
        ("unknown-broker", [1, 9]),
        ("nobody", []),
        ("negative", [-1]),
    ):
        topic = {"name": talk.name(label), "num_partitions": -1, "replication_factor": -1}
        talk.ask("CreateTopics", 7, topics=[{**topic, "assignments": _placed(*replicas)}], timeout=10_000)
    gap = [{"partition_index": index, "broker_ids": [1]} for index in (0, 2)]
    topic = {"name": talk.name("gap"), "num_partitions": -1, "replication_factor": -1, "assignments": gap}
    talk.ask("CreateTopics", 7, topics=[topic], timeout=10_000)
    good = talk.name("good")
    talk.until_seen(good, lambda parts: len(parts) == 2)
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": good}], response_partition_limit=2000)


@scenario()
def more_partitions(talk: ClusterConversation) -> None:
    """Partitions are added with as many replicas as there are, by choice or by hand."""
    name = talk.place("grown", [1, 2])

    def grow(count: int, *replicas: list[int]) -> None:
        assignments = [{"broker_ids": ids} for ids in replicas] or None
        wanted = [{"name": name, "count": count, "assignments": assignments}]
        talk.ask("CreatePartitions", 3, topics=wanted, timeout=10_000, validate_only=False)

    grow(3, [3, 2], [2, 1])
    grow(4, [3, 2, 1])
    grow(4, [3])
    grow(4, [3, 3])
    grow(4, [3, 9])
    grow(5, [3, 1])
    grow(2)
    grow(3)
    grow(4)
    talk.until_seen(name, lambda parts: len(parts) == 4)
    parts = talk.partitions_of(name)
    talk.note("by hand", [part["replica_nodes"] for part in parts[:3]])
    talk.note("by choice", len(set(parts[3]["replica_nodes"])))


@scenario()
def directories(talk: ClusterConversation) -> None:
    """Each broker tells its own replicas and their sizes."""
    name = talk.place("filed", [1, 2], [3, 1])
    talk.produce_values(name, b"one")
    talk.until(lambda: _size(talk, 2, name) == _size(talk, 1, name) > 0, "the follower to have the record")

    def brief(body: dict[str, Any]) -> dict[str, Any]:
        results = []
        for result in body["results"]:
            mine = [topic for topic in result["topics"] if talk.is_mine(topic["name"])]
            results.append({**result, "topics": mine, "total_bytes": "<bytes>", "usable_bytes": "<bytes>"})
        return {**body, "results": results}

    wanted = [{"topic": name, "partitions": [0, 1]}]
    for node_id in (1, 2, 3):
        talk.at(node_id).ask("DescribeLogDirs", 4, topics=wanted, only=brief)


def _size(talk: ClusterConversation, node_id: int, name: str) -> int:
    answer = talk.at(node_id).setup("DescribeLogDirs", 4, topics=[{"topic": name, "partitions": [0]}])
    return sum(part["partition_size"] for topic in answer["results"][0]["topics"] for part in topic["partitions"])
