"""Requests that name a topic, a partition or a feature more than once, or a topic without partitions."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.conformance.scenarios.fetch import brief, fetch_fields
from tests.conformance.scenarios.group_offsets import commit_fields
from tests.conformance.scenarios.produce import show_log
from tests.helpers.record_batches import batch

FIRST, SECOND = batch([b"first"]), batch([b"second"])


def _writes(key: str, *named: tuple[Any, int, bytes]) -> dict[str, Any]:
    """Each write in an entry of its own."""
    topics = [{key: topic, "partition_data": [{"index": index, "records": data}]} for topic, index, data in named]
    return {"transactional_id": None, "acks": -1, "timeout": 5000, "topic_data": topics}


@scenario
def produce(talk: Conversation) -> None:
    """The topic is answered once; of its partition the last good data is written, but a refusal is told."""
    name, other = talk.create_topic("twice", partitions=2), talk.create_topic("other")
    its_id = talk.topic_id(name)
    talk.ask("Produce", 9, **_writes("name", (name, 0, FIRST), (other, 0, FIRST), (name, 1, FIRST), (name, 0, SECOND)))
    talk.ask("Produce", 13, **_writes("topic_id", (its_id, 0, FIRST), (its_id, 0, SECOND)))
    talk.title("one of the two is no batch")
    talk.ask("Produce", 9, **_writes("name", (name, 0, FIRST), (name, 0, FIRST + FIRST)))
    talk.ask("Produce", 9, **_writes("name", (name, 0, FIRST + FIRST), (name, 0, SECOND)))
    talk.title("one of the two is zstd, which version 6 does not know")
    talk.ask("Produce", 6, **_writes("name", (name, 0, batch([b"zstd"], codec="zstd")), (name, 0, SECOND)))
    show_log(talk, name)


@scenario
def fetch(talk: Conversation) -> None:
    """The last naming counts."""
    name = talk.create_topic("twice", partitions=2)
    talk.produce(name, FIRST, SECOND)
    first, second, other = (fetch_fields(name, offset, partition=index) for offset, index in ((0, 0), (1, 0), (0, 1)))
    parts = [fields["topics"][0]["partitions"][0] for fields in (first, other, second)]
    talk.ask("Fetch", 12, **{**first, "topics": [{"topic": name, "partitions": parts}]})
    talk.ask("Fetch", 12, **{**first, "topics": first["topics"] + second["topics"]})


@scenario
def fetched_and_forgotten(talk: Conversation) -> None:
    """A partition that a session's request names and forgets at once is read a last time, and the session ends."""
    name = talk.create_topic("both")
    talk.produce(name, FIRST)
    fields = fetch_fields(name)
    session = talk.ask("Fetch", 12, **fields, session_id=0, session_epoch=0)["session_id"]
    forgotten = [{"topic": name, "partitions": [0]}]
    talk.ask("Fetch", 12, **fields, session_id=session, session_epoch=1, forgotten_topics_data=forgotten, only=brief)
    talk.ask("Fetch", 12, max_wait=0, min_bytes=0, session_id=session, session_epoch=2)


@scenario
def offsets_of_logs(talk: Conversation) -> None:
    """ListOffsets refuses the partition, and says so once."""
    name, other = talk.create_topic("twice"), talk.create_topic("once")
    part = {"partition_index": 0, "timestamp": -1, "current_leader_epoch": -1}
    for topics in (
        [{"name": name, "partitions": [part, part]}],
        [
            {"name": name, "partitions": [part]},
            {"name": other, "partitions": [part]},
            {"name": name, "partitions": [part]},
        ],
        [{"name": name, "partitions": []}, {"name": other, "partitions": [part]}],
    ):
        talk.ask("ListOffsets", 7, replica_id=-1, topics=topics)


@scenario
def deleted_records(talk: Conversation) -> None:
    """The last offset counts, a topic without partitions is left out, and what does not exist is not internal."""
    name = talk.create_topic("twice")
    talk.produce_values(name, b"0", b"1", b"2")

    def wanted(topic: str, *offsets: int) -> dict[str, Any]:
        return {"name": topic, "partitions": [{"partition_index": 0, "offset": offset} for offset in offsets]}

    talk.ask("DeleteRecords", 2, timeout=5000, topics=[wanted(name, 3, 1)])
    talk.ask("DeleteRecords", 2, timeout=5000, topics=[wanted(name, 3), wanted(name), wanted(name, 2)])
    talk.ask("DeleteRecords", 2, timeout=5000, topics=[wanted(name)])
    talk.ask("DeleteRecords", 2, timeout=5000, topics=[wanted("__transaction_state", 0)])


@scenario
def commits(talk: Conversation) -> None:
    """A topic is answered as often as it is named, unless something else was refused before."""
    topic, group = talk.create_topic("topic", partitions=2), talk.name("group")
    talk.coordinator_ready(group)
    first, second = (commit_fields(group, topic, offset)["topics"] for offset in (1, 2))
    missing = commit_fields(group, talk.name("missing"), 1)["topics"]
    for topics in (first + second, first + missing + second):
        talk.ask("OffsetCommit", 8, **{**commit_fields(group, topic, 0), "topics": topics})
    missing = [{"name": talk.name("missing"), "partitions": [{"partition_index": 0}]}]
    deleted = [{"name": topic, "partitions": [{"partition_index": 1}, {"partition_index": 1}]}]
    for named in (deleted + deleted, deleted + missing + deleted):
        talk.ask("OffsetDelete", 0, group_id=group, topics=named)
    asked = [{"name": topic, "partition_indexes": [0, 0]}, {"name": topic, "partition_indexes": [1]}]
    talk.ask("OffsetFetch", 8, groups=[{"group_id": group, "topics": asked}])


@scenario
def features(talk: Conversation) -> None:
    """Each update is answered; a feature that nobody knows is refused at any level; version 0 never lowers."""

    def updates(*given: tuple[str, int, bool], version: int) -> None:
        made = [
            {"feature": name, "max_version_level": level, "upgrade_type": 1, "allow_downgrade": lower}
            for name, level, lower in given
        ]
        talk.ask("UpdateFeatures", version, timeout=5000, feature_updates=made, validate_only=True)

    for version in (1, 2):
        updates(("metadata.version", 30, False), ("metadata.version", 30, False), version=version)
        updates(("no.such.feature", 0, False), version=version)
    updates(("eligible.leader.replicas.version", 0, True), version=0)
