"""Actions on brokers, faults and clusters: reasons while they cannot be done, and what they do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QDialog

from tests.helpers.fake_session import partition, topic
from tests.helpers.played_window import opened, own_cluster
from tests.helpers.window_play import settle, window_play
from workbench.cluster import membership
from workbench.cluster.policy import BrokerPhase
from workbench.system.known_error import KnownError
from workbench.ui.documents import DocumentKey
from workbench.ui.view_models.jobs import JobState


async def test_faults_need_an_embedded_cluster_that_runs(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        commands = play.window.commands.on_cluster
        for why in (commands.why_no_fault, commands.why_nothing_to_heal, commands.why_not_roll):
            refused = why()
            assert refused is not None and "inside the workbench" in refused.reason
        cluster, _session = await own_cluster(play)
        assert commands.why_no_fault() is None
        nothing = commands.why_nothing_to_heal()
        assert nothing is not None and nothing.remedy_action == "faults.open"
        play.window.commands.run("fault.slow_link")
        await settle()
        assert play.window.documents.current == DocumentKey("faults", "local")
        assert cluster.local is not None and cluster.local.cluster is not None
        cluster.local.cluster.faults.full_disk(1)
        cluster.local.cluster.faults.slow_disk(2, delay_ms=5)
        assert commands.why_nothing_to_heal() is None
        play.window.commands.run("fault.heal")
        assert cluster.local.active_faults == ()


async def test_a_pause_and_its_end(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        assert cluster.local is not None
        play.window.commands.run("broker.pause", "2")
        assert [fault.words for fault in cluster.local.active_faults] == ["pause broker 2"]
        play.window.commands.run("broker.pause", "2")
        assert cluster.local.active_faults == ()


async def test_a_rolling_restart_needs_every_broker_and_is_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    restarted: list[Any] = []

    async def rolling_restart(cluster: Any) -> None:
        restarted.append(cluster)
        if len(restarted) > 1:
            raise KnownError("3 partitions are not in sync after 120 s.", "See which broker is down.")

    monkeypatch.setattr(membership, "rolling_restart", rolling_restart)
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        assert cluster.local is not None
        handle: Any = cluster.local.handles[3]
        handle.phase = BrokerPhase.KILLED
        refused = play.window.commands.on_cluster.why_not_roll()
        assert refused is not None and (refused.remedy_action, refused.remedy_argument) == ("broker.start", "3")
        handle.phase = BrokerPhase.RUNNING
        play.window.commands.run("cluster.roll")
        await settle()
        assert restarted == [cluster.local.cluster]
        assert play.model.jobs.all[-1].state is JobState.DONE
        play.window.commands.run("cluster.roll")
        await settle()
        assert play.model.jobs.all[-1].state is JobState.FAILED
        assert "not in sync" in play.model.jobs.all[-1].note


async def test_a_single_broker_cannot_roll(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await own_cluster(play, 1)
        refused = play.window.commands.on_cluster.why_not_roll()
        assert refused is not None and refused.remedy_action == "cluster.new"


async def test_a_broker_is_added_as_a_job_up_to_nine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def add_broker(cluster: Any) -> int:
        return 4

    monkeypatch.setattr(membership, "add_broker", add_broker)
    async with window_play(tmp_path) as play:
        await own_cluster(play)
        play.window.commands.run("broker.add")
        await settle()
        assert "broker 4 runs" in play.model.jobs.all[-1].note
    async with window_play(tmp_path / "second") as play:
        await own_cluster(play, 9)
        refused = play.window.commands.on_cluster.why_not_add_broker()
        assert refused is not None and "9 brokers at most" in refused.reason


async def test_elections_wait_for_the_home_of_the_leaders(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, session = await own_cluster(play)
        commands = play.window.commands.on_cluster
        at_home = commands.why_not_elect()
        assert at_home is not None and "preferred broker" in at_home.reason
        cluster.topics = (topic("a", partition(0, 1, (2, 1), (1,))),)
        not_yet = commands.why_not_elect()
        assert not_yet is not None and not_yet.reason == "Not yet: broker 2 is not in sync."
        cluster.topics = (topic("a", partition(0, 1, (2, 1))),)
        assert commands.why_not_elect() is None
        plans: list[Any] = []
        play.window.show_plan = lambda _cluster, plan: plans.append(plan)  # type: ignore[method-assign]
        play.window.commands.run("leaders.elect")
        await plans[0].apply()
        assert session.calls[-1] == ("elect_preferred_leaders", {"a": [0]})


async def test_moving_replicas_needs_a_topic_and_opens_its_dialog(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        dialogs: list[Any] = []
        play.window.show_dialog = dialogs.append  # type: ignore[method-assign]
        play.window.commands.run("topic.reassign", "orders")
        play.window.commands.run("cluster.new")
        assert [type(dialog).__name__ for dialog in dialogs] == ["ReassignDialog", "NewClusterDialog"]
        for dialog in dialogs:
            dialog.deleteLater()
        cluster.topics = ()
        refused = play.window.commands.on_cluster.why_not_reassign()
        assert refused is not None and refused.remedy_action == "topic.create"


async def test_the_chosen_broker_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def dialog(_window: Any, _cluster: Any, node_id: int, _show_plan: Any) -> Any:
        made.append(node_id)
        return QDialog()

    monkeypatch.setattr("workbench.ui.dialogs.edit_broker_dialog.EditBrokerDialog", dialog)
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        refused = play.window.commands.on_cluster.why_not_edit()
        assert refused is not None and "inside the workbench" in refused.reason
        await own_cluster(play)
        assert play.window.commands.on_cluster.why_not_edit() is None
        play.window.show_dialog = lambda _dialog: None  # type: ignore[method-assign]
        play.window.commands.run("broker.edit")
        pane: Any = await opened(play, "brokers")
        pane.table.select_place(2)
        play.window.commands.run("broker.edit")
        pane._edit.click()
        play.window.commands.run("broker.edit", "2")
        assert made == [1, 3, 3, 2]


async def test_a_broker_is_taken_out_unless_it_is_the_only_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def dialog(_window: Any, _cluster: Any, node_id: int, _show_plan: Any) -> Any:
        made.append(node_id)
        return QDialog()

    monkeypatch.setattr("workbench.ui.dialogs.take_out_dialog.TakeOutDialog", dialog)
    async with window_play(tmp_path) as play:
        await own_cluster(play)
        play.window.show_dialog = lambda _dialog: None  # type: ignore[method-assign]
        assert play.window.commands.on_cluster.why_not_take_out() is None
        pane: Any = await opened(play, "brokers")
        pane.table.select_place(1)
        pane._take_out.click()
        assert made == [2]
    async with window_play(tmp_path / "second") as play:
        cluster, session = await own_cluster(play, 1)
        cluster.topics = ()
        refused = play.window.commands.on_cluster.why_not_take_out()
        assert refused is not None and "only broker" in refused.reason
        pane = await opened(play, "brokers")
        assert not pane._take_out.isEnabled() and pane._why_not_out.text() == "The only broker cannot be taken out."
        assert session is not None
