"""The table of actions is whole: ids, keys, icons, menus, handlers."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence

from tests.helpers.window_play import settle, window_play
from workbench.ui.actions import ACTIONS, BY_ID, MENUS
from workbench.ui.theme.icons import phosphor_name


def test_ids_titles_and_keys_are_unique() -> None:
    assert len(BY_ID) == len(ACTIONS)
    assert [title for title, count in Counter(action.title for action in ACTIONS).items() if count > 1] == []
    keys = Counter(QKeySequence(action.keys).toString() for action in ACTIONS if action.keys)
    assert [key for key, count in keys.items() if count > 1] == []


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_each_line_is_whole(action) -> None:  # type: ignore[no-untyped-def]
    assert action.menu in (*MENUS, "")
    assert action.title and "." in action.id
    if action.keys:
        assert not QKeySequence(action.keys).isEmpty()
        assert QKeySequence(action.keys)[0].key().value != 0x01FFFFFF, "Qt knows the key"
    if action.icon:
        phosphor_name(action.icon)


async def test_without_a_cluster_every_action_either_works_or_says_why(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        commands = play.window.commands
        refused = {action.id for action in ACTIONS if action.why_not is not None and action.why_not(commands)}
        for action in ACTIONS:
            reason = action.why_not(commands) if action.why_not is not None else None
            if reason is not None:
                assert reason.reason.endswith((".", "!"))
                assert not reason.remedy_action or reason.remedy_action in BY_ID
                assert bool(reason.remedy_action) == bool(reason.remedy_label)
        assert {"topic.create", "broker.kill", "overview.open"} <= refused
        assert "settings.open" not in refused


async def test_remedies_of_a_read_only_cluster(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster(read_only=True)
        commands = play.window.commands
        refused = commands.why_not_write()
        assert refused is not None and refused.remedy_action == "cluster.unlock"
        commands.run("cluster.unlock")
        await settle()
        assert commands.why_not_write() is None
