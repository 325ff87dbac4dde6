"""DescribeTopicPartitions: order, pages, cursors."""

from __future__ import annotations

from typing import Any

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import partition, register_broker_record, topic_id, topic_records
from workbench.embedded_broker.handlers.describe_topic_partitions import handle
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse

Cursor = DescribeTopicPartitionsRequest.Cursor
BROKER = handler_broker(
    [
        register_broker_record(1, fenced=False),
        *topic_records("b", 2, [partition([1])] * 3),
        *topic_records("a", 1, [partition([1, 2], [], leader=-1, elr=(1,), last_known_elr=(2,))]),
        *topic_records("c", 3, [partition([1])] * 2),
    ]
)


def ask(*names: str, cursor: tuple[str, int] | None = None, **more: Any) -> DescribeTopicPartitionsResponse:
    request = DescribeTopicPartitionsRequest(
        topics=[DescribeTopicPartitionsRequest.TopicRequest(name=name) for name in names],
        cursor=None if cursor is None else Cursor(topic_name=cursor[0], partition_index=cursor[1]),
        **more,
    )
    return handle(BROKER, context(0), request)


def page(response: DescribeTopicPartitionsResponse) -> tuple[list[tuple[str, list[int]]], tuple[str, int] | None]:
    end = response.next_cursor
    return (
        [(t.name or "", [p.partition_index for p in t.partitions]) for t in response.topics],
        None if end is None else (end.topic_name, end.partition_index),
    )


def test_topics_come_in_order_of_name() -> None:
    assert page(ask("c", "a")) == ([("a", [0]), ("c", [0, 1])], None)
    assert page(ask()) == ([("a", [0]), ("b", [0, 1, 2]), ("c", [0, 1])], None)


def test_eligible_leader_replicas_are_told() -> None:
    (topic,) = ask("a").topics
    (found,) = topic.partitions
    assert (found.leader_id, found.eligible_leader_replicas, found.last_known_elr) == (-1, [1], [2])
    assert found.offline_replicas == [2]
    assert (topic.topic_id, topic.topic_authorized_operations) == (topic_id(1), 0b110111111000)


def test_pages() -> None:
    assert page(ask(response_partition_limit=2)) == ([("a", [0]), ("b", [0])], ("b", 1))
    assert page(ask(response_partition_limit=2, cursor=("b", 1))) == ([("b", [1, 2])], ("c", 0))
    assert page(ask(response_partition_limit=2, cursor=("c", 0))) == ([("c", [0, 1])], None)
    assert page(ask(response_partition_limit=0)) == ([("a", [0])], ("b", 0))


def test_unknown_topics_are_told_only_if_named() -> None:
    topics = ask("x", "a b").topics
    assert [(t.name, t.error_code) for t in topics] == [
        ("a b", ErrorCode.INVALID_TOPIC_EXCEPTION),
        ("x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ]


def test_a_topic_without_a_name_fails_all_unless_there_is_a_cursor() -> None:
    response = ask("a", "", "x")
    assert [(t.name, t.error_code) for t in response.topics] == [
        (name, ErrorCode.UNKNOWN_SERVER_ERROR) for name in ("a", "", "x")
    ]
    assert page(ask("a", "", cursor=("a", 0))) == ([("a", [0])], None)
    assert [t.error_code for t in ask("a", "", cursor=("", 0)).topics] == [ErrorCode.INVALID_TOPIC_EXCEPTION, 0]


def test_bad_cursors() -> None:
    for cursor in (("b", 0), ("a", -1)):
        response = ask("a", "c", cursor=cursor)
        assert [t.error_code for t in response.topics] == [ErrorCode.INVALID_REQUEST] * 2
    assert page(ask("c", cursor=("c", 9))) == ([("c", [])], None)
