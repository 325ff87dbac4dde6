"""The client's whole face against brokers that really run: everything that the panes ask and do."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from workbench.client.errors import ClientError
from workbench.client.model import ConfigSource, GroupType
from workbench.client.partitioning import partition_for_key
from workbench.client.session import EARLIEST, ClusterSession, SessionState
from workbench.testing.running_cluster import RunningCluster


@pytest.fixture
async def session(cluster: RunningCluster) -> AsyncIterator[ClusterSession]:
    async with ClusterSession(cluster.bootstrap) as made:
        yield made


async def test_the_cluster_and_its_quorum(session: ClusterSession) -> None:
    found = await session.describe_cluster()
    assert found.cluster_id and len(found.brokers) == 1
    quorum = await session.describe_quorum()
    assert quorum.leader_id == found.controller_id
    assert quorum.voters and quorum.high_watermark > 0


async def test_a_topics_life(session: ClusterSession) -> None:
    planned = await session.create_topic("life", 2, 1, validate_only=True)
    assert planned.partition_count == 2
    made = await session.create_topic("life", 2, 1, {"retention.ms": "60000"})
    assert made.partition_count == 2 and made.topic_id
    with pytest.raises(ClientError) as caught:
        await session.create_topic("life")
    assert caught.value.code == "TOPIC_ALREADY_EXISTS"
    await session.add_partitions("life", 3)
    with pytest.raises(ClientError):
        await session.add_partitions("life", 1)
    configs = {entry.name: entry for entry in await session.topic_configs("life")}
    assert configs["retention.ms"].value == "60000"
    assert configs["retention.ms"].source is ConfigSource.TOPIC and not configs["retention.ms"].is_default
    assert configs["cleanup.policy"].is_default and configs["cleanup.policy"].documentation
    await session.alter_topic_configs("life", {"retention.ms": None, "cleanup.policy": "compact"})
    configs = {entry.name: entry for entry in await session.topic_configs("life")}
    assert configs["retention.ms"].is_default and configs["cleanup.policy"].value == "compact"
    with pytest.raises(ClientError) as caught:
        await session.alter_topic_configs("life", {"retention.ms": "soon"})
    assert caught.value.code == "INVALID_CONFIG"
    await session.delete_topic("life")
    with pytest.raises(ClientError) as caught:
        await session.describe_topic("life")
    assert caught.value.code == "UNKNOWN_TOPIC_OR_PARTITION"


@pytest.mark.parametrize("compression", ["none", "gzip", "snappy", "lz4", "zstd"])
async def test_producing(session: ClusterSession, compression: str) -> None:
    name = f"produce-{compression}"
    await session.create_topic(name, 3)
    keyed = await session.produce(name, b"v", key=b"k", headers=[("h", None)], compression=compression)
    assert (keyed.partition, keyed.offset) == (partition_for_key(b"k", 3), 0)
    again = await session.produce(name, None, key=b"k", timestamp_ms=1_700_000_000_000, compression=compression)
    assert (again.offset, again.timestamp_ms) == (1, 1_700_000_000_000)
    unanswered = await session.produce(name, b"v", partition=0, acks=0)
    assert unanswered.offset is None
    for _ in range(50):
        topic = await session.describe_topic(name)
        if topic.message_count == 3:
            break
        await asyncio.sleep(0.05)
    assert topic.message_count == 3
    assert topic.size_bytes


async def test_purging(session: ClusterSession) -> None:
    await session.create_topic("purge", 1)
    for _ in range(5):
        await session.produce("purge", b"v")
    assert await session.purge("purge", {0: 2}) == {0: 2}
    assert await session.list_offsets("purge", EARLIEST) == {0: 2}
    assert await session.purge("purge") == {0: 5}


async def test_groups(session: ClusterSession) -> None:
    await session.create_topic("grouped", 2)
    for _ in range(4):
        await session.produce("grouped", b"v", partition=0)
    await session.alter_group_offsets("readers", {("grouped", 0): 1, ("grouped", 1): 0})
    summary = next(group for group in await session.list_groups() if group.group_id == "readers")
    assert (summary.type, summary.state) == (GroupType.CLASSIC, "Empty")
    assert (await session.describe_group("readers")).members == ()
    lag = await session.group_lag("readers")
    assert [(row.partition, row.committed_offset, row.lag) for row in lag] == [(0, 1, 3), (1, 0, 0)]
    await session.delete_group("readers")
    with pytest.raises(ClientError) as caught:
        await session.describe_group("readers")
    assert caught.value.code == "GROUP_ID_NOT_FOUND"


async def test_a_session_outlives_its_broker(own_cluster: RunningCluster) -> None:
    session = ClusterSession(own_cluster.bootstrap)
    await session.connect()
    await session.create_topic("kept", 1)
    own_cluster.kill_broker(1)
    with pytest.raises(ClientError) as caught:
        await session.describe_topic("kept")
    assert caught.value.code == "NO_BROKER"
    assert session.state is SessionState.UNREACHABLE
    own_cluster.start_broker(1)
    topic = await session.describe_topic("kept")
    assert topic.partition_count == 1
    assert session.state is SessionState.CONNECTED
    await session.close()
