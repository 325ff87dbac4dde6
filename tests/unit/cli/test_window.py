import os
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.system.known_error import KnownError


def test_a_window_opens_where_there_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[dict[str, object]] = []

    def open_window(**options: object) -> int:
        opened.append(options)
        return 7

    monkeypatch.setattr("workbench.cli.window.why_no_window", lambda: None)
    monkeypatch.setattr("workbench.ui.app.run_window", open_window)
    assert main(["--theme", "dark"]) == 7
    assert opened == [{"theme": "dark", "data_dir": None, "connect": None, "screenshots": None}]


def test_pictures_are_taken_without_a_display(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    taken: list[object] = []
    monkeypatch.setattr("workbench.cli.window.why_no_window", lambda: pytest.fail("nobody needs to look"))
    monkeypatch.setattr("workbench.ui.app.run_window", lambda **options: taken.append(options["screenshots"]) or 0)
    assert main(["--screenshot", str(tmp_path)]) == 0
    assert taken == [tmp_path]


def test_pictures_go_into_a_directory(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["--screenshot", str(tmp_path / "file")]) == 1
    assert "No pictures can be put into" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--terminal"]])
def test_another_cluster_is_not_shown_in_the_terminal(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would start one of its own, which is what `--connect` promises not to do."""
    monkeypatch.setattr("workbench.cli.window.why_no_window", lambda: KnownError("No display."))
    folder = tmp_path / "data"
    assert main([*arguments, "--connect", "localhost:1", "--data-dir", str(folder)]) == 1
    assert "Only the window shows another cluster" in capsys.readouterr().err
    assert not folder.exists()


def test_without_a_display_it_says_so_and_runs_the_cluster_here(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.pop("QT_QPA_PLATFORM", None)
    environment["KAFKA_WORKBENCH_HOME"] = str(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "workbench", "--port", "0"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    _, err = process.communicate(timeout=60)
    assert err.splitlines()[0].startswith("There is no display here.")
    assert "in the terminal instead" in err.splitlines()[1]
    assert ready.startswith("Kafka is ready at localhost:") and str(tmp_path) in ready
    assert ready.count("localhost:") == 3, "as many brokers as in the window"
    assert process.returncode == 0
