"""Apache Kafka's controllers and ours in one metadata quorum: elections, replication, snapshots, changes of voters.

The metadata log must come out byte for byte the same on all members, whoever led and whoever was killed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.helpers import apache_kafka
from tests.helpers.single_node import Program, SingleNode, free_port, random_id

pytestmark = [pytest.mark.java, pytest.mark.slow]

METADATA = "__cluster_metadata-0"


@pytest.fixture(autouse=True)
def _apache_kafka() -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)


class Quorum:
    """Nodes of either program on one machine; controllers on ports of their own, brokers where asked for."""

    def __init__(self, directory: Path, controllers: int) -> None:
        self.directory = directory
        self.cluster_id = random_id()
        self.controller_ports = {node_id: free_port() for node_id in range(1, controllers + 1)}
        self.directory_ids = {node_id: random_id() for node_id in self.controller_ports}
        self.nodes: dict[int, SingleNode] = {}
        self.bootstrap = ""

    @property
    def initial_controllers(self) -> str:
        return ",".join(
            f"{node_id}@127.0.0.1:{port}:{self.directory_ids[node_id]}"
            for node_id, port in self.controller_ports.items()
        )

    def add(self, node_id: int, program: Program, roles: str, *how: str, **settings: str) -> SingleNode:
        """Writes the properties of a node and formats its directory."""
        listeners, port = [], free_port()
        if "broker" in roles:
            listeners.append(f"PLAINTEXT://127.0.0.1:{port}")
            self.bootstrap = f"127.0.0.1:{port}"
        if "controller" in roles:
            listeners.append(f"CONTROLLER://127.0.0.1:{self.controller_ports.setdefault(node_id, free_port())}")
        servers = ",".join(f"127.0.0.1:{port}" for port in self.controller_ports.values())
        lines = {
            "node.id": str(node_id),
            "process.roles": roles,
            "controller.quorum.bootstrap.servers": servers,
            "controller.listener.names": "CONTROLLER",
            "listeners": ",".join(listeners),
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.directory / f"d{node_id}"),
            **{name.replace("_", "."): value for name, value in settings.items()},
        }
        file = self.directory / f"node{node_id}.properties"
        file.write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
        arguments = ["format", "-t", self.cluster_id, "-c", str(file), *how]
        if program is Program.APACHE_KAFKA:
            apache_kafka.tool("kafka-storage", *arguments)
        else:
            Program.WORKBENCH.format(file, "--ignore-formatted", *how, "-t", self.cluster_id)
        self.nodes[node_id] = SingleNode(file, program)
        return self.nodes[node_id]

    def start_all(self) -> None:
        """All at once: none is ready before a majority is."""
        with ThreadPoolExecutor(len(self.nodes)) as pool:
            list(pool.map(SingleNode.start, self.nodes.values()))

    def tool(self, *arguments: str) -> str:
        return apache_kafka.tool("kafka-metadata-quorum", "--bootstrap-server", self.bootstrap, *arguments)

    def replicas(self) -> dict[int, tuple[str, int]]:
        """Status and lag by node id, as Kafka's tool shows them."""
        rows = [line.split() for line in self.tool("describe", "--replication").splitlines()]
        return {int(row[0]): (row[-1], int(row[3])) for row in rows if row and row[0].isdigit()}

    def log(self, node_id: int) -> bytes:
        return (self.directory / f"d{node_id}" / METADATA / f"{0:020d}.log").read_bytes()

    def create_topic(self, name: str) -> None:
        apache_kafka.tool("kafka-topics", "--bootstrap-server", self.bootstrap, "--create", "--topic", name)

    def snapshots(self, node_id: int) -> list[str]:
        names = (self.directory / f"d{node_id}" / METADATA).glob("*.checkpoint")
        return sorted(path.name for path in names if not path.name.startswith(f"{0:020d}-"))


@contextmanager
def stopped_in_the_end(quorum: Quorum) -> Iterator[None]:
    try:
        yield
    finally:
        for node in quorum.nodes.values():
            node.kill()


def until(holds: Callable[[], bool], what: str, timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.3)


def test_members_of_both_programs_replicate_one_log(tmp_path: Path) -> None:
    quorum = Quorum(tmp_path, controllers=3)
    initial = ("--initial-controllers", quorum.initial_controllers)
    quorum.add(1, Program.APACHE_KAFKA, "broker,controller", *initial)
    quorum.add(2, Program.APACHE_KAFKA, "controller", *initial)
    ours = quorum.add(3, Program.WORKBENCH, "controller", *initial)
    with stopped_in_the_end(quorum):
        quorum.start_all()
        until(lambda: set(quorum.replicas()) == {1, 2, 3}, "not all three are voters")
        quorum.create_topic("before")
        ours.kill()
        quorum.create_topic("meanwhile")
        ours.start()
        quorum.create_topic("after")
        until(lambda: quorum.replicas()[3][1] == 0, "the workbench's member did not catch up")
        voter = ("--controller-id", "3", "--controller-directory-id", quorum.directory_ids[3])
        quorum.tool("remove-controller", *voter)
        until(lambda: quorum.replicas()[3][0] in ("Observer", "Leader"), "it was not removed")
        quorum.tool("--command-config", str(ours.file), "add-controller")
        until(lambda: quorum.replicas()[3][0] in ("Follower", "Leader"), "it was not added again")
    logs = [quorum.log(node_id) for node_id in (1, 2, 3)]
    common = min(map(len, logs))
    assert len({log[:common] for log in logs}) == 1
    assert b"after" in logs[0][:common], "what was written last is in the part that all have"


def test_apache_kafka_starts_from_a_snapshot_of_ours(tmp_path: Path) -> None:
    quorum = Quorum(tmp_path, controllers=1)
    ours = quorum.add(1, Program.WORKBENCH, "controller", "--standalone", metadata_log_max_snapshot_interval_ms="1000")
    with stopped_in_the_end(quorum):
        ours.start()
        until(lambda: bool(quorum.snapshots(1)), "no snapshot was written")
        quorum.add(2, Program.APACHE_KAFKA, "broker").start()
        until(lambda: bool(quorum.snapshots(2)), "Kafka did not take the snapshot")
        quorum.create_topic("t")
        assert quorum.replicas()[2][0] == "Observer"
        taken = quorum.snapshots(2)[0]
        source = (tmp_path / "d1" / METADATA / taken).read_bytes()
        assert (tmp_path / "d2" / METADATA / taken).read_bytes() == source


def test_ours_starts_from_a_snapshot_of_apache_kafka_and_becomes_a_voter(tmp_path: Path) -> None:
    quorum = Quorum(tmp_path, controllers=1)
    kafka = quorum.add(
        1,
        Program.APACHE_KAFKA,
        "broker,controller",
        "--standalone",
        metadata_log_max_snapshot_interval_ms="1000",
        offsets_topic_replication_factor="1",
    )
    with stopped_in_the_end(quorum):
        kafka.start()
        until(lambda: bool(quorum.snapshots(1)), "no snapshot was written")
        ours = quorum.add(2, Program.WORKBENCH, "controller", "--no-initial-controllers")
        ours.start()
        until(lambda: bool(quorum.snapshots(2)), "the workbench did not take the snapshot")
        until(lambda: quorum.replicas().get(2) == ("Observer", 0), "it did not catch up")
        quorum.tool("--command-config", str(ours.file), "add-controller")
        until(lambda: quorum.replicas()[2][0] in ("Follower", "Leader"), "it did not become a voter")
