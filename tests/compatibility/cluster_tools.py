"""What an administrator does to three brokers with Kafka's own tools, written down as the tools print it.

`play` holds it with any three nodes; `python -m tests.compatibility.cluster_tools` records it from Apache Kafka.
Ids, ports, paths and times become placeholders; who leads the quorum and what the planner proposes is left out.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

from tests.compatibility.tool_session import (
    FIRST_TOPIC,
    Shown,
    ToolSession,
    directory_sizes,
    feature_levels,
    in_order,
    quorum_replicas,
    quorum_status,
)
from tests.conformance.conversation import Conversation
from tests.helpers import three_nodes
from tests.helpers.single_node import Program
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes

RECORDED = Path(__file__).with_name("cluster_tools.txt")


def _proposal(session: ToolSession) -> Shown:
    """The present state as it is; of the proposal that there is one."""

    def shown(text: str) -> str:
        found = re.sub(r'"log_dirs":\[[^\]]*\]', '"log_dirs":[]', session.normal(text))
        head, _, proposed = found.partition("Proposed partition reassignment configuration\n")
        plan = json.loads(proposed.strip().splitlines()[0])
        brokers = sorted({broker for part in plan["partitions"] for broker in part["replicas"]})
        return f"{head}Proposed for brokers {brokers}: {len(plan['partitions'])} partitions"

    return shown


def play(nodes: ThreeNodes) -> str:
    """Everything, on a cluster that runs and has no topics."""
    session = ToolSession(nodes)
    nodes.create_topic(FIRST_TOPIC)
    for topic, placed in (("tools", "1:2:3,2:3:1,3:1:2"), ("moved", "1:2"), ("kept", "1:2"), ("lonely", "3")):
        session.run("kafka-topics", "--create", "--topic", topic, "--replica-assignment", placed)
    for topic, replicas in (("tools", 3), ("moved", 2), ("kept", 2), ("lonely", 1)):
        nodes.wait_in_sync(topic, replicas)
    _write(nodes, "tools")
    _look(session)
    _move(session)
    _move_slowly(session)
    nodes.stop([3])
    for topic in ("tools", "lonely"):
        nodes.until(lambda t=topic: all(part["leader_id"] != 3 for part in nodes.partitions(t)), "node 3 to be away")
    session.lines.append("# Node 3 is stopped.")
    _without_node_3(session)
    nodes.start([3])
    nodes.wait_in_sync("tools")
    session.lines.append("# Node 3 is back.")
    session.run("kafka-topics", "--describe", "--under-replicated-partitions", "--exclude-internal")
    one = ("--topic", "tools", "--partition", "2", "--election-type", "preferred")
    session.run("kafka-leader-election", *one)
    session.run("kafka-leader-election", *one)
    session.run("kafka-topics", "--describe", "--topic", "tools")
    return "\n".join(session.lines).rstrip() + "\n"


def _fill(nodes: ThreeNodes, topic: str, megabytes: int) -> None:
    """Records that do not get smaller, and are there before any of them is moved."""
    talk = Conversation(nodes.address(nodes.leader(topic)))
    talk.wait_for_topic(topic)
    for number in range(megabytes * 2):
        talk.produce_values(topic, number.to_bytes(4) * 125_000)
    talk.close_all()


def _write(nodes: ThreeNodes, topic: str) -> None:
    """Three records in partition 0, on all of its replicas."""
    talk = Conversation(nodes.address(nodes.leader(topic)))
    talk.wait_for_topic(topic)
    talk.produce_values(topic, b"0", b"1", b"2")
    talk.close_all()
    wanted = [{"topic": topic, "partitions": [0]}]
    for node_id in NODE_IDS:

        def written(asked: int = node_id) -> bool:
            found = nodes.ask(asked, "DescribeLogDirs", 4, topics=wanted)["results"][0]["topics"]
            return any(part["partition_size"] > 0 for one in found for part in one["partitions"])

        nodes.until(written, f"node {node_id} to have the records")


def _look(session: ToolSession) -> None:
    session.run("kafka-topics", "--describe", "--topic", "tools")
    session.run("kafka-metadata-quorum", "describe", "--status", shown=quorum_status(session))
    session.run("kafka-metadata-quorum", "describe", "--replication", shown=quorum_replicas(session))
    session.run("kafka-cluster", "list-endpoints", shown=in_order(session))
    session.run("kafka-cluster", "cluster-id")
    session.run("kafka-cluster", "unregister", "--id", "9")
    session.run("kafka-get-offsets", "--topic", "tools")
    session.run(
        "kafka-get-offsets", "--topic-partitions", "tools:0-2,kept", "--time", "earliest", shown=in_order(session)
    )
    session.run("kafka-get-offsets", "--topic-partitions", "tools:0,kept:0", "--time", "-3")
    session.run("kafka-get-offsets", "--topic", "nowhere")
    session.run("kafka-log-dirs", "--describe", "--broker-list", "1,9")
    session.run("kafka-log-dirs", "--describe", "--topic-list", "tools", shown=directory_sizes(session))
    session.run("kafka-features", "describe", shown=feature_levels(session))
    session.run("kafka-features", "upgrade", "--metadata", "4.3-IV0")
    session.run("kafka-features", "downgrade", "--metadata", "3.3-IV3")
    session.run("kafka-features", "upgrade", "--feature", "kraft.version=1")


def _move(session: ToolSession) -> None:
    topics = session.file({"version": 1, "topics": [{"topic": "moved"}]})
    wanted = ("--topics-to-move-json-file", topics, "--broker-list", "2,3")
    session.run("kafka-reassign-partitions", *wanted, "--generate", shown=_proposal(session))
    plan = ("--reassignment-json-file", session.plan(moved=[3, 2]))
    session.run("kafka-reassign-partitions", *plan, "--execute", "--throttle", "1000000")
    session.nodes.until(lambda: session.nodes.partitions("moved")[0]["replica_nodes"] == [3, 2], "the move to end")
    session.run("kafka-reassign-partitions", *plan, "--verify", shown=in_order(session))
    session.run("kafka-topics", "--describe", "--topic", "moved")


def _move_slowly(session: ToolSession) -> None:
    """A move under a throttle: looked at on the way, hurried, and cleared up after."""
    nodes = session.nodes
    session.run("kafka-topics", "--create", "--topic", "slow", "--replica-assignment", "1:2")
    nodes.wait_in_sync("slow", 2)
    _fill(nodes, "slow", 8)
    plan = ("--reassignment-json-file", session.plan(slow=[3, 2]))
    session.run("kafka-reassign-partitions", *plan, "--execute", "--throttle", "100000")
    session.run("kafka-reassign-partitions", *plan, "--verify")
    session.run("kafka-reassign-partitions", "--list")
    session.run("kafka-configs", "--describe", "--entity-type", "topics", "--entity-name", "slow")
    session.run(
        "kafka-configs", "--describe", "--entity-type", "brokers", "--entity-name", "3", shown=in_order(session)
    )
    session.run("kafka-reassign-partitions", *plan, "--execute", "--throttle", "50000000")
    more = (*plan, "--execute", "--additional", "--throttle", "100000000", "--replica-alter-log-dirs-throttle", "1000")
    session.run("kafka-reassign-partitions", *more)
    nodes.until(lambda: nodes.partitions("slow")[0]["replica_nodes"] == [3, 2], "the slow move to end")
    session.run("kafka-reassign-partitions", *plan, "--verify")
    session.run("kafka-configs", "--describe", "--entity-type", "topics", "--entity-name", "slow")
    session.run("kafka-configs", "--describe", "--entity-type", "brokers", "--entity-name", "3")
    everywhere = ("--entity-type", "brokers", "--entity-default")
    rate = "leader.replication.throttled.rate"
    session.run("kafka-configs", "--alter", *everywhere, "--add-config", f"{rate}=-1")
    session.run("kafka-configs", "--alter", *everywhere, "--add-config", f"{rate}=1000")
    session.run("kafka-configs", "--describe", *everywhere)
    session.run("kafka-configs", "--alter", *everywhere, "--delete-config", rate)
    replicas = "follower.replication.throttled.replicas"
    of_topic = ("--entity-type", "topics", "--entity-name", "slow")
    for value in ("*", "[0:1,0:3]", "nonsense"):
        session.run("kafka-configs", "--alter", *of_topic, "--add-config", f"{replicas}={value}")
    session.run("kafka-configs", "--describe", *of_topic)
    session.run("kafka-configs", "--alter", *of_topic, "--delete-config", replicas)


def _without_node_3(session: ToolSession) -> None:
    for which in ("under-replicated", "under-min-isr", "at-min-isr", "unavailable"):
        session.run(
            "kafka-topics", "--describe", f"--{which}-partitions", "--exclude-internal", shown=in_order(session)
        )
    session.run("kafka-cluster", "list-endpoints", "--include-fenced-brokers", shown=in_order(session))
    session.run("kafka-leader-election", "--topic", "lonely", "--partition", "0", "--election-type", "unclean")
    session.run("kafka-leader-election", "--topic", "nowhere", "--partition", "0", "--election-type", "preferred")
    plan = ("--reassignment-json-file", session.plan(kept=[3, 1]))
    session.run("kafka-reassign-partitions", *plan, "--execute")  # the tool will not name a broker that is away
    parts = [{"partition_index": 0, "replicas": [3, 1]}]
    answer = session.nodes.ask(
        1, "AlterPartitionReassignments", 0, timeout=10_000, topics=[{"name": "kept", "partitions": parts}]
    )
    assert answer["responses"][0]["partitions"][0]["error_code"] == 0, answer
    session.nodes.until(lambda: 3 in session.nodes.partitions("kept")[0]["replica_nodes"], "the move to begin")
    session.run("kafka-reassign-partitions", "--list")
    session.run("kafka-reassign-partitions", *plan, "--cancel", "--preserve-throttles")
    session.run("kafka-topics", "--describe", "--topic", "kept")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        nodes = prepare(Path(directory), Program.APACHE_KAFKA)
        with three_nodes.running(nodes):
            RECORDED.write_text(play(nodes))


def prepare(directory: Path, program: Program) -> ThreeNodes:
    """The cluster for `play`."""
    return three_nodes.prepare(directory, program, settings={"min.insync.replicas": "2"})


if __name__ == "__main__":
    sys.exit(main())
