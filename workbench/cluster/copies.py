"""Copies of a whole stopped cluster: kept under a name, brought back, or made into a cluster of its own.

A copy lies in `FOLDER/copies/NAME` with the folder's own layout, so it is a cluster's folder itself. Invariants: only a
stopped cluster is copied or replaced; what is replaced is moved aside first and removed when the copy is in its place.
Everything here blocks on the disk and is called from a worker thread.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.cluster.folder import LOCK_FILE_NAME
from workbench.cluster.plan import moved_to_port, voters
from workbench.cluster.spec import SPEC_FILE_NAME, load_spec, save_spec
from workbench.system.known_error import KnownError

COPIES_FOLDER = "copies"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")
_NOT_COPIED = {COPIES_FOLDER, LOCK_FILE_NAME, "running.json", "logs"}


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that wiping would remove: `what` in words, its path, its size in bytes."""

    what: str
    path: Path
    size_bytes: int


def copies_of(folder: Path) -> list[str]:
    """Names of the copies of the cluster in `folder`, sorted."""
    try:
        return sorted(entry.name for entry in (folder / COPIES_FOLDER).iterdir() if (entry / SPEC_FILE_NAME).exists())
    except FileNotFoundError:
        return []


def keep_copy(folder: Path, name: str) -> Path:
    """Copies the stopped cluster in `folder`; raises KnownError for a name that is taken or cannot be a folder's."""
    if not _NAME.fullmatch(name):
        raise KnownError(f"{name!r} cannot be a copy's name.", "Use letters, digits, spaces, dots and dashes.")
    target = folder / COPIES_FOLDER / name
    if target.exists():
        raise KnownError(f"There is a copy {name} already.", "Use another name, or remove that one.")
    unfinished = target.with_name(f".{name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _copy_content(folder, unfinished)
        unfinished.rename(target)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise KnownError(f"The copy {name} cannot be made: {error.strerror or error}.", "Free space first.") from error
    return target


def bring_back(folder: Path, name: str) -> None:
    """Puts the copy in the place of what the stopped cluster in `folder` holds now."""
    source = _existing(folder, name)
    aside = folder / ".replaced"
    incoming = folder / ".incoming"
    for left_over in (aside, incoming):
        shutil.rmtree(left_over, ignore_errors=True)
    try:
        _copy_content(source, incoming)
        aside.mkdir()
        for entry in _content(folder):
            entry.rename(aside / entry.name)
        for entry in list(incoming.iterdir()):
            entry.rename(folder / entry.name)
    except OSError as error:
        raise KnownError(
            f"The copy {name} cannot be brought back: {error.strerror or error}.",
            f"What was there lies in {aside}; move it back by hand if anything is missing.",
        ) from error
    shutil.rmtree(incoming, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)


def fork(folder: Path, name: str, new_folder: Path, new_name: str, *, port: int | None = None) -> None:
    """Makes the copy a cluster of its own in `new_folder`, on other ports if `port` is given.

    Raises KnownError for a cluster of several voters that is to have other ports: they know each other by address.
    """
    source = _existing(folder, name)
    if new_folder.exists() and any(new_folder.iterdir()):
        raise KnownError(f"{new_folder} is not empty.", "Choose a new folder.")
    spec = load_spec(source)
    assert spec is not None
    if port is not None and port != spec.brokers[0].port and len(voters(spec)) > 1:
        raise KnownError(
            "A cluster of several voters keeps its controllers' ports, so the two cannot run side by side.",
            "Fork it on the same ports and run one of them at a time.",
        )
    try:
        _copy_content(source, new_folder)
    except OSError as error:
        raise KnownError(f"{new_folder} cannot be made: {error.strerror or error}.", "Free space first.") from error
    forked = replace(spec, name=new_name)
    save_spec(new_folder, forked if port is None else moved_to_port(forked, port))


def remove_copy(folder: Path, name: str) -> None:
    shutil.rmtree(_existing(folder, name))


def wipe_plan(folder: Path, *, keep_copies: bool = True) -> list[Removal]:
    """What `wipe` removes, each with its size."""
    plan = [
        Removal(f"broker {entry.name.removeprefix('broker-')}" if entry.is_dir() else entry.name, entry, _size(entry))
        for entry in sorted(_content(folder))
    ]
    copies = folder / COPIES_FOLDER
    if not keep_copies and copies.exists():
        plan.append(Removal("every copy", copies, _size(copies)))
    return plan


def wipe(plan: Sequence[Removal]) -> None:
    """Removes what the plan names, and nothing else."""
    for removal in plan:
        if removal.path.is_dir():
            shutil.rmtree(removal.path)
        else:
            removal.path.unlink(missing_ok=True)


def _existing(folder: Path, name: str) -> Path:
    source = folder / COPIES_FOLDER / name
    if not _NAME.fullmatch(name) or not (source / SPEC_FILE_NAME).exists():
        known = ", ".join(copies_of(folder)) or "none"
        raise KnownError(f"There is no copy {name}.", f"The copies are: {known}.")
    return source


def _content(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.name not in _NOT_COPIED and not entry.name.startswith(".")]


def _copy_content(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for entry in _content(source):
        if entry.is_dir():
            shutil.copytree(entry, target / entry.name, ignore=shutil.ignore_patterns(".lock"))
        else:
            shutil.copy2(entry, target / entry.name)


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
