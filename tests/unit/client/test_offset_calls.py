"""Offsets by time, from whichever leaders answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.link import ClusterLink
from workbench.client.offset_calls import describe_metadata, leaders_of, list_offsets, offsets_of_topic
from workbench.records import NewRecord
from workbench.wire.api_keys import ApiKey


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    topic = FakePartitions()
    for partition in (0, 1):
        topic.add(partition, [NewRecord(10 * at, None, b"v") for at in range(4)])
    with TinyBroker() as running:
        serve(topic, running)
        yield running


async def test_by_time_and_ends(link: ClusterLink) -> None:
    leaders = leaders_of(await describe_metadata(link, ["orders"]))
    assert leaders == {("orders", 0): 1, ("orders", 1): 1}
    assert await list_offsets(link, leaders, 15) == {("orders", 0): 2, ("orders", 1): 2}
    assert await list_offsets(link, leaders, 99) == {}
    assert await offsets_of_topic(link, "orders", -2) == {0: 0, 1: 0}
    assert await offsets_of_topic(link, "orders", 99, [1]) == {1: None}


async def test_a_broker_that_is_away_hides_only_its_own(link: ClusterLink) -> None:
    found = await list_offsets(link, {("orders", 0): 1, ("orders", 1): 77}, -1)
    assert found == {("orders", 0): 4}


async def test_an_unknown_topic_is_told(link: ClusterLink) -> None:
    with pytest.raises(ClientError) as caught:
        await offsets_of_topic(link, "nothing", -1)
    assert caught.value.code == "UNKNOWN_TOPIC_OR_PARTITION"


async def test_a_broker_that_comes_back_is_asked_again_soon(link: ClusterLink, broker: TinyBroker) -> None:
    await describe_metadata(link, ["orders"])
    assert await link.broker_ids() == (1,)
    plain = broker.answers[ApiKey.METADATA]

    def with_another(request: Any) -> Any:
        answer: Any = plain(request)
        me = answer.brokers[0]
        answer.brokers.append(type(me)(node_id=2, host=me.host, port=me.port))
        return answer

    broker.on(ApiKey.METADATA, with_another)
    await describe_metadata(link, ["orders"])
    assert await link.broker_ids() == (1, 2)
    broker.on(ApiKey.METADATA, plain)
    await describe_metadata(link, ["orders"])
    assert await link.broker_ids() == (1,)
