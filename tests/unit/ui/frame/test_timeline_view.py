"""The dock's timeline: quiet words with buttons, or the drawing with its tools."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.played_window import own_cluster
from tests.helpers.window_play import settle, window_play
from workbench.ui.documents import TIMELINE, DocumentKey


async def test_quiet_until_something_is_broken(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        play.window.open_document(DocumentKey("overview", "local"))
        play.window.show_dock(TIMELINE)
        view = play.window.dock.timeline
        view._show()
        assert view._stack.currentWidget() is view._quiet
        assert all(button.isEnabled() for button in view._buttons) and view._pause.isHidden()
        play.window.commands.run("broker.kill", "2")
        await settle()
        assert cluster.local is not None and view._stack.currentWidget() is view.timeline
        assert not view._pause.isHidden() and view._range.text().endswith("to now")
        view._pause.click()
        assert view.timeline.is_paused and view._range.text().startswith("paused at")


async def test_a_single_broker_has_no_link_to_break(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await own_cluster(play, 1)
        view = play.window.dock.timeline
        view._show()
        kill, slow, cut = view._buttons
        assert kill.isEnabled() and not slow.isEnabled() and "a link needs two" in cut.toolTip()


async def test_its_buttons_open_the_faults_pane_with_that_kind(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await own_cluster(play)
        play.window.dock.timeline._buttons[2].click()
        await settle()
        assert play.window.documents.current == DocumentKey("faults", "local")
        form = getattr(play.window.documents.pane, "form", None)
        assert form is not None and form.kind.currentData() == "cut link"
