"""The shape of the project: its top level, its names, its size, and what no file of it may hold."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.architecture.untested_modules import listed, modules_without_test

PROJECT = Path(__file__).parents[2]
PACKAGE = PROJECT / "workbench"
TOP_LEVEL = {
    ".ci",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "installers",
    "pyproject.toml",
    "requirements.lock",
    "resources",
    "tests",
    "workbench",
    "x.py",
}
FORBIDDEN_NAMES = {"utils", "util", "common", "misc", "helpers", "helper", "base", "core", "impl", "stuff"}
MAX_LINES = 600


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if "__pycache__" not in path.parts)


def project_files() -> list[Path]:
    """What git knows of, or would take in: never what is ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=PROJECT,
        capture_output=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := PROJECT / name).is_file()]


def test_the_top_level_is_fixed() -> None:
    found = {path.relative_to(PROJECT).parts[0] for path in project_files()}
    assert found <= TOP_LEVEL, f"new at the top level: {sorted(found - TOP_LEVEL)}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = [path for path in PACKAGE.rglob("*") if path.stem in FORBIDDEN_NAMES]
    assert named == []


def test_every_module_begins_with_its_purpose() -> None:
    silent = [
        str(path.relative_to(PROJECT)) for path in modules() if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert silent == []


def test_every_module_can_be_taken_in_at_a_glance() -> None:
    long = {
        str(path.relative_to(PROJECT)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_every_new_module_has_its_mirror_test() -> None:
    """Whoever adds to the list instead has to say why; `python tests/architecture/untested_modules.py` shortens it."""
    assert sorted(modules_without_test() - listed()) == []


def test_view_models_know_no_widgets() -> None:
    pattern = re.compile(r"^\s*(from|import) (PySide6\.QtWidgets|workbench\.ui\.(panes|widgets|dialogs|frame))", re.M)
    offending = [
        str(path.relative_to(PROJECT))
        for path in (PACKAGE / "ui" / "view_models").rglob("*.py")
        if pattern.search(path.read_text())
    ]
    assert offending == []


def test_nothing_forgets_a_task() -> None:
    """`create_task` without a reference loses the task and its failure."""
    bare = []
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                function = node.value.func
                if isinstance(function, ast.Attribute) and function.attr in ("create_task", "ensure_future"):
                    owner = ast.unparse(function.value)
                    if "group" not in owner:
                        bare.append(f"{path.relative_to(PROJECT)}:{node.lineno}")
    assert bare == []


def test_no_file_names_the_machine_it_was_made_on() -> None:
    """Paths of one machine's home or work folder have no place in a project for everyone."""
    pattern = re.compile(r"(?<![\w.])/(work|root|home/\w+|tmp/(ksrc|ref|brief))/")
    offending = []
    for path in project_files():
        if path.suffix in (".png", ".svg", ".ttf", ".bin") or path == Path(__file__).resolve():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if pattern.search(text):
            offending.append(str(path.relative_to(PROJECT)))
    assert offending == []
