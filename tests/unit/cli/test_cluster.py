import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.broker_contract.properties_file import read_properties
from workbench.cli import main
from workbench.system.processes import is_alive


def start(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workbench", "cluster", "start", "--data-dir", str(folder), *arguments]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Started:
    """`cluster start --json` as a program that called it sees it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.process = start(folder, "--port", "0", "--brokers", "1", "--json", *arguments)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        self.told = json.loads(line)

    @property
    def broker(self) -> int:
        return int(self.told["pids"]["1"])


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    running = Started(tmp_path / "local", "--set", "num.partitions=3")
    yield running
    running.process.kill()
    running.process.communicate()


def test_one_line_of_json_says_where_everything_is(started: Started, tmp_path: Path) -> None:
    assert set(started.told) == {"bootstrap", "pids", "directories"}
    host, port = started.told["bootstrap"].split(":")
    socket.create_connection((host, int(port)), 5).close()
    assert is_alive(started.broker)
    directory = Path(started.told["directories"]["1"])
    assert directory.is_relative_to(tmp_path) and (directory / "meta.properties").exists()
    assert read_properties(directory / "server.properties")["num.partitions"] == "3"


def test_the_end_of_a_piped_input_stops_it(started: Started) -> None:
    out, err = started.process.communicate(timeout=60)
    assert (started.process.returncode, out, err) == (0, "", "")
    assert not is_alive(started.broker)


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_stop_it_cleanly(started: Started, number: signal.Signals) -> None:
    started.process.send_signal(number)
    assert started.process.wait(60) == 0
    assert not is_alive(started.broker)
    assert (Path(started.told["directories"]["1"]) / ".kafka_cleanshutdown").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9 is POSIX")
def test_a_killed_supervisor_takes_its_brokers_along(started: Started) -> None:
    broker = started.broker
    started.process.kill()
    started.process.wait(60)
    descriptor = os.pidfd_open(broker) if hasattr(os, "pidfd_open") and is_alive(broker) else None
    if descriptor is not None:
        import select

        assert select.select([descriptor], [], [], 30)[0]
        os.close(descriptor)
    assert not is_alive(broker)


def test_for_people_it_says_the_same_in_words(tmp_path: Path) -> None:
    process = start(tmp_path / "local", "--port", "0")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(5)]
    assert lines[0].startswith("Kafka is ready at localhost:")
    assert "broker 1" in lines[1] and str(tmp_path) in lines[1]
    assert "broker 3" in lines[3], "a new cluster has three"
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_port_in_use_is_a_sentence_with_the_next_free_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert main(["cluster", "start", "--data-dir", str(tmp_path / "local"), "--port", str(port)]) == 1
    text = capsys.readouterr().err
    assert f"Port {port} is in use" in text and "is free" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--brokers", "10"], "1 to 9"),
        (["--set", "nonsense"], "key=value"),
        (["--set", "node.id=4"], "cannot be set"),
        (
            ["--set", "log.segment.bytes=abc"],
            "Not a number of type INT.\nCorrect log.segment.bytes; nothing was started.",
        ),
        (["--set", "replica.lag.time.max.ms=300"], "to prevent frequent changes in ISR."),
    ],
)
def test_what_cannot_be_is_a_sentence(
    tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cluster", "start", "--data-dir", str(tmp_path / "local"), "--port", "0", *arguments]) == 1
    assert words in capsys.readouterr().err


def test_a_setting_is_judged_beside_those_that_the_cluster_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "local"
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = ["cluster", "start", "--data-dir", str(folder), "--port", str(server.getsockname()[1]), "--set"]
        assert main([*taken, "replica.fetch.wait.max.ms=20000"]) == 1
        assert "is in use" in capsys.readouterr().err, "kept, and tried"
        assert main([*taken, "replica.lag.time.max.ms=10000"]) == 1
        assert "replica.fetch.wait.max.ms should always be" in capsys.readouterr().err
        assert main([*taken, "num.partitons=3"]) == 1
        assert "did you mean num.partitions?" in capsys.readouterr().err
    kept = json.loads((folder / "cluster.json").read_text())["settings"]
    assert kept == {"replica.fetch.wait.max.ms": "20000", "num.partitons": "3"}


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "x"], ["--brokers", "0"]])
def test_a_number_that_makes_no_sense_is_refused(
    tmp_path: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["cluster", "start", "--data-dir", str(tmp_path / "local"), *arguments])
    assert ended.value.code == 2
    assert f"{arguments[1]!r} is not a whole number" in capsys.readouterr().err


def test_ports_beyond_the_last_are_a_sentence_and_leave_nothing_behind(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "local"
    assert main(["cluster", "start", "--data-dir", str(folder), "--port", "65500"]) == 1
    assert "would need port 65601" in capsys.readouterr().err
    assert not (folder / "cluster.json").exists(), "the next start would find ports that cannot be"
