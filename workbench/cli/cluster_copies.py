"""`workbench cluster copy | bring-back | fork | copies | wipe`: what is done to a stopped cluster's folder."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli import argument_types
from workbench.system.counting import counted
from workbench.system.known_error import KnownError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

COMMANDS = ("copy", "bring-back", "fork", "copies", "wipe")


def add_parsers(commands: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the sub-commands to `workbench cluster`."""
    for name, help_text in (
        ("copy", "keep a copy of a stopped cluster under a name"),
        ("bring-back", "put a copy in the place of what the stopped cluster holds"),
        ("fork", "make a copy a cluster of its own"),
        ("copies", "list the copies"),
        ("wipe", "remove everything that a stopped cluster holds; tells its plan first"),
    ):
        parser = commands.add_parser(name, help=help_text, description=f"{help_text[0].upper()}{help_text[1:]}.")
        parser.add_argument("--data-dir", type=Path, required=True, metavar="DIR", help="the cluster's folder")
        if name in ("copy", "bring-back", "fork"):
            parser.add_argument("name", help="the copy's name")
        if name == "fork":
            parser.add_argument("folder", type=Path, help="the new cluster's folder")
            parser.add_argument(
                "--port", type=argument_types.port, metavar="P", help="its first port, so that both can run"
            )
        if name == "wipe":
            parser.add_argument("--yes", action="store_true", help="do it; without this only the plan is told")
            parser.add_argument("--copies", action="store_true", help="the copies too")


def run(given: argparse.Namespace) -> int:
    """Carries one of them out while the folder is locked; KnownError where it is in use or is none of ours."""
    from workbench.cluster import copies
    from workbench.cluster.folder import ClusterFolder

    if not given.data_dir.is_dir():
        raise KnownError(f"There is no folder {given.data_dir}.", "Give a cluster's folder with --data-dir.")
    locked = ClusterFolder.lock(given.data_dir)
    try:
        folder = locked.path
        if locked.spec is None and not copies.copies_of(folder):
            raise KnownError(f"{folder} holds no cluster.", "Give a cluster's folder with --data-dir.")
        match given.command:
            case "copy":
                print(f"Kept as {copies.keep_copy(folder, given.name)}.")
            case "bring-back":
                copies.bring_back(folder, given.name)
                print(f"{folder} holds what {given.name} held.")
            case "fork":
                copies.fork(folder, given.name, given.folder, given.folder.name, port=given.port)
                print(f"{given.folder} is a cluster of its own; start it with --data-dir {given.folder}.")
            case "copies":
                print("\n".join(copies.copies_of(folder)) or "There are no copies.")
            case "wipe":
                plan = copies.wipe_plan(folder, keep_copies=not given.copies)
                for removal in plan:
                    print(f"{removal.what}: {removal.path} ({counted(removal.size_bytes, '{} byte', '{} bytes')})")
                if not given.yes:
                    print("Nothing was removed. Add --yes to remove all this.", file=sys.stderr)
                    return 1
                copies.wipe(plan)
                print("Removed.")
        return 0
    finally:
        locked.unlock()
