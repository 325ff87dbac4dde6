"""What changes an embedded cluster as a whole, as the work of plans: the cluster, and what the window knows of it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cluster.progress import Progress
from workbench.cluster.spec import BrokerSpec
from workbench.system.known_error import KnownError
from workbench.ui.view_models.cluster_model import ClusterModel

if TYPE_CHECKING:
    from workbench.cluster.supervisor import LocalCluster
    from workbench.ui.view_models.workbench_model import WorkbenchModel


def opened(cluster: ClusterModel) -> LocalCluster:
    """The cluster behind the model; only for an embedded one that was opened."""
    assert cluster.local is not None and cluster.local.cluster is not None
    return cluster.local.cluster


async def change_broker(
    model: WorkbenchModel, cluster: ClusterModel, changed: BrokerSpec, forgotten: Iterable[str], progress: Progress
) -> None:
    """Gives a broker another description; a client that knew its old port finds it at the new one."""
    from workbench.cluster import broker_changes

    local = opened(cluster)
    bootstrap = local.bootstrap
    try:
        await broker_changes.change_broker(local, changed, forgotten=forgotten, progress=progress)
    finally:
        if local.bootstrap != bootstrap:
            model.follow_anew(cluster)
            if cluster.name == model.local_name:
                # Else the next start of the window would move the cluster back to where the setting says.
                model.preferences.put("first_port", str(local.spec.brokers[0].port))


async def take_snapshot(cluster: ClusterModel, name: str, progress: Progress) -> None:
    """Copies what a cluster holds; brokers that ran are stopped for it and started again, whatever comes of it."""
    from workbench.cluster import copies
    from workbench.cluster.threaded_work import in_thread

    local = opened(cluster)
    running = [handle for handle in local.brokers.values() if handle.phase.has_process]
    progress.show(0, None, "the brokers stop")
    await asyncio.gather(*(handle.stop() for handle in running))
    try:
        with local.held(f"A snapshot of {cluster.name} is being taken."):
            await in_thread(partial(copies.keep_copy, local.folder, name), progress, "what they hold is copied")
    finally:
        await asyncio.gather(*(handle.start() for handle in running))


async def bring_back(model: WorkbenchModel, cluster: ClusterModel, name: str, progress: Progress) -> None:
    """Replaces what a cluster holds by a snapshot; it runs again if it ran."""
    from workbench.cluster import copies
    from workbench.cluster.folder import ClusterFolder
    from workbench.cluster.threaded_work import in_thread

    local = cluster.local
    assert local is not None

    async def work() -> None:
        locked = await asyncio.to_thread(ClusterFolder.lock, local.folder)
        try:
            await in_thread(partial(copies.bring_back, local.folder, name), progress, "the snapshot is copied")
        finally:
            locked.unlock()

    progress.show(0, None, "the brokers stop")
    await model.while_closed(cluster, work, start=local.any_process)


async def fork(
    model: WorkbenchModel, cluster: ClusterModel, name: str, new_name: str, port: int, rank: int, progress: Progress
) -> None:
    """Makes a snapshot a cluster of its own, which stands in the list and starts."""
    from workbench.cluster import copies
    from workbench.cluster.threaded_work import in_thread

    local = cluster.local
    assert local is not None
    work = partial(_fork, copies.fork, local.folder, name, model.clusters_dir / new_name, port)
    await in_thread(work, progress, "the snapshot is copied")
    model.add_local(new_name, port, rank=rank)


def _fork(
    make: Callable[..., None], folder: Path, name: str, new_folder: Path, port: int, report: Callable[[int, int], None]
) -> None:
    make(folder, name, new_folder, new_folder.name, port=port, report=report)


async def delete_cluster(model: WorkbenchModel, cluster: ClusterModel, progress: Progress) -> None:
    """Stops a cluster, deletes its folder and takes it out of the list. Raises KnownError where files cannot go."""
    local = cluster.local
    assert local is not None
    progress.cannot_be_cancelled()
    progress.show(0, 2, "the brokers stop")
    await local.close()
    progress.show(1, 2, "its folder is deleted")
    try:
        await asyncio.to_thread(shutil.rmtree, local.folder)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise KnownError(
            f"{local.folder} cannot be deleted: {error.strerror or error}.", "Check its permissions."
        ) from error
    await asyncio.to_thread(model.metrics.forget, cluster.name)
    model.forget(cluster)


async def take_out(cluster: ClusterModel, node_id: int, delete_directories: bool, progress: Progress) -> None:
    """Takes a broker out of the cluster."""
    from workbench.cluster import membership

    await membership.remove_broker(opened(cluster), node_id, delete_directories=delete_directories, progress=progress)


async def change_every_broker(
    cluster: ClusterModel, settings: Mapping[str, str], forgotten: Iterable[str], progress: Progress
) -> None:
    """Gives the cluster other settings."""
    from workbench.cluster import broker_changes

    await broker_changes.change_cluster_settings(opened(cluster), settings, forgotten=forgotten, progress=progress)
