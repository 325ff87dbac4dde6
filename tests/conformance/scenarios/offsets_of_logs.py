"""ListOffsets, OffsetForLeaderEpoch, DeleteRecords, DescribeLogDirs: where a log begins and ends, how large it is."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.conformance.scenarios.fetch import brief, fetch_fields
from tests.helpers.record_batches import TestRecord, batch

SPECIALS = {
    "latest": -1,
    "earliest": -2,
    "max timestamp": -3,
    "earliest local": -4,
    "latest tiered": -5,
    "pending upload": -6,
}
BASE = 1_700_000_000_000


def _asked(name: str, timestamp: int, partition: int = 0, epoch: int = -1) -> dict[str, Any]:
    part = {"partition_index": partition, "timestamp": timestamp, "current_leader_epoch": epoch}
    return {"replica_id": -1, "topics": [{"name": name, "partitions": [part]}]}


def _three_times(talk: Conversation, label: str) -> str:
    name = talk.create_topic(label)
    talk.produce(
        name,
        batch([TestRecord(value=b"0"), TestRecord(value=b"1", timestamp_delta=10)], timestamp=BASE),
        batch([TestRecord(value=b"2", timestamp_delta=50), TestRecord(value=b"3")], timestamp=BASE + 100),
        batch([b"4"], timestamp=BASE + 50),
    )
    return name


@scenario
def list_at_each_version(talk: Conversation) -> None:
    """Latest and earliest at every version."""
    name = _three_times(talk, "versions")
    talk.ask_each("ListOffsets", range(1, 12), _asked(name, -1))
    talk.ask_each("ListOffsets", range(1, 12), _asked(name, -2))


@scenario
def list_specials(talk: Conversation) -> None:
    """Every special timestamp, from the version that knows it and one before, on a full and on an empty log."""
    full, empty = _three_times(talk, "full"), talk.create_topic("empty")
    for what, special in SPECIALS.items():
        for name in (full, empty):
            talk.title(f"{what}, {'full' if name == full else 'empty'} log")
            talk.ask_each("ListOffsets", (6, 7, 8, 9, 10, 11), _asked(name, special))
    for unknown in (-7, -100, -(2**63)):
        talk.title(f"unknown special {unknown}")
        talk.ask_each("ListOffsets", (1, 7, 11), _asked(full, unknown))


@scenario
def list_by_time(talk: Conversation) -> None:
    """The first offset whose timestamp is not below the one asked for, also inside compressed batches."""
    name = _three_times(talk, "times")
    squeezed = talk.create_topic("squeezed")
    records = [TestRecord(value=b"%d" % number, timestamp_delta=number * 10) for number in range(5)]
    talk.produce(squeezed, batch(records, timestamp=BASE, codec="zstd"))
    for timestamp in (0, BASE, BASE + 1, BASE + 10, BASE + 11, BASE + 100, BASE + 101, BASE + 150, BASE + 151, 2**62):
        talk.title(f"from {timestamp}")
        for topic in (name, squeezed):
            talk.ask("ListOffsets", 7, **_asked(topic, timestamp))


@scenario
def list_wrong(talk: Conversation) -> None:
    """Unknown topics and partitions, epochs, doubled partitions, isolation, replicas."""
    name = _three_times(talk, "known")
    talk.ask("ListOffsets", 7, **_asked(talk.name("unknown"), -1))
    talk.ask("ListOffsets", 7, **_asked(name, -1, partition=3))
    for epoch in (0, 1, -2):
        talk.ask("ListOffsets", 7, **_asked(name, -1, epoch=epoch))
    twice = _asked(name, -1)
    twice["topics"][0]["partitions"] *= 2
    talk.ask("ListOffsets", 7, **twice)
    talk.ask("ListOffsets", 7, **{**_asked(name, -1), "isolation_level": 1})
    for replica in (-2, -3, 1, 9):
        talk.ask("ListOffsets", 7, **{**_asked(name, -1), "replica_id": replica})
    talk.ask("ListOffsets", 7, replica_id=-1, topics=[])


@scenario
def epochs(talk: Conversation) -> None:
    """OffsetForLeaderEpoch at every version: the end of the epoch asked for, nothing for unknown ones."""
    name = _three_times(talk, "epochs")

    def fields(epoch: int, current: int = -1, partition: int = 0, topic: str = name) -> dict[str, Any]:
        part = {"partition": partition, "current_leader_epoch": current, "leader_epoch": epoch}
        return {"replica_id": -1, "topics": [{"topic": topic, "partitions": [part]}]}

    talk.ask_each("OffsetForLeaderEpoch", range(2, 5), fields(0))
    for epoch in (1, 99, -1, -2):
        talk.ask("OffsetForLeaderEpoch", 4, **fields(epoch))
    for current in (0, 1, -2):
        talk.ask("OffsetForLeaderEpoch", 4, **fields(0, current))
    talk.ask("OffsetForLeaderEpoch", 4, **fields(0, partition=4))
    talk.ask("OffsetForLeaderEpoch", 4, **fields(0, topic=talk.name("unknown")))
    talk.ask("OffsetForLeaderEpoch", 4, **fields(0, topic=talk.create_topic("empty")))


@scenario
def delete_records(talk: Conversation) -> None:
    """The log's start moves up to the offset given, -1 to the high watermark; beyond it is out of range."""
    name = _three_times(talk, "purged")

    def fields(offset: int, partition: int = 0, topic: str = name) -> dict[str, Any]:
        parts = [{"partition_index": partition, "offset": offset}]
        return {"topics": [{"name": topic, "partitions": parts}], "timeout": 5000}

    for version, offset in ((0, 1), (1, 2), (2, 3), (2, 3), (2, 1), (2, 0)):
        talk.ask("DeleteRecords", version, **fields(offset))
    talk.ask("Fetch", 12, only=brief, **fetch_fields(name, 1))
    talk.ask("Fetch", 12, **fetch_fields(name, 3))
    for offset in (6, -2, 2**62):
        talk.ask("DeleteRecords", 2, **fields(offset))
    talk.ask("DeleteRecords", 2, **fields(-1))
    talk.ask("ListOffsets", 7, **_asked(name, -2))
    talk.ask("ListOffsets", 7, **_asked(name, -1))
    talk.ask("ListOffsets", 7, **_asked(name, BASE))
    talk.ask("ListOffsets", 7, **_asked(name, -3))
    talk.ask(
        "OffsetForLeaderEpoch",
        4,
        replica_id=-1,
        topics=[{"topic": name, "partitions": [{"partition": 0, "leader_epoch": 0}]}],
    )
    talk.produce_values(name, b"after")
    talk.ask("Fetch", 12, **fetch_fields(name, 5))


