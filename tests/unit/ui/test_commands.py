"""What actions do, seen in the window and in what the session was asked."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel

from tests.helpers.window_play import WindowPlay, settle, window_play
from workbench.ui.commands import title_of
from workbench.ui.dialogs.message_dialog import MessageDialog
from workbench.ui.dialogs.plan_dialog import PlanDialog
from workbench.ui.documents import DocumentKey
from workbench.ui.theme import theme


def _dialog(play: WindowPlay, kind: type[QDialog]) -> QDialog:
    found = [dialog for dialog in play.window.findChildren(kind) if dialog.isVisible()]
    assert len(found) == 1
    return found[0]


async def test_a_refused_action_says_why_and_does_nothing(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.window.commands.run("topic.create")
        dialog = _dialog(play, MessageDialog)
        assert "No cluster yet." in [label.text() for label in dialog.findChildren(QLabel)]
        dialog.reject()
        assert play.model.history.uses() == {}


async def test_documents_open_once_and_come_to_the_front(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        commands = play.window.commands
        for _ in range(2):
            commands.run("topics.open")
            commands.run("groups.open")
        assert play.window.documents.keys == (DocumentKey("topics", "staging"), DocumentKey("groups", "staging"))
        commands.run("view.previous")
        assert play.window.documents.current == DocumentKey("topics", "staging")
        commands.run("document.close")
        commands.run("document.close")
        assert play.window.documents.current is None
        assert play.model.history.uses()["topics.open"] == 2


async def test_deleting_a_topic_shows_its_plan_first(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        play.window.commands.run("topic.delete", "orders")
        await settle()
        dialog = _dialog(play, PlanDialog)
        assert ("delete_topic", "orders") not in session.calls
        dialog._apply.click()  # type: ignore[attr-defined]
        await settle()
        assert ("delete_topic", "orders") in session.calls
        assert play.model.clusters[0].topic("orders") is None


async def test_undo_takes_the_last_creation_back(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        commands = play.window.commands
        assert commands.why_no_undo() is not None
        from workbench.ui.view_models import topic_plans

        cluster = play.model.clusters[0]
        plan = topic_plans.create_topic(session, "localhost:9092", "new", 1, 1, {})  # type: ignore[arg-type]
        await play.model.apply(cluster, plan)
        commands.run("edit.undo")
        await settle()
        assert ("delete_topic", "new") in session.calls
        assert commands.why_no_undo() is not None, "only once"


async def test_address_theme_and_internal_topics(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster(address="one:9092,two:9092")
        commands = play.window.commands
        commands.run("address.copy")
        assert QGuiApplication.clipboard().text() == "one:9092,two:9092"
        dark = theme().is_dark
        commands.run("view.theme")
        assert theme().is_dark is not dark
        commands.run("view.internal")
        assert play.model.preferences.is_on("show_internal")


async def test_forgetting_a_cluster_closes_its_documents(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.commands.run("topics.open")
        play.window.commands.run("cluster.forget")
        await settle()
        assert play.window.documents.keys == () and play.model.clusters == []


def test_titles_are_translated_ones() -> None:
    assert title_of("topic.create") == "Create topic…"
