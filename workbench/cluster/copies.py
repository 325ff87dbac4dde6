"""Copies of a whole stopped cluster: kept under a name, brought back, or made into a cluster of its own.

A copy lies in `FOLDER/copies/NAME` with the folder's own layout, so it is a cluster's folder itself. Invariants: only a
stopped cluster is copied or replaced; what is replaced is moved aside first and removed when the copy is in its place;
work that fails or is cancelled before that leaves nothing behind.
Everything here blocks on the disk and is called from a worker thread.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from workbench.cluster.folder import LOCK_FILE_NAME
from workbench.cluster.plan import changed_ports, check_ports, log_directories, readdressed
from workbench.cluster.replacement import INCOMING, REPLACED, clear_left_overs, replace_content
from workbench.cluster.spec import SPEC_FILE_NAME, ClusterSpec, load_spec, save_spec
from workbench.cluster.threaded_work import Report, WorkCancelled, nobody
from workbench.storage.log.errors import CorruptFileError
from workbench.storage.quorum.readdressing import give_other_identity
from workbench.system.disk import Disk
from workbench.system.known_error import KnownError
from workbench.wire.uuids import random_uuid, uuid_to_text

COPIES_FOLDER = "copies"
CHUNK_BYTES = 256 * 1024
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,63}")
_NOT_COPIED = {COPIES_FOLDER, LOCK_FILE_NAME, "running.json", "logs"}


@dataclass(frozen=True, slots=True)
class Removal:
    """One thing that wiping would remove: `what` in words, its path, its size in bytes."""

    what: str
    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that is there: when it was made, how much it holds, of how many brokers."""

    name: str
    path: Path
    made_ms: int
    size_bytes: int
    spec: ClusterSpec


def copies_of(folder: Path) -> list[str]:
    """Names of the copies of the cluster in `folder`, sorted."""
    try:
        return sorted(entry.name for entry in (folder / COPIES_FOLDER).iterdir() if (entry / SPEC_FILE_NAME).exists())
    except FileNotFoundError:
        return []


def described_copies(folder: Path) -> list[Copy]:
    """The copies of the cluster in `folder`, newest first; one whose description cannot be read is left out."""
    found = []
    for name in copies_of(folder):
        path = folder / COPIES_FOLDER / name
        try:
            spec = load_spec(path)
            made_ms = path.stat().st_mtime_ns // 1_000_000
        except (KnownError, OSError):
            continue
        if spec is not None:
            found.append(Copy(name, path, made_ms, _size(path), spec))
    return sorted(found, key=lambda copy: -copy.made_ms)


def name_fault(folder: Path, name: str) -> str:
    """Why a copy cannot be called so, "" if it can."""
    if not _NAME.fullmatch(name):
        return "Letters, digits, spaces, dots and dashes, at most 64; not a dot first."
    return f"There is a copy {name} already." if (folder / COPIES_FOLDER / name).exists() else ""


