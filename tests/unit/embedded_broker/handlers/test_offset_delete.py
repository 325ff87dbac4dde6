"""OffsetDelete over the wire."""

from __future__ import annotations

from typing import Any

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_offset_commit import commit
from tests.unit.embedded_broker.handlers.test_offset_fetch import fetch
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetDeleteRequest


async def delete(broker: HandledBroker, topics: dict[str, list[int]], group: str = "g") -> Any:
    request = OffsetDeleteRequest(
        group_id=group,
        topics=[
            OffsetDeleteRequest.OffsetDeleteRequestTopic(
                name=name,
                partitions=[
                    OffsetDeleteRequest.OffsetDeleteRequestPartition(partition_index=index) for index in indexes
                ],
            )
            for name, indexes in topics.items()
        ],
    )
    return await broker.ask(request, 0)


async def test_what_exists_is_forgotten_and_the_rest_told() -> None:
    broker = HandledBroker({"t": 2})
    await commit(broker, {"t": {0: 5, 1: 6}})
    response = await delete(broker, {"t": [0, 9], "ghost": [0]})
    assert response.error_code == ErrorCode.NONE
    assert {
        (topic.name, entry.partition_index): entry.error_code for topic in response.topics for entry in topic.partitions
    } == {
        ("t", 0): ErrorCode.NONE,
        ("t", 9): ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
        ("ghost", 0): ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    }
    assert await fetch(broker, None, 9) == {"t": [(1, 6, 0)]}


async def test_a_topic_named_twice_is_answered_twice_unless_something_was_refused_before() -> None:
    broker = HandledBroker({"t": 2})
    await commit(broker, {"t": {0: 5}})
    topic = OffsetDeleteRequest.OffsetDeleteRequestTopic(
        name="t", partitions=[OffsetDeleteRequest.OffsetDeleteRequestPartition(partition_index=0)]
    )
    ghost = OffsetDeleteRequest.OffsetDeleteRequestTopic(name="ghost", partitions=topic.partitions)
    for topics, expected in (([topic, topic], ["t", "t"]), ([topic, ghost, topic], ["ghost", "t"])):
        response = await broker.ask(OffsetDeleteRequest(group_id="g", topics=topics), 0)
        assert [answer.name for answer in response.topics] == expected


async def test_an_error_of_the_group_is_all_that_is_told() -> None:
    response = await delete(HandledBroker({"t": 1}), {"t": [0], "ghost": [0]}, "unknown")
    assert (response.error_code, response.topics) == (ErrorCode.GROUP_ID_NOT_FOUND, [])
