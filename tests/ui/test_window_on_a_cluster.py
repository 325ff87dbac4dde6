"""The window on a real broker: what programs do shows by itself, what the window does reaches the broker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.helpers.window_play import until
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.testing.running_cluster import RunningCluster
from workbench.ui.bridge import Bridge
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.cluster_model import ClusterState
from workbench.ui.view_models.workbench_model import WorkbenchModel


@pytest.fixture
async def window(cluster: RunningCluster, tmp_path: Path) -> AsyncIterator[MainWindow]:
    bridge = Bridge()
    failures: list[Any] = []
    bridge.failed.connect(lambda name, error: failures.append((name, error)))
    model = WorkbenchModel(bridge, WorkspaceDatabase.in_memory(), tmp_path)
    made = MainWindow(model)
    made.show()
    shown = model.add_remote("real", cluster.bootstrap, read_only=False, rank=4, keep=False)
    made.open_document(DocumentKey("overview", "real"))
    await until(lambda: shown.state is ClusterState.RUNNING, "connected")
    yield made
    made.hide()
    await model.close()
    made.deleteLater()
    assert failures == []


def _plan(window: MainWindow) -> Any:
    return next((dialog for dialog in window.findChildren(PlanDialog) if dialog.isVisible()), None)


async def test_a_topic_is_created_seen_and_deleted(window: MainWindow) -> None:
    from workbench.ui.view_models import topic_plans

    cluster = window.model.clusters[0]
    assert cluster.session is not None
    name = f"ui-{uuid4().hex[:8]}"
    plan = topic_plans.create_topic(cluster.session, cluster.bootstrap, name, 3, 1, {"retention.ms": "3600000"})
    window.show_plan(cluster, plan)
    await until(lambda: _plan(window)._checked.text().startswith("the broker accepts"), "validated")
    assert cluster.topic(name) is None
    _plan(window)._apply.click()
    await until(lambda: cluster.topic(name) is not None, "the topic in the model")
    key = DocumentKey("topic", "real", name)
    await until(lambda: window.navigator.tree_model.index_of(key.as_text()).isValid(), "the topic in the tree")
    window.commands.open_topic(name, "configuration")
    page: Any = window.documents.pane
    await until(lambda: page._parts["configuration"]._entries != (), "its configuration")
    rows = {row.key: row for row in page._parts["configuration"].table.table_model.rows}
    assert rows["retention.ms"].value == "1 h" and rows["retention.ms"].set_here
    window.commands.run("topic.delete", name)
    _plan(window)._apply.click()
    await until(lambda: cluster.topic(name) is None, "the topic gone")
    await until(lambda: page.stack.currentWidget() is page._nothing, "the page says so")


async def test_what_a_program_writes_shows_without_a_click(window: MainWindow, cluster: RunningCluster) -> None:
    import asyncio

    from kafka import KafkaProducer

    name = f"ui-{uuid4().hex[:8]}"

    def write() -> None:
        producer = KafkaProducer(bootstrap_servers=cluster.bootstrap)
        for number in range(50):
            producer.send(name, str(number).encode())
        producer.flush()
        producer.close()

    window.open_document(DocumentKey("topics", "real"))
    pane: Any = window.documents.pane
    await asyncio.to_thread(write)

    def shown() -> bool:
        return any(row.name == name and row.messages == 50 for row in pane.table.table_model.rows)

    await until(shown, "50 messages in the list of topics")


async def test_a_plan_that_the_broker_refuses_says_so_before_it_is_applied(window: MainWindow) -> None:
    from workbench.ui.view_models import topic_plans

    cluster = window.model.clusters[0]
    assert cluster.session is not None
    plan = topic_plans.create_topic(cluster.session, cluster.bootstrap, f"ui-{uuid4().hex[:8]}", 1, 3, {})
    window.show_plan(cluster, plan)
    await until(lambda: _plan(window)._answer.words() != "", "the refusal")
    assert "INVALID_REPLICATION_FACTOR" in _plan(window)._answer._code.text()
    _plan(window).reject()
