"""The name of a snapshot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.window_play import until, window_play
from workbench.ui.dialogs.snapshot_dialog import SnapshotDialog
from workbench.ui.view_models.data_plans import FolderSize


async def test_a_name_is_offered_and_checked_and_space_is_needed(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        sizes = [FolderSize("broker-1", cluster.local.folder / "broker-1", 3, 1024)]
        plans: list[Any] = []

        def dialog(free: int | None) -> Any:
            return SnapshotDialog(play.window, cluster, sizes, free, lambda _cluster, plan: plans.append(plan))

        form = dialog(10_000)
        assert form.go.isEnabled() and form.name.text()[:2] == "20"
        form.name.setText("../up")
        assert "Letters" in form.go.toolTip() == form._reason.text()
        form._plan()
        (cluster.local.folder / "copies" / "taken").mkdir(parents=True)
        form.name.setText("taken")
        assert "already" in form.go.toolTip()
        form.name.setText("before the upgrade")
        form.go.click()
        assert [plan.title for plan in plans] == ["Take a snapshot of local"]
        short = dialog(100)
        assert "not enough space" in short.go.toolTip()
        short.reject()
