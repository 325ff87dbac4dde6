"""CreateTopics, DeleteTopics and CreatePartitions: what succeeds, and how each wrong request is refused."""

from __future__ import annotations

import uuid
from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario

STRANGER = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")


def _topic(name: str, partitions: int = 1, replication: int = 1, **more: Any) -> dict[str, Any]:
    return {"name": name, "num_partitions": partitions, "replication_factor": replication, **more}


@scenario
def create_at_each_version(talk: Conversation) -> None:
    """A topic is created at every version; from 5 its configuration comes back, from 7 its id."""
    talk.ask_each("CreateTopics", range(2, 8), lambda v: {"topics": [_topic(talk.name(f"v{v}"), 2)], "timeout": 5000})


@scenario
def create_with_defaults(talk: Conversation) -> None:
    """-1 partitions and -1 replicas take the broker's defaults from version 4; a manual assignment needs both -1."""
    talk.ask("CreateTopics", 4, topics=[_topic(talk.name("by-v4"), -1, -1)], timeout=5000)
    talk.ask("CreateTopics", 3, topics=[_topic(talk.name("by-v3"), -1, -1)], timeout=5000)
    placed = [{"partition_index": index, "broker_ids": [1]} for index in range(3)]
    talk.ask("CreateTopics", 5, topics=[_topic(talk.name("placed"), -1, -1, assignments=placed)], timeout=5000)
    talk.ask(
        "CreateTopics", 5, topics=[_topic(talk.name("placed-and-counted"), 3, 1, assignments=placed)], timeout=5000
    )


@scenario
def create_with_configs(talk: Conversation) -> None:
    """The configuration given is told back with its sources; the rest are defaults."""
    configs = [
        {"name": "cleanup.policy", "value": "compact"},
        {"name": "segment.bytes", "value": "1048576"},
        {"name": "retention.ms", "value": " 1000 "},
    ]
    talk.ask("CreateTopics", 7, topics=[_topic(talk.name("configured"), 1, 1, configs=configs)], timeout=5000)


@scenario
def create_wrong_configs(talk: Conversation) -> None:
    """Unknown names, values of the wrong type or out of range, nulls and contradictions are refused."""
    wrong: list[tuple[str, str | None]] = [
        ("no.such.config", "1"),
        ("retention.ms", "soon"),
        ("retention.ms", "-2"),
        ("retention.ms", None),
        ("segment.bytes", "10"),
        ("segment.bytes", "99999999999"),
        ("cleanup.policy", "keep"),
        ("cleanup.policy", ""),
        ("cleanup.policy", "compact,delete"),
        ("compression.type", "brotli"),
        ("min.insync.replicas", "0"),
        ("min.insync.replicas", "3"),
        ("unclean.leader.election.enable", "maybe"),
        ("max.message.bytes", "-1"),
        ("message.timestamp.type", "Never"),
        ("min.cleanable.dirty.ratio", "1.5"),
        ("", "1"),
        ("min.compaction.lag.ms", "100000000000000"),
        ("local.retention.ms", "99999999999"),
        ("remote.storage.enable", "true"),
    ]
    for number, (name, value) in enumerate(wrong):
        asked = [_topic(talk.name(f"wrong{number}"), configs=[{"name": name, "value": value}])]
        talk.ask("CreateTopics", 4, topics=asked, timeout=5000)
    twice = [{"name": "retention.ms", "value": "1"}, {"name": "retention.ms", "value": "2"}]
    talk.ask("CreateTopics", 4, topics=[_topic(talk.name("twice"), configs=twice)], timeout=5000)


@scenario
def create_wrong_names(talk: Conversation) -> None:
    """Names that Kafka refuses, one by one; those that only differ in dots and underscores collide."""
    for name in ("", ".", "..", "a b", "ü", "a/b", "a" * 250):
        talk.ask("CreateTopics", 5, topics=[_topic(name)], timeout=5000)
    talk.ask("CreateTopics", 5, topics=[_topic("__cluster_metadata")], timeout=5000)
    talk.ask("CreateTopics", 4, topics=[_topic(talk.name("with.dot"))], timeout=5000)
    talk.ask("CreateTopics", 4, topics=[_topic(talk.name("with_dot"))], timeout=5000)


