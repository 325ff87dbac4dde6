"""Three brokers that meet what a cluster can meet: a majority gone, strangers, damaged metadata, a lost directory.

Each is answered as Apache Kafka answers it, the rest of the cluster goes on, and nothing acknowledged is lost.
TESTED_BROKER=apache-kafka holds with Apache Kafka what is not about our own words.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.conversation import Conversation, produce_fields
from tests.helpers import three_nodes
from tests.helpers.record_batches import batch, describe
from tests.helpers.single_node import PROJECT, Program, program_under_test, random_id
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes
from tests.helpers.wire_connection import NoAnswer

SETTINGS = {
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "300",
    "replica.lag.time.max.ms": "2000",
    "initial.broker.registration.timeout.ms": "2000",
    "min.insync.replicas": "2",
    "request.timeout.ms": "3000",
}
METADATA = "__cluster_metadata-0"


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeNodes]:
    prepared = three_nodes.prepare(tmp_path_factory.mktemp("three"), program_under_test(), settings=SETTINGS)
    with three_nodes.running(prepared):
        yield prepared


@pytest.fixture(autouse=True)
def _all_run_again(nodes: ThreeNodes) -> Iterator[None]:
    """What a failed test left dead runs again for the next one."""
    yield
    missing = [node_id for node_id in NODE_IDS if not nodes.is_running(node_id)]
    if missing:
        nodes.start(missing)


def _produce(nodes: ThreeNodes, topic: str, value: bytes, *, acks: int = -1, timeout: int = 5000) -> str:
    """The error of one write to the leader, by number; asks for the leader first."""
    node_id = nodes.leader(topic)
    fields = {**produce_fields(topic, batch([value]), acks=acks), "timeout": timeout}
    answer = nodes.ask(node_id, "Produce", 9, **fields)["responses"][0]["partition_responses"][0]
    return str(answer["error_code"])


def _written(nodes: ThreeNodes, topic: str, *values: bytes) -> None:
    for value in values:
        nodes.until(lambda v=value: _produce(nodes, topic, v) == "0", f"{value!r} to be acknowledged")


def _read(nodes: ThreeNodes, topic: str, node_id: int) -> list[bytes]:
    part = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 20}
    fields = {"max_wait": 0, "min_bytes": 0, "topics": [{"topic": topic, "partitions": [part]}]}
    found = nodes.ask(node_id, "Fetch", 12, **fields)["responses"][0]["partitions"][0]
    assert found["error_code"] == 0, found
    return [record["value"] for one in describe(found["records"]) if isinstance(one, dict) for record in one["records"]]


def _everywhere(nodes: ThreeNodes, topic: str, *values: bytes) -> None:
    """Every node serves these values in the end."""
    for node_id in NODE_IDS:
        nodes.until(lambda n=node_id: _read(nodes, topic, n) == list(values), f"{values} on node {node_id}")


def test_all_killed_and_started_in_any_order(nodes: ThreeNodes) -> None:
    nodes.create_topic("all-killed")
    values = []
    for round_number, order in enumerate(((3, 1, 2), (2, 3, 1))):
        values.append(b"%d" % round_number)
        _written(nodes, "all-killed", values[-1])
        nodes.kill()
        with ThreadPoolExecutor(3) as pool:
            starts = []
            for node_id in order:
                starts.append(pool.submit(nodes.nodes[node_id].start))
                time.sleep(0.3)
            for start in starts:
                start.result()
        nodes.wait_in_sync("all-killed")
        _everywhere(nodes, "all-killed", *values)
    _written(nodes, "all-killed", b"last")
    _everywhere(nodes, "all-killed", *values, b"last")


def test_a_majority_lost(nodes: ThreeNodes) -> None:
    """The one left serves reads; a write to all waits in vain; nothing can be created; then everything goes on."""
    nodes.create_topic("majority")
    _written(nodes, "majority", b"before")
    left = nodes.leader("majority")
    _everywhere(nodes, "majority", b"before")
    lost = [node_id for node_id in NODE_IDS if node_id != left]
    nodes.kill(lost)
    assert _read(nodes, "majority", left) == [b"before"]
    assert _produce(nodes, "majority", b"in vain", timeout=500) == "7", "REQUEST_TIMED_OUT"
    assert _produce(nodes, "majority", b"to one", acks=1) == "0"
    assert _read(nodes, "majority", left) == [b"before"], "what is not replicated is not shown"
    assert not _can_be_created(nodes, left, "cannot-be")
    nodes.start(lost)
    nodes.wait_in_sync("majority")
    _written(nodes, "majority", b"after")
    nodes.until(lambda: _read(nodes, "majority", left)[-1] == b"after", "what was written after")
    assert _read(nodes, "majority", left)[0] == b"before"


def _can_be_created(nodes: ThreeNodes, node_id: int, name: str) -> bool:
    """Whether a topic can be made; without a controller nothing is answered for a minute."""
    talk = Conversation(nodes.address(node_id))
    topic = {"name": name, "num_partitions": 1, "replication_factor": 1}
    talk.send_silently("CreateTopics", 7, topics=[topic], timeout=1000)
    try:
        return bool(talk.receive_silently(2.0)["topics"][0]["error_code"] == 0)
    except NoAnswer:
        return False
    finally:
        talk.close_all()


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_without_a_controller_brokers_look_for_one_for_a_minute(nodes: ThreeNodes) -> None:
    """Whatever time the request gives; then every form of answer says REQUEST_TIMED_OUT, without a sentence."""
    nodes.create_topic("unchanged")
    nodes.kill([2, 3])
    changed = {"resource_type": 2, "resource_name": "unchanged"}
    one_topic = {"name": "never-made", "num_partitions": 1, "replication_factor": 1}
    retention = {"name": "retention.ms", "config_operation": 0, "value": "9999"}
    quorum = [{"topic_name": "__cluster_metadata", "partitions": [{"partition_index": 0}]}]
    asked: list[tuple[str, int, dict[str, Any]]] = [
        ("CreateTopics", 7, {"topics": [one_topic], "timeout": 1000}),
        ("CreateTopics", 7, {"topics": [one_topic], "timeout": 90_000}),
        ("DeleteTopics", 5, {"topic_names": ["unchanged"], "timeout": 1000}),
        ("IncrementalAlterConfigs", 1, {"resources": [{**changed, "configs": [retention]}], "validate_only": False}),
        ("DescribeQuorum", 2, {"topics": quorum}),
    ]

    def answer(api: str, version: int, fields: dict[str, Any]) -> tuple[float, dict[str, Any]]:
        talk = Conversation(nodes.address(1))
        try:
            talk.send_silently(api, version, **fields)
            began = time.monotonic()
            found = talk.receive_silently(90.0)
            return time.monotonic() - began, found
        finally:
            talk.close_all()

    with ThreadPoolExecutor(len(asked)) as pool:
        answers = list(pool.map(lambda one: answer(*one), asked))
    assert all(59 < took_s < 65 for took_s, _ in answers), [took_s for took_s, _ in answers]
    short, long, deleted, altered, described = (found for _, found in answers)
    refused = [short["topics"][0], long["topics"][0], deleted["responses"][0], altered["responses"][0]]
    assert [(one["error_code"], one["error_message"]) for one in refused] == [(7, None)] * 4
    assert (described["error_code"], described["error_message"]) == (7, "The request timed out.")


def _stranger(nodes: ThreeNodes, directory: Path, node_id: int, cluster_id: str) -> Path:
    """A node's file with ports and directories of its own, formatted under `cluster_id` to find that cluster."""
    text = nodes.files[node_id].read_text()
    for port, new in zip(
        (int(nodes.address(node_id).rsplit(":", 1)[1]) + more for more in (0, 101)), _two_ports(), strict=True
    ):
        text = re.sub(rf"(listeners=.*):{port}\b", rf"\1:{new}", text)
    text = text.replace(str(nodes.data(node_id)), str(directory / "data"))
    file = directory / "stranger.properties"
    file.write_text(text)
    nodes.program.format(file, "--no-initial-controllers", "-t", cluster_id)
    return file


