"""The window as a whole: docks fold by size and by wish, the layout comes back, closing keeps it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMenu

from tests.helpers.window_play import settle, window_play
from workbench.ui.actions import ACTIONS, MENUS
from workbench.ui.documents import DocumentKey
from workbench.ui.main_window import MainWindow
from workbench.ui.widgets.command_palette import CommandPalette


async def test_menus_come_from_the_table(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        menus = play.window.top_row.menu_bar.findChildren(QMenu)
        assert [menu.title() for menu in menus] == list(MENUS)
        shown = sum(len([action for action in menu.actions() if not action.isSeparator()]) for menu in menus)
        assert shown == sum(1 for action in ACTIONS if action.menu)
        topic_menu = menus[list(MENUS).index("Topic")]
        topic_menu.aboutToShow.emit()
        create = topic_menu.actions()[0]
        assert not create.isEnabled() and create.toolTip() == "No cluster yet."
        topic_menu.aboutToHide.emit()
        assert create.isEnabled(), "its keys must work, and then say why not"


async def test_a_narrow_window_folds_the_inspector_then_the_navigator(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        window = play.window
        window.open_document(DocumentKey("overview", "staging"))
        await settle()
        assert window.is_dock_open("inspector") and window.is_dock_open("navigator")
        window.resize(1000, 700)
        await settle()
        assert not window.is_dock_open("inspector") and window.is_dock_open("navigator")
        window.resize(850, 700)
        await settle()
        assert not window.is_dock_open("navigator")
        assert window.width() == 850, "no pane keeps the window from being narrow"
        window.resize(1440, 900)
        await settle()
        assert window.is_dock_open("inspector") and window.is_dock_open("navigator")


async def test_problems_are_shown_in_a_narrow_window_too(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        window = play.window
        window.open_document(DocumentKey("topics", "staging"))
        window.resize(1000, 700)
        await settle()
        window.top_row.problems.click()
        await settle()
        assert window.documents.current == DocumentKey("overview", "staging")
        assert window.inspector.isVisible()
        window.resize(1010, 700)
        await settle()
        assert window.inspector.isVisible(), "what was unfolded stays so while the window is as narrow as before"


async def test_the_status_row_stands_wholly_in_the_window(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await settle()
        row = play.window.status
        top = row.mapTo(play.window, row.rect().topLeft()).y()
        assert top + row.height() == play.window.height()


async def test_what_the_user_folded_stays_folded(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.commands.run("view.navigator")
        assert not play.window.navigator.isVisible()
        play.window.resize(850, 700)
        play.window.resize(1440, 900)
        await settle()
        assert not play.window.navigator.isVisible()
        play.window.commands.run("view.navigator")
        assert play.window.navigator.isVisible()


async def test_layout_and_documents_come_back(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        window = play.window
        for key in (DocumentKey("overview", "staging"), DocumentKey("topics", "staging"), DocumentKey("welcome")):
            window.open_document(key)
        window.open_document(DocumentKey("topics", "staging"))
        window.commands.run("view.navigator")
        window.keep_layout()
        second = MainWindow(play.model)
        assert second.restore_layout()
        assert second.documents.keys == (DocumentKey("overview", "staging"), DocumentKey("topics", "staging"))
        assert second.documents.current == DocumentKey("topics", "staging")
        assert not second.is_dock_open("navigator")
        assert second.documents.pane_of(DocumentKey("overview", "staging")) is None, "made only when shown"
        second.documents.close_all_of(lambda _key: True)
        second.deleteLater()


async def test_a_layout_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.layouts.put("window-1", b"{not json")
        assert not play.window.restore_layout()


async def test_the_palette_opens_once_finds_and_runs(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.show_palette()
        play.window.show_palette()
        palettes = play.window.findChildren(CommandPalette)
        assert len(palettes) == 1
        palette = palettes[0]
        palette.field.setText("#orders")
        assert [entry.title for entry in palette.results.entries] == ["orders"]
        palette.field.setText("groups")
        assert palette.results.entries[0].target == "groups.open"
        assert not palette.grab().isNull()
        palette.run_entry(palette.results.entries[0])
        await settle()
        assert play.window.documents.current == DocumentKey("groups", "staging")


async def test_closing_tells_once_and_hides_at_once(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        told: list[int] = []
        play.window.closed.connect(lambda: told.append(1))
        play.window.close()
        assert told == [1] and not play.window.isVisible()
        assert play.model.layouts.get("window-1") is not None
