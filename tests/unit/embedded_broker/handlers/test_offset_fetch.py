"""OffsetFetch over the wire: one group and several, topics by name, by id, and all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.handled_broker import OFFSETS_TOPIC, HandledBroker, topic_id
from tests.unit.embedded_broker.handlers.test_offset_commit import commit
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetFetchRequest

Asked = dict[str, list[int]] | None


def request(groups: dict[str, Asked], version: int, *, stable: bool = False) -> OffsetFetchRequest:
    made = OffsetFetchRequest()
    if version >= 7:
        made.require_stable = stable
    for group, topics in groups.items():
        if version < 8:
            made.group_id = group
            made.topics = None if topics is None else []
            for name, indexes in (topics or {}).items():
                assert made.topics is not None
                made.topics.append(OffsetFetchRequest.OffsetFetchRequestTopic(name=name, partition_indexes=indexes))
            continue
        entry = OffsetFetchRequest.OffsetFetchRequestGroup(group_id=group, topics=None if topics is None else [])
        for name, indexes in (topics or {}).items():
            topic = OffsetFetchRequest.OffsetFetchRequestTopics(partition_indexes=indexes)
            if version >= 10:
                topic.topic_id = topic_id(name)
            else:
                topic.name = name
            assert entry.topics is not None
            entry.topics.append(topic)
        made.groups.append(entry)
    return made


def told(topics: list[Any], version: int) -> dict[Any, list[tuple[int, int, int]]]:
    return {
        topic.topic_id if version >= 10 else topic.name: [
            (entry.partition_index, entry.committed_offset, entry.error_code) for entry in topic.partitions
        ]
        for topic in topics
    }


async def fetch(broker: HandledBroker, topics: Asked, version: int, group: str = "g", *, stable: bool = False) -> Any:
    response = await broker.ask(request({group: topics}, version, stable=stable), version)
    return told(response.groups[0].topics if version >= 8 else response.topics, version)


@pytest.mark.parametrize("version", range(1, 11))
async def test_named_topics(version: int) -> None:
    broker = HandledBroker({"t": 2, "u": 1})
    await commit(broker, {"t": {0: 5}, "u": {0: 7}})
    t = topic_id("t") if version >= 10 else "t"
    assert await fetch(broker, {"t": [0, 1, 9]}, version) == {t: [(0, 5, 0), (1, -1, 0), (9, -1, 0)]}
    assert await fetch(broker, {}, version) == {}
    assert await fetch(broker, {"t": [0]}, version, "unknown") == {t: [(0, -1, 0)]}


@pytest.mark.parametrize("version", range(2, 11))
async def test_null_means_all(version: int) -> None:
    broker = HandledBroker({"t": 2, "u": 1})
    await commit(broker, {"t": {0: 5}, "u": {0: 7}})
    t, u = (topic_id("t"), topic_id("u")) if version >= 10 else ("t", "u")
    assert await fetch(broker, None, version) == {t: [(0, 5, 0)], u: [(0, 7, 0)]}
    assert await fetch(broker, None, version, "unknown") == {}


async def test_an_unknown_topic_by_name_and_by_id() -> None:
    broker = HandledBroker({"t": 1})
    assert await fetch(broker, {"ghost": [0]}, 9) == {"ghost": [(0, -1, 0)]}
    assert await fetch(broker, {"ghost": [0], "t": [0]}, 10) == {
        topic_id("t"): [(0, -1, 0)],
        topic_id("ghost"): [(0, -1, ErrorCode.UNKNOWN_TOPIC_ID)],
    }


@pytest.mark.parametrize("version", [8, 9, 10])
async def test_several_groups_at_once(version: int) -> None:
    broker = HandledBroker({"t": 1})
    await commit(broker, {"t": {0: 5}}, group="g")
    await commit(broker, {"t": {0: 6}}, group="h")
    t = topic_id("t") if version >= 10 else "t"
    response = await broker.ask(request({"h": {"t": [0]}, "ghost": None, "g": None}, version), version)
    assert [(group.group_id, group.error_code, told(group.topics, version)) for group in response.groups] == [
        ("h", 0, {t: [(0, 6, 0)]}),
        ("ghost", 0, {}),
        ("g", 0, {t: [(0, 5, 0)]}),
    ]
    assert (await broker.ask(request({}, version), version)).groups == []


@pytest.mark.parametrize("version", range(1, 11))
async def test_where_the_group_is_not_coordinated(version: int) -> None:
    broker = HandledBroker({"t": 1}, offsets_partitions=0)
    response = await broker.ask(request({"g": {"t": [0]}}, version), version)
    if version == 1:
        assert told(response.topics, version) == {"t": [(0, -1, ErrorCode.NOT_COORDINATOR)]}
    elif version < 8:
        assert (response.error_code, response.topics) == (ErrorCode.NOT_COORDINATOR, [])
    else:
        (group,) = response.groups
        assert (group.error_code, group.topics) == (ErrorCode.NOT_COORDINATOR, [])


@pytest.mark.parametrize("version", [7, 8, 10])
async def test_a_stable_answer_waits_for_what_is_being_committed(version: int) -> None:
    broker = HandledBroker({"t": 1})
    broker.logs.replicates_at_once = False
    committing = asyncio.ensure_future(commit(broker, {"t": {0: 5}}))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    waiting = asyncio.ensure_future(fetch(broker, {"t": [0]}, version, stable=True))
    t = topic_id("t") if version >= 10 else "t"
    assert await fetch(broker, {"t": [0]}, version) == {t: [(0, -1, 0)]}
    assert not waiting.done()
    broker.logs.commit(broker.groups.partition_for("g"))
    assert await waiting == {t: [(0, 5, 0)]}
    await committing


async def test_topics_that_are_gone_cannot_be_told_by_id() -> None:
    broker = HandledBroker({"t": 1, "u": 1})
    await commit(broker, {"t": {0: 5}, "u": {0: 7}})
    partition = broker.groups.partition_for("g")
    broker.lead(OFFSETS_TOPIC, partition, leader=2, epoch=1)
    broker.delete("t")
    broker.lead(OFFSETS_TOPIC, partition, leader=1, epoch=2)
    assert await fetch(broker, None, 9) == {"t": [(0, 5, 0)], "u": [(0, 7, 0)]}
    assert await fetch(broker, None, 10) == {topic_id("u"): [(0, 7, 0)]}
