"""Where a cluster's data lies, how much it is, and the plan that wipes it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from workbench.cluster.copies import COPIES_FOLDER
from workbench.ui import units
from workbench.ui.view_models.plan import JobWork, Plan, shell_word

translate = QCoreApplication.translate


@dataclass(frozen=True, slots=True)
class FolderSize:
    """One line of the table: a folder (or a file that lies at the top), how many files, how many bytes on disk."""

    name: str
    path: Path
    files: int
    size_bytes: int


def measure(folder: Path) -> list[FolderSize]:
    """Sizes of what lies in `folder`, largest first; blocking, for a worker thread. What vanishes is skipped."""
    found = []
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            files, size_bytes = _tree(Path(entry.path))
            found.append(FolderSize(entry.name, Path(entry.path), files, size_bytes))
        else:
            found.append(FolderSize(entry.name, Path(entry.path), 1, _size(Path(entry.path))))
    return sorted(found, key=lambda line: (-line.size_bytes, line.name))


def measure_one(folder: Path) -> FolderSize:
    """One folder with all that lies in it; blocking, for a worker thread."""
    files, size_bytes = _tree(folder)
    return FolderSize(folder.name, folder, files, size_bytes)


def free_bytes(folder: Path) -> int | None:
    """Free space of the disk that holds a folder, None where it cannot be told."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None


def wipe(name: str, folder: Path, sizes: list[FolderSize], topics: int, apply: Callable[[], Awaitable[object]]) -> Plan:
    """Stops the cluster, deletes its folder, starts an empty one in its place."""
    total = sum(line.size_bytes for line in sizes)
    return Plan(
        title=translate("data_plans", "Wipe the cluster {}").format(name),
        summary=translate(
            "data_plans", "The cluster is stopped, what it holds is deleted, and an empty one starts in its place."
        ),
        difference=tuple(f"- {line.path}  {units.size(line.size_bytes)}" for line in sizes),
        touches=(
            (translate("data_plans", "Topics lost"), units.number(topics)),
            (translate("data_plans", "Files deleted"), units.number(sum(line.files for line in sizes))),
            (translate("data_plans", "Freed"), units.size(total)),
        ),
        shell=f"workbench cluster wipe --data-dir {shell_word(str(folder))}",
        python="",
        apply=apply,
        apply_label=translate("data_plans", "Wipe {}").format(units.size(total)),
        done=translate("data_plans", "{} is empty again").format(name),
        destructive=True,
        warning=translate("data_plans", "Programs that are connected lose their connection and their topics."),
        undo=translate(
            "data_plans", "Cannot be undone: take a snapshot first if you may want it back. Snapshots stay."
        ),
        needs_running=False,
    )


def delete_cluster(name: str, folder: Path, sizes: list[FolderSize], topics: int, job: JobWork) -> Plan:
    """An embedded cluster goes with all that lies in its folder, and leaves the list."""
    total = sum(line.size_bytes for line in sizes)
    return Plan(
        title=translate("data_plans", "Delete the cluster {}").format(name),
        summary=translate("data_plans", "Its brokers are stopped, its folder is deleted, and it leaves the list."),
        difference=tuple(f"- {line.path}  {units.size(line.size_bytes)}" for line in sizes),
        touches=(
            (translate("data_plans", "Topics lost"), units.number(topics)),
            (translate("data_plans", "Files deleted"), units.number(sum(line.files for line in sizes))),
            (translate("data_plans", "Freed"), units.size(total)),
        ),
        shell=f"rm -r {shell_word(str(folder))}",
        python="",
        apply=None,
        job=job,
        needs_running=False,
        apply_label=translate("data_plans", "Delete {}").format(units.size(total)),
        done=translate("data_plans", "The cluster {} is deleted").format(name),
        destructive=True,
        warning=translate("data_plans", "Its snapshots go too; clusters that were forked of them stay."),
        undo=translate("data_plans", "Cannot be undone."),
    )


def wipe_folder(folder: Path) -> None:
    """Removes what the plan names: all but the snapshots. Raises OSError. Blocks on the disk."""
    for entry in folder.iterdir():
        if entry.name == COPIES_FOLDER:
            continue
        if entry.is_dir():
            shutil.rmtree(entry)
        else:
            entry.unlink()


def _tree(folder: Path) -> tuple[int, int]:
    files = size_bytes = 0
    for root, _folders, names in os.walk(folder, onerror=lambda _error: None):
        for name in names:
            files += 1
            size_bytes += _size(Path(root) / name)
    return files, size_bytes


def _size(path: Path) -> int:
    try:
        status = path.lstat()
    except OSError:
        return 0
    # Index files are preallocated and sparse: what counts is what they take from the disk.
    blocks = getattr(status, "st_blocks", None)
    return min(status.st_size, blocks * 512) if blocks else status.st_size
