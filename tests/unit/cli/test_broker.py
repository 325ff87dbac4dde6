import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.testing.running_cluster import RunningCluster


def run_broker(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", "broker", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = run_broker(str(tmp_path / "missing.properties"))
    assert done.returncode == 1
    assert "missing.properties" in done.stderr and "Traceback" not in done.stderr


def test_under_control_the_reason_goes_over_the_channel(tmp_path: Path) -> None:
    path = tmp_path / "server.properties"
    path.write_text("node.id=1\n")
    done = run_broker(str(path), "--control")
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    failures = [message for message in messages if message["type"] == "FailureReported"]
    assert done.returncode == 1 and len(failures) == 1
    assert "process.roles" in failures[0]["sentence"] and failures[0]["remedy"]
    assert "Traceback" not in done.stderr


def test_a_level_of_the_log_that_there_is_not_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_WORKBENCH_LOG_LEVEL", "loud")
    done = run_broker(str(tmp_path / "missing.properties"))
    assert "KAFKA_WORKBENCH_LOG_LEVEL is 'LOUD'" in done.stderr and "Traceback" not in done.stderr


def test_a_directory_in_use_is_a_sentence(cluster: RunningCluster) -> None:
    done = run_broker(str(cluster.properties_path(1)))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and str(cluster.directory(1)) in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGTERM")
def test_it_runs_in_the_foreground_until_sigterm(own_cluster: RunningCluster) -> None:
    own_cluster.stop()
    command = [sys.executable, "-m", "workbench", "broker", str(own_cluster.properties_path(1))]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "is ready" in line:
                process.terminate()
        assert process.wait(30) == 0
    assert (own_cluster.directory(1) / ".kafka_cleanshutdown").exists()
