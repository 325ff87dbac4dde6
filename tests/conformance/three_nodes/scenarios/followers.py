"""What a follower, and a broker without a replica, answers: hints to the leader, reads from the replica."""

from __future__ import annotations

from tests.conformance.conversation import produce_fields
from tests.conformance.scenarios.fetch import brief, fetch_fields
from tests.conformance.three_nodes.cluster_conversation import ClusterConversation
from tests.conformance.three_nodes.registry import scenario
from tests.helpers.record_batches import batch


def _written(talk: ClusterConversation, label: str) -> str:
    """A topic led by 1 with a follower 2 that has and serves three records."""
    name = talk.place(label, [1, 2])
    talk.produce_values(name, b"0", b"1")
    talk.produce_values(name, b"2")

    def served() -> bool:
        part = talk.at(2).setup("Fetch", 12, **fetch_fields(name, 0))["responses"][0]["partitions"][0]
        return bool(part["error_code"] == 0 and part["high_watermark"] == 3)

    talk.until(served, "the follower to serve all records")
    return name


@scenario()
def produce(talk: ClusterConversation) -> None:
    """A follower and a broker without a replica refuse; from version 10 they name the leader."""
    name = _written(talk, "written")
    its_id = talk.topic_id(name)
    data = batch([b"3"])
    for node_id in (2, 3):
        talk.at(node_id).ask_each("Produce", (3, 8, 9, 10, 11, 12), produce_fields(name, data))
        talk.at(node_id).ask("Produce", 13, **produce_fields(its_id, data))
        talk.at(node_id).ask("Produce", 9, **produce_fields(name, data, acks=1))
    talk.at(2).send("Produce", 9, **produce_fields(name, data, acks=0))
    talk.at(2).expect_silence()


@scenario()
def fetch(talk: ClusterConversation) -> None:
    """A follower serves from version 11 on; a broker without a replica names the leader from version 16."""
    name = _written(talk, "read")
    its_id = talk.topic_id(name)
    for node_id in (2, 3):
        talk.at(node_id).ask_each("Fetch", range(4, 13), fetch_fields(name), only=brief)
        talk.at(node_id).ask_each("Fetch", range(13, 19), fetch_fields(its_id), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 3), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 4), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 99), only=brief)
    for epoch in (0, 1):
        talk.at(2).ask("Fetch", 12, **fetch_fields(name, 1, current_leader_epoch=epoch), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 1, last_fetched_epoch=0), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 1, isolation_level=1), only=brief)


@scenario()
def nearest(talk: ClusterConversation) -> None:
    """A leader sends a reader to the replica in its rack, and serves one of its own rack or of none itself."""
    name = _written(talk, "near")
    for rack in ("r2", "r1", "r3", "r9", ""):
        talk.ask("Fetch", 12, **fetch_fields(name, 1, rack_id=rack), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 1, rack_id="r1"), only=brief)
    talk.ask("Fetch", 12, **fetch_fields(name, 99, rack_id="r2"), only=brief)


@scenario()
def offsets(talk: ClusterConversation) -> None:
    """ListOffsets, OffsetForLeaderEpoch and DeleteRecords are the leader's alone."""
    name = _written(talk, "measured")
    for node_id in (2, 3):
        for timestamp in (-1, -2, -3, 0):
            parts = [{"partition_index": 0, "timestamp": timestamp}]
            talk.at(node_id).ask("ListOffsets", 7, replica_id=-1, topics=[{"name": name, "partitions": parts}])
        epochs = [{"partition": 0, "current_leader_epoch": -1, "leader_epoch": 0}]
        talk.at(node_id).ask("OffsetForLeaderEpoch", 4, replica_id=-1, topics=[{"topic": name, "partitions": epochs}])
        deleted = [{"partition_index": 0, "offset": 1}]
        talk.at(node_id).ask("DeleteRecords", 2, topics=[{"name": name, "partitions": deleted}], timeout=5000)
    parts = [{"partition_index": 0, "timestamp": -1, "current_leader_epoch": 5}]
    talk.at(2).ask("ListOffsets", 7, replica_id=-1, topics=[{"name": name, "partitions": parts}])


@scenario()
def deleted_records(talk: ClusterConversation) -> None:
    """DeleteRecords on the leader waits for the follower, which then begins there too."""
    name = _written(talk, "purged")
    deleted = [{"partition_index": 0, "offset": 2}]
    talk.ask("DeleteRecords", 2, topics=[{"name": name, "partitions": deleted}], timeout=10_000)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 0), only=brief)
    talk.at(2).ask("Fetch", 12, **fetch_fields(name, 2), only=brief)


@scenario()
def acknowledged(talk: ClusterConversation) -> None:
    """More in sync than there are replicas cannot be asked for: the minimum is capped."""
    name = talk.place("capped", [1, 2], min_insync_replicas="3")
    for acks in (-1, 1):
        talk.ask("Produce", 9, **produce_fields(name, batch([b"x"]), acks=acks))
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": name}], response_partition_limit=2000)
