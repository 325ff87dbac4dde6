"""Metadata: versions, unknown and invalid topics, ids, unreachable replicas, automatic creation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import (
    CLUSTER_ID,
    directory_id,
    partition,
    register_broker_record,
    topic_id,
    topic_records,
)
from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.metadata import handle
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import BrokerRegistrationChangeRecord, MetadataRequest, MetadataResponse
from workbench.wire.uuids import ZERO_UUID

Topic = MetadataRequest.MetadataRequestTopic


def cluster(*more: Any, **properties: str) -> Broker:
    return handler_broker(
        [
            register_broker_record(1, fenced=False),
            register_broker_record(2, fenced=False, rack="r2"),
            register_broker_record(3, fenced=True),
            *topic_records("a", 1, [partition([1, 2, 3]), partition([3, 1], [3])]),
            *topic_records("__consumer_offsets", 2, [partition([2])]),
            *more,
        ],
        {name.replace("_", "."): value for name, value in properties.items()},
    )


def ask(broker: Broker, *names: str | bytes | None, version: int = 12, **more: Any) -> MetadataResponse:
    topics = [Topic(name=None, topic_id=name) if isinstance(name, bytes) else Topic(name=name) for name in names]
    return handle(broker, context(version), MetadataRequest(topics=topics, **more))


def test_brokers_alive_on_the_asked_listener() -> None:
    response = ask(cluster(), "a")
    assert [(b.node_id, b.host, b.port, b.rack) for b in response.brokers] == [
        (1, "host1", 9092, None),
        (2, "host2", 9092, "r2"),
    ]
    assert response.cluster_id == CLUSTER_ID
    assert response.controller_id in (1, 2)


def test_a_topic_with_its_partitions() -> None:
    (topic,) = ask(cluster(), "a").topics
    assert (topic.error_code, topic.topic_id, topic.is_internal) == (0, topic_id(1), False)
    first, second = topic.partitions
    assert (first.leader_id, first.replica_nodes, first.isr_nodes, first.offline_replicas) == (
        1,
        [1, 2, 3],
        [1, 2, 3],
        [3],
    )
    # The leader's broker is fenced but known: its endpoint is still told, as Kafka does.
    assert (second.error_code, second.leader_id) == (0, 3)


def test_version_0_reports_unreachable_replicas() -> None:
    (topic,) = ask(cluster(), "a", version=0).topics
    assert topic.partitions[0].error_code == ErrorCode.REPLICA_NOT_AVAILABLE
    assert topic.partitions[0].replica_nodes == [1, 2]


@pytest.mark.parametrize(("version", "everything"), [(0, True), (1, False), (12, False)])
def test_an_empty_list_means_all_only_in_version_0(version: int, everything: bool) -> None:
    assert len(ask(cluster(), version=version).topics) == (2 if everything else 0)


def test_null_means_all() -> None:
    response = handle(cluster(), context(1), MetadataRequest(topics=None))
    assert {topic.name: topic.is_internal for topic in response.topics} == {"a": False, "__consumer_offsets": True}


def test_unknown_and_invalid_names() -> None:
    topics = ask(cluster(), "x", "a b", "x", allow_auto_topic_creation=False).topics
    assert [(t.name, t.error_code, t.topic_id) for t in topics] == [
        ("x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, ZERO_UUID),
        ("a b", ErrorCode.INVALID_TOPIC_EXCEPTION, ZERO_UUID),
    ]


def test_topics_by_id() -> None:
    topics = ask(cluster(), topic_id(9), topic_id(1)).topics
    assert [(t.name, t.error_code) for t in topics] == [(None, ErrorCode.UNKNOWN_TOPIC_ID), ("a", 0)]


def test_ids_and_null_names_before_version_12_are_refused() -> None:
    response = ask(cluster(), topic_id(1), version=11)
    assert [t.error_code for t in response.topics] == [ErrorCode.INVALID_REQUEST]
    assert ask(cluster(), None, version=10).topics[0].error_code == ErrorCode.INVALID_REQUEST


def test_partitions_without_a_leader() -> None:
    lost = topic_records("b", 5, [partition([9], [], leader=-1), partition([2], leader=2)])
    leader_elsewhere = BrokerRegistrationChangeRecord(broker_id=2, broker_epoch=102, log_dirs=[directory_id(2, 1)])
    topics = ask(cluster(*lost, leader_elsewhere), "b").topics
    first, second = topics[0].partitions
    assert (first.error_code, first.leader_id, first.offline_replicas) == (ErrorCode.LEADER_NOT_AVAILABLE, -1, [9])
    assert second.offline_replicas == [2]


@pytest.mark.parametrize(("version", "code"), [(5, ErrorCode.LEADER_NOT_AVAILABLE), (6, ErrorCode.LISTENER_NOT_FOUND)])
def test_a_leader_without_the_listener(version: int, code: ErrorCode) -> None:
    asked = context(version)
    asked.connection.listener = "OTHER"
    response = handle(cluster(), asked, MetadataRequest(topics=[Topic(name="a")]))
    assert response.topics[0].partitions[0].error_code == code
    assert response.brokers == []


def test_authorised_operations_when_asked() -> None:
    broker = cluster()
    plain = ask(broker, "a", version=8)
    assert (plain.topics[0].topic_authorized_operations, plain.cluster_authorized_operations) == (-(1 << 31),) * 2
    asked = ask(
        broker, "a", version=8, include_topic_authorized_operations=True, include_cluster_authorized_operations=True
    )
    assert asked.topics[0].topic_authorized_operations == 0b110111111000
    assert asked.cluster_authorized_operations == 0b1111110100000


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_missing_topic_is_created_for_the_next_question() -> None:
    broker = cluster()
    assert ask(broker, "new").topics[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert ask(broker, "new").topics[0].error_code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    await settle()
    assert len(broker.controller.requests) == 1  # type: ignore[union-attr]
    (topic,) = ask(broker, "new").topics
    assert (topic.error_code, len(topic.partitions)) == (0, 1)


async def test_the_files_own_defaults_are_asked_for() -> None:
    broker = cluster(num_partitions="3", default_replication_factor="2")
    ask(broker, "new")
    await settle()
    (topic,) = ask(broker, "new").topics
    assert [len(p.replica_nodes) for p in topic.partitions] == [2, 2, 2]


async def test_internal_topics_are_made_as_their_coordinator_wants_them() -> None:
    broker = cluster(transaction_state_log_replication_factor="1", transaction_state_log_num_partitions="7")
    ask(broker, "__transaction_state")
    await settle()
    assert len(broker.image.topics.by_name["__transaction_state"].partitions) == 7
    assert broker.image.configs.topic("__transaction_state")["cleanup.policy"] == "compact"


async def test_not_if_the_client_or_the_broker_does_not_want_it() -> None:
    for broker, more in (
        (cluster(), {"allow_auto_topic_creation": False}),
        (cluster(auto_create_topics_enable="false"), {}),
    ):
        ask(broker, "new", **more)
        await settle()
        assert broker.controller.requests == []  # type: ignore[union-attr]
