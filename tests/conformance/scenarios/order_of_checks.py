"""What is told where several things are wrong at once, and when nobody minds what is wrong."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation, produce_fields
from tests.conformance.registry import scenario
from tests.conformance.scenarios.fetch import fetch_fields
from tests.conformance.scenarios.produce import show_log
from tests.helpers.record_batches import TestRecord, batch

GOOD = batch([b"good"])
BAD_CHECKSUM = batch([b"bad"], crc=0)


def _three(talk: Conversation, topic: str, data: bytes, *, acks: int = -1, version: int = 9) -> None:
    """Good data for partition 0, `data` for 1, and good data for a topic that does not exist."""
    fields = produce_fields(topic, GOOD, acks=acks)
    fields["topic_data"][0]["partition_data"].append({"index": 1, "records": data})
    fields["topic_data"] += produce_fields(talk.name("missing"), GOOD)["topic_data"]
    talk.ask("Produce", version, **fields)


@scenario
def whole_requests_refused(talk: Conversation) -> None:
    """A first batch header that cannot be read fails every partition; the log's own checks only theirs."""
    name = talk.create_topic("whole", partitions=2)
    unknown_codec = batch([b"v"], attributes=5)
    for what, data, version in (
        ("a wrong checksum", BAD_CHECKSUM, 9),
        ("an unknown format", batch([b"v"], magic=5), 9),
        ("an impossible length", batch([b"v"], length=3), 9),
        ("a length beyond all numbers", batch([b"v"], length=2**31 - 1), 9),
        ("a second batch of an unknown format", GOOD + batch([b"v"], magic=5), 9),
        ("a second batch with a length beyond all numbers", GOOD + batch([b"v"], length=2**31 - 1), 9),
        ("a transactional batch", batch([b"v"], attributes=0x10, producer_id=1, producer_epoch=0, base_sequence=0), 9),
        ("an unknown codec", unknown_codec, 9),
        ("an unknown codec in version 6", unknown_codec, 6),
        ("two batches of zstd in version 6", batch([b"v"], codec="zstd") * 2, 6),
    ):
        talk.title(what)
        _three(talk, name, data, version=version)
    show_log(talk, name)


@scenario
def acks_come_late(talk: Conversation) -> None:
    """What does not exist and what is no batch is told before acks that mean nothing."""
    name = talk.create_topic("acks", partitions=2)
    for data in (BAD_CHECKSUM, GOOD + GOOD, batch([b"v"], magic=5)):
        _three(talk, name, data, acks=2)
    talk.ask("Produce", 13, **produce_fields(talk.topic_id(name), GOOD, acks=2, partition=7))


@scenario
def times_and_attributes_that_mean_nothing(talk: Conversation) -> None:
    """The largest of negative times is none; with the first change of a header unknown attributes are lost."""
    plain, stamped = talk.create_topic("plain"), talk.create_topic("stamped", message_timestamp_type="LogAppendTime")
    packed = talk.create_topic("packed", compression_type="gzip")
    negative = batch([TestRecord(value=b"a"), TestRecord(value=b"b", timestamp_delta=-3)], timestamp=-2)
    for topic in (plain, packed):
        talk.ask("Produce", 9, **produce_fields(topic, negative))
        talk.ask("Produce", 9, **produce_fields(topic, batch([b"none"], timestamp=-1)))
    for topic in (plain, stamped):
        talk.ask("Produce", 9, **produce_fields(topic, batch([b"v"], attributes=0x80)))
    for topic in (plain, packed, stamped):
        show_log(talk, topic)


@scenario
def epochs_below_none(talk: Conversation) -> None:
    """A producer that nobody knows yet has epoch -1, and InitProducerId takes nothing but -1 for none."""
    plain, packed = talk.create_topic("plain"), talk.create_topic("packed", compression_type="gzip")
    producer_id = talk.new_producer_id()
    for topic in (plain, packed):
        for epoch in (-2, -1, 0):
            data = batch([b"v"], producer_id=producer_id, producer_epoch=epoch, base_sequence=0)
            talk.ask("Produce", 9, **produce_fields(topic, data))
    for given in ((7, -5), (-1, -5), (-5, -1)):
        fields = {"transactional_id": None, "transaction_timeout": 1000}
        talk.ask("InitProducerId", 4, **fields, producer_id=given[0], producer_epoch=given[1])


@scenario
def isolation_levels(talk: Conversation) -> None:
    """One that does not exist fails what is read, after the session's own errors, and nothing where nothing is read."""
    name = talk.create_topic("isolation")
    talk.produce(name, GOOD)
    its_id = talk.topic_id(name)
    wrong = {"isolation_level": 2}
    talk.ask("Fetch", 12, **fetch_fields(name), **wrong)
    talk.ask("Fetch", 13, **fetch_fields(its_id), **wrong)
    talk.ask("Fetch", 12, **fetch_fields(name, partition=9), **wrong)
    talk.ask("Fetch", 12, **fetch_fields(name), **wrong, session_id=7, session_epoch=3)
    talk.title("no session begins, one that goes on has taken the request in")
    talk.ask("Fetch", 12, **fetch_fields(name), **wrong, session_id=0, session_epoch=0)
    session = talk.setup("Fetch", 12, **fetch_fields(name), session_id=0, session_epoch=0)["session_id"]
    talk.ask("Fetch", 12, **{**fetch_fields(name), "topics": []}, **wrong, session_id=session, session_epoch=1)
    talk.ask("Fetch", 12, **{**fetch_fields(name), "topics": []}, session_id=session, session_epoch=2)
    talk.title("ListOffsets")
    part = {"partition_index": 0, "timestamp": -1, "current_leader_epoch": -1}
    topics = [{"name": name, "partitions": [part, part]}, {"name": talk.name("missing"), "partitions": [part]}]
    talk.ask("ListOffsets", 7, replica_id=-1, topics=topics, **wrong)
    talk.ask("ListOffsets", 7, replica_id=-1, topics=[], **wrong)


