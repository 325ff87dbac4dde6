"""The list of snapshots: on a cluster that was described and not started, whose files are real."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QDialog

from tests.helpers.window_play import settle, until, window_play
from workbench.cluster.copies import copies_of, keep_copy
from workbench.ui.dialogs.fork_dialog import ForkDialog
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.dialogs.snapshot_dialog import SnapshotDialog
from workbench.ui.documents import DocumentKey


async def test_take_bring_back_fork_delete(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        folder = cluster.local.folder
        (folder / "broker-1").mkdir()
        (folder / "broker-1" / "kept").write_text("old")
        keep_copy(folder, "first")
        play.window.open_document(DocumentKey("data", "local"))
        part: Any = play.window.documents.pane.snapshots  # type: ignore[union-attr]
        await until(lambda: part.table.current_row() is not None, "listed")

        def shown(kind: type[QDialog]) -> Any:
            return next(found for found in play.window.findChildren(kind) if found.isVisible())

        play.window.commands.run("snapshot.take")
        shown(SnapshotDialog).reject()
        part.fork()
        shown(ForkDialog).reject()
        (folder / "broker-1" / "kept").write_text("new")
        part.bring_back()
        plan = shown(PlanDialog)
        assert plan._apply.isEnabled(), "a stopped cluster can be brought back"
        plan._apply.click()
        await until(lambda: bool(play.model.jobs.all) and not play.model.jobs.running, "brought back")
        assert (folder / "broker-1" / "kept").read_text() == "old"
        assert cluster.local.cluster is not None and not cluster.local.any_process
        await until(lambda: part._delete.isEnabled(), "measured again")
        part.delete()
        shown(PlanDialog)._apply.click()
        await until(lambda: copies_of(folder) == [], "deleted")
        await until(lambda: not part.table.table_model.rows, "not listed any more")
        await settle()


async def test_while_a_job_runs_nothing_is_offered(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        play.window.open_document(DocumentKey("data", "local"))
        part: Any = play.window.documents.pane.snapshots  # type: ignore[union-attr]
        await until(lambda: part._take.isEnabled(), "measured")
        number = play.model.jobs.begin("Rolling restart of local")
        assert part._take.toolTip() == part._why.text() == "Wait for: Rolling restart of local."
        part.take()
        play.model.jobs.end(number)
        assert part._take.isEnabled()
