"""Brokers that come and go while a cluster runs, and restarts one at a time.

A broker that comes joins as an observer and, where it is to vote, adds itself to the quorum (KIP-853, KIP-1186). One
that goes first gives its replicas to others and its vote back, so that nothing is lost and no majority shrinks by
surprise. Invariant: a step that fails leaves a cluster that runs; what was done so far stays done.
"""

from __future__ import annotations

import asyncio
import itertools
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cluster.admin import ClusterAdmin, Topic
from workbench.cluster.plan import HOST, changed_roles, voters, with_added_broker, without_broker
from workbench.cluster.policy import BrokerPhase
from workbench.cluster.progress import SILENCE, Progress
from workbench.system.counting import counted
from workbench.system.known_error import KnownError
from workbench.wire.uuids import random_uuid, uuid_to_text

if TYPE_CHECKING:
    from workbench.cluster.supervisor import LocalCluster

POLL_S = 0.1
IN_SYNC_TIMEOUT_S = 120.0
MOVE_TIMEOUT_S = 600.0
STEPS_AFTER_MOVES = 4


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
                counted(
                    behind,
                    "{} partition is not in sync after {:.0f} s.",
                    "{} partitions are not in sync after {:.0f} s.",
                    timeout_s,
                ),
                "See which broker is down or behind.",
            )
        await asyncio.sleep(POLL_S)


async def add_broker(cluster: LocalCluster, *, rack: str | None = None) -> int:
    """Adds a broker on the next free ports, starts it, and returns its node id."""
    before = cluster.spec
    port, controller_port = cluster.free_ports_for_one_more()
    kept = await asyncio.to_thread(_ids_of_kept_folders, cluster.folder)
    after = with_added_broker(before, port, controller_port, lambda: uuid_to_text(random_uuid()), rack, kept)
    node_id = after.brokers[-1].node_id
    cluster.adopt(after)
    await cluster.brokers[node_id].start()
    await _restart_changed(cluster, changed_roles(before, after))
    return node_id


def _ids_of_kept_folders(folder: Path) -> set[int]:
    """Node ids of brokers that are or were here: who comes does not find another one's data."""
    names = [entry.name.removeprefix("broker-") for entry in folder.glob("broker-*")]
    return {int(name) for name in names if name.isdecimal()}


async def remove_broker(
    cluster: LocalCluster, node_id: int, *, delete_directories: bool = False, progress: Progress = SILENCE
) -> None:
    """Moves a broker's replicas to the others, takes its vote, stops it and lets the cluster forget it.

    Its directories stay unless they are to be deleted. Cancelled while replicas are on their way, it calls those back
    that are not there yet; later it cannot be cancelled. Raises KnownError where the others cannot hold its replicas.
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
    moved = await _move_all_away(admin, node_id, left, progress)
    progress.cannot_be_cancelled()
    total = moved + STEPS_AFTER_MOVES
    votes = {broker.node_id for broker in voters(after)}
    progress.show(moved, total, "takes its vote in the quorum")
    directories_of_voters = await admin.voter_directories()
    leader_id = await admin.controller_id()
    # The quorum's leader goes last: whoever takes itself out resigns, and the next change would wait for an election.
    for voter_id in sorted(directories_of_voters, key=lambda voter_id: voter_id == leader_id):
        if voter_id not in votes:
            await admin.remove_voter(voter_id, directories_of_voters[voter_id])
    progress.show(moved + 1, total, f"broker {node_id} stops")
    directories = cluster.brokers[node_id].directories
    await cluster.brokers[node_id].stop()
    await admin.unregister(node_id)
    cluster.adopt(after)
    progress.show(moved + 2, total, "the others restart where their role changes")
    await _restart_changed(cluster, changed_roles(before, after))
    if delete_directories:
        progress.show(moved + 3, total, "its directories are deleted")
        await asyncio.to_thread(_delete, directories)
    progress.show(total, total)


async def _move_all_away(admin: ClusterAdmin, node_id: int, left: Sequence[int], progress: Progress) -> int:
    """Moves replicas until the broker holds none; new topics may have put some there meanwhile."""
    moved = 0
    while moves := moves_away_from(node_id, left, replicas_of(await admin.topics())):
        await admin.move_replicas(moves)
        try:
            await _until_moved(admin, moves, moved, progress)
        except asyncio.CancelledError:
            await admin.move_replicas(dict.fromkeys(moves))
            raise
        moved += len(moves)
    return moved


def _delete(directories: Sequence[Path]) -> None:
    for directory in directories:
        try:
            shutil.rmtree(directory)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise KnownError(
                f"The broker is out, but {directory} cannot be deleted: {error.strerror or error}.",
                "Delete it by hand.",
            ) from error


def replicas_of(topics: Sequence[Topic]) -> dict[tuple[str, int], list[int]]:
    """The replicas of every partition."""
    return {
        (topic.name, partition.partition_index): list(partition.replica_nodes)
        for topic in topics
        for partition in topic.partitions
        if topic.name is not None
    }


def moves_away_from(
    node_id: int, left: Sequence[int], replicas: Mapping[tuple[str, int], Sequence[int]]
) -> dict[tuple[str, int], list[int]]:
    """New replicas for each partition that has one on `node_id`: another broker takes its place in the list.

    A partition that is on all of the others already keeps one replica less. Who holds least takes next (pure).
    """
    load = dict.fromkeys(left, 0)
    for replica in itertools.chain.from_iterable(replicas.values()):
        if replica in load:
            load[replica] += 1
    moves: dict[tuple[str, int], list[int]] = {}
    for partition, nodes in replicas.items():
        if node_id not in nodes:
            continue
        free = [other for other in left if other not in nodes]
        if free:
            chosen = min(free, key=lambda other: (load[other], other))
            load[chosen] += 1
            moves[partition] = [chosen if node == node_id else node for node in nodes]
        else:
            moves[partition] = [node for node in nodes if node != node_id]
    return moves


async def _until_moved(
    admin: ClusterAdmin, moves: Mapping[tuple[str, int], object], before: int, progress: Progress
) -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + MOVE_TIMEOUT_S
    total = before + len(moves)
    while on_their_way := len(await admin.moving() & set(moves)):
        done = total - on_their_way
        whole = counted(total, "{} partition", "{} partitions")
        progress.show(done, total + STEPS_AFTER_MOVES, f"{done} of {whole} moved")
        if loop.time() > deadline:
            raise KnownError("The replicas are still on their way.", "Try again when the copying is done.")
        await asyncio.sleep(POLL_S)


async def _restart_changed(cluster: LocalCluster, node_ids: Sequence[int]) -> None:
    """Who begins or ceases to be a controller is started anew for it, one at a time."""
    for node_id in node_ids:
        await wait_until_in_sync(cluster)
        await cluster.brokers[node_id].restart()