def _two_ports() -> tuple[int, int]:
    port = three_nodes.free_ports(1)[0]
    return port, port + 101


def _cluster_id(nodes: ThreeNodes) -> str:
    return str(nodes.ask(1, "Metadata", 12, topics=[], allow_auto_topic_creation=False)["cluster_id"])


def _ends(file: Path, program: Program, timeout_s: float = 60) -> tuple[int, str]:
    """How a process that cannot live ends by itself, and what it says."""
    command = program.run_command(file)
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=timeout_s, check=False)
    return done.returncode, done.stdout + done.stderr


def _goes_on(nodes: ThreeNodes, topic: str) -> None:
    """Who was there is still there, and serves."""

    def addresses() -> set[str]:
        answer = nodes.ask(1, "Metadata", 12, topics=[], allow_auto_topic_creation=False)
        return {f"{broker['host']}:{broker['port']}" for broker in answer["brokers"]}

    nodes.until(lambda: addresses() == set(nodes.bootstrap.split(",")), "the three brokers, and no other")
    nodes.create_topic(topic)
    _written(nodes, topic, b"still")
    _everywhere(nodes, topic, b"still")


@pytest.mark.parametrize("of", ["the controller", "another broker"])
def test_a_broker_with_a_stolen_node_id(nodes: ThreeNodes, tmp_path: Path, of: str) -> None:
    leads = nodes.controller()
    node_id = leads if of == "the controller" else next(other for other in NODE_IDS if other != leads)
    file = _stranger(nodes, tmp_path, node_id, _cluster_id(nodes))
    code, said = _ends(file, nodes.program)
    assert code == 1, said
    if nodes.program is Program.WORKBENCH:
        assert "node.id" in said and "Traceback" not in said, said
    _goes_on(nodes, f"after-a-stolen-id-of-{of.replace(' ', '-')}")


