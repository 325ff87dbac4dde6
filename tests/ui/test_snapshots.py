"""An own cluster of three is kept, brought back and forked from the window, with real brokers behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog

from tests.helpers.window_play import until
from workbench.cluster.ports import any_free_port
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.ui.bridge import Bridge
from workbench.ui.dialogs.fork_dialog import ForkDialog
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.dialogs.snapshot_dialog import SnapshotDialog
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.jobs import JobState
from workbench.ui.view_models.new_cluster import wanted_ports
from workbench.ui.view_models.workbench_model import WorkbenchModel


class Play:
    def __init__(self, folder: Path) -> None:
        self.bridge = Bridge()
        self.failures: list[Any] = []
        self.bridge.failed.connect(lambda name, error: self.failures.append((name, error)))
        self.model = WorkbenchModel(self.bridge, WorkspaceDatabase.in_memory(), folder)
        self.window = MainWindow(self.model)
        self.window.show()
        port = any_free_port(lambda first: wanted_ports(first, 3))
        self.cluster: Any = self.model.add_local(port=port, brokers=3)

    @property
    def part(self) -> Any:
        pane: Any = self.window.documents.pane
        return pane.snapshots

    def dialog(self, kind: type[QDialog]) -> Any:
        return next(found for found in self.window.findChildren(kind) if found.isVisible())

    async def running(self, cluster: Any) -> None:
        """Every broker runs, and the window has seen that."""
        await until(
            lambda: (
                cluster.local.running_count == 3
                and cluster.state is ClusterState.RUNNING
                and cluster.session is not None
            ),
            "running",
            60,
        )

    async def carry_out(self) -> None:
        """Presses the plan's button and waits for its job."""
        before = len(self.model.jobs.all)
        self.dialog(PlanDialog)._apply.click()
        await until(lambda: len(self.model.jobs.all) > before and not self.model.jobs.running, "done", 90)
        job = self.model.jobs.all[-1]
        assert job.state is JobState.DONE, job.note

    async def topics(self, cluster: Any) -> set[str]:
        return {topic.name for topic in await cluster.session.list_topics()}


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    made = Play(tmp_path)
    await made.running(made.cluster)
    yield made
    made.window.hide()
    await made.model.close()
    made.window.deleteLater()
    assert made.failures == []


async def test_a_snapshot_is_taken_forked_and_brought_back(play: Play) -> None:
    await play.cluster.session.create_topic("kept", 2, 3)
    play.window.commands.run("snapshot.take")
    await until(lambda: any(d.isVisible() for d in play.window.findChildren(SnapshotDialog)), "asked for a name")
    form = play.dialog(SnapshotDialog)
    form.name.setText("before the upgrade")
    form.go.click()
    await play.carry_out()
    await play.running(play.cluster)
    await until(lambda: play.part.table.current_row() is not None, "listed")
    assert len(play.cluster.local.cluster.pids) == 3
    await play.cluster.session.create_topic("later", 1, 1)

    await until(lambda: play.part._fork.isEnabled(), "may be forked")
    play.part.fork()
    form = play.dialog(ForkDialog)
    form.port.setText(str(form._free_from(any_free_port(lambda first: wanted_ports(first, 3)))))
    form.name.setText("experiment")
    form.go.click()
    await play.carry_out()
    fork: Any = play.model.cluster("experiment")
    await play.running(fork)
    await play.running(play.cluster)
    assert await play.topics(fork) == {"kept"} and await play.topics(play.cluster) == {"kept", "later"}
    assert fork.description is None or fork.description.cluster_id != play.cluster.description.cluster_id
    assert [profile.name for profile in play.model.profiles.all()] == ["local", "experiment"]

    play.window.open_document(DocumentKey("data", "local"))
    await until(lambda: play.part._back.isEnabled(), "may be brought back")
    play.part.bring_back()
    await play.carry_out()
    await play.running(play.cluster)
    await until(lambda: play.cluster.topic("kept") is not None and play.cluster.topic("later") is None, "as it was", 30)
    assert await play.topics(fork) == {"kept"}
