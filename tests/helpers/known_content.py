"""Content to put into a broker, and to find again in whichever broker serves the same directory afterwards.

It covers what a directory can lose: topics with ids and configs, records of every codec, a moved log start, committed
offsets, a producer's sequences, a deleted topic, several segments.
"""

from __future__ import annotations

import dataclasses
import time
import uuid
from typing import Any

from tests.conformance.conversation import Conversation, produce_fields
from tests.helpers.record_batches import CODECS, TestRecord, batch, describe

GROUP = "the-group"
LEFT_GROUP = "the-group-that-was-left"
TOPICS = ("plain", "two-parts", "compacted", "segments", "purged")


@dataclasses.dataclass(frozen=True, slots=True)
class Content:
    """What was seen right after it was written."""

    picture: dict[str, Any]
    producer_id: int
    last_sequence: int


def write(bootstrap: str) -> Content:
    """Fills a new broker."""
    talk = _talk(bootstrap)
    try:
        return _write(talk)
    finally:
        talk.close_all()


def _write(talk: Conversation) -> Content:
    plain = talk.create_topic("plain", retention_ms="86400000")
    for codec in CODECS:
        records = [TestRecord(b"k", codec.encode() * 20, [("h", b"x"), ("n", None)]), TestRecord(None, None)]
        talk.produce(plain, batch(records, codec=codec))
    two = talk.create_topic("two-parts", partitions=2)
    for partition in range(2):
        talk.produce_values(two, b"%d" % partition, partition=partition)
    compacted = talk.create_topic("compacted", cleanup_policy="compact")
    talk.produce(compacted, batch([TestRecord(b"k", b"1"), TestRecord(b"k", b"2")]))
    segments = talk.create_topic("segments", segment_bytes="1048576")
    for number in range(5):
        talk.produce_values(segments, b"%d" % number * 400_000)
    purged = talk.create_topic("purged")
    talk.produce_values(purged, *(b"%d" % number for number in range(5)))
    talk.setup("DeleteRecords", 2, topics=[{"name": purged, "partitions": [{"partition_index": 0, "offset": 3}]}])
    doomed = talk.create_topic("doomed")
    talk.produce_values(doomed, b"gone")
    talk.setup("DeleteTopics", 5, topic_names=[doomed], timeout=5000)
    producer = talk.new_producer_id()
    for sequence in range(3):
        talk.produce(plain, _in_sequence(producer, sequence))
    talk.coordinator_ready(GROUP)
    part = {"partition_index": 0, "committed_offset": 4, "committed_leader_epoch": 0, "committed_metadata": "note"}
    commit = {"group_id": GROUP, "generation_id_or_member_epoch": -1, "member_id": ""}
    answer = talk.setup("OffsetCommit", 8, **commit, topics=[{"name": plain, "partitions": [part]}])
    assert answer["topics"][0]["partitions"][0]["error_code"] == 0, answer
    _join_and_leave(talk)
    return Content(_picture(talk), producer, 2)


def _join_and_leave(talk: Conversation) -> None:
    """Makes a group that had a member, and so has a generation to remember."""
    protocols = [{"name": "range", "metadata": b"\0\1\0\0\0\0\xff\xff\xff\xff\0\0\0\0"}]
    join = {"group_id": LEFT_GROUP, "session_timeout": 10_000, "rebalance_timeout": 10_000, "member_id": ""}
    talk.coordinator_ready(LEFT_GROUP)
    joined = talk.setup("JoinGroup", 3, **join, protocol_type="consumer", protocols=protocols)
    member, generation = joined["member_id"], joined["generation_id"]
    assert joined["error_code"] == 0, joined
    sync = {"group_id": LEFT_GROUP, "generation_id": generation, "member_id": member}
    talk.setup("SyncGroup", 3, **sync, assignments=[{"member_id": member, "assignment": b"\0\1"}])
    talk.setup("LeaveGroup", 2, group_id=LEFT_GROUP, member_id=member)


def check(bootstrap: str, content: Content) -> Content:
    """Fails unless the broker serves the same content, and goes on with it; returns what is there afterwards."""
    talk = _talk(bootstrap)
    try:
        for topic in TOPICS:
            talk.wait_for_topic(topic, 2 if topic == "two-parts" else 1)
        for group in (GROUP, LEFT_GROUP):
            talk.coordinator_ready(group)
        seen = _picture(talk)
        for name, expected in content.picture.items():
            assert seen[name] == expected, f"{name} differs: {seen[name]} instead of {expected}"
        return _go_on(talk, content)
    finally:
        talk.close_all()


