"""The door to a cluster: connects, finds brokers again, repeats only what may be repeated."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.link import ClusterLink
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import (
    DeleteGroupsRequest,
    DeleteGroupsResponse,
    ListGroupsRequest,
    ListGroupsResponse,
    MetadataRequest,
    MetadataResponse,
)


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    with TinyBroker() as running:
        running.on(ApiKey.LIST_GROUPS, lambda request: ListGroupsResponse())
        running.on(ApiKey.DELETE_GROUPS, lambda request: DeleteGroupsResponse())
        yield running


class Reached:
    def __init__(self) -> None:
        self.told: list[bool] = []

    def __call__(self, reachable: bool) -> None:
        if self.told[-1:] != [reachable]:
            self.told.append(reachable)


@pytest.fixture
async def opened(broker: TinyBroker) -> AsyncIterator[tuple[ClusterLink, Reached]]:
    reached = Reached()
    link = ClusterLink([broker.bootstrap], {}, "test", on_reachable=reached)
    yield link, reached
    await link.close()


async def test_the_first_request_connects(broker: TinyBroker, opened: tuple[ClusterLink, Reached]) -> None:
    link, reached = opened
    answer = await link.send(MetadataRequest(topics=[]), MetadataResponse)
    assert answer.cluster_id == "tiny"
    assert await link.broker_ids() == (1,)
    assert ApiKey.LIST_GROUPS in await link.api_versions()
    assert reached.told == [True]


async def test_many_at_once(opened: tuple[ClusterLink, Reached]) -> None:
    link, _ = opened
    answers = await asyncio.gather(*(link.send(MetadataRequest(topics=[]), MetadataResponse) for _ in range(50)))
    assert {answer.cluster_id for answer in answers} == {"tiny"}


async def test_a_question_is_asked_again_after_a_lost_connection(
    broker: TinyBroker, opened: tuple[ClusterLink, Reached]
) -> None:
    link, reached = opened
    answers: Iterator[Any] = iter([None, ListGroupsResponse()])
    broker.on(ApiKey.LIST_GROUPS, lambda request: next(answers))
    await link.send(ListGroupsRequest(), ListGroupsResponse, node_id=1)
    assert len(broker.asked("ListGroupsRequest")) == 2
    assert reached.told == [True]


async def test_a_change_is_not_repeated_once_it_was_sent(
    broker: TinyBroker, opened: tuple[ClusterLink, Reached]
) -> None:
    link, _ = opened
    broker.on(ApiKey.DELETE_GROUPS, lambda request: None)
    with pytest.raises(ClientError) as caught:
        await link.send(DeleteGroupsRequest(groups_names=["g"]), DeleteGroupsResponse, repeatable=False)
    assert caught.value.code == "NO_BROKER"
    assert len(broker.asked("DeleteGroupsRequest")) == 1


async def test_connections_that_all_broke_are_made_again(
    broker: TinyBroker, opened: tuple[ClusterLink, Reached]
) -> None:
    link, _ = opened
    await link.send(MetadataRequest(topics=[]), MetadataResponse)
    broker.drop_connections()
    answer = await link.send(MetadataRequest(topics=[]), MetadataResponse)
    assert answer.cluster_id == "tiny"


async def test_nobody_there_is_told_in_time() -> None:
    reached = Reached()
    link = ClusterLink(["127.0.0.1:1"], {}, "test", on_reachable=reached)
    with pytest.raises(ClientError) as caught:
        await link.open(0.3)
    assert (caught.value.code, reached.told) == ("NO_BROKER", [False])
    assert "127.0.0.1:1" in caught.value.sentence
    await link.close()


async def test_a_closed_link_says_so_and_can_be_opened_again(
    broker: TinyBroker, opened: tuple[ClusterLink, Reached]
) -> None:
    link, _ = opened
    await link.open()
    await link.close()
    with pytest.raises(ClientError) as caught:
        await link.send(MetadataRequest(topics=[]), MetadataResponse)
    assert caught.value.code == "DISCONNECTED"
    await link.open()
    assert (await link.send(MetadataRequest(topics=[]), MetadataResponse)).cluster_id == "tiny"


async def test_an_api_that_the_brokers_lack_is_told(opened: tuple[ClusterLink, Reached]) -> None:
    from workbench.wire.messages import DescribeQuorumRequest, DescribeQuorumResponse

    link, _ = opened
    with pytest.raises(ClientError) as caught:
        await link.send(DescribeQuorumRequest(), DescribeQuorumResponse)
    assert caught.value.code == "UNSUPPORTED_VERSION"
    assert "DescribeQuorum" in caught.value.sentence


async def test_who_gives_up_waiting_leaves_no_trace(broker: TinyBroker, opened: tuple[ClusterLink, Reached]) -> None:
    link, _ = opened
    await link.open()
    waiting = asyncio.create_task(link.send(ListGroupsRequest(), ListGroupsResponse))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await link.send(MetadataRequest(topics=[]), MetadataResponse)).cluster_id == "tiny"


async def test_a_broker_that_is_known_not_to_answer_is_not_asked() -> None:
    with TinyBroker() as broker:
        link = ClusterLink([broker.bootstrap], {}, "test")
        await link.open()
        link.avoided = frozenset({1})
        with pytest.raises(ClientError, match="Broker 1 does not answer"):
            await link.send(MetadataRequest(topics=[]), MetadataResponse, node_id=1)
        link.avoided = frozenset({7})
        assert (await link.send(MetadataRequest(topics=[]), MetadataResponse)).brokers
        await link.close()
