"""Diagnostics hold what a report needs and nothing of the user's messages."""

from __future__ import annotations

from pathlib import Path

from tests.helpers.window_play import window_play
from workbench.ui.diagnostics import PACKAGES, diagnostics, package_versions, version


async def test_they_tell_versions_and_states(tmp_path: Path) -> None:
    async with window_play(tmp_path) as play:
        session = await play.add_cluster()
        session.down = True
        text = diagnostics(play.model)
        assert "cluster staging (remote): running, 2 topics" in text
        assert "orders" not in text
        assert f"Kafka Workbench {version()}" in text and "PySide6-Essentials" in text


def test_each_package_has_a_version_and_a_licence() -> None:
    found = package_versions()
    assert {name for name, _version, _licence in found} == set(PACKAGES)
    assert all(number and licence for _name, number, licence in found)
