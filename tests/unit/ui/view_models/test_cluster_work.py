"""The work of plans on a real cluster's description: the spec changes, and the window follows it to another port."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.helpers.told_progress import ToldProgress
from tests.helpers.window_play import until, window_play
from workbench.cluster.ports import any_free_port
from workbench.ui.view_models import cluster_work


async def test_a_changed_port_is_followed_and_settings_are_kept(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        local = cluster_work.opened(cluster)
        port = any_free_port(lambda first: [first])
        wanted = replace(local.spec.broker(1), port=port)
        await cluster_work.change_broker(play.model, cluster, wanted, (), ToldProgress())
        assert str(port) in cluster.bootstrap
        await until(lambda: any(str(port) in address for address in play.sessions), "connected anew")
        await cluster_work.change_every_broker(cluster, {"num.partitions": "2"}, (), ToldProgress())
        assert dict(local.spec.settings) == {"num.partitions": "2"}