def keep_copy(folder: Path, name: str, report: Report = nobody) -> Path:
    """Copies the stopped cluster in `folder`; raises KnownError for a name that is taken or cannot be a folder's."""
    if not _NAME.fullmatch(name):
        raise KnownError(f"{name!r} cannot be a copy's name.", "Use letters, digits, spaces, dots and dashes.")
    target = folder / COPIES_FOLDER / name
    if target.exists():
        raise KnownError(f"There is a copy {name} already.", "Use another name, or remove that one.")
    _check_all_inside(folder)
    unfinished = target.with_name(f".{name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    try:
        _copy_content(folder, unfinished, report)
        unfinished.rename(target)
        os.utime(target)
    except OSError as error:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise KnownError(f"The copy {name} cannot be made: {error.strerror or error}.", "Free space first.") from error
    except WorkCancelled:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return target


def bring_back(folder: Path, name: str, report: Report = nobody) -> None:
    """Puts the copy in the place of what the stopped cluster in `folder` holds now."""
    source = _existing(folder, name)
    clear_left_overs(folder)
    try:
        _copy_content(source, folder / INCOMING, report)
    except (OSError, WorkCancelled) as error:
        clear_left_overs(folder)
        if isinstance(error, WorkCancelled):
            raise
        raise KnownError(
            f"The copy {name} cannot be brought back: {error.strerror or error}.",
            "Free space first; nothing is changed.",
        ) from error
    try:
        replace_content(folder, _content(folder))
    except OSError as error:
        raise KnownError(
            f"The copy {name} cannot be brought back: {error.strerror or error}.",
            f"What was there lies in {folder / REPLACED}; move it back by hand if anything is missing.",
        ) from error


def fork(
    folder: Path, name: str, new_folder: Path, new_name: str, *, port: int | None = None, report: Report = nobody
) -> None:
    """Makes the copy a cluster of its own in `new_folder`, with a cluster id of its own.

    With `port` its brokers listen on that and the following ports and its controllers 101 higher, so that it can run
    beside the first one. Raises KnownError where the folder is not empty or the copy cannot be read.
    """
    source = _existing(folder, name)
    if new_folder.exists() and any(new_folder.iterdir()):
        raise KnownError(f"{new_folder} is not empty.", "Choose a new folder.")
    spec = load_spec(source)
    assert spec is not None
    forked = replace(spec if port is None else readdressed(spec, port), name=new_name, cluster_id=new_cluster_id())
    check_ports(forked)
    try:
        _copy_content(source, new_folder, report, without=SPEC_FILE_NAME)
        ports = changed_ports(spec, forked)
        for broker in spec.brokers:
            for directory in log_directories(new_folder, broker):
                give_other_identity(str(directory), forked.cluster_id, ports, Disk())
        save_spec(new_folder, forked)
    except (OSError, WorkCancelled, CorruptFileError, KnownError) as error:
        shutil.rmtree(new_folder, ignore_errors=True)
        if isinstance(error, WorkCancelled | KnownError):
            raise
        words = getattr(error, "strerror", None) or error
        raise KnownError(f"{new_folder} cannot be made: {words}.", "Free space first.") from error


def new_cluster_id() -> str:
    """A random one."""
    return uuid_to_text(random_uuid())


def remove_copy(folder: Path, name: str) -> None:
    """Deletes a copy; raises KnownError where there is none or it cannot be deleted."""
    try:
        shutil.rmtree(_existing(folder, name))
    except OSError as error:
        raise KnownError(
            f"The copy {name} cannot be deleted: {error.strerror or error}.", "Check its permissions."
        ) from error


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


def _check_all_inside(folder: Path) -> None:
    spec = load_spec(folder)
    for broker in spec.brokers if spec is not None else ():
        for directory in log_directories(folder, broker):
            if not directory.is_relative_to(folder.absolute()):
                raise KnownError(
                    f"Broker {broker.node_id} keeps logs outside the cluster's folder, in {directory}.",
                    "A copy would lack them: copy by hand, or let the broker use directories within the folder.",
                )


def _content(folder: Path) -> list[Path]:
    return [entry for entry in folder.iterdir() if entry.name not in _NOT_COPIED and not entry.name.startswith(".")]


def _copy_content(source: Path, target: Path, report: Report, *, without: str = "") -> None:
    content = [entry for entry in _content(source) if entry.name != without]
    total = sum(_size(entry) for entry in content)
    done = 0

    def copy(old: str, new: str) -> str:
        nonlocal done
        done += _copy_file(Path(old), Path(new))
        report(min(done, total), total)
        return new

    target.mkdir(parents=True, exist_ok=True)
    report(0, total)
    for entry in content:
        if entry.is_dir():
            ignored = shutil.ignore_patterns(".lock")
            shutil.copytree(entry, target / entry.name, ignore=ignored, copy_function=copy)
        else:
            copy(str(entry), str(target / entry.name))


def _copy_file(old: Path, new: Path) -> int:
    """Copies a file and leaves out what is empty in it: a killed broker's index files are mostly holes."""
    with old.open("rb") as source, new.open("wb") as target:
        while chunk := source.read(CHUNK_BYTES):
            if chunk.count(0) == len(chunk):
                target.seek(len(chunk), os.SEEK_CUR)
            else:
                target.write(chunk)
        size = target.tell()
        target.truncate(size)
    shutil.copystat(old, new)
    return size


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
