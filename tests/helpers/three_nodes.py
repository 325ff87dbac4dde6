"""Three nodes, each broker and controller, that form one cluster; run by the workbench or by Apache Kafka.

Node I listens at the I-th port and keeps its files in `dI` of the cluster's directory. Both programs take the same
files, so a cluster that one of them has left can be started by the other: `taken_over_by`.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.conformance.conversation import Conversation
from tests.helpers.single_node import LISTENER_PROTOCOLS, Program, Settings, SingleNode, random_id
from tests.helpers.wire_connection import ConnectionClosed, NoAnswer

NODE_IDS = (1, 2, 3)
_FIRST_PORT, _LAST_PORT = 23_000, 23_800
_INTERNAL_TOPICS = {
    "offsets.topic.replication.factor": "3",
    "offsets.topic.num.partitions": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "group.initial.rebalance.delay.ms": "0",
}


class ThreeNodes:
    """The nodes by id, and what one does to them; nothing runs until `start`."""

    def __init__(self, directory: Path, program: Program, files: Mapping[int, Path]) -> None:
        self.directory = directory
        self.program = program
        self.files = dict(files)
        self.nodes = {
            node_id: SingleNode(file, program, log=directory / f"{program.value}-{node_id}.log")
            for node_id, file in files.items()
        }
        self._paused: set[int] = set()

    @property
    def bootstrap(self) -> str:
        return ",".join(node.bootstrap for node in self.nodes.values())

    def address(self, node_id: int) -> str:
        return self.nodes[node_id].bootstrap

    def data(self, node_id: int) -> Path:
        """The node's first log directory."""
        return self.directory / f"d{node_id}"

    def taken_over_by(self, program: Program) -> ThreeNodes:
        """The same stopped cluster in the hands of `program`."""
        return ThreeNodes(self.directory, program, self.files)

    def start(self, node_ids: Sequence[int] = NODE_IDS) -> None:
        """Starts nodes at the same time and returns when each accepts connections."""
        with ThreadPoolExecutor(len(node_ids)) as pool:
            list(pool.map(lambda node_id: self.nodes[node_id].start(), node_ids))

    def stop(self, node_ids: Sequence[int] = NODE_IDS) -> None:
        """SIGTERM to all of them at once, and waits."""
        running = [node_id for node_id in node_ids if self.is_running(node_id)]
        if running:
            with ThreadPoolExecutor(len(running)) as pool:
                list(pool.map(lambda node_id: self.nodes[node_id].stop(60), running))

    def kill(self, node_ids: Sequence[int] = NODE_IDS) -> None:
        for node_id in node_ids:
            self.nodes[node_id].kill()
        self._paused -= set(node_ids)

    def pause(self, node_id: int) -> None:
        os.kill(self.nodes[node_id].pid, signal.SIGSTOP)
        self._paused.add(node_id)

    def resume(self, node_id: int) -> None:
        os.kill(self.nodes[node_id].pid, signal.SIGCONT)
        self._paused.discard(node_id)

    def is_running(self, node_id: int) -> bool:
        return self.nodes[node_id]._process is not None

    # What a test asks of the cluster

    def ask(self, node_id: int, api: str, version: int, **fields: Any) -> dict[str, Any]:
        """One request on a connection of its own; raises what the connection raises."""
        talk = Conversation(self.address(node_id))
        try:
            return talk.setup(api, version, **fields)
        finally:
            talk.close_all()

    def _answering(self) -> Iterator[int]:
        yield from (node_id for node_id in NODE_IDS if self.is_running(node_id) and node_id not in self._paused)

    def quorum(self) -> dict[str, Any]:
        """What DescribeQuorum tells about the metadata log."""
        asked = [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 0}]}]
        answer = self.ask(next(self._answering()), "DescribeQuorum", 2, topics=asked)
        found: dict[str, Any] = answer["topics"][0]["partitions"][0]
        return found

    def controller(self) -> int:
        """The node that leads the quorum; waits until there is one."""
        return int(self.until(lambda: self._controller(), "a controller"))

    def _controller(self) -> int:
        found = self.quorum()
        return int(found["leader_id"]) if found["error_code"] == 0 and found["leader_id"] > 0 else 0

    def partitions(self, topic: str) -> list[dict[str, Any]]:
        """The partitions as the first node that answers sees them, by index."""
        topics = [{"name": topic, "topic_id": None}]
        answer = self.ask(next(self._answering()), "Metadata", 12, topics=topics, allow_auto_topic_creation=False)
        return sorted(answer["topics"][0]["partitions"], key=lambda part: int(part["partition_index"]))

    def leader(self, topic: str, partition: int = 0) -> int:
        return int(self.partitions(topic)[partition]["leader_id"])

    def create_topic(self, name: str, *, partitions: int = 1, replicas: int = 3, **configs: str) -> None:
        wanted = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
        topic = {"name": name, "num_partitions": partitions, "replication_factor": replicas, "configs": wanted}
        node_id = next(self._answering())

        def created() -> bool:
            answer = self.ask(node_id, "CreateTopics", 7, topics=[topic], timeout=10_000)
            assert answer["topics"][0]["error_code"] in (0, 36, 38), answer
            return answer["topics"][0]["error_code"] != 38  # not all brokers have registered yet

        self.until(created, f"brokers for topic {name}")
        self.wait_in_sync(name)

    def wait_in_sync(self, topic: str, replicas: int = 3, *, timeout_s: float = 60) -> None:
        """Returns when every partition is led and has that many replicas in sync, as every running broker sees it."""

        def in_sync() -> bool:
            asked = [{"name": topic, "topic_id": None}]
            for node_id in self._answering():
                answer = self.ask(node_id, "Metadata", 12, topics=asked, allow_auto_topic_creation=False)
                parts = answer["topics"][0]["partitions"]
                if not parts or any(part["leader_id"] < 0 or len(part["isr_nodes"]) < replicas for part in parts):
                    return False
            return True

        self.until(in_sync, f"{replicas} replicas of {topic} in sync", timeout_s=timeout_s)

    @staticmethod
    def until(holds: Callable[[], Any], what: str, *, timeout_s: float = 60) -> Any:
        """What `holds` returned once it was true; a node that cannot be reached counts as not yet."""
        deadline = time.monotonic() + timeout_s
        while True:
            with contextlib.suppress(OSError, ConnectionClosed, NoAnswer):
                found = holds()
                if found:
                    return found
            assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
            time.sleep(0.1)


