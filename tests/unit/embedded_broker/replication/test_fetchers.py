"""One fetcher for each leader, as leaders come and go."""

from __future__ import annotations

import asyncio

import pytest

from tests.helpers.membership import Members
from tests.helpers.partition_logs import open_log
from workbench.embedded_broker.replication import fetchers as fetchers_module
from workbench.embedded_broker.replication.events import LeaderNamed
from workbench.embedded_broker.replication.fetchers import ReplicaFetchers
from workbench.embedded_broker.replication.leader_following import FetcherSettings
from workbench.embedded_broker.replication.partition import Partition


class NotedFetcher:
    made: list[NotedFetcher]

    def __init__(self, node_id: int, leader_id: int, settings: FetcherSettings, **more: object) -> None:
        self.leader_id = leader_id
        self.partitions: dict[tuple[str, int], Partition] = {}
        self.follows = 0
        self.looks = 0
        self.runs = False
        self.made.append(self)

    def __len__(self) -> int:
        return len(self.partitions)

    def start(self) -> None:
        self.runs = True

    async def stop(self) -> None:
        self.runs = False

    def follow(self, partition: Partition) -> None:
        self.follows += 1
        self.partitions[partition.topic, partition.index] = partition

    def forget(self, key: tuple[str, int]) -> None:
        self.partitions.pop(key, None)

    def look_again(self) -> None:
        self.looks += 1


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[NotedFetcher]:
    NotedFetcher.made = []
    monkeypatch.setattr(fetchers_module, "ReplicaFetcher", NotedFetcher)
    return NotedFetcher.made


def fetchers() -> ReplicaFetchers:
    return ReplicaFetchers(
        1,
        FetcherSettings(),
        address_of=lambda leader: None,
        broker_epoch=lambda: 1,
        fetched=lambda partition, size: None,
        storage_failed=lambda partition, error: None,
        now_ms=lambda: 0,
    )


def partition(index: int, leader: int) -> Partition:
    made = Partition(1, "t", b"t" * 16, index, open_log(), Members())
    made.step(LeaderNamed(leader, 1, 0, (1, 2, 3)), 0)
    return made


async def test_partitions_of_one_leader_share_a_fetcher(made: list[NotedFetcher]) -> None:
    all_of_them = fetchers()
    for index, leader in ((0, 2), (1, 2), (2, 3)):
        all_of_them.follow(partition(index, leader))
    assert [(one.leader_id, sorted(one.partitions)) for one in made] == [(2, [("t", 0), ("t", 1)]), (3, [("t", 2)])]
    assert all(one.runs for one in made)
    all_of_them.cluster_changed()
    assert [one.looks for one in made] == [1, 1]
    await all_of_them.stop()
    assert not any(one.runs for one in made)


async def test_a_partition_follows_its_leader_and_nobody_else(made: list[NotedFetcher]) -> None:
    all_of_them = fetchers()
    moving, staying = partition(0, 2), partition(1, 2)
    all_of_them.follow(moving)
    all_of_them.follow(staying)
    moving.step(LeaderNamed(3, 2, 1, (1, 2, 3)), 0)
    all_of_them.follow(moving)
    assert [list(one.partitions.values()) for one in made] == [[staying], [moving]]
    staying.step(LeaderNamed(2, 2, 1, (1, 2, 3)), 0)
    all_of_them.follow(staying)
    assert made[0].follows == 3, "a new epoch of the same leader is followed anew"
    await all_of_them.stop()


@pytest.mark.parametrize("leader", [-1, 1])
async def test_without_a_leader_or_as_the_leader_nothing_is_fetched(made: list[NotedFetcher], leader: int) -> None:
    all_of_them = fetchers()
    one = partition(0, 2)
    all_of_them.follow(one)
    one.step(LeaderNamed(leader, 2, 1, (1, 2, 3)), 0)
    all_of_them.follow(one)
    await asyncio.sleep(0)
    assert not made[0].partitions and not made[0].runs
    one.step(LeaderNamed(2, 3, 2, (1, 2, 3)), 0)
    all_of_them.follow(one)
    assert len(made) == 2 and made[1].runs
    await all_of_them.stop()


async def test_a_fetcher_without_partitions_ends(made: list[NotedFetcher]) -> None:
    all_of_them = fetchers()
    all_of_them.follow(partition(0, 2))
    all_of_them.forget(("t", 0))
    all_of_them.forget(("t", 0))
    await all_of_them.stop()
    assert not made[0].runs
