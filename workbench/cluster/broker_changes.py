"""A broker's own part — rack, port, directories, settings — and the cluster's settings, changed while brokers run.

Whoever runs is started anew for it, several one after the other. Invariant: a broker that does not start with what is
new gets back what it had and runs again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from workbench.broker_contract.properties_file import PropertiesFile
from workbench.cluster.membership import rolling_restart
from workbench.cluster.plan import check_settings, with_changed_broker
from workbench.cluster.ports import is_port_free
from workbench.cluster.progress import SILENCE, Progress
from workbench.system.known_error import KnownError

if TYPE_CHECKING:
    from pathlib import Path

    from workbench.cluster.spec import BrokerSpec, ClusterSpec
    from workbench.cluster.supervisor import LocalCluster


async def change_broker(
    cluster: LocalCluster, changed: BrokerSpec, *, forgotten: Iterable[str] = (), progress: Progress = SILENCE
) -> None:
    """Gives one broker another description; `forgotten` settings leave its properties file.

    Raises KnownError where it cannot be, or where the broker does not start with it.
    """
    before = cluster.spec
    after = with_changed_broker(before, changed)
    node_id = changed.node_id
    if changed.port != before.broker(node_id).port and not is_port_free(changed.port):
        raise KnownError(f"Port {changed.port} is in use by another program.", "Choose another port.")
    runs = cluster.brokers[node_id].phase.has_process
    if runs:
        progress.cannot_be_cancelled()
        progress.show(0, 2, f"broker {node_id} stops")
        await cluster.brokers[node_id].stop()
    files = await _adopt(cluster, after, [node_id], forgotten)
    if runs:
        progress.show(1, 2, f"broker {node_id} starts")
        await _start_or_go_back(cluster, node_id, before, files)


async def change_cluster_settings(
    cluster: LocalCluster,
    settings: Mapping[str, str],
    *,
    forgotten: Iterable[str] = (),
    progress: Progress = SILENCE,
) -> None:
    """Gives all brokers these settings in the place of the cluster's; those that run are restarted one at a time.

    Raises KnownError where the first one does not start with them; all have what they had before then.
    """
    check_settings(settings)
    before = cluster.spec
    files = await _adopt(cluster, replace(before, settings=dict(settings)), sorted(cluster.brokers), forgotten)
    started = 0

    async def restart(node_id: int) -> None:
        nonlocal started
        await cluster.brokers[node_id].stop()
        if started:
            await cluster.brokers[node_id].start()
        else:
            await _start_or_go_back(cluster, node_id, before, files)
        started += 1

    running = [node_id for node_id, handle in cluster.brokers.items() if handle.phase.has_process]
    if running:
        await rolling_restart(cluster, only=running, restart=restart, progress=progress)


async def _adopt(
    cluster: LocalCluster, spec: ClusterSpec, node_ids: Iterable[int], forgotten: Iterable[str]
) -> dict[Path, bytes]:
    """Takes `spec` over and lines out of properties files; the files as they were."""
    paths = [cluster.brokers[node_id].properties_path for node_id in node_ids]
    cluster.adopt(spec)
    return await asyncio.to_thread(_forget, paths, tuple(forgotten))


def _forget(paths: Iterable[Path], keys: tuple[str, ...]) -> dict[Path, bytes]:
    kept: dict[Path, bytes] = {}
    for path in paths:
        if not path.exists():
            continue
        try:
            kept[path] = path.read_bytes()
            file = PropertiesFile.read(path)
            for key in keys:
                file.remove(key)
            if keys:
                file.write(path)
        except OSError as error:
            raise KnownError(
                f"{path} cannot be changed: {error.strerror or error}.", "Check its permissions."
            ) from error
    return kept


async def _start_or_go_back(cluster: LocalCluster, node_id: int, before: ClusterSpec, files: dict[Path, bytes]) -> None:
    try:
        await cluster.brokers[node_id].start()
    except KnownError as error:
        cluster.adopt(before)
        await asyncio.to_thread(_put_back, files)
        await cluster.brokers[node_id].start()
        raise KnownError(
            f"Broker {node_id} does not start with this: {error.sentence}", "It runs again as it was before."
        ) from error


def _put_back(files: dict[Path, bytes]) -> None:
    for path, content in files.items():
        path.write_bytes(content)
