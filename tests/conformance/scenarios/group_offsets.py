"""Committed offsets and lists of groups: OffsetCommit, OffsetFetch, OffsetDelete, Describe-, List-, DeleteGroups."""

from __future__ import annotations

import uuid
from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.conformance.scenarios.group_membership import alone, join_fields

STRANGER = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")


def commit_fields(
    group: str, topic: str | uuid.UUID, offset: int, *, partition: int = 0, **more: Any
) -> dict[str, Any]:
    """A commit from outside the group, unless member and generation are given."""
    part = {
        "partition_index": partition,
        "committed_offset": offset,
        "committed_leader_epoch": more.pop("epoch", -1),
        "committed_metadata": more.pop("metadata", None),
    }
    key = "topic_id" if isinstance(topic, uuid.UUID) else "name"
    return {
        "group_id": group,
        "generation_id_or_member_epoch": -1,
        "member_id": "",
        "retention_time": -1,
        "topics": [{key: topic, "partitions": [part]}],
        **more,
    }


def fetch_fields(group: str, topics: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The same question in the form of both the single and the batched versions."""
    return {"group_id": group, "topics": topics, "groups": [{"group_id": group, "topics": topics}]}


def _partitions(topic: str, *partitions: int) -> list[dict[str, Any]]:
    return [{"name": topic, "partition_indexes": list(partitions)}]


@scenario
def commit_and_fetch_at_each_version(talk: Conversation) -> None:
    """An offset is committed and fetched at every version, from 10 by topic id."""
    topic, group = talk.create_topic("topic", partitions=2), talk.name("group")
    its_id = talk.topic_id(topic)
    talk.coordinator_ready(group)
    talk.ask_each("OffsetCommit", range(2, 10), lambda v: commit_fields(group, topic, v, metadata=f"by v{v}"))
    talk.ask("OffsetCommit", 10, **commit_fields(group, its_id, 10, metadata="by v10", epoch=0))
    talk.ask_each("OffsetFetch", range(1, 10), fetch_fields(group, _partitions(topic, 0, 1)))
    by_id = [{"topic_id": its_id, "partition_indexes": [0, 1]}]
    talk.ask("OffsetFetch", 10, groups=[{"group_id": group, "topics": by_id}])


@scenario
def fetch_everything(talk: Conversation) -> None:
    """No topics means all that the group has; a list that is empty means none; several groups from version 8."""
    topic, other = talk.create_topic("one", partitions=2), talk.create_topic("two")
    groups = [talk.name("first"), talk.name("second")]
    for group in groups:
        talk.coordinator_ready(group)
    talk.setup("OffsetCommit", 8, **commit_fields(groups[0], topic, 5))
    talk.setup("OffsetCommit", 8, **commit_fields(groups[0], topic, 6, partition=1))
    talk.setup("OffsetCommit", 8, **commit_fields(groups[0], other, 7))
    talk.setup("OffsetCommit", 8, **commit_fields(groups[1], other, 8))
    for version in (2, 5, 7, 8):
        talk.ask("OffsetFetch", version, **fetch_fields(groups[0], None))
    talk.ask("OffsetFetch", 5, **fetch_fields(groups[0], []))
    talk.ask("OffsetFetch", 8, groups=[{"group_id": group, "topics": None} for group in groups])
    talk.ask("OffsetFetch", 10, groups=[{"group_id": groups[0], "topics": None}])
    talk.ask(
        "OffsetFetch", 9, groups=[{"group_id": groups[0], "topics": None, "member_id": "stranger", "member_epoch": 1}]
    )
    talk.ask("OffsetFetch", 7, **{**fetch_fields(groups[0], None), "require_stable": True})


@scenario
def fetch_unknown(talk: Conversation) -> None:
    """Unknown groups, topics and partitions have offset -1; an unknown topic id is an error."""
    topic, group = talk.create_topic("topic"), talk.name("unknown")
    talk.coordinator_ready(group)
    talk.ask("OffsetFetch", 5, **fetch_fields(group, _partitions(topic, 0, 9)))
    talk.ask("OffsetFetch", 8, **fetch_fields(group, _partitions(talk.name("no-topic"), 0)))
    talk.ask(
        "OffsetFetch", 10, groups=[{"group_id": group, "topics": [{"topic_id": STRANGER, "partition_indexes": [0]}]}]
    )
    talk.ask("OffsetFetch", 5, **fetch_fields("", _partitions(topic, 0)))
    talk.ask("OffsetFetch", 5, **fetch_fields(group, None))


@scenario
def commit_wrong(talk: Conversation) -> None:
    """Unknown destinations, large metadata, negative offsets, empty group ids."""
    topic, group = talk.create_topic("topic"), talk.name("group")
    talk.coordinator_ready(group)
    talk.ask("OffsetCommit", 8, **commit_fields(group, talk.name("unknown"), 1))
    talk.ask("OffsetCommit", 8, **commit_fields(group, topic, 1, partition=5))
    talk.ask("OffsetCommit", 8, **commit_fields(group, topic, 1, partition=-1))
    talk.ask("OffsetCommit", 10, **commit_fields(group, STRANGER, 1))
    talk.ask("OffsetCommit", 8, **commit_fields(group, topic, 1, metadata="m" * 4096))
    talk.title("metadata of 4097 characters")
    answer = talk.setup("OffsetCommit", 8, **commit_fields(group, topic, 1, metadata="m" * 4097))
    talk.note("answer", answer)
    for offset in (-1, -5):
        talk.ask("OffsetCommit", 8, **commit_fields(group, topic, offset))
    talk.ask("OffsetCommit", 8, **commit_fields("", topic, 1))
    talk.ask("OffsetCommit", 8, **{**commit_fields(group, topic, 1), "topics": []})
    talk.ask("OffsetCommit", 8, **commit_fields(group, topic, 3, metadata=""))
    mixed = commit_fields(group, topic, 4)
    mixed["topics"] += commit_fields(group, talk.name("unknown"), 4)["topics"]
    talk.ask("OffsetCommit", 8, **mixed)
    talk.ask("OffsetFetch", 5, **fetch_fields(group, None))


@scenario
def commit_as_member(talk: Conversation) -> None:
    """Members commit with their generation, strangers and the past may not; outsiders only while it is empty."""
    topic, group = talk.create_topic("topic"), talk.name("group")
    member, generation = alone(talk, group)
    for who, when in (
        (member, generation),
        (member, generation - 1),
        (member, generation + 1),
        ("stranger", generation),
        ("stranger", -1),
        ("", -1),
        (member, -1),
        ("", generation),
    ):
        given = {"member_id": who, "generation_id_or_member_epoch": when}
        talk.ask("OffsetCommit", 8, **{**commit_fields(group, topic, 1), **given})
    talk.setup("LeaveGroup", 3, group_id=group, members=[{"member_id": member}])
    talk.title("the member left")
    given = {"member_id": member, "generation_id_or_member_epoch": generation}
    talk.ask("OffsetCommit", 8, **{**commit_fields(group, topic, 2), **given})
    talk.ask("OffsetCommit", 8, **commit_fields(group, topic, 3))
    talk.ask("OffsetCommit", 8, **{**commit_fields(talk.name("never-was"), topic, 3), **given})


@scenario
def commit_while_rebalancing(talk: Conversation) -> None:
    """A member may commit with its generation while others join; nobody beside the group may."""
    topic, group = talk.create_topic("topic"), talk.name("group")
    first, second = talk.speaker("first"), talk.speaker("second")
    member, generation = alone(talk, group, first)
    told = second.setup("JoinGroup", 5, **join_fields(group))
    second.send_silently("JoinGroup", 5, **join_fields(group, told["member_id"]))
    beat = {"group_id": group, "generation_id": generation, "member_id": member}
    talk.until(lambda: bool(first.setup("Heartbeat", 3, **beat)["error_code"] == 27), "the rebalance")
    given = {"member_id": member, "generation_id_or_member_epoch": generation}
    first.ask("OffsetCommit", 8, **{**commit_fields(group, topic, 5), **given})
    first.ask("OffsetCommit", 8, **commit_fields(group, topic, 6))
    talk.ask("DescribeGroups", 5, groups=[group])
    first.setup("LeaveGroup", 3, group_id=group, members=[{"member_id": member}])
    second.receive_silently()
    talk.ask("OffsetFetch", 5, **fetch_fields(group, None))


@scenario
def delete_offsets(talk: Conversation) -> None:
    """OffsetDelete removes what nobody subscribes to; unknown groups and partitions are told."""
    topic, other, group = talk.create_topic("one", partitions=2), talk.create_topic("two"), talk.name("group")
    talk.coordinator_ready(group)

    def fields(name: str, *partitions: int, of: str = group) -> dict[str, Any]:
        parts = [{"partition_index": index} for index in partitions]
        return {"group_id": of, "topics": [{"name": name, "partitions": parts}]}

    talk.ask("OffsetDelete", 0, **fields(topic, 0))
    for name in (topic, other):
        talk.setup("OffsetCommit", 8, **commit_fields(group, name, 5))
    talk.ask("OffsetDelete", 0, **fields(topic, 0, 1, 7))
    talk.ask("OffsetDelete", 0, **fields(talk.name("unknown"), 0))
    talk.ask("OffsetDelete", 0, **fields(topic, 0, of=""))
    talk.ask("OffsetDelete", 0, group_id=group, topics=[])
    talk.ask("OffsetFetch", 5, **fetch_fields(group, None))
    talk.title("while a consumer is subscribed to it")
    subscribed = _subscription(other)
    alone(talk, group, protocols=[{"name": "range", "metadata": subscribed}])
    talk.ask("OffsetDelete", 0, **fields(other, 0))
    talk.title("a group of another kind with members")
    connect = talk.name("connect")
    talk.coordinator_ready(connect)
    talk.setup("JoinGroup", 3, **join_fields(connect, protocol_type="connect"))
    talk.ask("OffsetDelete", 0, **fields(other, 0, of=connect))


def _subscription(topic: str) -> bytes:
    """A consumer's subscription of version 0 to one topic."""
    name = topic.encode()
    return b"\0\0" + b"\0\0\0\1" + len(name).to_bytes(2, "big") + name + b"\xff\xff\xff\xff"


@scenario
def describe_groups(talk: Conversation) -> None:
    """DescribeGroups at every version: stable, empty and unknown groups, which are "Dead"."""
    stable, empty, unknown = talk.name("stable"), talk.name("empty"), talk.name("unknown")
    topic = talk.create_topic("topic")
    alone(talk, stable)
    talk.coordinator_ready(empty)
    talk.setup("OffsetCommit", 8, **commit_fields(empty, topic, 5))
    talk.ask_each("DescribeGroups", range(7), {"groups": [stable, empty, unknown]})
    talk.ask("DescribeGroups", 5, groups=[stable], include_authorized_operations=True)
    talk.ask("DescribeGroups", 5, groups=[])
    talk.ask("DescribeGroups", 5, groups=["", stable, stable])


@scenario
def list_groups(talk: Conversation) -> None:
    """ListGroups at every version, by state from 4, by type from 5; unknown filters find nothing or are refused."""
    stable, empty = talk.name("stable"), talk.name("empty")
    topic = talk.create_topic("topic")
    alone(talk, stable)
    talk.coordinator_ready(empty)
    talk.setup("OffsetCommit", 8, **commit_fields(empty, topic, 5))

    def mine(body: dict[str, Any]) -> dict[str, Any]:
        return {**body, "groups": [group for group in body["groups"] if talk.is_mine(group["group_id"])]}

    talk.ask_each("ListGroups", range(6), {}, only=mine)
    for states in (["Stable"], ["Empty"], ["empty", "STABLE"], ["Dead"], ["Nonsense"]):
        talk.ask("ListGroups", 4, states_filter=states, only=mine)
    for types in (["classic"], ["consumer"], ["Classic"], ["nonsense"]):
        talk.ask("ListGroups", 5, types_filter=types, only=mine)
    talk.ask("ListGroups", 5, states_filter=["Stable"], types_filter=["classic"], only=mine)


@scenario
def delete_groups(talk: Conversation) -> None:
    """Empty groups go with their offsets; those with members and unknown ones stay or never were."""
    topic, stable, empty = talk.create_topic("topic"), talk.name("stable"), talk.name("empty")
    member, _ = alone(talk, stable)
    talk.coordinator_ready(empty)
    for version in range(3):
        talk.setup("OffsetCommit", 8, **commit_fields(empty, topic, 5))
        talk.ask("DeleteGroups", version, groups_names=[stable, empty, talk.name("unknown")])
    talk.ask("DeleteGroups", 2, groups_names=["", empty, empty])
    talk.ask("DeleteGroups", 2, groups_names=[])
    talk.ask("OffsetFetch", 5, **fetch_fields(empty, None))
    talk.setup("LeaveGroup", 3, group_id=stable, members=[{"member_id": member}])
    talk.ask("DeleteGroups", 2, groups_names=[stable])


@scenario
def deleted_topics_offsets(talk: Conversation) -> None:
    """With a topic go the offsets that groups had committed for it."""
    gone, stays, group = talk.create_topic("gone"), talk.create_topic("stays"), talk.name("group")
    talk.coordinator_ready(group)
    for topic in (gone, stays):
        talk.setup("OffsetCommit", 8, **commit_fields(group, topic, 5))
    talk.setup("DeleteTopics", 5, topic_names=[gone], timeout=5000)

    def forgotten() -> bool:
        topics = talk.setup("OffsetFetch", 5, **fetch_fields(group, None))["topics"]
        return [topic["name"] for topic in topics] == [stays]

    talk.until(forgotten, "the deleted topic's offsets to go")
    talk.ask("OffsetFetch", 5, **fetch_fields(group, None))
