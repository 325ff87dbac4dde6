"""One content in the place of another, whenever the power goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.cluster.replacement import INCOMING, clear_left_overs, finish_replacement, replace_content

OLD = {"cluster.json": "old", "broker-1": "old", "broker-2": "old"}
NEW = {"cluster.json": "new", "broker-1": "new", "broker-3": "new"}


def _fill(folder: Path, content: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in content.items():
        (folder / name).write_text(text)


def _read(folder: Path) -> dict[str, str]:
    return {entry.name: entry.read_text() for entry in folder.iterdir() if entry.is_file()}


def _begin(folder: Path) -> None:
    _fill(folder, OLD)
    _fill(folder / INCOMING, NEW)
    replace_content(folder, [entry for entry in folder.iterdir() if entry.is_file()])


def test_the_new_content_is_there_and_nothing_else(tmp_path: Path) -> None:
    _begin(tmp_path)
    assert _read(tmp_path) == NEW and len(list(tmp_path.iterdir())) == 3
    finish_replacement(tmp_path)
    assert _read(tmp_path) == NEW


@pytest.mark.parametrize("crash_at", range(6))
def test_a_crash_at_any_rename_is_ended_at_the_next_start(
    tmp_path: Path, crash_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    renames = 0
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        nonlocal renames
        if renames == crash_at:
            raise OSError("power cut")
        renames += 1
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    with pytest.raises(OSError, match="power cut"):
        _begin(tmp_path)
    monkeypatch.undo()
    finish_replacement(tmp_path)
    found = _read(tmp_path)
    if crash_at == 0:
        assert found == OLD, "nothing had moved"
    else:
        # A file that only the old content had may be left over; never an old one in the place of a new one.
        assert {name: text for name, text in found.items() if name in NEW} == NEW
    clear_left_overs(tmp_path)
    assert not (tmp_path / INCOMING).exists()
