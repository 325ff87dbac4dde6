"""The supervisor's requests against a real broker."""

from __future__ import annotations

import pytest

from workbench.cluster.admin import ClusterAdmin
from workbench.system.known_error import KnownError
from workbench.testing.running_cluster import RunningCluster
from workbench.wire.messages import CreateTopicsRequest


@pytest.fixture
def admin(cluster: RunningCluster) -> ClusterAdmin:
    host, port = cluster.bootstrap.rsplit(":", 1)
    return ClusterAdmin([("127.0.0.1", 1), (host, int(port))])


async def test_a_cluster_of_one(admin: ClusterAdmin) -> None:
    made = await admin.ask(
        CreateTopicsRequest(
            topics=[CreateTopicsRequest.CreatableTopic(name="administered", num_partitions=2, replication_factor=1)]
        ),
        7,
    )
    assert made.topics[0].error_code in (0, 36)
    topics = {topic.name: topic for topic in await admin.topics()}
    assert [partition.replica_nodes for partition in topics["administered"].partitions] == [[1], [1]]
    assert await admin.out_of_sync() == 0
    assert await admin.controller_id() == 1
    assert list(await admin.voter_directories()) == [1]
    assert await admin.moving() == set()
    await admin.move_replicas({})


async def test_what_is_refused_is_told_in_words(admin: ClusterAdmin) -> None:
    with pytest.raises(KnownError, match=r"no-such-topic-0 cannot be moved: UNKNOWN_TOPIC_OR_PARTITION"):
        await admin.move_replicas({("no-such-topic", 0): [1]})
    await admin.unregister(77)
    await admin.remove_voter(77, bytes(15) + b"\7")


async def test_nobody_answers() -> None:
    with pytest.raises(KnownError, match="No broker of the cluster answers"):
        await ClusterAdmin([("127.0.0.1", 1)]).topics()
    with pytest.raises(KnownError, match="No broker of the cluster answers"):
        await ClusterAdmin([]).topics()