def test_a_broker_of_another_cluster(nodes: ThreeNodes, tmp_path: Path) -> None:
    file = _stranger(nodes, tmp_path, 2, random_id())
    file.write_text(file.read_text().replace("node.id=2", "node.id=7"))
    meta = tmp_path / "data/meta.properties"
    meta.write_text(meta.read_text().replace("node.id=2", "node.id=7"))
    code, said = _ends(file, nodes.program)
    assert code == 1, said
    if nodes.program is Program.WORKBENCH:
        assert "cluster" in said and "Traceback" not in said, said
    _goes_on(nodes, "after-a-stranger")


def test_the_end_of_a_metadata_log_lost_at_a_kill(nodes: ThreeNodes) -> None:
    """A follower whose log was cut and whose last batch is damaged gets it again from the leader."""
    nodes.create_topic("before-the-damage")
    victim = next(node_id for node_id in NODE_IDS if node_id != nodes.controller())
    nodes.kill([victim])
    log = nodes.data(victim) / METADATA / f"{0:020d}.log"
    size = log.stat().st_size
    with log.open("r+b") as file:
        file.truncate(size - 7)
        file.seek(size - 60)
        file.write(b"\xff" * 10)
    nodes.start([victim])
    nodes.wait_in_sync("before-the-damage")
    nodes.until(lambda: victim in _caught_up(nodes), f"voter {victim} to catch up")
    _goes_on(nodes, "after-the-damage")


def _caught_up(nodes: ThreeNodes) -> set[int]:
    part = nodes.quorum()
    end = max(voter["log_end_offset"] for voter in part["current_voters"])
    return {voter["replica_id"] for voter in part["current_voters"] if voter["log_end_offset"] >= end - 3}


def test_a_metadata_log_that_is_gone(nodes: ThreeNodes) -> None:
    """A voter of which only the log was lost takes everything from the leader again."""
    victim = next(node_id for node_id in NODE_IDS if node_id != nodes.controller())
    nodes.stop([victim])
    for path in (nodes.data(victim) / METADATA).iterdir():
        if path.suffix in (".log", ".index", ".timeindex", ".snapshot"):
            path.unlink()
    nodes.start([victim])
    nodes.until(lambda: victim in _caught_up(nodes), f"voter {victim} to catch up")
    _goes_on(nodes, "after-the-loss")


