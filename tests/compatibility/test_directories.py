"""One directory, two programs: Apache Kafka serves what ours wrote, and ours what Apache Kafka wrote.

Both run in turn on the same properties file and directory; each must find what the other left, and go on with it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.helpers import apache_kafka, known_content, single_node
from tests.helpers.single_node import Program, program_under_test, running
from workbench.testing.running_cluster import RunningCluster

pytestmark = pytest.mark.java

OTHER = Program.APACHE_KAFKA
FEW = {"offsets.topic.num.partitions": "3"}
"""A few partitions of the offsets topic do as well as fifty, and start faster."""


@pytest.fixture(scope="module", autouse=True)
def _needs_java() -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)


@pytest.mark.parametrize("static_voter", [False, True], ids=["dynamic quorum", "static voter"])
def test_apache_kafka_serves_what_ours_wrote(tmp_path: Path, static_voter: bool) -> None:
    ours = program_under_test()
    file = single_node.prepare(tmp_path, ours, static_voter=static_voter, settings=FEW)
    with running(file, ours) as node:
        content = known_content.write(node.bootstrap)
    with running(file, OTHER) as node:
        content = known_content.check(node.bootstrap, content)
    with running(file, ours) as node:
        known_content.check(node.bootstrap, content)
    assert not list((tmp_path / "data").glob("*-stray")), "a directory was taken for a stray one"


def test_apache_kafka_takes_over_from_the_supervisor(own_cluster: RunningCluster, tmp_path: Path) -> None:
    """The file that the supervisor wrote, as it stands, on the directory that it made."""
    content = known_content.write(own_cluster.bootstrap)
    file = own_cluster.properties_path(1)
    own_cluster.stop()
    with running(file, OTHER, log=tmp_path / "apache-kafka.log") as node:
        content = known_content.check(node.bootstrap, content)
    own_cluster.start()
    known_content.check(own_cluster.bootstrap, content)


@pytest.mark.parametrize("static_voter", [False, True], ids=["dynamic quorum", "static voter"])
def test_ours_serves_what_apache_kafka_wrote(tmp_path: Path, static_voter: bool) -> None:
    ours = program_under_test()
    file = single_node.prepare(tmp_path, OTHER, static_voter=static_voter, settings=FEW)
    with running(file, OTHER) as node:
        content = known_content.write(node.bootstrap)
    with running(file, ours) as node:
        content = known_content.check(node.bootstrap, content)
    with running(file, OTHER) as node:
        known_content.check(node.bootstrap, content)
    assert not list((tmp_path / "data").glob("*-stray")), "a directory was taken for a stray one"


def test_apache_kafka_recovers_what_ours_left_at_a_kill(tmp_path: Path) -> None:
    ours = program_under_test()
    file = single_node.prepare(tmp_path, ours, settings=FEW)
    with running(file, ours) as node:
        content = known_content.write(node.bootstrap)
        node.kill()
    with running(file, OTHER) as node:
        known_content.check(node.bootstrap, content)


def test_ours_recovers_what_apache_kafka_left_at_a_kill(tmp_path: Path) -> None:
    file = single_node.prepare(tmp_path, OTHER, settings=FEW)
    with running(file, OTHER) as node:
        content = known_content.write(node.bootstrap)
        node.kill()
    with running(file, program_under_test()) as node:
        known_content.check(node.bootstrap, content)


def test_dump_log_reads_our_files(tmp_path: Path) -> None:
    """Kafka's own dump tool goes through every record, index and snapshot without a complaint."""
    ours = program_under_test()
    file = single_node.prepare(tmp_path, ours, settings=FEW)
    with running(file, ours) as node:
        known_content.write(node.bootstrap)
    data = tmp_path / "data"
    logs = sorted(data.glob("*/*.log"))
    assert len(logs) > 10, "the logs of the offsets topic and of ours"
    ours_own = [log for log in logs if not log.parent.name.startswith("__consumer_offsets")]
    dumped = _dump("--deep-iteration", "--print-data-log", "--index-sanity-check", "--files", _paths(ours_own))
    assert dumped.count("isvalid: true") > 10
    assert "isvalid: false" not in dumped
    for complaint in ("Mismatches in", "Non-consecutive offsets", "Found timestamp mismatch", "Found out of order"):
        assert complaint not in dumped, dumped[-4000:]
    indexes = [index for log in ours_own for index in log.parent.glob("*index")]
    checked = _dump("--index-sanity-check", "--files", _paths(indexes))
    passed = re.findall(r"^(\S+) (?:passed sanity check|is empty)\.", checked, re.MULTILINE)
    assert len(passed) == len(indexes), checked[-4000:]
    snapshots = sorted(data.glob("*/*.snapshot"))
    assert snapshots, "producer state is kept at a clean stop"
    assert "producerId" in _dump("--files", _paths(snapshots))


def test_dump_log_decodes_our_metadata_and_offsets(tmp_path: Path) -> None:
    ours = program_under_test()
    file = single_node.prepare(tmp_path, ours, settings=FEW)
    with running(file, ours) as node:
        known_content.write(node.bootstrap)
    data = tmp_path / "data"
    metadata = sorted(data.glob("__cluster_metadata-0/*.log"))
    dumped = _dump("--cluster-metadata-decoder", "--files", _paths(metadata))
    kinds = ("REGISTER_BROKER", "TOPIC", "PARTITION", "CONFIG", "REMOVE_TOPIC")
    for record in (f"{kind}_RECORD" for kind in kinds):
        assert f'"type":"{record}"' in dumped, record
    checkpoints = sorted(data.glob("__cluster_metadata-0/*.checkpoint"))
    if checkpoints:
        assert "SnapshotHeader" in _dump("--cluster-metadata-decoder", "--files", _paths(checkpoints))
    offsets = [log for log in data.glob("__consumer_offsets-*/*.log") if log.stat().st_size > 0]
    dumped = _dump("--offsets-decoder", "--files", _paths(offsets))
    committed = next(line for line in dumped.splitlines() if '"group":"the-group","topic":"plain"' in line)
    assert '"version":"4"' in committed, "the version that carries the topic's id"
    assert '"offset":4,"leaderEpoch":0,"metadata":"note"' in committed
    assert "keySize: 24 valueSize: 46" in committed, "the sizes that Kafka's own record has"
    remembered = [line for line in dumped.splitlines() if '"group":"the-group-that-was-left"' in line]
    assert remembered, "the group's own record"
    assert all('"type":"2"' in line and '"version":"3"' in line for line in remembered)


def _paths(files: list[Path]) -> str:
    return ",".join(str(file) for file in files)


def _dump(*arguments: str) -> str:
    return apache_kafka.tool("kafka-dump-log", *arguments, timeout_s=120)
