"""OffsetCommit over the wire: topics by name and by id, and those that do not exist."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker, topic_id
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetCommitRequest, OffsetCommitValue


def request(topics: dict[str, dict[int, int]], version: int, group: str = "g") -> OffsetCommitRequest:
    made = OffsetCommitRequest(group_id=group)
    for name, offsets in topics.items():
        topic = OffsetCommitRequest.OffsetCommitRequestTopic(
            partitions=[
                OffsetCommitRequest.OffsetCommitRequestPartition(
                    partition_index=partition, committed_offset=offset, committed_metadata="m"
                )
                for partition, offset in offsets.items()
            ]
        )
        if version >= 10:
            topic.topic_id = topic_id(name)
        else:
            topic.name = name
        made.topics.append(topic)
    return made


async def commit(
    broker: HandledBroker, topics: dict[str, dict[int, int]], version: int = 9, group: str = "g"
) -> list[tuple[str | bytes, list[tuple[int, ErrorCode]]]]:
    response = await broker.ask(request(topics, version, group), version)
    return [
        (
            topic.topic_id if version >= 10 else topic.name,
            [(entry.partition_index, ErrorCode(entry.error_code)) for entry in topic.partitions],
        )
        for topic in response.topics
    ]


@pytest.mark.parametrize("version", range(2, 11))
async def test_what_exists_is_committed_and_the_rest_told(version: int) -> None:
    broker = HandledBroker({"t": 2})
    told = await commit(broker, {"t": {0: 5, 1: 6, 7: 7}, "ghost": {0: 1}}, version)
    unknown = ErrorCode.UNKNOWN_TOPIC_ID if version >= 10 else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    t, ghost = (topic_id("t"), topic_id("ghost")) if version >= 10 else ("t", "ghost")
    assert dict(told) == {
        t: [(7, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION), (0, ErrorCode.NONE), (1, ErrorCode.NONE)],
        ghost: [(0, unknown)],
    }
    written = broker.logs.written(broker.groups.partition_for("g"))
    assert [value.offset for _, value in written if isinstance(value, OffsetCommitValue)] == [5, 6]
    assert {value.topic_id for _, value in written if isinstance(value, OffsetCommitValue)} == {topic_id("t")}


@pytest.mark.parametrize("version", [2, 9, 10])
async def test_when_nothing_exists_the_group_is_not_asked(version: int) -> None:
    broker = HandledBroker(offsets_partitions=0)
    told = await commit(broker, {"ghost": {0: 1, 1: 2}}, version)
    assert len(told) == 1
    assert ErrorCode.NOT_COORDINATOR not in {code for _, code in told[0][1]}
    assert await commit(broker, {}, version) == []


async def test_a_topic_named_twice_is_answered_twice_unless_something_was_refused_before() -> None:
    broker = HandledBroker({"t": 2})
    twice = request({"t": {0: 5}}, 9)
    twice.topics += request({"t": {0: 6}}, 9).topics
    assert [len(topic.partitions) for topic in (await broker.ask(twice, 9)).topics] == [1, 1]
    twice = request({"t": {0: 5, 9: 1}}, 9)
    twice.topics += request({"t": {0: 6}}, 9).topics
    assert [len(topic.partitions) for topic in (await broker.ask(twice, 9)).topics] == [3]


async def test_a_group_s_refusal_is_told_for_each_partition() -> None:
    broker = HandledBroker({"t": 1}, offsets_partitions=0)
    assert await commit(broker, {"t": {0: 1}}) == [("t", [(0, ErrorCode.NOT_COORDINATOR)])]


async def test_a_retention_time_is_heeded_where_versions_have_it() -> None:
    broker = HandledBroker({"t": 1})
    asked = request({"t": {0: 1}}, 4)
    asked.retention_time_ms = 1_000
    await broker.ask(asked, 4)
    ((_, value),) = broker.logs.written(broker.groups.partition_for("g"))
    assert isinstance(value, OffsetCommitValue)
    assert value.expire_timestamp == value.commit_timestamp + 1_000