def test_damage_in_the_middle_of_a_metadata_log(nodes: ThreeNodes) -> None:
    """What can be read no more is cut off, and comes again from the leader."""
    victim = next(node_id for node_id in NODE_IDS if node_id != nodes.controller())
    nodes.kill([victim])
    log = nodes.data(victim) / METADATA / f"{0:020d}.log"
    whole = log.read_bytes()
    middle = len(whole) // 2
    with log.open("r+b") as file:
        file.seek(middle)
        file.write(b"\xff" * 200)
    nodes.start([victim])
    nodes.until(lambda: victim in _caught_up(nodes), f"voter {victim} to catch up")
    if nodes.program is Program.WORKBENCH:
        said = nodes.nodes[victim].log.read_text()
        assert re.search(rf"WARN {re.escape(str(log))}: bytes \d+ to {len(whole)} truncated", said), said[-2000:]
    _goes_on(nodes, "after-the-middle")
    nodes.until(lambda: log.read_bytes()[: len(whole)] == whole, "the same log as before the damage")


def test_a_damaged_snapshot(tmp_path: Path) -> None:
    """A voter that cannot read its snapshot says so and which folder to remove; without it it takes the leader's."""
    often = {**SETTINGS, "metadata.log.max.snapshot.interval.ms": "1000"}
    nodes = three_nodes.prepare(tmp_path, program_under_test(), settings=often)
    with three_nodes.running(nodes):
        nodes.create_topic("in-the-snapshot")
        victim = next(node_id for node_id in NODE_IDS if node_id != nodes.controller())
        folder = nodes.data(victim) / METADATA
        nodes.until(lambda: _snapshots(folder), f"a snapshot on node {victim}")
        nodes.kill([victim])
        newest = _snapshots(folder)[-1]
        data = bytearray(newest.read_bytes())
        data[len(data) // 2 : len(data) // 2 + 20] = b"\xff" * 20
        newest.write_bytes(data)
        code, said = _ends(nodes.files[victim], nodes.program)
        assert code == 1, said
        if nodes.program is Program.WORKBENCH:
            assert newest.name in said and "Traceback" not in said, said
        shutil.rmtree(folder)
        nodes.start([victim])
        nodes.until(lambda: victim in _caught_up(nodes), f"voter {victim} to catch up")
        _goes_on(nodes, "after-the-snapshot")


def _snapshots(folder: Path) -> list[Path]:
    """Those written while running, oldest first; the one that formatting made is none of them."""
    return sorted(path for path in folder.glob("*.checkpoint") if not path.name.startswith(f"{0:020d}-"))


@pytest.mark.parametrize("while_running", [False, True])
def test_one_of_two_directories_gone(tmp_path: Path, while_running: bool) -> None:
    """The broker names it and goes on with the other one; what lay in it is led elsewhere, and nothing is lost."""
    both = {"log.dirs": f"{tmp_path / 'd3'},{tmp_path / 'd3-second'}"}
    nodes = three_nodes.prepare(tmp_path, Program.WORKBENCH, settings=SETTINGS, of_node={3: both})
    with three_nodes.running(nodes):
        nodes.create_topic("spread", partitions=6)
        _written(nodes, "spread", b"before")
        second = tmp_path / "d3-second"
        gone = {int(path.name.partition("-")[2]) for path in second.glob("spread-*")}
        assert 0 < len(gone) < 6, "partitions go to both directories"
        if while_running:
            second.rename(tmp_path / "elsewhere")
        else:
            nodes.stop([3])
            second.rename(tmp_path / "elsewhere")
            nodes.start([3])
        _without_the_directory(nodes, gone)
        _written(nodes, "spread", b"meanwhile")
        assert not second.exists() and not [*(tmp_path / "d3").glob(f"spread-{min(gone)}*")], "no empty log stands in"
        nodes.stop([3])
        (tmp_path / "elsewhere").rename(second)
        nodes.start([3])
        nodes.wait_in_sync("spread")
        _everywhere(nodes, "spread", b"before", b"meanwhile")


def _without_the_directory(nodes: three_nodes.ThreeNodes, gone: set[int]) -> None:
    """Waits until node 3 keeps up with everything but the partitions in `gone`, which others lead."""

    def settled() -> bool:
        parts = nodes.partitions("spread")
        return all(
            part["leader_id"] in (1, 2) and 3 not in part["isr_nodes"] if index in gone else 3 in part["isr_nodes"]
            for index, part in enumerate(parts)
        )

    nodes.until(settled, "the partitions of the lost directory to be led by others")
