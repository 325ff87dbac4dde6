"""An own cluster's brokers are changed, and taken out, from the window, with real brokers behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog

from tests.helpers.window_play import until
from workbench.cluster.ports import any_free_port
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.ui.bridge import Bridge
from workbench.ui.dialogs.edit_broker_dialog import EditBrokerDialog
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.dialogs.take_out_dialog import TakeOutDialog
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.jobs import JobState
from workbench.ui.view_models.new_cluster import wanted_ports
from workbench.ui.view_models.workbench_model import WorkbenchModel


class Play:
    def __init__(self, folder: Path, brokers: int) -> None:
        self.bridge = Bridge()
        self.failures: list[Any] = []
        self.bridge.failed.connect(lambda name, error: self.failures.append((name, error)))
        self.model = WorkbenchModel(self.bridge, WorkspaceDatabase.in_memory(), folder)
        self.window = MainWindow(self.model)
        self.window.show()
        port = any_free_port(lambda first: wanted_ports(first, brokers))
        self.cluster: Any = self.model.add_local(port=port, brokers=brokers)
        self.window.open_document(DocumentKey("brokers", "local"))

    @property
    def pane(self) -> Any:
        return self.window.documents.pane

    def dialog(self, kind: type[QDialog]) -> Any:
        return next(found for found in self.window.findChildren(kind) if found.isVisible())

    async def running(self) -> None:
        """Every broker runs, and the window has seen that."""
        await until(
            lambda: (
                self.cluster.local.running_count == len(self.cluster.local.handles) > 0
                and self.cluster.state is ClusterState.RUNNING
                and bool(self.cluster.brokers)
            ),
            "running",
            60,
        )

    async def carry_out(self) -> None:
        """Presses the plan's button and waits for its job."""
        plan = self.dialog(PlanDialog)
        await until(lambda: plan._apply.isEnabled(), "may be done")
        plan._apply.click()
        await until(lambda: bool(self.model.jobs.all), "begun")
        await until(lambda: not self.model.jobs.running, "done", 90)
        job = self.model.jobs.all[-1]
        assert job.state is JobState.DONE, job.note


async def _play(folder: Path, brokers: int) -> AsyncIterator[Play]:
    made = Play(folder, brokers)
    await made.running()
    yield made
    made.window.hide()
    await made.model.close()
    made.window.deleteLater()
    assert made.failures == []


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Play]:
    async for play in _play(tmp_path, 1):
        yield play


async def test_rack_port_directory_and_settings_of_a_broker(one: Play, tmp_path: Path) -> None:
    handle = one.cluster.local.handles[1]
    await one.cluster.session.create_topic("kept", 1, 1)
    pid = handle.pid
    await until(lambda: bool(one.pane.table.table_model.rows), "listed")
    one.pane._edit.click()
    dialog = one.dialog(EditBrokerDialog)
    port = any_free_port(lambda first: [first])
    dialog.rack.setText("cellar")
    dialog.port.setText(str(port))
    dialog.place.setText("broker-1-more")
    dialog.add_place.click()
    dialog.settings.text.setPlainText("num.partitions=4\n")
    await until(lambda: dialog.go.isEnabled(), "accepted")
    dialog.go.click()
    await one.carry_out()
    assert handle.pid != pid and str(port) in one.cluster.bootstrap
    await until(lambda: one.cluster.brokers[0].rack == "cellar" if one.cluster.brokers else False, "the rack is told")
    await until(lambda: one.cluster.topic("kept") is not None, "the topic is there")
    configs = {entry.name: entry.value for entry in await one.cluster.session.broker_configs(1)}
    assert configs["num.partitions"] == "4"
    directories = await one.cluster.session.log_directories()
    assert len(directories[1]) == 2


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[Play]:
    async for play in _play(tmp_path, 3):
        yield play


async def test_a_broker_of_three_is_taken_out_and_its_replicas_live_on(three: Play) -> None:
    local = three.cluster.local
    await three.cluster.session.create_topic("narrow", 3, 2)
    await three.cluster.session.create_topic("wide", 1, 3)
    three.cluster.refresh()
    await until(lambda: three.cluster.topic("wide") is not None, "the topics")
    folder = local.handles[3].directories[0]
    await until(lambda: len(three.pane.table.table_model.rows) == 3, "listed")
    three.pane.table.select_place(2)
    three.pane._take_out.click()
    dialog = three.dialog(TakeOutDialog)
    await until(lambda: "do not fit" in dialog.go.toolTip(), "too many replicas are told")
    dialog.lower_replication.setChecked(True)
    dialog.fate._buttons["delete"].click()
    await until(lambda: dialog.go.isEnabled(), "may be planned")
    dialog.go.click()
    await three.carry_out()
    assert sorted(local.handles) == [1, 2] and not folder.exists()
    three.cluster.refresh()
    await until(lambda: three.cluster.node_ids == (1, 2), "gone everywhere")
    wide, narrow = three.cluster.topic("wide"), three.cluster.topic("narrow")
    assert {part.replicas for part in narrow.partitions} <= {(1, 2), (2, 1)} and set(wide.partitions[0].replicas) == {
        1,
        2,
    }
    await until(lambda: three.cluster.quorum is not None and len(three.cluster.quorum.voters) == 1, "one voter")
    await until(lambda: len(three.pane.table.table_model.rows) == 2, "not listed any more")


async def test_what_was_changed_is_there_after_the_window_was_closed(tmp_path: Path) -> None:
    async for play in _play(tmp_path, 1):
        one = play
        one.window.commands.run("broker.edit", "1")
        dialog = one.dialog(EditBrokerDialog)
        dialog.settings.text.setPlainText("log.retention.hours=5\n")
        dialog.rack.setText("attic")
        await until(lambda: dialog.go.isEnabled(), "accepted")  # noqa: B023
        dialog.go.click()
        await one.carry_out()
    again = Play(tmp_path, 1)
    await again.running()
    again.window.commands.run("broker.edit", "1")
    dialog = again.dialog(EditBrokerDialog)
    assert dialog.rack.text() == "attic" and dialog.settings.text.toPlainText() == "log.retention.hours=5\n"
    dialog.reject()
    again.window.hide()
    await again.model.close()
    again.window.deleteLater()
    await asyncio.sleep(0)
