"""What a start does not load: the first acknowledged record waits for every import."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW_AND_UNNEEDED = (
    "argparse",
    "email",
    "importlib.metadata",
    "importlib.resources",
    "kafka",
    "numpy",
    "PySide6",
    "shutil",
    "tempfile",
    "uuid",
    "zipfile",
)


@pytest.mark.parametrize("module", ["workbench.embedded_broker.node", "workbench.client.browse.worker"])
def test_what_is_not_needed_is_not_imported(module: str) -> None:
    program = f"import sys, {module}; print(*[name for name in {SLOW_AND_UNNEEDED} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
