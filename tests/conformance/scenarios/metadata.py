"""Metadata, DescribeTopicPartitions and DescribeCluster: who leads what, and what naming a topic may create."""

from __future__ import annotations

import uuid
from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario

STRANGER = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")


def _mine(talk: Conversation) -> Any:
    return lambda body: {**body, "topics": [topic for topic in body["topics"] if talk.is_mine(topic["name"])]}


@scenario
def metadata_at_each_version(talk: Conversation) -> None:
    """A known and an unknown topic at every version."""
    known = talk.create_topic("known", partitions=2)
    wanted = [{"name": known, "topic_id": None}, {"name": talk.name("unknown"), "topic_id": None}]
    talk.ask_each("Metadata", range(4, 14), {"topics": wanted, "allow_auto_topic_creation": False})


@scenario
def metadata_at_old_versions(talk: Conversation) -> None:
    """Versions 0 to 3 cannot say that nothing is to be created: only a known topic is asked for."""
    known = talk.create_topic("known", partitions=2)
    talk.ask_each("Metadata", range(4), {"topics": [{"name": known}]})


@scenario
def metadata_of_all(talk: Conversation) -> None:
    """All topics: an empty list in version 0, null from version 1, where an empty list means none."""
    talk.create_topic("one")
    talk.create_topic("two")
    talk.ask("Metadata", 0, topics=[], only=_mine(talk))
    talk.ask("Metadata", 1, topics=[])
    talk.ask("Metadata", 1, topics=None, only=_mine(talk))
    talk.ask("Metadata", 12, topics=[], allow_auto_topic_creation=False)
    talk.ask("Metadata", 12, topics=None, allow_auto_topic_creation=True, only=_mine(talk))


@scenario
def metadata_creates(talk: Conversation) -> None:
    """Naming an unknown topic creates it where the request allows it; the first answer is not yet a leader."""
    name = talk.name("automatic")
    talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=False)
    talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=True)
    talk.wait_for_topic(name)
    talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=True)
    old = talk.name("automatic-for-old-clients")
    talk.ask("Metadata", 1, topics=[{"name": old}])
    talk.wait_for_topic(old)
    talk.ask("Metadata", 1, topics=[{"name": old}])


@scenario
def metadata_creates_no_nonsense(talk: Conversation) -> None:
    """Names that may not be are refused, not created; a name asked twice is answered once or twice."""
    for name in ("", ".", "a b", "a" * 250):
        talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=True)
        talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=False)
    known = talk.create_topic("known")
    talk.ask("Metadata", 8, topics=[{"name": known}, {"name": known}], allow_auto_topic_creation=True)
    talk.ask("Metadata", 8, topics=[{"name": "__cluster_metadata"}], allow_auto_topic_creation=True)


@scenario
def metadata_creates_again(talk: Conversation) -> None:
    """A client that still asks for a deleted topic makes it anew; describing it does not."""
    name = talk.create_topic("deleted", partitions=3)
    talk.setup("DeleteTopics", 5, topic_names=[name], timeout=5000)
    gone = {"topics": [{"name": name}], "allow_auto_topic_creation": False}
    talk.until(lambda: bool(talk.setup("Metadata", 8, **gone)["topics"][0]["error_code"] == 3), "its end")
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": name}])
    talk.setup("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=True)
    talk.wait_for_topic(name)
    talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=True)


@scenario
def metadata_by_id(talk: Conversation) -> None:
    """From version 12 topics may be asked for by id; in 10 and 11 the name is needed."""
    name = talk.create_topic("identified")
    its_id = talk.topic_id(name)
    for version in (12, 13):
        talk.ask("Metadata", version, topics=[{"name": None, "topic_id": its_id}])
        talk.ask("Metadata", version, topics=[{"name": None, "topic_id": STRANGER}])
    talk.ask("Metadata", 12, topics=[{"name": None, "topic_id": its_id}, {"name": name, "topic_id": None}])
    talk.ask("Metadata", 12, topics=[{"name": name, "topic_id": its_id}])
    talk.ask("Metadata", 12, topics=[{"name": None, "topic_id": None}])
    talk.ask("Metadata", 10, topics=[{"name": None, "topic_id": its_id}])
    talk.ask("Metadata", 10, topics=[{"name": name, "topic_id": its_id}])


@scenario
def metadata_operations(talk: Conversation) -> None:
    """Authorised operations of cluster and topics, where they are asked for."""
    name = talk.create_topic("allowed")
    asked = {
        "topics": [{"name": name}],
        "allow_auto_topic_creation": False,
        "include_cluster_authorized_operations": True,
        "include_topic_authorized_operations": True,
    }
    talk.ask_each("Metadata", range(8, 14), asked)


@scenario
def topic_partitions(talk: Conversation) -> None:
    """DescribeTopicPartitions pages through topics in the order of their names, by a cursor."""
    names = [talk.create_topic(label, partitions=3) for label in ("a", "b", "c")]
    asked = [{"name": name} for name in reversed(names)]
    talk.ask("DescribeTopicPartitions", 0, topics=asked)
    talk.ask("DescribeTopicPartitions", 0, topics=asked, response_partition_limit=4)
    cursor = {"topic_name": names[1], "partition_index": 1}
    talk.ask("DescribeTopicPartitions", 0, topics=asked, response_partition_limit=3, cursor=cursor)
    talk.ask("DescribeTopicPartitions", 0, topics=asked, cursor={"topic_name": names[2], "partition_index": 2})


@scenario
def topic_partitions_wrong(talk: Conversation) -> None:
    """Unknown topics, cursors that point nowhere, limits that cannot be."""
    known = talk.create_topic("known", partitions=2)
    unknown = talk.name("unknown")
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": known}, {"name": unknown}, {"name": "a b"}])
    for cursor in (
        {"topic_name": known, "partition_index": -1},
        {"topic_name": known, "partition_index": 9},
        {"topic_name": unknown, "partition_index": 0},
        {"topic_name": talk.name("zzz"), "partition_index": 0},
        {"topic_name": "", "partition_index": 0},
    ):
        talk.ask("DescribeTopicPartitions", 0, topics=[{"name": known}], cursor=cursor)
    for limit in (0, -1):
        talk.ask("DescribeTopicPartitions", 0, topics=[{"name": known}], response_partition_limit=limit)


@scenario
def topic_partitions_never_create(talk: Conversation) -> None:
    """Describing never creates a topic."""
    name = talk.name("only-described")
    talk.ask("DescribeTopicPartitions", 0, topics=[{"name": name}])
    talk.ask("Metadata", 8, topics=[{"name": name}], allow_auto_topic_creation=False)


@scenario
def cluster(talk: Conversation) -> None:
    """DescribeCluster at every version, of brokers and of controllers, with operations or without."""
    talk.ask_each("DescribeCluster", range(3), {"include_cluster_authorized_operations": False})
    talk.ask("DescribeCluster", 2, include_cluster_authorized_operations=True, include_fenced_brokers=True)
    for endpoint in (0, 1, 2, 3, -1):
        talk.ask("DescribeCluster", 1, endpoint_type=endpoint)
