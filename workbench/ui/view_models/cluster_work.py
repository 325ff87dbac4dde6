"""What changes an embedded cluster as a whole, as the work of plans: the cluster, and what the window knows of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from workbench.cluster.progress import Progress
from workbench.cluster.spec import BrokerSpec
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
