"""Brokers that come and go while a cluster runs, and restarts one at a time.

A broker that comes joins as an observer and, where it is to vote, adds itself to the quorum (KIP-853, KIP-1186). One
that goes first gives its replicas to others and its vote back, so that nothing is lost and no majority shrinks by
surprise. Invariant: a step that fails leaves a cluster that runs; what was done so far stays done.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from workbench.cluster.admin import ClusterAdmin, Topic
from workbench.cluster.plan import HOST, changed_roles, voters, with_added_broker, without_broker
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.progress import SILENCE, Progress
from workbench.system.known_error import KnownError
from workbench.wire.uuids import random_uuid, uuid_to_text

if TYPE_CHECKING:
    from workbench.cluster.supervisor import LocalCluster

POLL_S = 0.1
IN_SYNC_TIMEOUT_S = 120.0
MOVE_TIMEOUT_S = 600.0


def admin_of(cluster: LocalCluster, *, without: int | None = None) -> ClusterAdmin:
    """Talks to the cluster's running brokers."""
    return ClusterAdmin(
        [
            (HOST, handle.spec.port)
            for node_id, handle in cluster.brokers.items()
            if node_id != without and handle.phase is BrokerPhase.RUNNING
        ]
    )


async def rolling_restart(
    cluster: LocalCluster,
    *,
    only: Sequence[int] | None = None,
    restart: Callable[[int], Awaitable[None]] | None = None,
    progress: Progress = SILENCE,
) -> None:
    """Restarts every broker, one at a time, the controller last, each when all replicas are in sync again.

    `restart` does it in a way of its own for a node id; cancelled between two brokers, all of them run.
    """
    controller_id = await admin_of(cluster).controller_id()
    chosen = list(cluster.brokers) if only is None else only
    order = sorted(chosen, key=lambda node_id: (node_id == controller_id, node_id))
    for place, node_id in enumerate(order):
        progress.show(place, len(order), f"waits until every replica is in sync, before broker {node_id}")
        await wait_until_in_sync(cluster)
        progress.show(place, len(order), f"broker {node_id} restarts")
        work = asyncio.ensure_future((restart or (lambda node: cluster.brokers[node].restart()))(node_id))
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # A broker that was stopped for its restart is not left behind stopped.
            await work
            raise
    progress.show(len(order), len(order), "waits until every replica is in sync")
    await wait_until_in_sync(cluster)


async def wait_until_in_sync(cluster: LocalCluster, timeout_s: float = IN_SYNC_TIMEOUT_S) -> None:
    """Returns when every replica of every partition is in sync. Raises KnownError when the time is over."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + timeout_s
    while True:
        behind = await admin_of(cluster).out_of_sync()
        if not behind:
            return
        if loop.time() > deadline:
            raise KnownError(
                f"{behind} partitions are not in sync after {timeout_s:.0f} s.", "See which broker is down or behind."
            )
        await asyncio.sleep(POLL_S)


async def add_broker(cluster: LocalCluster, *, rack: str | None = None) -> int:
    """Adds a broker on the next free ports, starts it, and returns its node id."""
    before = cluster.spec
    port, controller_port = cluster.free_ports_for_one_more()
    after = with_added_broker(before, port, controller_port, lambda: uuid_to_text(random_uuid()), rack)
    node_id = after.brokers[-1].node_id
    cluster.adopt(after)
    await cluster.brokers[node_id].start()
    await _restart_changed(cluster, changed_roles(before, after))
    return node_id


async def remove_broker(cluster: LocalCluster, node_id: int) -> None:
    """Moves a broker's replicas to the others, takes its vote, stops it and lets the cluster forget it.

    Its folder stays until it is deleted by hand. Raises KnownError where the others cannot hold its replicas.
    """
    before = cluster.spec
    after = without_broker(before, node_id)
    left = [broker.node_id for broker in after.brokers]
    down = [other for other in left if cluster.brokers[other].phase is not BrokerPhase.RUNNING]
    if down:
        raise KnownError(
            f"Broker {down[0]} is not running, so broker {node_id} cannot be taken out.", "Start all brokers first."
        )
    admin = admin_of(cluster, without=node_id)
    await admin.move_replicas(moves_away_from(node_id, left, await admin.topics()))
    await _until_moved(admin)
    votes = {broker.node_id for broker in voters(after)}
    for voter_id, directory_id in (await admin.voter_directories()).items():
        if voter_id not in votes:
            await admin.remove_voter(voter_id, directory_id)
    await cluster.brokers[node_id].stop()
    await admin.unregister(node_id)
    cluster.adopt(after)
    await _restart_changed(cluster, changed_roles(before, after))


def moves_away_from(node_id: int, left: Sequence[int], topics: Sequence[Topic]) -> dict[tuple[str, int], list[int]]:
    """New replicas for each partition that has one on `node_id`: another broker takes its place in the list.

    A partition that is on all of the others already keeps one replica less. Who holds least takes next (pure).
    """
    load = dict.fromkeys(left, 0)
    for topic in topics:
        for partition in topic.partitions:
            for replica in partition.replica_nodes:
                if replica in load:
                    load[replica] += 1
    moves: dict[tuple[str, int], list[int]] = {}
    for topic, partition in itertools.chain.from_iterable(((t, p) for p in t.partitions) for t in topics):
        if node_id not in partition.replica_nodes or topic.name is None:
            continue
        free = [other for other in left if other not in partition.replica_nodes]
        if free:
            chosen = min(free, key=lambda other: (load[other], other))
            load[chosen] += 1
            wanted = [chosen if replica == node_id else replica for replica in partition.replica_nodes]
        else:
            wanted = [replica for replica in partition.replica_nodes if replica != node_id]
        moves[topic.name, partition.partition_index] = wanted
    return moves


async def _until_moved(admin: ClusterAdmin) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + MOVE_TIMEOUT_S
    while await admin.moving():
        if loop.time() > deadline:
            raise KnownError("The replicas are still on their way.", "Try again when the copying is done.")
        await asyncio.sleep(POLL_S)


async def _restart_changed(cluster: LocalCluster, node_ids: Sequence[int]) -> None:
    """Who begins or ceases to be a controller is started anew for it, one at a time."""
    for node_id in node_ids:
        await wait_until_in_sync(cluster)
        await cluster.brokers[node_id].restart()