@scenario
def negative_limits(talk: Conversation) -> None:
    """A limit below zero fails a partition only where there is something to read and nothing was read before."""
    name = talk.create_topic("limits", partitions=2)
    talk.produce(name, GOOD)
    talk.produce(name, GOOD, partition=1)
    for offset in (0, 1, 9, -1):
        talk.ask("Fetch", 12, **fetch_fields(name, offset, partition_max_bytes=-1))
        talk.ask("Fetch", 12, **fetch_fields(name, offset, max_bytes=-1))
    both: Any = fetch_fields(name, 1, max_bytes=-1)
    both["topics"][0]["partitions"] += fetch_fields(name, partition=1)["topics"][0]["partitions"]
    talk.ask("Fetch", 12, **both)


@scenario
def what_is_waited_for(talk: Conversation) -> None:
    """A fetch waits though some of its partitions are unknown, but not for more bytes than it takes."""
    name = talk.create_topic("waiting")
    fields = {**fetch_fields(name), "max_wait": 2000, "min_bytes": 1}
    unknown = fetch_fields(name, partition=9)["topics"]
    talk.title("unknown beside empty")
    talk.send("Fetch", 12, **{**fields, "topics": fields["topics"] + unknown})
    talk.expect_silence(0.5)
    talk.close()
    talk.title("unknown alone")
    talk.send("Fetch", 12, **{**fields, "topics": unknown})
    talk.receive()
    talk.produce(name, GOOD)
    talk.title("fewer bytes taken than waited for")
    talk.send("Fetch", 12, **{**fields, "max_wait": 20_000, "min_bytes": 1 << 20, "max_bytes": 1})
    talk.receive()


@scenario
def more_partitions_than_one_operation_writes(talk: Conversation) -> None:
    """Ten thousand records are the limit. (Beside it, Kafka fails other topics too, or not, by the order of a hash.)"""
    name = talk.create_topic("many")
    for count in (10_001, 10_002, 100_000):
        topics = [{"name": name, "count": count, "assignments": None}]
        talk.ask("CreatePartitions", 3, topics=topics, validate_only=True, timeout=30_000)


@scenario
def topics_without_a_name(talk: Conversation) -> None:
    """One of them fails a whole DescribeTopicPartitions, but not where there is a cursor, nor a Metadata."""
    topics = [{"name": talk.create_topic("named")}, {"name": ""}, {"name": talk.name("missing")}]
    talk.ask("DescribeTopicPartitions", 0, topics=topics)
    for name in (topics[0]["name"], ""):
        cursor = {"topic_name": name, "partition_index": 0}
        talk.ask("DescribeTopicPartitions", 0, topics=topics[:2], cursor=cursor)
    for operations in (False, True):
        fields = {"allow_auto_topic_creation": False, "include_topic_authorized_operations": operations}
        talk.ask("Metadata", 9, topics=topics, **fields, only=lambda body: {"topics": body["topics"]})


@scenario
def times_that_are_over(talk: Conversation) -> None:
    """The controller decides nothing that had no time, and says so for each part as it was named."""
    name, other = talk.create_topic("name"), talk.name("other")
    made = {"name": other, "num_partitions": 1, "replication_factor": 1}
    for timeout in (0, -1):
        talk.title(f"timeout {timeout}")
        talk.ask("CreateTopics", 7, topics=[made, {**made, "name": name}, {**made, "name": name}], timeout=timeout)
        talk.ask("CreatePartitions", 3, topics=[{"name": name, "count": 2, "assignments": None}], timeout=timeout)
        talk.ask("DeleteTopics", 5, topic_names=[name, other], timeout=timeout)
        elected = [{"topic": name, "partitions": [0]}]
        talk.ask("ElectLeaders", 2, election_type=0, topic_partitions=elected, timeout=timeout)
        moved = [{"name": name, "partitions": [{"partition_index": 0, "replicas": [1]}]}]
        talk.ask("AlterPartitionReassignments", 1, topics=moved, timeout=timeout)
    talk.title("nothing to decide")
    talk.ask("CreateTopics", 7, topics=[made, made], timeout=0)
    talk.ask("CreateTopics", 7, topics=[], timeout=0)
    talk.ask("CreateTopics", 7, topics=[{**made, "name": "__cluster_metadata"}], timeout=0)
    talk.ask("DeleteTopics", 5, topic_names=[], timeout=0)
    talk.ask("DeleteTopics", 5, topic_names=[name, name], timeout=0)
    talk.ask("CreatePartitions", 3, topics=[], timeout=0)
    talk.ask("ElectLeaders", 2, election_type=0, topic_partitions=[], timeout=0)
    talk.ask("AlterPartitionReassignments", 1, topics=[], timeout=0)
    talk.ask(
        "Metadata",
        12,
        topics=[{"name": name, "topic_id": None}, {"name": other, "topic_id": None}],
        allow_auto_topic_creation=False,
    )
