"""The parts around the panes: tree, tabs, inspector, dock, status row."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from tests.helpers.fake_session import partition, topic
from tests.helpers.window_play import WindowPlay, settle, window_play
from workbench.cluster.events import LogLevel, LogLine
from workbench.cluster.policy import BrokerPhase
from workbench.storage.workspace.metrics import RateSample
from workbench.ui.documents import RATES, DocumentKey
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState
from workbench.ui.view_models.jobs import JobState
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.rate_history import RateHistory


def _texts(play: WindowPlay) -> list[str]:
    tree = play.window.navigator.tree
    model = play.window.navigator.tree_model
    found: list[str] = []

    def walk(parent: Any) -> None:
        for row in range(model.rowCount(parent)):
            index = model.index(row, 0, parent)
            found.append(str(model.data(index)))
            if tree.isExpanded(index):
                walk(index)

    walk(model.index(-1, 0))
    return found


def _own(play: WindowPlay) -> tuple[ClusterModel, LocalBrokers]:
    """An embedded cluster in the model whose broker is only played."""
    rates = RateHistory("local", None)
    local = LocalBrokers(Path("/nowhere"), rates)
    handle = SimpleNamespace(
        phase=BrokerPhase.RUNNING, failure=None, log_lines=[], spec=SimpleNamespace(port=9092), last_sample=None
    )
    local.cluster = SimpleNamespace(brokers={1: handle}, bootstrap="localhost:9092")  # type: ignore[assignment]
    cluster = ClusterModel(play.bridge, "local", "", rank=4, rates=rates, local=local)
    play.model.clusters.append(cluster)
    play.model.make_current(cluster)
    play.model.clusters_changed.emit()
    return cluster, local


async def test_a_topic_appears_in_the_tree_without_a_click_and_opens_with_one(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        play.window.navigator.refresh()  # it does so by itself, five times a second
        assert _texts(play) == [
            "staging", "Overview", "Topics", "orders", "Groups", "Brokers", "Quorum", "Throughput",
            "Connect your program",
        ]  # fmt: skip
        session.topics.append(topic("payments"))
        play.model.clusters[0].refresh()
        await settle()
        play.window.navigator.refresh()
        assert "payments" in _texts(play)
        tree = play.window.navigator.tree
        index = play.window.navigator.tree_model.index_of(DocumentKey("topic", "staging", "payments").as_text())
        QTest.mouseClick(
            tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, tree.visualRect(index).center()
        )
        assert play.window.documents.current == DocumentKey("topic", "staging", "payments")


async def test_the_tree_follows_the_document_in_front(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        navigator = play.window.navigator
        navigator.refresh()
        for kind in ("topics", "groups"):
            play.window.open_document(DocumentKey(kind, "staging"))
            node = navigator.tree_model.node_at(navigator.tree.currentIndex())
            assert node is not None and node.key == DocumentKey(kind, "staging").as_text()


async def test_folding_by_the_arrow_stays(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        tree = play.window.navigator.tree
        index = play.window.navigator.tree_model.index_of(DocumentKey("topics", "staging").as_text())
        place = QPoint(18, tree.visualRect(index).center().y())
        QTest.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
        assert not tree.isExpanded(index)
        play.window.navigator.refresh()
        assert not tree.isExpanded(index) and play.window.documents.current is None


async def test_tabs_move_close_and_wrap_around(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        documents = play.window.documents
        kinds = ("overview", "topics", "groups")
        for kind in kinds:
            play.window.open_document(DocumentKey(kind, "staging"))
        documents.step(1)
        assert documents.current == DocumentKey("overview", "staging")
        documents.tabs.moveTab(0, 2)
        assert [key.kind for key in documents.keys] == ["topics", "groups", "overview"]
        cross = documents.tabs._close_rect(documents.tabs.currentIndex())
        QTest.mouseClick(documents.tabs, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, cross.center())
        assert [key.kind for key in documents.keys] == ["topics", "groups"]
        middle = documents.tabs.tabRect(0).center()
        QTest.mouseClick(documents.tabs, Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier, middle)
        assert [key.kind for key in documents.keys] == ["groups"]
        assert documents.pane_of(DocumentKey("topics", "staging")) is None


async def test_log_lines_come_filtered(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        _cluster, local = _own(play)
        view = play.window.dock.logs
        for level, text in (
            (LogLevel.DEBUG, "too fine"),
            (LogLevel.INFO, "started"),
            (LogLevel.ERROR, "disk is full (workbench.embedded_broker.log)"),
        ):
            line = LogLine(0, level, text)
            local.handles[1].log_lines.append(line)
            local.logged.emit(1, line)
        view._append_waiting()
        shown = view.text.toPlainText()
        assert "started" in shown and "disk is full" in shown and "too fine" not in shown
        view._level.setCurrentIndex(3)
        assert "started" not in view.text.toPlainText() and "disk is full" in view.text.toPlainText()
        view._level.setCurrentIndex(0)
        view._word.setText("FINE")
        view._refill()
        assert view.text.toPlainText().endswith("too fine")
        play.model.clusters.clear()
        play.model.make_current(None)


async def test_jobs_are_listed_and_cancelled(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        stopped: list[int] = []
        jobs = play.model.jobs
        jobs.begin("A scan", total=10, cancel=lambda: stopped.append(1))
        view = play.window.dock.jobs
        view._show()
        assert not view._cancel.isEnabled() and "Choose" in view._cancel.toolTip()
        view.table.select_place(0)
        assert view._cancel.isEnabled()
        view._cancel.click()
        assert stopped == [1] and jobs.all[0].state is JobState.CANCELLED
        play.window.top_row.refresh()
        assert play.window.top_row.jobs.isHidden()


async def test_rates_stand_in_dock_and_status_row(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _local = _own(play)
        now_ms = time.time_ns() // 1_000_000
        for ago in (2, 1, 0):
            cluster.rates.add(RateSample(now_ms - ago * 1000, 1, 2048.0, 4096.0, 10.0, 20.0, 5.0))
        play.window.show_dock(RATES)
        await settle()
        rows = play.window.dock.rates.table.table_model.rows
        assert [(row.node_id, row.values) for row in rows] == [(1, (2048.0, 4096.0, 10.0, 20.0, 5.0))]
        cluster.set_state(ClusterState.RUNNING)
        play.window.status.refresh()
        assert play.window.status._in.text() == "↓ in 2.0 KiB/s"
        cluster.set_state(ClusterState.STOPPED)
        play.window.status.refresh()
        assert play.window.status._in.isHidden(), "what flowed before it stopped flows no more"
        play.model.clusters.clear()
        play.model.make_current(None)


async def test_the_status_row_tells_trouble(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        status = play.window.status
        status.refresh()
        assert status._brokers.text() == "1 broker" and status._controller.text() == "controller 1, epoch 4"
        assert status._trouble.isHidden()
        session.topics = [topic("a", partition(0, None), partition(1, 1, (1, 2), (1,)))]
        play.model.clusters[0].refresh()
        await settle()
        status.refresh()
        assert status._trouble.text() == "1 under-replicated, 1 offline"
        play.window.top_row.refresh()
        assert play.window.top_row.problems.text() == "1 error, 1 warning"


async def test_the_inspector_shows_what_the_pane_gives(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.open_document(DocumentKey("overview", "staging"))
        await settle()
        assert play.window.inspector._title.text() == "Healthy"
        assert play.window.inspector.isVisible()
        play.window.open_document(DocumentKey("topics", "staging"))
        await settle()
        assert not play.window.inspector.isVisible(), "nothing to show: no empty dock"