@scenario
def create_wrong_counts(talk: Conversation) -> None:
    """Partitions, replicas and assignments that cannot be."""
    for partitions, replicas in ((0, 1), (-2, 1), (1, 0), (1, -2), (1, 2), (1, 32767), (20_000, 1)):
        talk.ask("CreateTopics", 5, topics=[_topic(talk.name("counts"), partitions, replicas)], timeout=5000)
    wrong: list[list[tuple[int, list[int]]]] = [
        [(0, [])],
        [(0, [2])],
        [(0, [1, 1])],
        [(0, [-1])],
        [(1, [1])],
        [(0, [1]), (0, [1])],
        [(0, [1]), (2, [1])],
    ]
    for placement in wrong:
        assignments = [{"partition_index": index, "broker_ids": brokers} for index, brokers in placement]
        asked = [_topic(talk.name("placed"), -1, -1, assignments=assignments)]
        talk.ask("CreateTopics", 5, topics=asked, timeout=5000)


@scenario
def create_several(talk: Conversation) -> None:
    """Good and bad topics in one request are answered one by one; a name given twice fails, and its twin with it."""
    good, bad, twice = talk.name("good"), talk.name("bad"), talk.name("twice")
    talk.ask(
        "CreateTopics",
        5,
        topics=[_topic(good), _topic(bad, 0), _topic(twice), _topic(twice, 2)],
        timeout=5000,
    )
    talk.ask("CreateTopics", 5, topics=[_topic(good)], timeout=5000)
    talk.ask("CreateTopics", 5, topics=[], timeout=5000)


@scenario
def create_validate_only(talk: Conversation) -> None:
    """Validating creates nothing, and answers as if it had."""
    name = talk.name("validated")
    talk.ask("CreateTopics", 7, topics=[_topic(name, 3)], timeout=5000, validate_only=True)
    talk.ask("CreateTopics", 5, topics=[_topic(name, 3, 2)], timeout=5000, validate_only=True)
    talk.ask("Metadata", 5, topics=[{"name": name}], allow_auto_topic_creation=False)


@scenario
def create_timeouts(talk: Conversation) -> None:
    """A timeout of zero or below still creates the topic on a single node, or says that it timed out."""
    answer = talk.setup("CreateTopics", 5, topics=[_topic(talk.name("impatient"))], timeout=0)
    allowed = {"NONE": 0, "REQUEST_TIMED_OUT": 7}
    talk.note("answer is one of NONE, REQUEST_TIMED_OUT", answer["topics"][0]["error_code"] in allowed.values())


@scenario
def delete_at_each_version(talk: Conversation) -> None:
    """A topic is deleted at every version, by name, and from version 6 by name or id."""
    for version in range(1, 7):
        talk.create_topic(f"old{version}")

    def fields(version: int) -> dict[str, Any]:
        name = talk.name(f"old{version}")
        return {"topic_names": [name], "topics": [{"name": name, "topic_id": None}], "timeout": 5000}

    talk.ask_each("DeleteTopics", range(1, 7), fields)
    by_id = talk.topic_id(talk.create_topic("by-id"))
    talk.ask("DeleteTopics", 6, topics=[{"name": None, "topic_id": by_id}], timeout=5000)
    talk.ask("Metadata", 5, topics=[{"name": talk.name("by-id")}], allow_auto_topic_creation=False)


