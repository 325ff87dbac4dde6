"""The work of plans on a real cluster's description: the spec changes, and the window follows it to another port."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from tests.helpers.told_progress import ToldProgress
from tests.helpers.window_play import until, window_play
from workbench.cluster import copies
from workbench.cluster.ports import any_free_port
from workbench.system.known_error import KnownError
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.documents import DocumentKey
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
        assert play.model.preferences.get("first_port") == str(port), "the next start leaves it there"
        await until(lambda: any(str(port) in address for address in play.sessions), "connected anew")
        await cluster_work.change_every_broker(cluster, {"num.partitions": "2"}, (), ToldProgress())
        assert dict(local.spec.settings) == {"num.partitions": "2"}


async def test_a_snapshot_that_is_cancelled_leaves_nothing_and_one_that_is_taken_comes_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        folder = cluster.local.folder
        (folder / "broker-1").mkdir()
        for number in range(200):
            (folder / "broker-1" / f"{number}.log").write_bytes(b"x" * 50_000)
        begun, cancelled, copy_content = Event(), Event(), copies._copy_content

        def copy_when_cancelled(*arguments: Any) -> None:
            begun.set()
            cancelled.wait(10)
            copy_content(*arguments)

        monkeypatch.setattr(copies, "_copy_content", copy_when_cancelled)
        work = asyncio.ensure_future(cluster_work.take_snapshot(cluster, "cancelled", ToldProgress()))
        await until(begun.is_set, "begun")
        work.cancel()
        await asyncio.sleep(0)
        cancelled.set()
        with pytest.raises(asyncio.CancelledError):
            await work
        assert list((folder / "copies").iterdir()) == []
        told = ToldProgress()
        await cluster_work.take_snapshot(cluster, "good", told)
        await until(lambda: told.steps[-1][0] == told.steps[-1][1], "all is told")
        (folder / "broker-1" / "0.log").write_bytes(b"changed")
        await cluster_work.bring_back(play.model, cluster, "good", ToldProgress())
        assert (folder / "broker-1" / "0.log").read_bytes() == b"x" * 50_000
        assert cluster.local.cluster is not None, "opened again"
        with pytest.raises(KnownError, match="no copy"):
            await cluster_work.bring_back(play.model, cluster, "never", ToldProgress())
        assert cluster.local.cluster is not None, "opened again, whatever came of it"


async def test_a_deleted_cluster_leaves_the_list_with_its_folder_and_documents(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        play.model.add_local()
        second: Any = play.model.add_local("second", rank=5)
        await until(lambda: second.local.cluster is not None, "opened")
        folder = second.local.folder
        play.window.open_document(DocumentKey("data", "second"))
        pane: Any = play.window.documents.pane
        await until(lambda: pane._delete.isEnabled() and bool(pane._sizes), "measured")
        pane._delete.click()
        dialog = next(found for found in play.window.findChildren(PlanDialog) if found.isVisible())
        assert folder.exists()
        dialog._apply.click()
        await until(lambda: play.model.cluster("second") is None, "gone")
        assert not folder.exists() and [profile.name for profile in play.model.profiles.all()] == ["local"]
        assert all(key.cluster != "second" for key in play.window.documents.keys)
        await until(lambda: not play.model.jobs.running, "done")
        play.window.open_document(DocumentKey("data", "local"))
        assert play.window.documents.pane._delete.isHidden(), "the first cluster is wiped, not deleted"  # type: ignore[union-attr]
