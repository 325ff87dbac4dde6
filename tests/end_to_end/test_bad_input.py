"""What a broker is given that it cannot use: it says so in a sentence with a remedy, or goes on; never a traceback."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conformance.conversation import Conversation
from tests.end_to_end.unbroken_writer import UnbrokenWriter, values_in
from tests.helpers import kafka_messages, single_node
from tests.helpers.record_batches import batch
from tests.helpers.single_node import PROJECT, Program, SingleNode, running
from tests.helpers.wire_connection import WireConnection

OURS = Program.WORKBENCH
FEW = {"offsets.topic.num.partitions": "1"}


def _refusal(file: Path) -> str:
    """What the broker prints where it does not start; it must end by itself with exit code 1."""
    command = OURS.run_command(file)
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1, f"exit code {done.returncode}: {done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, done.stderr
    sentences = [line for line in done.stderr.splitlines() if not re.match(r"\[[\d-]{10} ", line)]
    assert len(sentences) >= 2, f"a sentence and a remedy are expected:\n{done.stderr}"
    return "\n".join(sentences)


def test_port_in_use(tmp_path: Path) -> None:
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    port = int(single_node.address_of(file).rsplit(":", 1)[1])
    with socket.create_server(("127.0.0.1", port)):
        assert str(port) in _refusal(file)
    with running(file, OURS):
        pass


def test_directory_not_formatted(tmp_path: Path) -> None:
    file = single_node.write_properties(tmp_path, settings=FEW)
    assert "format" in _refusal(file)


def test_directory_in_use(tmp_path: Path) -> None:
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    with running(file, OURS) as node:
        other = tmp_path / "other.properties"
        text = file.read_text()
        for old in (node.bootstrap.rsplit(":", 1)[1], str(int(node.bootstrap.rsplit(":", 1)[1]) + 101)):
            text = text.replace(f":{old}", f":{single_node.free_port()}")
        other.write_text(text)
        assert str(tmp_path / "data") in _refusal(other)
        _still_answers(node.bootstrap)


def test_directory_of_another_node(tmp_path: Path) -> None:
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    file.write_text(file.read_text().replace("node.id=1", "node.id=2"))
    assert "2" in _refusal(file)


def test_directory_written_by_a_newer_version(tmp_path: Path) -> None:
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    meta = tmp_path / "data/meta.properties"
    meta.write_text(meta.read_text().replace("version=1", "version=7"))
    assert "version" in _refusal(file)


def test_file_that_is_none(tmp_path: Path) -> None:
    assert "server.properties" in _refusal(tmp_path / "server.properties")


@pytest.mark.parametrize("line", ["log.segment.bytes=abc", "log.roll.ms=0", "listeners=PLAINTEXT://localhost:99999"])
def test_a_setting_with_which_kafka_does_not_start(tmp_path: Path, line: str) -> None:
    """Whether anything here uses it or not."""
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    name, _, value = line.partition("=")
    kept = [one for one in file.read_text().splitlines() if not one.startswith(f"{name}=")]
    controller = next((one for one in file.read_text().splitlines() if one.startswith("listeners=")), "").split(",")[-1]
    file.write_text("\n".join([*kept, f"{name}={value},{controller}" if name == "listeners" else line]) + "\n")
    said = _refusal(file)
    assert name in said or "99999" in said


@pytest.mark.parametrize("left", ["nothing", "a file"])
def test_its_directory_goes_while_it_runs(tmp_path: Path, left: str) -> None:
    """It cannot be closed either: the broker ends with what is wrong, as it would with a disk that failed."""
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    node = SingleNode(file, OURS)
    node.start()
    _filled(node)
    data = tmp_path / "data"
    shutil.rmtree(data)
    if left == "a file":
        data.write_text("no directory")
    assert node._process is not None
    assert node._process.wait(30) == 1
    said = node.log.read_text()
    assert "Traceback" not in said, said
    assert f"\nworkbench: Log directory {data} cannot be used: " in said and "start the broker again" in said
    node.kill()


def _filled(node: SingleNode) -> list[int]:
    """Several segments of records in `filled`; the values acknowledged."""
    talk = Conversation(node.bootstrap)
    talk._suffix = ""
    topic = talk.create_topic("filled", segment_bytes="1048576")
    for number in range(12):
        talk.produce(topic, batch([b"%d" % number + b" " * 300_000]))
    talk.close_all()
    return list(range(12))


def test_log_cut_after_a_kill(tmp_path: Path) -> None:
    """A last segment that lost its end, and one whose end is garbage: the log ends on the last whole batch."""
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    node = SingleNode(file, OURS)
    node.start()
    values = _filled(node)
    node.kill()
    last = max((tmp_path / "data/filled-0").glob("*.log"))
    kept = last.stat().st_size
    with last.open("r+b") as log:
        log.truncate(kept - 100)
    node.start()
    found = values_in(node.bootstrap, "filled")
    assert found == values[:-1]
    talk = Conversation(node.bootstrap)
    talk.produce("filled", batch([b"99"]))
    talk.close_all()
    node.kill()
    with max((tmp_path / "data/filled-0").glob("*.log")).open("ab") as log:
        log.write(b"\xff" * 500)
    node.start()
    assert values_in(node.bootstrap, "filled") == [*values[:-1], 99]
    node.stop()


@pytest.mark.parametrize("damage", ["garbage", "empty", "gone"])
def test_indexes_damaged(tmp_path: Path, damage: str) -> None:
    """Indexes can be made again from the log; whatever became of them, every record is served."""
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    with running(file, OURS) as node:
        values = _filled(node)
    for index in (tmp_path / "data/filled-0").glob("*index"):
        if damage == "gone":
            index.unlink()
        else:
            index.write_bytes(b"" if damage == "empty" else b"\xee" * 1001)
    with running(file, OURS) as node:
        assert values_in(node.bootstrap, "filled") == values


def test_checkpoints_damaged(tmp_path: Path) -> None:
    """The small text files beside the logs may be lost or unreadable: the records are there still."""
    file = single_node.prepare(tmp_path, OURS, settings=FEW)
    with running(file, OURS) as node:
        values = _filled(node)
    for checkpoint in (tmp_path / "data").glob("*-checkpoint"):
        checkpoint.write_text("nonsense\n")
    with running(file, OURS) as node:
        assert values_in(node.bootstrap, "filled") == values


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SingleNode]:
    file = single_node.prepare(tmp_path_factory.mktemp("broker"), OURS, settings=FEW)
    with running(file, OURS) as node:
        yield node


def _still_answers(bootstrap: str) -> float:
    """Seconds until the broker answers a new client."""
    began = time.monotonic()
    talk = Conversation(bootstrap)
    assert talk.setup("ApiVersions", 0)["error_code"] == 0
    talk.close_all()
    return time.monotonic() - began


def test_half_open_connections(broker: SingleNode) -> None:
    """Two hundred clients that say nothing, or half a frame, keep nobody from working."""
    with contextlib.ExitStack() as stack:
        for number in range(200):
            connection = stack.enter_context(WireConnection(broker.bootstrap))
            if number % 2:
                connection.send_raw(b"\0\0\0\x40" + b"\0\x12")
        assert _still_answers(broker.bootstrap) < 2


def test_clients_that_never_read(broker: SingleNode) -> None:
    """Fetches by the hundred whose answers nobody takes: others are served, and the memory stays bounded."""
    talk = Conversation(broker.bootstrap)
    topic = talk.create_topic("unread")
    for _ in range(16):
        talk.produce(topic, batch([b"x" * 1_000_000]))
    before = _resident_mib(broker.pid)
    part = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 24}
    fields = {"max_wait": 0, "min_bytes": 0, "topics": [{"topic": topic, "partitions": [part]}]}
    frame = kafka_messages.encode_request("Fetch", 12, fields, correlation_id=1, client_id="deaf")
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(WireConnection(broker.bootstrap))
            for _ in range(50):
                connection.send_frame(frame)
        assert _still_answers(broker.bootstrap) < 2
        talk.produce(topic, batch([b"still here"]))
        grown = _resident_mib(broker.pid) - before
    talk.close_all()
    # 20 clients asked for 16 GB; what was read for them at once may stay, nothing that grows with their requests.
    assert grown < 400, f"{grown} MiB more"


def _resident_mib(pid: int) -> int:
    """The process's own memory in MiB; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    found = re.search(r"RssAnon:\s+(\d+) kB", status.read_text())
    return int(found[1]) // 1024 if found else 0


def test_a_flood_of_garbage(broker: SingleNode) -> None:
    """A thousand connections with nonsense, while one client goes on writing."""
    talk = Conversation(broker.bootstrap)
    topic = talk.create_topic("flooded")
    writer = UnbrokenWriter(broker.bootstrap, topic, idempotent=True)
    for number in range(1000):
        with WireConnection(broker.bootstrap) as connection:
            connection.send_raw(bytes((number * 7 + place * 13) % 256 for place in range(60)))
        if number % 100 == 0:
            writer.write_for(0.02)
    writer.finish()
    assert values_in(broker.bootstrap, topic) == writer.acknowledged
    writer.close()
    talk.close_all()
