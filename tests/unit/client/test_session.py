"""The session: its states, and each call's way to the brokers and back."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.helpers.fake_partitions import FakePartitions, serve
from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.session import ClusterSession, SessionState
from workbench.records import NewRecord


@pytest.fixture
def broker() -> Iterator[TinyBroker]:
    topic = FakePartitions()
    for partition in (0, 1, 2):
        topic.add(partition, [NewRecord(1, b"k", b"v")] * (partition + 1))
    with TinyBroker() as running:
        serve(topic, running)
        yield running


@pytest.fixture
async def session(broker: TinyBroker) -> AsyncIterator[ClusterSession]:
    made = ClusterSession(broker.bootstrap)
    yield made
    await made.close()


def test_servers_may_be_text_or_list() -> None:
    assert ClusterSession("a:1, b:2,").bootstrap_servers == ("a:1", "b:2")
    assert ClusterSession(["a:1"]).bootstrap_servers == ("a:1",)


async def test_states_are_told(broker: TinyBroker) -> None:
    session = ClusterSession(broker.bootstrap)
    states: list[SessionState] = []
    forget = session.add_state_listener(states.append)
    assert session.state is SessionState.CLOSED
    async with session:
        assert states == [SessionState.CONNECTING, SessionState.CONNECTED]
    assert states[-1] is SessionState.CLOSED
    forget()
    broker.close()
    with pytest.raises(ClientError):
        await session.connect(0.3)
    assert session.state is SessionState.UNREACHABLE
    assert len(states) == 3
    await session.close()


async def test_the_cluster_without_a_quorum_is_described_by_metadata(session: ClusterSession) -> None:
    cluster = await session.describe_cluster()
    assert (cluster.cluster_id, cluster.controller_id) == ("tiny", 1)
    assert [broker.is_controller for broker in cluster.brokers] == [True]


async def test_topics_with_offsets_but_without_sizes_that_nobody_tells(session: ClusterSession) -> None:
    (topic,) = await session.list_topics()
    assert (topic.name, topic.message_count, topic.size_bytes) == ("orders", 6, None)
    assert await session.describe_topic("orders", with_sizes=False) == topic
    with pytest.raises(ClientError) as caught:
        await session.describe_topic("nothing")
    assert caught.value.code == "UNKNOWN_TOPIC_OR_PARTITION"


async def test_offsets(session: ClusterSession) -> None:
    assert await session.list_offsets("orders") == {0: 1, 1: 2, 2: 3}
    assert await session.list_offsets("orders", 5, [1]) == {1: None}
