"""How long the window takes to be painted and its broker to be ready, from the start of the process.

The window itself tells the moments (KAFKA_WORKBENCH_PRINT_TIMES); this process tells when it was started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.storage.workspace.database import WorkspaceDatabase
from workbench.storage.workspace.settings_store import SettingsStore

PROJECT = Path(__file__).resolve().parents[2]
PAINTED, READY = "first paint", "broker ready"


@dataclass(frozen=True, slots=True)
class Start:
    """Seconds from the start of the process; `painted_cpu_s` is what the process itself had computed by then."""

    painted_s: float
    ready_s: float
    painted_cpu_s: float


def commands() -> dict[str, list[str]]:
    """The ways to start the window, by name."""
    return {
        "workbench": [str(Path(sys.executable).with_name("workbench"))],
        "x.py run": ["python3", str(PROJECT / "x.py"), "run"],
    }


def environment() -> dict[str, str]:
    """As a user has it, whatever the machine's developers prefer: compiled modules are part of an installation."""
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}


def make_data_dir(port: int) -> Path:
    """A data folder whose cluster will listen at `port`."""
    folder = Path(tempfile.mkdtemp(prefix="window-benchmark-"))
    database = WorkspaceDatabase.open(folder)
    SettingsStore(database).put("first_port", str(port))
    database.close()
    return folder


def measure(command: Sequence[str], rounds: int, port: int) -> list[Start]:
    """Starts the window again and again over one data folder; the first start, which makes the cluster, is left out."""
    folder = make_data_dir(port)
    try:
        return [_start(command, folder) for _ in range(rounds + 1)][1:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _start(command: Sequence[str], folder: Path) -> Start:
    variables = {**environment(), "KAFKA_WORKBENCH_PRINT_TIMES": "1"}
    begun = time.time()
    process = subprocess.Popen(
        [*command, "--data-dir", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=variables,
        cwd=folder,
    )
    told: dict[str, float] = {}
    painted_cpu_s = 0.0
    try:
        assert process.stderr is not None
        for line in process.stderr:
            what, _, at = line.strip().rpartition(" ")
            if what == PAINTED:
                painted_cpu_s = _cpu_s(process.pid)
            if what in (PAINTED, READY):
                told[what] = float(at) - begun
            if len(told) == 2:
                break
        else:
            raise AssertionError(f"the window ended: {told}")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    return Start(told[PAINTED], told[READY], painted_cpu_s)


def _cpu_s(pid: int) -> float:
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
