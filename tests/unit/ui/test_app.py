"""The start: arguments, what is imported before the first paint."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.ui import app


def test_arguments() -> None:
    given = app._parser().parse_args(["--theme", "dark", "--connect", "localhost:9092", "--data-dir", "/x"])
    assert (given.theme, given.connect, given.data_dir) == ("dark", "localhost:9092", "/x")
    with pytest.raises(SystemExit):
        app._parser().parse_args(["--theme", "purple"])


def test_the_frame_needs_neither_kafka_nor_numpy() -> None:
    """What is slow to import comes after the first paint, or its second would be lost."""
    code = (
        "import sys, workbench.ui.main_window, workbench.ui.app, workbench.ui.panes.overview_pane\n"
        "slow = ('kafka', 'numpy', 'pyqtgraph', 'qtpy', 'cramjam', 'zstandard')\n"
        "heavy = [name for name in slow if name in sys.modules]\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
