"""The lock: every package with its hashes, no addresses, and up to date with pyproject.toml."""

import re
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2]
LOCK = (PROJECT / "requirements.lock").read_text()


def test_it_holds_no_addresses() -> None:
    assert "://" not in LOCK
    assert not re.search(r"\b[\w-]+\.(org|com|io|net)\b", LOCK)


def test_every_package_has_hashes() -> None:
    blocks = re.findall(r"^\w\S*==\S+.*\n(?:[ \t]+.*\n)*", LOCK, flags=re.MULTILINE)
    assert len(blocks) > 30
    assert all("--hash=sha256:" in block for block in blocks)


def test_everything_that_the_project_needs_is_locked() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())
    wanted = list(project["project"]["dependencies"])
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    for group in project["dependency-groups"].values():
        wanted += group
    locked = {_name(match) for match in re.findall(r"^([\w.-]+)==", LOCK, flags=re.MULTILINE)}
    names = {_name(re.split(r"[<>=;\[ ]", text)[0]) for text in wanted}
    assert names - locked == set()


def test_the_sections_are_those_of_x() -> None:
    assert re.findall(r"^# \[(\w+)\]$", LOCK, flags=re.MULTILINE) == ["run", "test", "check"]


def _name(text: str) -> str:
    return re.sub(r"[-_.]+", "-", text).lower()
