"""Who may import whom: the contracts of pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


def test_the_import_contracts_hold() -> None:
    program = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports())"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("workbench.cli", ("argparse", "asyncio", "PySide6", "kafka")),
        ("workbench.cli.broker", ("PySide6", "kafka", "workbench.cluster", "workbench.ui", "workbench.client")),
        ("workbench.cluster.supervisor", ("PySide6", "kafka", "workbench.embedded_broker")),
        ("workbench.embedded_broker.control.channel", ("PySide6", "kafka", "workbench.cluster")),
    ],
)
def test_what_starts_often_imports_little(module: str, forbidden: tuple[str, ...]) -> None:
    program = f"import sys, {module}\nprint(*sys.modules, sep='\\n')"
    done = subprocess.run([sys.executable, "-c", program], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(forbidden) == set()
