"""One node, broker and controller at once, in a directory of its own, run by the workbench or by Apache Kafka.

Both programs take the same properties file on the same directory, which is what several tests are about. The variable
TESTED_BROKER=apache-kafka lets a test that starts its own node prove itself on the real Kafka.
"""

from __future__ import annotations

import base64
import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path

from tests.helpers import apache_kafka

LISTENER_PROTOCOLS = "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL"
PROJECT = Path(__file__).parents[2]


class Program(Enum):
    """Who runs the node."""

    WORKBENCH = "workbench"
    APACHE_KAFKA = "apache-kafka"

    def run_command(self, file: Path) -> list[str]:
        if self is Program.WORKBENCH:
            return [sys.executable, "-m", "workbench", "broker", str(file)]
        return apache_kafka.java_node(file)

    def format(self, file: Path, *how: str) -> None:
        """Formats the directories that the file names, under a new cluster id."""
        arguments = ["format", "-t", random_id(), "-c", str(file), *how]
        if self is Program.APACHE_KAFKA:
            apache_kafka.tool("kafka-storage", *arguments)
            return
        command = [sys.executable, "-m", "workbench", "storage", *arguments]
        done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"


def program_under_test() -> Program:
    """The program under test: ours, unless TESTED_BROKER says otherwise."""
    return Program(os.environ.get("TESTED_BROKER", "workbench"))


def random_id() -> str:
    """A random id in Kafka's base64 form, without a dash, which its tools would take for an option."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


def free_port() -> int:
    """A port that nobody listens on now, with one 101 above it for the controller."""
    while True:
        with socket.socket() as probe, socket.socket() as second:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
            assert isinstance(port, int)
            with contextlib.suppress(OSError, OverflowError):
                second.bind(("127.0.0.1", port + 101))
                return port


Settings = Mapping[str, str]


def write_properties(
    directory: Path, *, port: int | None = None, static_voter: bool = False, settings: Settings | None = None
) -> Path:
    """Writes node 1's properties file, with further settings by Kafka's names."""
    directory.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    controller = f"127.0.0.1:{port + 101}"
    voters = {"controller.quorum.voters": f"1@{controller}"}
    servers = {"controller.quorum.bootstrap.servers": controller}
    whole: Mapping[str, object] = {
        "node.id": 1,
        "process.roles": "broker,controller",
        **(voters if static_voter else servers),
        "controller.listener.names": "CONTROLLER",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "listener.security.protocol.map": LISTENER_PROTOCOLS,
        "log.dirs": directory / "data",
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
        **(settings or {}),
    }
    file = directory / "server.properties"
    file.write_text("".join(f"{name}={value}\n" for name, value in whole.items()))
    return file


def prepare(directory: Path, program: Program, *, static_voter: bool = False, settings: Settings | None = None) -> Path:
    """A properties file whose directories the program has formatted: a dynamic quorum of one, or a static voter."""
    file = write_properties(directory, static_voter=static_voter, settings=settings)
    program.format(file, *([] if static_voter else ["--standalone"]))
    return file


def address_of(file: Path) -> str:
    """The first listener of a properties file, as host:port."""
    found = re.search(r"^listeners\s*=\s*\w+://(\[?[^,\]]*?\]?):(\d+)", file.read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"{file} names no listener")
    return f"{found[1].strip('[]') or '127.0.0.1'}:{found[2]}"


class SingleNode:
    """A node's process; its output, beside the properties file unless told, is part of the error where it fails."""

    def __init__(self, file: Path, program: Program, *, log: Path | None = None) -> None:
        self.file = file
        self.program = program
        self.bootstrap = address_of(file)
        self.log = log or file.with_name(f"{file.stem}.{program.value}.log")
        self._process: subprocess.Popen[bytes] | None = None
        self._command: list[str] = []

    def start(self, timeout_s: float = 60) -> None:
        """Returns once the node accepts connections."""
        self._command = self.program.run_command(self.file)
        if self.program is Program.APACHE_KAFKA:
            self._command = apache_kafka.remembering_classes(self._command)
        with self.log.open("a") as output:
            self._process = subprocess.Popen(
                self._command,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        host, port = self.bootstrap.rsplit(":", 1)
        deadline = time.monotonic() + timeout_s
        while True:
            code = self._process.poll()
            if code is not None or time.monotonic() > deadline:
                self.kill()
                state = f"ended with {code}" if code is not None else f"was not ready after {timeout_s} s"
                raise AssertionError(f"{self.program.value} on {self.file} {state}:\n{self.log.read_text()[-6000:]}")
            try:
                socket.create_connection((host, int(port)), 0.2).close()
                return
            except OSError:
                time.sleep(0.02)

    def kill(self) -> None:
        """Ends the process at once, as `kill -9` does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self, timeout_s: float = 30) -> int:
        """Stops the node cleanly and returns its exit code; raises AssertionError where it does not stop."""
        assert self._process is not None
        process, self._process = self._process, None
        process.send_signal(signal.SIGTERM)
        try:
            code = process.wait(timeout_s)
            apache_kafka.keep_classes(self._command)
            return code
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise AssertionError(f"{self.program.value} did not stop within {timeout_s} s of SIGTERM") from None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid


@contextlib.contextmanager
def running(file: Path, program: Program, *, log: Path | None = None) -> Iterator[SingleNode]:
    """A started node that is stopped cleanly in the end."""
    node = SingleNode(file, program, log=log)
    node.start()
    try:
        yield node
    except BaseException:
        node.kill()
        raise
    else:
        if node._process is not None:
            node.stop()
