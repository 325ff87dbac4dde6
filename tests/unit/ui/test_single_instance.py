"""One window for a data folder: the second start raises the first."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from workbench.ui.single_instance import SingleInstance


def test_the_second_raises_the_first_and_another_folder_does_not(tmp_path: Path, qtbot: QtBot) -> None:
    first = SingleInstance(tmp_path / "a")
    assert not first.raise_first()
    first.listen()
    with qtbot.waitSignal(first.raise_wanted, timeout=2000):
        assert SingleInstance(tmp_path / "a").raise_first()
    assert not SingleInstance(tmp_path / "b").raise_first()
    first.close()
    assert not SingleInstance(tmp_path / "a").raise_first()


def test_what_a_crash_left_does_not_keep_the_next_from_listening(tmp_path: Path, qtbot: QtBot) -> None:
    crashed = SingleInstance(tmp_path / "a")
    crashed.listen()
    after = SingleInstance(tmp_path / "a")
    after.listen()
    with qtbot.waitSignal(after.raise_wanted, timeout=2000):
        assert SingleInstance(tmp_path / "a").raise_first()
    after.close()
    crashed.close()
