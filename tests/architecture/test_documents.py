"""What the documents name is there: links, files, commands, options, rooms."""

from __future__ import annotations

import argparse
import importlib
import re
import shlex
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md")
NOT_THERE_YET = {"tests/issues"}
"""The first reported bug makes the folder."""


def text_of(document: str) -> str:
    return (PROJECT / document).read_text(encoding="utf-8")


@pytest.mark.parametrize("document", DOCUMENTS)
def test_what_is_linked_or_named_by_its_path_is_there(document: str) -> None:
    text = text_of(document)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    paths = re.findall(r"`((?:tests|workbench|resources|\.ci)/[\w./]+)`", text)
    modules = [f"workbench/embedded_broker/{name}" for name in re.findall(r"`((?:quorum|replication)/\w+\.py)`", text)]
    missing = [name for name in (*links, *paths, *modules) if not (PROJECT / name).exists()]
    assert set(missing) <= NOT_THERE_YET


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_of_the_checkout_are_there(document: str) -> None:
    offered = re.findall(r"^    python3 x\.py (\w+)", (PROJECT / "x.py").read_text(encoding="utf-8"), re.M)
    named = re.findall(r"(?:python3 )?x\.py (\w+)", text_of(document))
    assert set(named) <= set(offered)


def commands_of(document: str) -> list[str]:
    """Lines of code, and what stands between backticks, that begin with `workbench` and a sub-command."""
    text = text_of(document)
    lines = re.findall(r"^    (workbench [a-z].+)$", text, re.M)
    return lines + re.findall(r"`(workbench [a-z][^`]*)`", text)


@pytest.mark.parametrize("command", sorted({one for document in DOCUMENTS for one in commands_of(document)}))
def test_the_command_line_takes_what_the_documents_type(command: str) -> None:
    name, *arguments = shlex.split(re.sub(r"\$\(.*?\)", "ID", command))[1:]
    arguments = [argument for argument in arguments if argument != "..."]
    module = importlib.import_module(f"workbench.cli.{name}")
    if name == "broker":
        return
    with pytest.MonkeyPatch.context() as patched:
        # A command may be named without what it needs, never with what it does not know.
        patched.setattr(argparse.ArgumentParser, "error", refuse_the_unknown)
        module._parser().parse_args(arguments)


def refuse_the_unknown(self: argparse.ArgumentParser, message: str) -> None:
    assert "required" in message, message


def test_the_map_has_every_room() -> None:
    block = text_of("ARCHITECTURE.md").split("## Rooms\n```\n")[1].split("```")[0]
    package = PROJECT / "workbench"
    for rooms, indent in ((package, 2), (package / "embedded_broker", 4), (package / "storage", 4)):
        packages = {path.name for path in rooms.iterdir() if (path / "__init__.py").exists()}
        drawn = {name for line in re.findall(rf"^ {{{indent}}}((?:\w+/ ?)+)", block, re.M) for name in line.split("/")}
        drawn = {name.strip() for name in drawn} - {""}
        assert packages <= drawn, f"not on the map: {sorted(packages - drawn)}"
        if rooms == package:
            assert drawn <= packages, f"only on the map: {sorted(drawn - packages)}"


def test_modules_that_the_map_lists_are_there() -> None:
    block = text_of("ARCHITECTURE.md").split("## Rooms\n```\n")[1].split("```")[0]
    listed = re.search(r"embedded_broker/.*?\n    (node .*?)\n    network/", block, re.S)
    assert listed is not None
    names = re.findall(r"\w+", re.sub(r"\(.*?\)", "", listed[1]))
    modules = {path.stem for path in (PROJECT / "workbench" / "embedded_broker").glob("*.py")} - {"__init__"}
    assert set(names) == modules
