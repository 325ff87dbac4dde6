"""The window and its own cluster of three: a broker goes, the timeline tells what followed, leaders come home."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.window_play import until
from workbench.cluster.ports import any_free_port
from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.system.processes import is_alive
from workbench.ui.bridge import Bridge
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.view_models.new_cluster import wanted_ports
from workbench.ui.view_models.reassignment import leaders_away
from workbench.ui.view_models.workbench_model import WorkbenchModel


class Play:
    def __init__(self, folder: Path) -> None:
        self.bridge = Bridge()
        self.failures: list[Any] = []
        self.bridge.failed.connect(lambda name, error: self.failures.append((name, error)))
        self.model = WorkbenchModel(self.bridge, WorkspaceDatabase.in_memory(), folder)
        self.window = MainWindow(self.model)
        self.window.resize(1440, 900)
        self.window.show()
        port = any_free_port(lambda first: wanted_ports(first, 3))
        self.cluster = self.model.add_local(port=port, brokers=3)
        self.window.open_document(DocumentKey("overview", "local"))

    @property
    def local(self) -> Any:
        return self.cluster.local

    def stories(self) -> list[str]:
        """What followed each cause, newest first."""
        return [story.followed for story in self.local.timeline.stories(2**40)]

    async def with_topic(self) -> None:
        """Three brokers run, and a topic has its replicas on all of them."""
        await until(lambda: self.local.running_count == 3 and self.cluster.seen_ms is not None, "running", 30)
        await self.cluster.session.create_topic("orders", 6, 3)  # type: ignore[union-attr]
        self.cluster.refresh()
        await until(lambda: self.cluster.topic("orders") is not None, "the topic")


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Play]:
    made = Play(tmp_path)
    await made.with_topic()
    pids = [handle.pid for handle in made.local.handles.values()]
    yield made
    made.window.hide()
    await made.model.close()
    made.window.deleteLater()
    assert made.failures == []
    assert not any(is_alive(pid) for pid in pids if pid is not None)


async def test_a_stopped_brokers_leaders_move_and_come_home_again(play: Play) -> None:
    play.window.commands.run("broker.stop", "2")
    await until(lambda: any("leaders moved" in told for told in play.stories()), "leaders moved")
    await until(lambda: bool(leaders_away(play.cluster.topics)), "seen by the poll")
    pane: Any = play.window.documents.pane
    pane._refresh()
    notes = {cell.note for row in pane.matrix._rows for cell in row.cells if cell is not None}
    assert "was 2" in notes and not pane._roll.isEnabled()
    assert [link.dead for link in pane.links._links] == [2, 2, None]
    assert {problem.key for problem in play.cluster.problems()} >= {"broker-2", "under-replicated", "quorum", "away"}
    play.window.commands.run("broker.start", "2")
    await until(lambda: all(part.can_return for part in leaders_away(play.cluster.topics)), "in sync again", 30)
    await until(lambda: play.window.commands.on_cluster.why_not_elect() is None, "may be elected")
    play.window.commands.run("leaders.elect")
    dialog = play.window.findChild(PlanDialog)
    assert dialog is not None
    dialog._apply.click()
    await until(lambda: not leaders_away(play.cluster.topics), "home")


@pytest.mark.slow
async def test_a_killed_broker_is_fenced_and_the_timeline_tells_when(play: Play) -> None:
    play.window.commands.run("broker.kill", "3")
    await until(lambda: any("fenced after" in told for told in play.stories()), "fenced", 30)
    view = play.window.dock.timeline
    view._show()
    assert view._stack.currentWidget() is view.timeline
    view.timeline.grab()
    lanes = {lane.key: lane for lane in play.local.timeline.lanes(play.local.timeline._causes[-1].at_ms + 20_000)}
    assert [span.tone for span in lanes["broker-3"].spans][-2:] == ["warn", "err"]
    assert "ISRs shrink" in lanes["partitions"].events[-1].text
    play.window.open_document(DocumentKey("faults", "local"))
    pane: Any = play.window.documents.pane
    pane._refresh()
    assert pane.stories.table_model.rows[0].cause.words == "kill \u22129 broker 3"


async def test_a_paused_broker_does_not_hold_up_the_window(play: Play) -> None:
    play.window.commands.run("broker.pause", str(play.cluster.quorum.leader_id))  # type: ignore[union-attr]
    before = play.cluster.seen_ms or 0
    await until(lambda: (play.cluster.seen_ms or 0) > before + 500, "polls go on", 10)
    assert len(play.local.active_faults) == 1
    play.window.commands.run("fault.heal")
    await until(lambda: play.local.running_count == 3, "it goes on")