def _go_on(talk: Conversation, content: Content) -> Content:
    """A known sequence is a duplicate, the next one is taken; topics can be made and written."""
    before = _end(talk, "plain")
    talk.produce("plain", _in_sequence(content.producer_id, content.last_sequence))
    assert _end(talk, "plain") == before, "a batch that was known before the restart was written again"
    sequence = content.last_sequence + 1
    talk.produce("plain", _in_sequence(content.producer_id, sequence))
    assert _end(talk, "plain") == before + 1
    new = talk.create_topic(f"made-after-{uuid.uuid4().hex[:6]}", partitions=2)
    talk.produce_values(new, b"v", partition=1)
    assert talk.new_producer_id() > content.producer_id
    return Content(_picture(talk), content.producer_id, sequence)


def _in_sequence(producer_id: int, sequence: int) -> bytes:
    # Of now: a producer whose last batch is a day old is forgotten when the log is loaded.
    now = int(time.time() * 1000)
    return batch([b"i"], timestamp=now, producer_id=producer_id, producer_epoch=0, base_sequence=sequence)


def _talk(bootstrap: str) -> Conversation:
    talk = Conversation(bootstrap)
    talk._suffix = ""  # Names must be the same for whoever looks later.
    return talk


def _end(talk: Conversation, topic: str) -> int:
    asked = [{"name": topic, "partitions": [{"partition_index": 0, "timestamp": -1}]}]
    return int(talk.setup("ListOffsets", 7, replica_id=-1, topics=asked)["topics"][0]["partitions"][0]["offset"])


def _picture(talk: Conversation) -> dict[str, Any]:
    """Everything that must survive, read over the wire."""
    metadata = talk.setup("Metadata", 12, topics=None)
    picture: dict[str, Any] = {
        "cluster": metadata["cluster_id"],
        "topics": {
            topic["name"]: (topic["topic_id"], len(topic["partitions"]))
            for topic in metadata["topics"]
            if topic["name"] in (*TOPICS, "doomed")
        },
    }
    for topic in TOPICS:
        for partition in range(2 if topic == "two-parts" else 1):
            picture[f"{topic}-{partition}"] = _log(talk, topic, partition)
        resource = {"resource_type": 2, "resource_name": topic, "configuration_keys": None}
        configs = talk.setup("DescribeConfigs", 4, resources=[resource])["results"][0]["configs"]
        picture[f"configs of {topic}"] = {c["name"]: c["value"] for c in configs if c["config_source"] == 1}
    offsets = talk.setup("OffsetFetch", 7, group_id=GROUP, topics=None)
    groups = talk.setup("DescribeGroups", 5, groups=[GROUP, LEFT_GROUP])["groups"]
    groups.sort(key=lambda group: group["group_id"])
    picture["groups"] = [(group["group_state"], group["protocol_type"], group["members"]) for group in groups]
    picture["offsets"] = [(topic["name"], topic["partitions"]) for topic in offsets["topics"]]
    return picture


def _log(talk: Conversation, topic: str, partition: int) -> Any:
    """Log start and all batches but their leader epochs, which a restart may raise for later ones."""
    asked = [{"name": topic, "partitions": [{"partition_index": partition, "timestamp": -2}]}]
    earliest = talk.setup("ListOffsets", 7, replica_id=-1, topics=asked)
    start = earliest["topics"][0]["partitions"][0]["offset"]
    batches: list[Any] = []
    offset = start
    while True:
        part = {"partition": partition, "fetch_offset": offset, "partition_max_bytes": 1 << 24}
        fields = {"max_wait": 0, "min_bytes": 0, "topics": [{"topic": topic, "partitions": [part]}]}
        found = talk.setup("Fetch", 12, **fields)["responses"][0]["partitions"][0]
        assert found["error_code"] == 0, found
        got = [found for found in describe(found["records"]) if isinstance(found, dict)]
        if not got:
            return {"log start": start, "batches": batches}
        batches += got
        offset = got[-1]["last_offset"] + 1


def produce_acknowledged(talk: Conversation, topic: str, data: bytes) -> dict[str, Any]:
    """One Produce with acks=all; the partition's answer, whatever it is."""
    answer = talk.setup("Produce", 9, **produce_fields(topic, data))
    found: dict[str, Any] = answer["responses"][0]["partition_responses"][0]
    return found
