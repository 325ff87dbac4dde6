"""Node 3 is stopped and comes back: in-sync sets, leaders, eligible leaders, elections, refused writes."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.conformance.conversation import produce_fields
from tests.conformance.scenarios.fetch import brief, fetch_fields
from tests.conformance.three_nodes.cluster_conversation import ClusterConversation
from tests.conformance.three_nodes.registry import scenario
from tests.helpers.record_batches import batch

Steps = Generator[None, None, None]
PREFERRED, UNCLEAN = 0, 1


def _elect(kind: int, name: str, *partitions: int) -> dict[str, Any]:
    return {
        "election_type": kind,
        "topic_partitions": [{"topic": name, "partitions": list(partitions)}],
        "timeout": 5000,
    }


def _describe(talk: ClusterConversation, name: str, node_id: int = 1) -> None:
    talk.at(node_id).ask("DescribeTopicPartitions", 0, topics=[{"name": name}], response_partition_limit=2000)


@scenario()
def too_few_in_sync(talk: ClusterConversation) -> Steps:
    """With one of three away, three in sync are too many to ask for; two are there, and one is enough for acks 1."""
    all_three = talk.place("all-three", [1, 2, 3], min_insync_replicas="3")
    two = talk.place("two", [1, 3], min_insync_replicas="2")
    enough = talk.place("enough", [1, 2, 3], min_insync_replicas="2")
    for name in (all_three, two, enough):
        talk.produce_values(name, b"before")
    yield
    for name in (all_three, two, enough):
        talk.until_seen(name, lambda parts: 3 not in parts[0]["isr_nodes"])
        for version in (9, 11):
            talk.ask("Produce", version, **produce_fields(name, batch([b"during"])))
    talk.ask("Produce", 9, **produce_fields(all_three, batch([b"during"]), acks=1))
    talk.ask("Fetch", 12, **fetch_fields(all_three), only=brief)
    _describe(talk, all_three)
    _describe(talk, two)
    yield
    for name, isr in ((all_three, (1, 2, 3)), (two, (1, 3)), (enough, (1, 2, 3))):
        talk.until_isr(name, *isr)
        talk.ask("Produce", 9, **produce_fields(name, batch([b"after"])))
        _describe(talk, name)


@scenario()
def led_by_the_one_away(talk: ClusterConversation) -> Steps:
    """Its leadership goes to the next in sync; back again, an election makes it the leader once more."""
    name = talk.place("led", [3, 1, 2], [3, 2, 1])
    for partition in (0, 1):
        talk.at(3).setup("Produce", 9, **produce_fields(name, batch([b"before"]), partition=partition))
    yield
    talk.until_seen(name, lambda parts: [part["leader_id"] for part in parts] == [1, 2])
    talk.until_led(name, 0, 1)
    talk.until_led(name, 1, 2)
    wanted = [{"name": name, "topic_id": None}]
    talk.ask("Metadata", 12, topics=wanted, allow_auto_topic_creation=False)
    _describe(talk, name)
    talk.ask("ElectLeaders", 2, **_elect(PREFERRED, name, 0, 1))
    talk.ask("Produce", 9, **produce_fields(name, batch([b"during"])))
    epochs = [{"partition": 0, "current_leader_epoch": -1, "leader_epoch": epoch} for epoch in (0, 1, 2)]
    for epoch in epochs:
        talk.ask("OffsetForLeaderEpoch", 4, replica_id=-1, topics=[{"topic": name, "partitions": [epoch]}])
    yield
    talk.until_isr(name, 1, 2, 3)
    talk.until_isr(name, 1, 2, 3, partition=1)
    talk.ask("ElectLeaders", 2, **_elect(PREFERRED, name, 0, 1))
    talk.until_led(name, 0, 3)
    _describe(talk, name)
    talk.ask("ElectLeaders", 2, **_elect(PREFERRED, name, 0, 1))
    talk.at(3).ask("Fetch", 12, **fetch_fields(name), only=brief)
    for epoch in (0, 1, 2):
        talk.at(3).ask("Fetch", 12, **fetch_fields(name, 1, current_leader_epoch=epoch), only=brief)


@scenario()
def only_there(talk: ClusterConversation) -> Steps:
    """What only node 3 has is without a leader; an unclean election cannot help, and node 3 leads it again."""
    name = talk.place("only-there", [3])
    talk.at(3).setup("Produce", 9, **produce_fields(name, batch([b"before"])))
    yield
    talk.until_seen(name, lambda parts: parts[0]["leader_id"] == -1)
    wanted = [{"name": name, "topic_id": None}]
    talk.ask_each("Metadata", (4, 5, 12), {"topics": wanted, "allow_auto_topic_creation": False})
    _describe(talk, name)
    talk.ask("Produce", 9, **produce_fields(name, batch([b"during"])))
    parts = [{"partition_index": 0, "timestamp": -1}]
    talk.ask("ListOffsets", 7, replica_id=-1, topics=[{"name": name, "partitions": parts}])
    for kind in (PREFERRED, UNCLEAN):
        talk.ask("ElectLeaders", 2, **_elect(kind, name, 0))
    yield
    talk.until_seen(name, lambda parts: parts[0]["leader_id"] == 3)
    talk.until_led(name, 0, 3)
    _describe(talk, name)
    talk.at(3).ask("Fetch", 12, **fetch_fields(name), only=brief)


@scenario()
def an_unclean_election(talk: ClusterConversation) -> Steps:
    """A replica out of sync leads when it is told to; the others give up what it never had."""
    name = talk.place("unclean", [3, 1], min_insync_replicas="1")
    yield
    talk.until_seen(name, lambda parts: parts[0]["leader_id"] == 1)
    _describe(talk, name)
    talk.ask("ElectLeaders", 2, **_elect(UNCLEAN, name, 0))
    _describe(talk, name)


@scenario()
def brokers(talk: ClusterConversation) -> Steps:
    """Who is there: a fenced broker is left out of Metadata, told when asked for, and cannot get replicas."""
    yield
    talk.ask("Metadata", 12, topics=[], allow_auto_topic_creation=False)
    for fenced in (False, True):
        talk.at(2).ask("DescribeCluster", 2, include_cluster_authorized_operations=False, include_fenced_brokers=fenced)
    for label, factor, placed in (("three", 3, None), ("there", -1, [3]), ("here", -1, [1, 2]), ("both", -1, [1, 3])):
        assignments = [{"partition_index": 0, "broker_ids": placed}] if placed else []
        count = -1 if placed else 1
        topic = {"name": talk.name(label), "num_partitions": count, "replication_factor": factor}
        talk.ask("CreateTopics", 7, topics=[{**topic, "assignments": assignments}], timeout=10_000)
    yield
    talk.at(3).ask("Metadata", 12, topics=[], allow_auto_topic_creation=False)


@scenario()
def reassignments(talk: ClusterConversation) -> Steps:
    """A move to node 3 goes on until it is back; one that is cancelled leaves everything as it was."""
    moved, cancelled = talk.place("moved", [1, 2]), talk.place("cancelled", [1, 2])
    swapped = talk.place("swapped", [1, 2])
    for name in (moved, cancelled, swapped):
        talk.produce_values(name, b"before")

    def move(name: str, replicas: list[int] | None, **more: Any) -> None:
        parts = [{"partition_index": 0, "replicas": replicas}]
        talk.ask("AlterPartitionReassignments", 1, timeout=10_000, topics=[{"name": name, "partitions": parts}], **more)

    def listed(name: str | None) -> None:
        topics = [{"name": name, "partition_indexes": [0]}] if name else None
        talk.ask("ListPartitionReassignments", 0, timeout=10_000, topics=topics)

    move(swapped, [2, 1])
    talk.until_seen(swapped, lambda parts: parts[0]["replica_nodes"] == [2, 1])
    _describe(talk, swapped)
    yield
    for name in (moved, cancelled):
        move(name, [3, 2])
        listed(name)
        talk.until_seen(name, lambda parts: 3 in parts[0]["replica_nodes"])
        _describe(talk, name)
    talk.ask("Produce", 9, **produce_fields(moved, batch([b"during"])))
    move(cancelled, [3, 1])
    listed(cancelled)
    move(cancelled, None)
    listed(cancelled)
    talk.until_seen(cancelled, lambda parts: 3 not in parts[0]["replica_nodes"])
    _describe(talk, cancelled)
    move(cancelled, None)
    move(moved, [1, 2, 3], allow_replication_factor_change=False)
    listed(moved)
    yield
    talk.until_seen(moved, lambda parts: parts[0]["replica_nodes"] == [3, 2])
    talk.until_led(moved, 0, 3)
    talk.until_isr(moved, 2, 3)
    _describe(talk, moved)
    listed(moved)
    talk.at(3).ask("Fetch", 12, **fetch_fields(moved), only=brief)
    talk.ask("Fetch", 17, **fetch_fields(talk.topic_id(moved)), only=brief)


@scenario()
def unregistered(talk: ClusterConversation) -> Steps:
    """A broker that runs cannot be forgotten; one that is stopped can, and registers again."""
    yield
    talk.ask("UnregisterBroker", 0, broker_id=9)
    talk.ask("UnregisterBroker", 0, broker_id=3)
    talk.until(lambda: not _is_known(talk, 3), "broker 3 to be forgotten")
    talk.ask("DescribeCluster", 2, include_cluster_authorized_operations=False, include_fenced_brokers=True)
    talk.ask("UnregisterBroker", 0, broker_id=3)
    yield
    talk.ask("DescribeCluster", 2, include_cluster_authorized_operations=False, include_fenced_brokers=True)


def _is_known(talk: ClusterConversation, node_id: int) -> bool:
    asked = {"include_cluster_authorized_operations": False, "include_fenced_brokers": True}
    answer = talk.setup("DescribeCluster", 2, **asked)
    return node_id in {broker["broker_id"] for broker in answer["brokers"]}
