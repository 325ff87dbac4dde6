"""The Faults pane: begins faults, counts them down, heals them, tells what followed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.played_window import opened, own_cluster
from tests.helpers.window_play import settle, window_play
from workbench.broker_contract.messages import ChangeKind, ChangeReported
from workbench.cluster.events import ClusterChanged
from workbench.cluster.policy import BrokerPhase


async def test_a_fault_is_begun_shown_and_healed(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        pane: Any = await opened(play, "faults")
        assert cluster.local is not None
        assert pane._stack.currentWidget() is pane._nothing and not pane._heal_all.isEnabled()
        pane.choose_kind("slow disk", 2)
        pane.form.go.click()
        assert [fault.words for fault in cluster.local.active_faults] == ["slow disk of broker 2, 100 ms a write"]
        pane._refresh()
        assert pane.header.facts.text().startswith("1 in force")
        assert next(shown.text() for shown in pane._remaining.values()).endswith("s left")
        assert pane._heal_all.isEnabled() and not pane._active_panel.isHidden()
        play.window.commands.run("fault.heal", cluster.local.active_faults[0].fault_id)
        pane._refresh()
        assert cluster.local.active_faults == () and pane._active_panel.isHidden()
        assert pane._stack.currentWidget() is pane.stories
        assert not pane.grab().isNull()


async def test_what_followed_a_kill_is_told(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        pane: Any = await opened(play, "faults")
        pane.switches.lines[2].kill.click()
        await settle()
        assert cluster.local is not None and cluster.local.handles[2].phase is BrokerPhase.KILLED
        story = cluster.local.timeline._causes[-1]
        change = ChangeReported(ChangeKind.BROKER_FENCED, story.at_ms + 9_000, 1, (), (2,))
        cluster.local._observe(ClusterChanged(1, change))
        pane._refresh()
        (row,) = pane.stories.table_model.rows
        assert row.followed == "fenced after 9.0 s"
        assert "broker 2 down" in pane.header.facts.text()
        pane.form.choose("pause", 2)
        assert "Broker 2 is killed." in pane.form.go.toolTip()
        pane.stories.opened.emit(row)
        assert pane.timeline.is_paused


async def test_a_pause_by_the_switch_is_a_fault_that_the_timeline_knows(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        pane: Any = await opened(play, "faults")
        pane.switches.lines[3].pause.click()
        assert cluster.local is not None
        assert [fault.kind for fault in cluster.local.active_faults] == ["paused"]
        pane._refresh()
        pane.switches.lines[3].pause.click()
        assert cluster.local.active_faults == ()
        assert cluster.local.handles[3].phase is BrokerPhase.RUNNING


async def test_the_dock_does_not_show_the_timeline_twice(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await own_cluster(play)
        await opened(play, "overview")
        assert play.window.is_dock_open("dock")
        await opened(play, "faults")
        assert not play.window.is_dock_open("dock")
