"""The Brokers pane: list, directories, moves under way, and its buttons' reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.helpers.fake_session import partition, topic
from tests.helpers.played_window import opened, own_cluster
from tests.helpers.window_play import settle, until, window_play
from workbench.client.errors import ClientError
from workbench.client.model import LogDirectory, Reassignment
from workbench.ui.panes.brokers_pane import MOVING, _directories_cell, _in_sync_cell, _leaders_cell


async def test_directories_and_configuration_of_the_chosen_broker(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        _cluster, session = await own_cluster(play)
        session.directories[2] = (LogDirectory("/bad", 0, 0, error="KAFKA_STORAGE_ERROR"),)
        pane: Any = await opened(play, "brokers")
        await until(lambda: pane.table.table_model.rows[0].directories is not None, "directories are told")
        pane.table.select_place(1)
        pane._refresh()
        assert [place.path for place in pane.places.table_model.rows] == ["/bad"]
        assert _directories_cell(pane.table.table_model.rows[1]).tone == "err"
        pane.tabs.setCurrentIndex(2)
        await settle()
        assert ("broker_configs", 2) in session.calls
        pane.table.select_place(2)
        await settle()
        assert ("broker_configs", 3) in session.calls
        assert pane.configuration.table.table_model.rows
        pane.focus_filter()
        assert not pane.grab().isNull()


async def test_without_a_controller_directories_are_told_all_the_same(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        _cluster, session = await own_cluster(play)
        session.refusals["list_reassignments"] = ClientError("Nobody leads the quorum.", "", "REQUEST_TIMED_OUT")
        del session.directories[3]
        pane: Any = await opened(play, "brokers")
        await until(lambda: pane.table.table_model.rows[0].directories is not None, "directories are told")
        assert pane._places_stack.currentWidget() is pane.places
        pane.table.select_place(2)
        pane._refresh()
        assert pane._places_stack.currentWidget() is not pane.places, "the third does not answer"


async def test_moves_are_shown_and_cancelled(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, session = await own_cluster(play)
        cluster.topics = (topic("orders", partition(0, 1, (1, 2), (1,), replica_sizes_bytes={1: 100, 2: 25})),)
        session.reassignments = [Reassignment("orders", 0, (1, 2), (2,), (1,))]
        pane: Any = await opened(play, "brokers")
        await until(lambda: bool(pane.moving.table_model.rows), "moves are told")
        assert pane.tabs.tabText(MOVING).endswith(" 1")
        assert pane.moving.table_model.rows[0].fraction == 0.25
        pane._cancel.click()
        await settle()
        assert ("reassign", {("orders", 0): None}) in session.calls


async def test_leaders_away_from_home_can_be_elected_once_their_home_is_in_sync(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        cluster, _session = await own_cluster(play)
        pane: Any = await opened(play, "brokers")
        assert not pane._elect.isEnabled() and "preferred" in pane._elect.toolTip()
        cluster.topics = (topic("a", partition(0, 1, (2, 1), (1,))),)
        pane._refresh()
        assert "Not yet" in pane._elect.toolTip()
        rows = pane.table.table_model.rows
        assert _leaders_cell(rows[0]).text == "1 (+1)" and _in_sync_cell(rows[1]).tone == "warn"
        cluster.topics = (topic("a", partition(0, 1, (2, 1))),)
        pane._refresh()
        assert pane._elect.isEnabled()
        assert "1 leader away from home" in pane.header.facts.text()
