"""What the tools print of three brokers that are not whole: leaderless partitions, elections, voters that come and go.

`play` holds it with any three nodes of a dynamic quorum; `python -m tests.compatibility.fault_tools` records it from
Apache Kafka.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

from tests.compatibility.tool_session import FIRST_TOPIC, Shown, ToolSession, in_order, quorum_replicas, quorum_status
from tests.conformance.conversation import Conversation
from tests.helpers import three_nodes
from tests.helpers.single_node import Program
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes
from workbench.wire.uuids import uuid_to_text

RECORDED = Path(__file__).with_name("fault_tools.txt")


def play(nodes: ThreeNodes) -> str:
    """Everything, on a cluster that runs and has no topics."""
    session = ToolSession(nodes)
    nodes.create_topic(FIRST_TOPIC)
    nodes.ask(1, "DeleteTopics", 5, topic_names=[FIRST_TOPIC], timeout=10_000)
    for topic, placed in (("whole", "1:2:3,2:3:1,3:1:2"), ("pair", "3:1,1:3"), ("lonely", "3,1")):
        session.run("kafka-topics", "--create", "--topic", topic, "--replica-assignment", placed)
    careful = ("--topic", "careful", "--replica-assignment", "2:1", "--config", "min.insync.replicas=2")
    session.run("kafka-topics", "--create", *careful)
    for topic, replicas in (("whole", 3), ("pair", 2), ("lonely", 1), ("careful", 2)):
        nodes.wait_in_sync(topic, replicas)
    _configure(session)
    _delete(session)
    _leaderless(session)
    _elect(session)
    _move(session)
    _vote(session)
    _features(session)
    return "\n".join(session.lines).rstrip() + "\n"


def _configure(session: ToolSession) -> None:
    """Broker configurations, of one and of all, while they run."""
    one, every = ("--entity-type", "brokers", "--entity-name", "2"), ("--entity-type", "brokers", "--entity-default")
    session.run("kafka-configs", "--alter", *one, "--add-config", "log.cleaner.threads=2,num.io.threads=9")
    session.run("kafka-configs", "--alter", *every, "--add-config", "num.io.threads=10,log.retention.ms=1234567")
    session.run("kafka-configs", "--describe", *one, shown=in_order(session))
    session.run("kafka-configs", "--describe", *every, shown=in_order(session))
    session.run("kafka-configs", "--describe", "--entity-type", "brokers", shown=in_order(session))
    for wrong in ("num.io.threads=many", "num.io.threads=1000", "process.roles=broker", "no.such.config=1"):
        session.run("kafka-configs", "--alter", *one, "--add-config", wrong)
    for wrong in ("num.io.threads=0", "node.id=7"):
        session.run("kafka-configs", "--alter", *every, "--add-config", wrong)
    session.run("kafka-configs", "--alter", *one, "--delete-config", "log.cleaner.threads,num.io.threads")
    session.run("kafka-configs", "--alter", *every, "--delete-config", "num.io.threads,log.retention.ms")
    session.run("kafka-configs", "--alter", *every, "--delete-config", "num.io.threads")
    session.run("kafka-configs", "--alter", *one, "--delete-config", "no.such.config")
    session.run("kafka-configs", "--describe", *one, shown=in_order(session))
    session.run("kafka-configs", "--describe", *every)
    absent = ("--entity-type", "brokers", "--entity-name", "9")
    session.run("kafka-configs", "--describe", *absent)
    session.run("kafka-configs", "--alter", *absent, "--add-config", "num.io.threads=3")


def _delete(session: ToolSession) -> None:
    nodes = session.nodes
    talk = Conversation(nodes.address(nodes.leader("whole")))
    talk.produce_values("whole", b"0", b"1", b"2", b"3")
    talk.close_all()
    for parts in (
        [("whole", 0, 2)],
        [("whole", 0, 1)],
        [("whole", 0, -1)],
        [("whole", 0, 9)],
    ):
        wanted = [{"topic": topic, "partition": index, "offset": offset} for topic, index, offset in parts]
        asked = ("--offset-json-file", session.file({"version": 1, "partitions": wanted}))
        session.run("kafka-delete-records", *asked, *_impatient(session))
    session.run("kafka-get-offsets", "--topic", "whole", "--time", "-2")
    session.run("kafka-get-offsets", "--topic", "whole", "--time", "-1")
    for time in ("max-timestamp", "earliest-local", "9999999999999"):
        session.run("kafka-get-offsets", "--topic-partitions", "whole:0,lonely:0", "--time", time)


def _impatient(session: ToolSession) -> tuple[str, str]:
    """Options of a tool that waits for a minute where there is nobody to ask."""
    path = session.nodes.directory / "impatient.properties"
    path.write_text("default.api.timeout.ms=4000\nrequest.timeout.ms=3000\n")
    return "--command-config", str(path)


def _leaderless(session: ToolSession) -> None:
    nodes = session.nodes
    session.run("kafka-reassign-partitions", "--reassignment-json-file", session.plan(lonely=[3]), "--execute")
    session.run("kafka-topics", "--create", "--topic", "gone", "--replica-assignment", "3")
    nodes.wait_in_sync("gone", 1)
    nodes.stop([3])
    nodes.until(lambda: nodes.partitions("gone")[0]["leader_id"] == -1, "no leader")
    session.lines.append("# Node 3 is stopped; gone has no leader.")
    session.run("kafka-topics", "--describe", "--topic", "gone")
    for which in ("unavailable", "at-min-isr", "under-min-isr", "under-replicated"):
        session.run(
            "kafka-topics", "--describe", f"--{which}-partitions", "--exclude-internal", shown=in_order(session)
        )
        session.run("kafka-topics", "--describe", f"--{which}-partitions", "--topic", "careful")
    session.run("kafka-get-offsets", "--topic", "gone", *_impatient(session))
    session.run("kafka-get-offsets", "--topic-partitions", "whole:0,gone:0", "--time", "-2", *_impatient(session))
    session.run("kafka-log-dirs", "--describe", "--broker-list", "3")
    session.run("kafka-log-dirs", "--describe", "--broker-list", "1,2,3", "--topic-list", "gone")
    session.run("kafka-cluster", "unregister", "--id", "3")
    session.run("kafka-cluster", "list-endpoints", shown=in_order(session))
    session.run("kafka-cluster", "list-endpoints", "--include-fenced-brokers", shown=in_order(session))
    session.run("kafka-topics", "--delete", "--topic", "gone")
    nodes.start([3])
    nodes.wait_in_sync("whole")
    session.lines.append("# Node 3 is back.")


def _elect(session: ToolSession) -> None:
    for kind in ("preferred", "unclean"):
        wanted = ("--election-type", kind)
        session.run("kafka-leader-election", *wanted, "--all-topic-partitions", shown=in_order(session))
        session.run("kafka-leader-election", *wanted, "--topic", "whole", "--partition", "9")
        session.run("kafka-leader-election", *wanted, "--topic", "whole", "--partition", "0")
        both = [
            {"topic": "whole", "partition": 1},
            {"topic": "whole", "partition": 2},
            {"topic": "nowhere", "partition": 0},
        ]
        listed = ("--path-to-json-file", session.file({"partitions": both}))
        session.run("kafka-leader-election", *wanted, *listed, shown=in_order(session))
    session.run("kafka-topics", "--describe", "--topic", "whole")


def _move(session: ToolSession) -> None:
    nodes = session.nodes

    def plan(*parts: tuple[str, int, list[int], list[str] | None]) -> tuple[str, str]:
        wanted = [{"topic": t, "partition": p, "replicas": r, **({"log_dirs": d} if d else {})} for t, p, r, d in parts]
        return ("--reassignment-json-file", session.file({"version": 1, "partitions": wanted}))

    for parts in (
        [("whole", 0, [1, 1], None)],
        [("whole", 0, [1, 9], None)],
        [("nowhere", 0, [1], None)],
        [("whole", 9, [1], None)],
        [("whole", 0, [1, 2], ["any"])],
        [("whole", 0, [1, 2], None), ("whole", 0, [2, 1], None)],
    ):
        session.run("kafka-reassign-partitions", *plan(*parts), "--execute")
    fine = plan(("careful", 0, [2, 1, 3], ["any", "any", "any"]))
    session.run("kafka-reassign-partitions", *fine, "--execute")
    nodes.until(lambda: len(nodes.partitions("careful")[0]["isr_nodes"]) == 3, "the third replica")
    session.run("kafka-reassign-partitions", *fine, "--verify", shown=in_order(session))
    session.run("kafka-reassign-partitions", *fine, "--cancel")
    session.run("kafka-reassign-partitions", "--list")
    session.run(
        "kafka-reassign-partitions", *plan(("careful", 0, [3, 1, 2], None)), "--verify", shown=in_order(session)
    )
    session.run("kafka-reassign-partitions", *fine, "--execute", "--throttle", "0")
    session.run("kafka-topics", "--describe", "--topic", "careful")


class _Voters:
    """Sub-commands of `kafka-metadata-quorum` about the controllers, by the parts they play: who leads is chance."""

    def __init__(self, session: ToolSession) -> None:
        self._session = session
        self._nodes = session.nodes
        leader = self._nodes.controller()
        self.leaving, other = (node_id for node_id in NODE_IDS if node_id != leader)
        self._parts = {leader: "<leader>", self.leaving: "<leaving>", other: "<other>", 9: "9"}
        found = self._nodes.quorum()["current_voters"]
        self._directories = {one["replica_id"]: uuid_to_text(one["replica_directory_id"].bytes) for one in found}
        self.directory = self._directories[self.leaving]

    def run(self, *arguments: str, shown: Shown | None = None) -> None:
        place = len(self._session.lines)
        self._session.run("kafka-metadata-quorum", *arguments, shown=shown or self._shown)
        self._session.lines[place] = self._shown(self._session.lines[place])

    def _shown(self, text: str) -> str:
        text = self._session.normal(text)
        for node_id, directory in self._directories.items():
            text = text.replace(directory, "<directory id>")
            text = text.replace(f"<controller port {node_id}>", f"<controller port of {self._parts[node_id]}>")
            text = text.replace(f"/s{node_id}.properties", f"/{self._parts[node_id]}.properties")
        text = re.sub(r"((?:controller|-id) |id=)(\d)\b", lambda found: found[1] + self._parts[int(found[2])], text)
        keys = r"ReplicaKey\([^)]*\)"
        return re.sub(rf"\[{keys}.*\]", lambda found: f"[{', '.join(sorted(re.findall(keys, found[0])))}]", text)

    def counted(self, text: str) -> str:
        """How many voters and observers there are, and what is told of each."""
        told = []
        for what in ("Voters", "Observers"):
            found = re.search(rf"^Current{what}: (.*)$", quorum_status(self._session)(text), re.MULTILINE)
            assert found, text
            told += [f"{what}: {sorted(one)}" for one in json.loads(found[1])]
        return "\n".join(told)

    def rows(self, text: str) -> str:
        lines = quorum_replicas(self._session)(text).splitlines()
        return "\n".join(line for line in lines if not line[0].isdigit())


def _vote(session: ToolSession) -> None:
    """A voter that goes, and comes back."""
    nodes, voters = session.nodes, _Voters(session)
    remove = ("remove-controller", "--controller-id", str(voters.leaving), "--controller-directory-id")
    voters.run(*remove, "AAAAAAAAAAAAAAAAAAAAAA")
    voters.run(*remove, "nonsense")
    voters.run("remove-controller", "--controller-id", "9", "--controller-directory-id", voters.directory)
    voters.run(*remove, voters.directory, "--dry-run")
    config = ("--command-config", str(nodes.files[voters.leaving]))
    voters.run(*config, "add-controller", "--dry-run")
    voters.run(*config, "add-controller")
    voters.run(*remove, voters.directory)
    nodes.until(lambda: len(nodes.quorum()["current_voters"]) == 2, "two voters")
    voters.run(*remove, voters.directory)
    nodes.until(lambda: voters.leaving in [one["replica_id"] for one in nodes.quorum()["observers"]], "the observer")
    voters.run("describe", "--status", shown=voters.counted)
    voters.run("describe", "--replication", shown=voters.rows)
    voters.run(*config, "add-controller")
    nodes.until(lambda: len(nodes.quorum()["current_voters"]) == 3, "three voters")
    voters.run("describe", "--status", shown=voters.counted)


def _features(session: ToolSession) -> None:
    def shown(text: str) -> str:
        return "\n".join(
            re.sub(r"\s+", " ", line)
            for line in session.normal(text).splitlines()
            if not re.search(r"(group|transaction|share|streams|eligible)\S*\.version", line)
        )

    for arguments in (
        ("upgrade", "--metadata", "4.3-IV0", "--dry-run"),
        ("upgrade", "--metadata", "9.9-IV0"),
        ("upgrade", "--feature", "metadata.version=99"),
        ("upgrade", "--feature", "no.such=1"),
        ("upgrade", "--feature", "kraft.version=1", "--dry-run"),
        ("upgrade", "--feature", "kraft.version=9"),
        ("downgrade", "--feature", "kraft.version=0"),
        ("downgrade", "--metadata", "4.2-IV1", "--dry-run"),
        ("downgrade", "--metadata", "3.3-IV3", "--dry-run"),
        ("downgrade", "--metadata", "3.3-IV3", "--unsafe", "--dry-run"),
        ("disable", "--feature", "kraft.version"),
        ("disable", "--feature", "metadata.version"),
        ("disable", "--feature", "no.such"),
        ("describe", "--node-id", "1"),
    ):
        session.run("kafka-features", *arguments, shown=shown)


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        nodes = prepare(Path(directory), Program.APACHE_KAFKA)
        with three_nodes.running(nodes):
            RECORDED.write_text(play(nodes))


def prepare(directory: Path, program: Program) -> ThreeNodes:
    """The cluster for `play`."""
    return three_nodes.prepare(directory, program)


if __name__ == "__main__":
    sys.exit(main())
