"""Puts a whole cluster's content in the place of another one's, in one folder, so that a crash in between can be ended.

What comes lies complete in `.incoming` first; what goes is moved to `.replaced`, entry by entry; `cluster.json` goes
first and comes last, so a folder without it and with `.incoming` is one that was left half way. Blocks on the disk.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.cluster.spec import SPEC_FILE_NAME

INCOMING, REPLACED = ".incoming", ".replaced"


def clear_left_overs(folder: Path) -> None:
    """Makes room for what comes."""
    for name in (INCOMING, REPLACED):
        shutil.rmtree(folder / name, ignore_errors=True)


def replace_content(folder: Path, going: list[Path]) -> None:
    """Moves `going` aside and what lies in `.incoming` in, then removes what was moved aside. Raises OSError."""
    aside = folder / REPLACED
    aside.mkdir(exist_ok=True)
    for entry in sorted(going, key=lambda entry: entry.name != SPEC_FILE_NAME):
        entry.rename(aside / entry.name)
    _move_in(folder)
    clear_left_overs(folder)


def finish_replacement(folder: Path) -> None:
    """Ends what a crash interrupted; nothing happens where nothing was. Raises OSError."""
    incoming, aside = folder / INCOMING, folder / REPLACED
    half_way = aside.is_dir() and (incoming / SPEC_FILE_NAME).exists() and not (folder / SPEC_FILE_NAME).exists()
    if not half_way:
        return
    for entry in incoming.iterdir():
        old = folder / entry.name
        if old.exists():
            old.rename(aside / entry.name)
    _move_in(folder)
    clear_left_overs(folder)


def _move_in(folder: Path) -> None:
    entries = sorted((folder / INCOMING).iterdir(), key=lambda entry: entry.name == SPEC_FILE_NAME)
    for entry in entries:
        entry.rename(folder / entry.name)
