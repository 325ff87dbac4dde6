"""A broker is to leave: reasons in words, replication lowered only when the user says so, then the plan."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.fake_session import FakeSession, partition, topic
from tests.helpers.window_play import until, window_play
from workbench.cluster.policy import BrokerPhase
from workbench.ui.dialogs.take_out_dialog import TakeOutDialog
from workbench.ui.view_models.cluster_model import ClusterState


class Dialogue:
    def __init__(self, play: Any, cluster: Any) -> None:
        self.play, self.cluster = play, cluster
        self.plans: list[Any] = []
        self.dialog: Any = None

    async def open(self, node_id: int = 3) -> Any:
        self.dialog = TakeOutDialog(
            self.play.window, self.cluster, node_id, lambda _cluster, plan: self.plans.append(plan)
        )
        await until(lambda: bool(self.dialog._places), "measured")
        return self.dialog


@pytest.fixture
async def dialogue(tmp_path: Path) -> AsyncIterator[Dialogue]:
    """A cluster of three that was described, and is said to run."""
    async with window_play(tmp_path) as play:
        play.model.preferences.put("start_clusters", "no")
        cluster: Any = play.model.add_local()
        await until(lambda: cluster.local.cluster is not None, "opened")
        for handle in cluster.local.handles.values():
            handle._machine._phase = BrokerPhase.RUNNING
        cluster.session, cluster.state = FakeSession(brokers=3), ClusterState.RUNNING
        cluster.topics = (topic("orders", partition(0, 3, (3, 1))),)
        made = Dialogue(play, cluster)
        yield made
        if made.dialog is not None:
            made.dialog.deleteLater()
        for handle in cluster.local.handles.values():
            handle._machine._phase = BrokerPhase.STOPPED
        cluster.session = None


async def test_the_plan_follows_the_choice(dialogue: Dialogue) -> None:
    dialog = await dialogue.open()
    assert "1 partition has a replica on it, 1 is led by it" in dialog._what.text()
    assert dialog.go.isEnabled() and dialog.lower_replication.isHidden()
    dialog.fate._buttons["delete"].click()
    dialog.go.click()
    assert dialogue.plans[0].difference[-1].startswith("- ") and "broker-3" in dialogue.plans[0].difference[-1]


async def test_replication_is_lowered_only_when_asked(dialogue: Dialogue) -> None:
    dialogue.cluster.topics = (topic("wide", partition(0, 1, (1, 2, 3))),)
    dialog = await dialogue.open()
    assert "wide has a replica on every broker" in dialog._lowered.words()
    assert dialog._reason.text() == dialog.go.toolTip() == "3 replicas do not fit on 2 brokers."
    dialog.lower_replication.setChecked(True)
    assert dialog.go.isEnabled()


async def test_what_hinders_is_told_and_ends(dialogue: Dialogue) -> None:
    other = dialogue.cluster.local.handles[1]
    other._machine._phase = BrokerPhase.KILLED
    dialog = await dialogue.open()
    assert "without a majority" in dialog._hindrance.words() and not dialog.go.isEnabled()
    other._machine._phase = BrokerPhase.RUNNING
    dialogue.cluster.changed.emit()
    assert dialog._hindrance.words() == "" and dialog.go.isEnabled()


async def test_a_broker_that_is_gone_meanwhile(dialogue: Dialogue) -> None:
    dialog = await dialogue.open()
    from workbench.cluster.plan import without_broker

    local = dialogue.cluster.local.cluster
    local.adopt(without_broker(without_broker(local.spec, 1), 2))
    dialogue.cluster.changed.emit()
    assert "only broker" in dialog._hindrance.words() and not dialog.go.isEnabled()
    dialog._node_id = 2
    dialog._explain()
    assert dialog._reason.text() == "It is out of the cluster."
