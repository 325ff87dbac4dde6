"""The dialog that moves replicas: what changes is worked out before the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.fake_session import partition, topic
from tests.helpers.played_window import own_cluster
from tests.helpers.window_play import window_play
from workbench.ui.dialogs.reassign_dialog import ReassignDialog


async def test_raising_replication_shows_what_is_to_copy_and_then_the_plan(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        cluster.topics = (topic("dlq", partition(0, 2, (2,))),)
        plans: list[Any] = []
        dialog: Any = ReassignDialog(play.window, cluster, "dlq", lambda _cluster, plan: plans.append(plan))
        assert "already" in dialog.go.toolTip() and not dialog.go.isEnabled()
        dialog.copies.setValue(3)
        assert dialog._found.text() == "1 of 1 partition changes, 200 B to copy."
        dialog.brokers[1].setChecked(False)
        assert "3 replicas need as many brokers; 2 are chosen." in dialog.go.toolTip()
        dialog.copies.setValue(2)
        dialog.go.click()
        assert plans[0].difference == ("- dlq-0  replicas 2", "+ dlq-0  replicas 2, 3")


async def test_another_topic_starts_from_its_own_replication(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        cluster.topics = (topic("a", partition(0, 2, (2,))), topic("b", partition(0, 1, (1, 2))))
        dialog: Any = ReassignDialog(play.window, cluster, "", lambda _cluster, _plan: None)
        assert dialog.topic.currentText() == "a" and dialog.copies.value() == 1
        dialog.topic.setCurrentText("b")
        assert dialog.copies.value() == 2
        dialog.reject()
