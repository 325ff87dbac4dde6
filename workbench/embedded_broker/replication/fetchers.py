"""Which partition is fetched from which leader: one `ReplicaFetcher` each, made and ended as leaders come and go."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.replication.fetcher import DiskDelays, ReplicaFetcher
from workbench.embedded_broker.replication.leader_following import FetcherSettings

if TYPE_CHECKING:
    from workbench.embedded_broker.replication.partition import Partition
    from workbench.embedded_broker.replication.throttle import ReplicationThrottle

log = logging.getLogger(__name__)

TopicPartition = tuple[str, int]


class ReplicaFetchers:
    """All fetchers of one broker."""

    def __init__(
        self,
        node_id: int,
        settings: FetcherSettings,
        *,
        address_of: Callable[[int], tuple[str, int] | None],
        broker_epoch: Callable[[], int],
        fetched: Callable[[Partition, int], None],
        storage_failed: Callable[[Partition, OSError], None],
        now_ms: Callable[[], int],
        disk: DiskDelays | None = None,
        throttle: ReplicationThrottle | None = None,
    ) -> None:
        self._node_id = node_id
        self._settings = settings
        self._address_of = address_of
        self._broker_epoch = broker_epoch
        self._fetched = fetched
        self._storage_failed = storage_failed
        self._now_ms = now_ms
        self._disk = disk
        self._throttle = throttle
        self._fetchers: dict[int, ReplicaFetcher] = {}
        self._followed: dict[TopicPartition, int] = {}
        self._ending: set[asyncio.Task[None]] = set()

    def follow(self, partition: Partition) -> None:
        """Fetches `partition` from its present leader, and from no other."""
        key = (partition.topic, partition.index)
        before = self._followed.get(key)
        if before is not None and before != partition.leader_id:
            self.forget(key)
        if partition.leader_id < 0 or partition.leader_id == self._node_id:
            self.forget(key)
            return
        fetcher = self._fetchers.get(partition.leader_id)
        if fetcher is None:
            fetcher = self._fetchers[partition.leader_id] = self._make(partition.leader_id)
            fetcher.start()
        self._followed[key] = partition.leader_id
        fetcher.follow(partition)

    def forget(self, key: TopicPartition) -> None:
        leader_id = self._followed.pop(key, None)
        fetcher = None if leader_id is None else self._fetchers.get(leader_id)
        if fetcher is None:
            return
        fetcher.forget(key)
        if not len(fetcher):
            del self._fetchers[fetcher.leader_id]
            task = asyncio.get_running_loop().create_task(fetcher.stop(), name=f"end of fetcher {fetcher.leader_id}")
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def cluster_changed(self) -> None:
        """A leader's address may be known now."""
        for fetcher in self._fetchers.values():
            fetcher.look_again()

    def _make(self, leader_id: int) -> ReplicaFetcher:
        return ReplicaFetcher(
            self._node_id,
            leader_id,
            self._settings,
            address=lambda: self._address_of(leader_id),
            broker_epoch=self._broker_epoch,
            fetched=self._fetched,
            storage_failed=self._storage_failed,
            now_ms=self._now_ms,
            disk=self._disk,
            throttle=self._throttle,
        )

    async def stop(self) -> None:
        fetchers = list(self._fetchers.values())
        self._fetchers.clear()
        self._followed.clear()
        for fetcher in fetchers:
            await fetcher.stop()
        await asyncio.gather(*self._ending, return_exceptions=True)