@scenario
def delete_records_wrong(talk: Conversation) -> None:
    """Unknown partitions, and topics whose policy does not delete."""
    known, compacted = _three_times(talk, "known"), talk.create_topic("compacted", cleanup_policy="compact")
    both = talk.create_topic("both", cleanup_policy="compact,delete")
    for topic in (compacted, both):
        talk.produce(topic, batch([TestRecord(b"k", b"v")]))
    for topic, partition in (
        (talk.name("unknown"), 0),
        (known, 4),
        (compacted, 0),
        (both, 0),
        ("__consumer_offsets", 0),
    ):
        parts = [{"partition_index": partition, "offset": 1}]
        talk.ask("DeleteRecords", 2, topics=[{"name": topic, "partitions": parts}], timeout=5000)
    talk.ask("DeleteRecords", 2, topics=[], timeout=5000)


@scenario
def log_directories(talk: Conversation) -> None:
    """DescribeLogDirs at every version: sizes of the partitions asked for."""
    name = talk.create_topic("sized", partitions=2)
    talk.produce(name, batch([b"x" * 1000]))
    asked = [{"topic": name, "partitions": [0, 1, 7]}, {"topic": talk.name("unknown"), "partitions": [0]}]
    talk.ask_each("DescribeLogDirs", range(1, 6), {"topics": asked})
    talk.ask("DescribeLogDirs", 4, topics=[])
    answer = talk.setup("DescribeLogDirs", 4, topics=None)
    mine = [topic for topic in answer["results"][0]["topics"] if topic["name"] == name]
    talk.note("all topics, this one among them", mine)
