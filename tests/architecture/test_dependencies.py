"""What is imported is declared: a fresh environment has everything, and the broker's own needs stay few."""

import ast
import re
import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PROJECT_FILE = tomllib.loads((PROJECT / "pyproject.toml").read_text())
PACKAGES_OF_MODULES = {
    "PySide6": "pyside6-essentials",
    "kafka": "kafka-python",
    "confluent_kafka": "confluent-kafka",
    "importlinter": "import-linter",
    "pytestqt": "pytest-qt",
    "shiboken6": "pyside6-essentials",
}


def declared(*requirements: list[str]) -> set[str]:
    return {re.split(r"[<>=;\[ ]", text)[0].lower() for group in requirements for text in group}


def imported(folder: Path) -> dict[str, str]:
    """Every module of others that is imported below `folder`, with one file that does."""
    found = {}
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            for name in names:
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in ("workbench", "tests"):
                    found[PACKAGES_OF_MODULES.get(top, top).lower()] = str(path.relative_to(PROJECT))
    return found


def undeclared(folder: str, allowed: set[str]) -> dict[str, str]:
    return {name: path for name, path in imported(PROJECT / folder).items() if name not in allowed}


PROJECT_NEEDS = PROJECT_FILE["project"]["dependencies"]
WINDOW_NEEDS = PROJECT_FILE["project"]["optional-dependencies"]["window"]
TEST_NEEDS = PROJECT_FILE["dependency-groups"]["test"]


def test_the_program_imports_only_what_it_declares() -> None:
    assert undeclared("workbench", declared(PROJECT_NEEDS, WINDOW_NEEDS) | {"pytest"}) == {}


def test_tests_import_only_what_they_declare() -> None:
    assert undeclared("tests", declared(PROJECT_NEEDS, WINDOW_NEEDS, TEST_NEEDS)) == {}


def test_a_broker_needs_two_packages() -> None:
    for folder in ("embedded_broker", "storage", "records", "wire", "system", "broker_contract"):
        assert undeclared(f"workbench/{folder}", {"crc32c", "cramjam"}) == {}
