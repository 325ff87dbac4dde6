"""Brokers, quorum and coordinators, as brokers of different age tell them."""

from typing import Any

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client import cluster_calls
from workbench.client.cluster_calls import describe_cluster, describe_quorum, find_coordinators
from workbench.client.errors import ClientError
from workbench.client.link import ClusterLink
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import DescribeClusterResponse, DescribeQuorumResponse, FindCoordinatorResponse
from workbench.wire.uuids import uuid_to_text

DIRECTORY = bytes(range(16))


def quorum(leader: int, *, code: int = 0) -> DescribeQuorumResponse:
    answer = DescribeQuorumResponse
    state = answer.ReplicaState
    part = answer.PartitionData(
        partition_index=0,
        error_code=code,
        leader_id=leader,
        leader_epoch=4,
        high_watermark=90,
        current_voters=[
            state(replica_id=2, replica_directory_id=DIRECTORY, log_end_offset=91, last_fetch_timestamp=5),
            state(replica_id=1, log_end_offset=91, last_fetch_timestamp=-1, last_caught_up_timestamp=-1),
        ],
        observers=[state(replica_id=3, log_end_offset=80)],
    )
    return answer(topics=[answer.TopicData(topic_name="__cluster_metadata", partitions=[part])])


async def test_the_quorums_leader_is_the_controller(broker: TinyBroker, link: ClusterLink) -> None:
    broker.on(ApiKey.DESCRIBE_QUORUM, lambda request: quorum(7))
    cluster = await describe_cluster(link, link)
    assert cluster.controller_id == 7
    assert [b.is_controller for b in cluster.brokers] == [False]


async def test_a_quorum_that_refuses_leaves_what_metadata_says(broker: TinyBroker, link: ClusterLink) -> None:
    broker.on(ApiKey.DESCRIBE_QUORUM, lambda request: quorum(7, code=31))
    assert (await describe_cluster(link, link)).controller_id == 1


async def test_fenced_brokers_are_listed_where_they_are_told(broker: TinyBroker, link: ClusterLink) -> None:
    def answer(request: Any) -> DescribeClusterResponse:
        assert request.include_fenced_brokers
        member = DescribeClusterResponse.DescribeClusterBroker
        return DescribeClusterResponse(
            cluster_id="tiny",
            brokers=[member(broker_id=1, host="old", port=1), member(broker_id=5, host="h", port=2, is_fenced=True)],
        )

    broker.on(ApiKey.DESCRIBE_CLUSTER, answer)
    cluster = await describe_cluster(link, link)
    assert [(b.node_id, b.is_fenced) for b in cluster.brokers] == [(1, False), (5, True)]
    assert cluster.brokers[0].port == broker.port


async def test_an_older_describe_cluster_is_not_asked(broker: TinyBroker, link: ClusterLink) -> None:
    broker.on(ApiKey.DESCRIBE_CLUSTER, lambda request: None, highest=1)
    assert [b.node_id for b in (await describe_cluster(link, link)).brokers] == [1]


async def test_the_quorum(broker: TinyBroker, link: ClusterLink) -> None:
    broker.on(ApiKey.DESCRIBE_QUORUM, lambda request: quorum(2))
    found = await describe_quorum(link)
    assert (found.leader_id, found.leader_epoch, found.high_watermark) == (2, 4, 90)
    assert [(r.node_id, r.is_voter) for r in found.replicas] == [(1, True), (2, True), (3, False)]
    assert found.replicas[0].last_fetch_ms is None
    assert found.replicas[1].directory_id == uuid_to_text(DIRECTORY)


async def test_coordinators(broker: TinyBroker, link: ClusterLink, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter([15, 14, 0])

    def answer(request: Any) -> FindCoordinatorResponse:
        code = next(codes)
        part = FindCoordinatorResponse.Coordinator
        return FindCoordinatorResponse(
            coordinators=[part(key=key, node_id=3, error_code=code) for key in request.coordinator_keys]
        )

    async def at_once(seconds: float) -> None:
        """Nobody waits in a test."""

    monkeypatch.setattr(cluster_calls.asyncio, "sleep", at_once)
    broker.on(ApiKey.FIND_COORDINATOR, answer)
    assert await find_coordinators(link, ["a", "b"]) == {"a": 3, "b": 3}
    assert await find_coordinators(link, []) == {}
    broker.on(
        ApiKey.FIND_COORDINATOR,
        lambda request: FindCoordinatorResponse(
            coordinators=[FindCoordinatorResponse.Coordinator(key="a", error_code=30)]
        ),
    )
    with pytest.raises(ClientError) as caught:
        await find_coordinators(link, ["a"])
    assert caught.value.code == "GROUP_AUTHORIZATION_FAILED"


async def test_an_old_broker_is_asked_one_by_one(broker: TinyBroker, link: ClusterLink) -> None:
    broker.on(ApiKey.FIND_COORDINATOR, lambda request: FindCoordinatorResponse(node_id=len(request.key)), highest=3)
    assert await find_coordinators(link, ["a", "bb"]) == {"a": 1, "bb": 2}
