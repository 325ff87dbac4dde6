"""The pointer to another data folder."""

from __future__ import annotations

from pathlib import Path

from workbench.ui.data_folder import POINTER_NAME, choose_data_dir, chosen_data_dir


def test_another_folder_is_chosen_and_the_first_again(tmp_path: Path) -> None:
    platform, other = tmp_path / "platform", tmp_path / "other"
    assert chosen_data_dir(platform) == platform
    choose_data_dir(platform, other)
    assert chosen_data_dir(platform) == other and other.is_dir()
    choose_data_dir(platform, platform)
    assert chosen_data_dir(platform) == platform and not (platform / POINTER_NAME).exists()


def test_nonsense_in_the_pointer_is_ignored(tmp_path: Path) -> None:
    (tmp_path / POINTER_NAME).write_text("relative/path\n")
    assert chosen_data_dir(tmp_path) == tmp_path
