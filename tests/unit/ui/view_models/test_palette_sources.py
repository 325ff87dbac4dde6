"""Everything the palette can find comes from the table and the cluster."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.window_play import window_play
from workbench.ui.actions import ACTIONS
from workbench.ui.view_models.palette_sources import palette_entries


async def test_actions_topics_and_groups_are_there_and_reasons_too(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        without = palette_entries(play.window.commands)
        assert len(without) == len(ACTIONS) - 1
        reasons = {entry.target: entry for entry in without}
        assert reasons["topic.create"].reason and reasons["topic.create"].remedy_target == "welcome.open"
        await play.add_cluster()
        entries = palette_entries(play.window.commands)
        assert {entry.title for entry in entries if entry.kind == "topic"} == {"orders", "__consumer_offsets"}
        assert {entry.title for entry in entries if entry.kind == "group"} == {"billing"}
        assert next(entry for entry in entries if entry.target == "topic.create").reason == ""
