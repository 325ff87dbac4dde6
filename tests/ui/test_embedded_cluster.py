"""The window and its own cluster: it starts by itself, is killed and started from there, wiped, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel

from tests.helpers.window_play import until
from workbench.cluster.ports import any_free_port
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.system.processes import is_alive
from workbench.ui.bridge import Bridge
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.dialogs.quit_dialog import QuitDialog
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.workbench_model import WorkbenchModel


class Play:
    def __init__(self, folder: Path) -> None:
        self.bridge = Bridge()
        self.failures: list[Any] = []
        self.bridge.failed.connect(lambda name, error: self.failures.append((name, error)))
        self.model = WorkbenchModel(self.bridge, WorkspaceDatabase.in_memory(), folder)
        self.window = MainWindow(self.model)
        self.window.show()
        self.port = any_free_port(lambda first: [first, first + 101])
        self.cluster: ClusterModel = self.model.add_local(port=self.port, brokers=1)
        self.window.open_document(DocumentKey("overview", "local"))

    @property
    def handle(self) -> Any:
        assert self.cluster.local is not None
        return self.cluster.local.handles[1]

    async def running(self) -> None:
        await until(lambda: self.cluster.state is ClusterState.RUNNING, "running", 30)


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    made = Play(tmp_path)
    await made.running()
    pid = made.handle.pid
    yield made
    made.window.hide()
    await made.model.close()
    made.window.deleteLater()
    assert made.failures == []
    assert not is_alive(pid)


async def test_it_is_killed_and_started_from_the_window_and_says_so(play: Play) -> None:
    overview: Any = play.window.documents.pane
    pid = play.handle.pid
    play.window.commands.run("broker.kill", "1")
    await until(lambda: play.cluster.state is ClusterState.STOPPED, "stopped")
    assert play.handle.phase.value == "killed" and not is_alive(pid)
    assert [problem.key for problem in play.cluster.problems()] == ["broker-1"]
    assert play.window.commands.why_not_start() is None
    await until(lambda: "killed" in overview._cards[1]._state.text(), "the card says killed")
    assert any("SIGKILL" in line.text or "kill" in line.text for line in play.handle.log_lines)
    play.window.commands.run("broker.start", "1")
    await play.running()
    assert play.handle.pid != pid
    await until(lambda: play.cluster.problems() == (), "no problem any more")


async def test_rates_of_the_broker_reach_the_window(play: Play) -> None:
    await until(lambda: bool(play.cluster.rates.nodes), "a sample")
    play.window.commands.run("throughput.open")
    pane: Any = play.window.documents.pane
    await until(lambda: pane._stack.currentWidget() is pane._stacked, "charts")


async def test_stopping_and_starting_the_cluster_keeps_its_topics(play: Play) -> None:
    assert play.cluster.session is not None
    await play.cluster.session.create_topic("kept", 1, 1)
    play.window.commands.run("cluster.stop")
    await until(lambda: play.cluster.state is ClusterState.STOPPED, "stopped")
    assert play.window.commands.why_not_stop() is not None
    play.window.commands.run("cluster.start")
    await play.running()
    await until(lambda: play.cluster.topic("kept") is not None, "the topic again")


async def test_wiping_shows_its_plan_and_starts_an_empty_cluster(play: Play) -> None:
    assert play.cluster.session is not None and play.cluster.local is not None
    await play.cluster.session.create_topic("doomed", 1, 1)
    await until(lambda: play.cluster.topic("doomed") is not None, "the topic")
    cluster_id = play.cluster.description.cluster_id if play.cluster.description else None
    play.window.commands.run("data.location")
    pane: Any = play.window.documents.pane
    await until(lambda: pane._wipe.isEnabled(), "measured")
    pane._wipe.click()
    dialog = next(found for found in play.window.findChildren(PlanDialog) if found.isVisible())
    assert (play.cluster.local.folder / "cluster.json").exists()
    dialog._apply.click()
    await until(lambda: play.cluster.topic("doomed") is None, "gone")
    await play.running()
    await until(lambda: play.cluster.description is not None, "described")
    assert play.cluster.description is not None and play.cluster.description.cluster_id != cluster_id
    assert play.cluster.topic("doomed") is None
    assert str(play.port) in play.cluster.bootstrap


async def test_quitting_asks_only_while_programs_are_connected(play: Play) -> None:
    from kafka import KafkaProducer

    closed: list[int] = []
    play.window.closed.connect(lambda: closed.append(1))
    producer = await asyncio.to_thread(
        KafkaProducer, bootstrap_servers=play.cluster.bootstrap, client_id="my-program", linger_ms=0
    )
    await asyncio.to_thread(producer.send("t", b"x").get, 10)
    play.window.close()

    def asked() -> list[QuitDialog]:
        return [dialog for dialog in play.window.findChildren(QuitDialog) if dialog.isVisible()]

    await until(lambda: bool(asked()), "the question")
    assert closed == [] and play.window.isVisible()
    assert "my-program" in [label.text() for label in asked()[0].findChildren(QLabel)]
    asked()[0].reject()
    await asyncio.to_thread(producer.close)
    while await play.cluster.local.client_names():  # type: ignore[union-attr]
        await asyncio.sleep(0.05)
    play.window.close()
    await until(lambda: closed == [1], "closed without a question")


async def test_a_taken_port_is_told_with_the_free_one(tmp_path: Path) -> None:
    port = any_free_port(lambda first: [first, first + 101])
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
    bridge = Bridge()
    model = WorkbenchModel(bridge, WorkspaceDatabase.in_memory(), tmp_path)
    model.preferences.put("brokers", "1")
    window = MainWindow(model)
    window.show()
    cluster = model.add_local(port=port)
    await until(lambda: cluster.state is ClusterState.FAILED, "failed")
    assert window.documents.current == DocumentKey("welcome")
    welcome: Any = window.documents.pane
    assert str(port) in welcome._failure.words() and welcome.port.text() != str(port)
    welcome._start.click()
    await until(lambda: cluster.state is ClusterState.RUNNING, "running on the free port", 30)
    assert welcome.port.text() in cluster.bootstrap
    window.hide()
    await model.close()
    window.deleteLater()
    server.close()