def free_ports(number: int) -> list[int]:
    """Neighbouring ports that nobody listens on now, each with one 101 above it for the controller."""
    start = _FIRST_PORT + (os.getpid() * 7) % (_LAST_PORT - _FIRST_PORT)
    for offset in range(_LAST_PORT - _FIRST_PORT):
        first = _FIRST_PORT + (start - _FIRST_PORT + offset) % (_LAST_PORT - _FIRST_PORT)
        ports = list(range(first, first + number))
        with contextlib.ExitStack() as stack:
            try:
                for port in [*ports, *(port + 101 for port in ports)]:
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
            return ports
    raise AssertionError("no free ports")


def prepare(
    directory: Path,
    program: Program,
    *,
    static_voters: bool = False,
    settings: Settings | None = None,
    of_node: Mapping[int, Settings] | None = None,
) -> ThreeNodes:
    """Formats the directories of three nodes: a dynamic quorum, or static voters. `of_node` has settings of one."""
    directory.mkdir(parents=True, exist_ok=True)
    ports = dict(zip(NODE_IDS, free_ports(len(NODE_IDS)), strict=True))
    controllers = {node_id: f"127.0.0.1:{port + 101}" for node_id, port in ports.items()}
    initial = ",".join(f"{node_id}@{address}:{random_id()}" for node_id, address in controllers.items())
    voters = {"controller.quorum.voters": ",".join(f"{node_id}@{at}" for node_id, at in controllers.items())}
    servers = {"controller.quorum.bootstrap.servers": ",".join(controllers.values())}
    cluster_id = random_id()
    files: dict[int, Path] = {}
    for node_id, port in ports.items():
        whole: Mapping[str, object] = {
            "node.id": node_id,
            "process.roles": "broker,controller",
            **(voters if static_voters else servers),
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://{controllers[node_id]}",
            "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
            "listener.security.protocol.map": LISTENER_PROTOCOLS,
            "log.dirs": directory / f"d{node_id}",
            **_INTERNAL_TOPICS,
            **(settings or {}),
            **(of_node or {}).get(node_id, {}),
        }
        files[node_id] = directory / f"s{node_id}.properties"
        files[node_id].write_text("".join(f"{name}={value}\n" for name, value in whole.items()))
    how = [] if static_voters else ["--initial-controllers", initial]
    with ThreadPoolExecutor(len(NODE_IDS)) as pool:
        list(pool.map(lambda file: program.format(file, *how, "-t", cluster_id), files.values()))
    return ThreeNodes(directory, program, files)


@contextlib.contextmanager
def running(nodes: ThreeNodes) -> Iterator[ThreeNodes]:
    """The cluster, started; in the end stopped cleanly, or killed where the test failed."""
    try:
        nodes.start()
        yield nodes
        nodes.stop()
    finally:
        nodes.kill()
