"""Everything that can take the focus has a name that assistive technology can read, in every document and dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QDialog, QSpinBox, QWidget

from tests.helpers.window_play import WindowPlay, opened_document, settle, window_play
from workbench.ui.documents import KINDS, DocumentKey
from workbench.ui.panes.topic_pane import TABS

INSIDE_OTHERS = (QComboBox, QSpinBox)
"""Their inner line edits are read as part of them."""


def nameless(root: QWidget) -> list[str]:
    """Descriptions of visible widgets under `root` that take the focus and have no name."""
    found = []
    for widget in [root, *root.findChildren(QWidget)]:
        if not widget.isVisible() or widget.focusPolicy() is Qt.FocusPolicy.NoFocus:
            continue
        if isinstance(widget.parent(), INSIDE_OTHERS) or widget.objectName() == "qt_scrollarea_viewport":
            continue
        text = widget.text() if isinstance(widget, QAbstractButton) else ""
        if not (widget.accessibleName() or text):
            found.append(f"{type(widget).__name__} in {type(widget.parent()).__name__}")
    return found


async def _open(play: WindowPlay, kind: str) -> None:
    subject = {"topic": "orders", "group": "billing"}.get(kind, "")
    play.window.open_document(DocumentKey(kind, "" if kind == "welcome" else "staging", subject))
    await opened_document(play.window)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "topic"])
async def test_documents(kind: str, tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        await _open(play, kind)
        play.window.show_dock(0)
        assert nameless(play.window) == []


@pytest.mark.parametrize("tab", [tab for tab in TABS if tab != "messages"])
async def test_parts_of_a_topics_page(tab: str, tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.commands.open_topic("orders", tab)
        await settle()
        assert nameless(play.window) == []


@pytest.mark.parametrize("view", [0, 1, 2])
async def test_the_dock(view: int, tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        play.model.jobs.begin("a job")
        play.window.show_dock(view)
        await settle()
        assert nameless(play.window.dock) == []


@pytest.mark.parametrize(
    ("action", "argument"),
    [
        ("settings.open", ""),
        ("help.about", ""),
        ("help.keys", ""),
        ("cluster.add", ""),
        ("topic.create", ""),
        ("topic.partitions", "orders"),
        ("topic.purge", "orders"),
        ("topic.delete", "orders"),
        ("group.delete", "billing"),
        ("palette.open", ""),
    ],
)
async def test_dialogs(action: str, argument: str, tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster()
        play.window.commands.run(action, argument)
        await settle()
        dialogs = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QDialog)]
        shown = [dialog for dialog in dialogs if dialog.isVisible()]
        assert action == "palette.open" or len(shown) == 1
        for root in shown or [play.window]:
            assert nameless(root) == []
        for dialog in shown:
            dialog.reject()
