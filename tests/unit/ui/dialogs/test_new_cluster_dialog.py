"""The dialog for a further cluster: free name, free ports, reasons."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.window_play import WindowPlay, window_play
from workbench.ui.dialogs.new_cluster_dialog import NewClusterDialog


def _dialog(play: WindowPlay) -> Any:
    return NewClusterDialog(play.window, play.model)


async def test_it_offers_a_name_and_ports_that_are_free(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        await play.add_cluster("local")
        dialog = _dialog(play)
        assert dialog.name.text() == "local-2" and dialog.go.isEnabled()
        assert "3 of them vote" in dialog._about.text()
        dialog.name.setText("local")
        assert "in the list" in dialog.go.toolTip()
        dialog.name.setText("bad name/")
        assert not dialog.go.isEnabled()
        dialog.reject()


async def test_a_port_in_use_is_named_and_another_count_finds_free_ones(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            dialog = _dialog(play)
            dialog.port.setText(str(port))
            assert f"Port {port} is in use." in dialog.go.toolTip()
            dialog.brokers.choose("5")
            dialog._count_changed("5")
            assert dialog.port.text() != str(port) and dialog.go.isEnabled()
            dialog.port.setText("many")
            assert not dialog.go.isEnabled()
            dialog.reject()


async def test_start_adds_the_cluster_as_it_was_described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with window_play(tmp_path) as play:
        cluster = await play.add_cluster("other")
        assert cluster is not None
        asked: list[Any] = []

        def add_local(name: str, port: int, **more: Any) -> Any:
            asked.append((name, port, more))
            return play.model.clusters[0]

        monkeypatch.setattr(play.model, "add_local", add_local)
        dialog = _dialog(play)
        dialog.name.setText("mine")
        dialog.port.setText("29871")
        dialog.brokers.choose("1")
        dialog.go.click()
        assert asked == [("mine", 29_871, {"brokers": 1, "rank": dialog.colour.value()})]