@scenario
def delete_wrong(talk: Conversation) -> None:
    """Unknown names and ids, both at once, neither, one topic twice, and no topics at all."""
    name = talk.create_topic("kept")
    its_id = talk.topic_id(name)
    talk.ask("DeleteTopics", 5, topic_names=[talk.name("unknown")], timeout=5000)
    talk.ask("DeleteTopics", 3, topic_names=[talk.name("unknown"), "", "a b"], timeout=5000)
    talk.ask("DeleteTopics", 6, topics=[{"name": None, "topic_id": STRANGER}], timeout=5000)
    talk.ask("DeleteTopics", 6, topics=[{"name": name, "topic_id": its_id}], timeout=5000)
    talk.ask("DeleteTopics", 6, topics=[{"name": None, "topic_id": None}], timeout=5000)
    both = [{"name": name, "topic_id": None}, {"name": None, "topic_id": its_id}]
    talk.ask("DeleteTopics", 6, topics=both, timeout=5000)
    talk.ask("DeleteTopics", 5, topic_names=[name, name], timeout=5000)
    talk.ask("DeleteTopics", 5, topic_names=[], timeout=5000)
    talk.ask("DeleteTopics", 5, topic_names=["__cluster_metadata"], timeout=5000)
    talk.ask("Metadata", 5, topics=[{"name": name}], allow_auto_topic_creation=False)


@scenario
def deleted_and_made_again(talk: Conversation) -> None:
    """A topic made again under the name of a deleted one is empty and has another id."""
    name = talk.create_topic("phoenix")
    talk.produce_values(name, b"before")
    first = talk.topic_id(name)
    talk.ask("DeleteTopics", 6, topics=[{"name": name, "topic_id": None}], timeout=5000)
    talk.create_topic("phoenix")
    talk.note("another id", talk.topic_id(name) != first)
    at = [{"partition_index": 0, "timestamp": -1}]
    talk.ask("ListOffsets", 7, replica_id=-1, topics=[{"name": name, "partitions": at}])


@scenario
def partitions_at_each_version(talk: Conversation) -> None:
    """Partitions are added at every version, placed by the controller or by hand."""
    name = talk.create_topic("growing")
    for version in range(4):
        asked = [{"name": name, "count": version + 2, "assignments": None}]
        talk.ask("CreatePartitions", version, topics=asked, timeout=5000)
    placed = [{"name": name, "count": 7, "assignments": [{"broker_ids": [1]}, {"broker_ids": [1]}]}]
    talk.ask("CreatePartitions", 3, topics=placed, timeout=5000)
    talk.wait_for_topic(name, 7)
    talk.ask("Metadata", 5, topics=[{"name": name}], allow_auto_topic_creation=False)


@scenario
def partitions_wrong(talk: Conversation) -> None:
    """Counts that shrink, stay or explode, assignments that do not fit, unknown and doubled topics."""
    name = talk.create_topic("fixed", partitions=3)
    for count in (2, 3, 0, -1):
        asked = [{"name": name, "count": count, "assignments": None}]
        talk.ask("CreatePartitions", 1, topics=asked, timeout=5000)
    placements: list[list[list[int]]] = [[], [[1], [1]], [[]], [[2]], [[1, 1]], [[1, 2]]]
    for brokers in placements:
        placed = [{"name": name, "count": 4, "assignments": [{"broker_ids": one} for one in brokers]}]
        talk.ask("CreatePartitions", 1, topics=placed, timeout=5000)
    unknown = [{"name": talk.name("unknown"), "count": 4, "assignments": None}]
    talk.ask("CreatePartitions", 1, topics=unknown, timeout=5000)
    twice = [{"name": name, "count": 4, "assignments": None}, {"name": name, "count": 5, "assignments": None}]
    talk.ask("CreatePartitions", 1, topics=twice, timeout=5000)
    only_checked = [{"name": name, "count": 5, "assignments": None}]
    talk.ask("CreatePartitions", 1, topics=only_checked, timeout=5000, validate_only=True)
    talk.ask("CreatePartitions", 1, topics=[], timeout=5000)
    talk.ask("Metadata", 5, topics=[{"name": name}], allow_auto_topic_creation=False)
