"""The two sides of a comparison: a cluster of ours and one of Apache Kafka, started and ended alike.

Kafka runs with the settings that its own scripts give a server (G1, full compilation) and a heap of 512 MB.
"""

from __future__ import annotations

import base64
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping
from pathlib import Path

from tests.helpers.apache_kafka import CACHE, TOOLS

PROJECT = Path(__file__).resolve().parents[2]
KAFKA_OPTIONS = (
    "-Xmx512m",
    "-Xms512m",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
)


def _new_id() -> str:
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=").replace("-", "A")


class Contestant:
    """A cluster of `brokers` on `port`, ...; `start` starts its processes and returns at once."""

    name = ""

    def __init__(self, brokers: int, port: int) -> None:
        self.brokers = brokers
        self.port = port
        self.folder = Path(tempfile.mkdtemp(prefix="benchmark-"))
        self.processes: dict[int, subprocess.Popen[bytes]] = {}
        self.properties: dict[int, Path] = {}
        self._format()

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{self.port + i}" for i in range(self.brokers))

    def _settings(self, node: int) -> Mapping[str, str]:
        listeners = f"PLAINTEXT://127.0.0.1:{self.port + node - 1},CONTROLLER://127.0.0.1:{self.port + 100 + node}"
        replication, min_isr = str(min(3, self.brokers)), str(min(2, self.brokers))
        return {
            "node.id": str(node),
            "process.roles": "broker,controller",
            "controller.quorum.bootstrap.servers": ",".join(
                f"127.0.0.1:{self.port + 101 + i}" for i in range(self.brokers)
            ),
            "controller.listener.names": "CONTROLLER",
            "listeners": listeners,
            "advertised.listeners": listeners.split(",")[0],
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.folder / f"node-{node}"),
            "offsets.topic.replication.factor": replication,
            "transaction.state.log.replication.factor": replication,
            "transaction.state.log.min.isr": min_isr,
            "group.initial.rebalance.delay.ms": "0",
        }

    def _format(self) -> None:
        cluster_id = _new_id()
        initial = ",".join(
            f"{node}@127.0.0.1:{self.port + 100 + node}:{_new_id()}" for node in range(1, self.brokers + 1)
        )
        for node in range(1, self.brokers + 1):
            path = self.properties[node] = self.folder / f"node-{node}.properties"
            path.write_text("".join(f"{key}={value}\n" for key, value in self._settings(node).items()))
            command = self._format_command(cluster_id, path, initial)
            subprocess.run(
                command,
                check=True,
                cwd=PROJECT,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=self._environment(),
            )

    def _format_command(self, cluster_id: str, path: Path, initial: str) -> list[str]:
        raise NotImplementedError

    def _broker_command(self, path: Path) -> list[str]:
        raise NotImplementedError

    def _environment(self) -> dict[str, str]:
        # Python's compiled modules are part of an installation, whatever the machine's developers prefer.
        return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}

    def start(self) -> None:
        for node in self.properties:
            self.start_broker(node)

    def start_broker(self, node: int) -> None:
        with (self.folder / f"node-{node}.log").open("ab") as log:
            self.processes[node] = subprocess.Popen(
                self._broker_command(self.properties[node]),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
            )

    def wait_for_ports(self, timeout_s: float = 60) -> None:
        deadline = time.monotonic() + timeout_s
        for node in range(self.brokers):
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.port + node), 0.5).close()
                    break
                except OSError:
                    if time.monotonic() > deadline:
                        raise
                    time.sleep(0.005)

    def end_broker(self, node: int, how: signal.Signals) -> None:
        self.processes[node].send_signal(how)

    def stop(self) -> None:
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # What the processes use

    def memory_bytes(self) -> int:
        """Private memory of all brokers: RssAnon, which leaves out mapped logs and jars."""
        total = 0
        for process in self.processes.values():
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("RssAnon:"):
                    total += int(line.split()[1]) * 1024
        return total

    def cpu_s(self) -> float:
        """Processor time of all brokers so far."""
        ticks = 0
        for process in self.processes.values():
            fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


class Ours(Contestant):
    name = "workbench"

    def _format_command(self, cluster_id: str, path: Path, initial: str) -> list[str]:
        command = [sys.executable, "-m", "workbench", "storage", "format", "-t", cluster_id, "-c", str(path)]
        return [*command, "--initial-controllers", initial]

    def _broker_command(self, path: Path) -> list[str]:
        return [sys.executable, "-m", "workbench", "broker", str(path)]


class ApacheKafka(Contestant):
    name = "Apache Kafka"

    def _java(self, *arguments: str, options: tuple[str, ...] = KAFKA_OPTIONS) -> list[str]:
        return ["java", *options, "-cp", f"{CACHE}/*", *arguments]

    def _format_command(self, cluster_id: str, path: Path, initial: str) -> list[str]:
        command = self._java(TOOLS["kafka-storage"], "format", "-t", cluster_id, "-c", str(path), options=())
        return [*command, "--initial-controllers", initial]

    def _broker_command(self, path: Path) -> list[str]:
        return self._java("kafka.Kafka", str(path))
