"""Kafka's command line tools held with three nodes, written down as they print, without what differs by nature.

Ids, ports, paths and times become placeholders; a topic whose replicas are where the controller likes them is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from tests.helpers import apache_kafka
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes

Shown = Callable[[str], str]

FIRST_TOPIC = "made-first"
"""Its replicas are where the controller likes them, so it is not shown."""
_SERVER_FIRST = ("kafka-metadata-quorum", "kafka-features")
"""Tools that want the address in front of the sub-command."""


class ToolSession:
    """Runs tools one after the other and keeps what they printed."""

    def __init__(self, nodes: ThreeNodes) -> None:
        self.nodes = nodes
        self.lines: list[str] = []
        self._files = 0

    def run(self, name: str, *arguments: str, shown: Shown | None = None) -> None:
        """One tool; a failure is part of the transcript."""
        server = ["--bootstrap-server", self.nodes.bootstrap]
        given = [*server, *arguments] if name in _SERVER_FIRST else [*arguments, *server]
        try:
            printed = apache_kafka.tool(name, *given)
        except AssertionError as error:
            printed = "(failed)\n" + str(error).split(":\n", 1)[1]
        self.lines.append(f"$ {name} {' '.join(self.normal(one) for one in arguments)}")
        self.lines += [line.rstrip() for line in (shown or self.normal)(printed).strip().splitlines()]
        self.lines.append("")

    def plan(self, **replicas: list[int]) -> str:
        """A file with a reassignment of partition 0 of each topic."""
        wanted = [{"topic": topic, "partition": 0, "replicas": ids} for topic, ids in replicas.items()]
        return self.file({"version": 1, "partitions": wanted})

    def file(self, content: object) -> str:
        self._files += 1
        path = self.nodes.directory / f"plan-{self._files}.json"
        path.write_text(json.dumps(content))
        return str(path)

    def normal(self, text: str) -> str:
        text = text.replace(str(self.nodes.directory), "<directory>")
        for node_id in NODE_IDS:
            port = int(self.nodes.address(node_id).rsplit(":", 1)[1])
            text = text.replace(str(port + 101), f"<controller port {node_id}>").replace(str(port), f"<port {node_id}>")
        text = re.sub(r"(TopicId: |Cluster ID: |ClusterId:\s+|Epoch: )\S+", r"\1<id>", text)
        text = re.sub(r'("directoryId": ")[\w-]{22}', r"\1<id>", text)
        text = re.sub(r"(Isr: )([\d,]+)", lambda found: found[1] + ",".join(sorted(found[2].split(","))), text)
        return "\n".join(line for line in _without_warnings(text) if FIRST_TOPIC not in line)


def _without_warnings(text: str) -> list[str]:
    """Nor which way a failure took through Java's own library, which depends on what was faster."""
    noise = r"\[.*\] (WARN|INFO) |OpenJDK|SLF4J|\tat java\.base/"
    return [line for line in text.splitlines() if not re.match(noise, line)]


def in_order(session: ToolSession) -> Shown:
    return lambda text: "\n".join(sorted(session.normal(text).splitlines()))


def quorum_status(session: ToolSession) -> Shown:
    """The quorum's state without what moves."""

    def shown(text: str) -> str:
        moving = r"^(LeaderId|LeaderEpoch|HighWatermark|MaxFollowerLag|MaxFollowerLagTimeMs):(\s+)-?\d+"
        text = re.sub(moving, r"\1:\2<number>", session.normal(text), flags=re.MULTILINE)
        return re.sub(r" +", " ", text)

    return shown


def feature_levels(session: ToolSession) -> Shown:
    """Of the features that each cluster finalises."""
    return lambda text: "\n".join(
        re.sub(r"\s+", " ", line)
        for line in session.normal(text).splitlines()
        if re.match(r"Feature: (metadata|kraft)\.version", line)
    )


def quorum_replicas(session: ToolSession) -> Shown:
    """One row a node, in order, with one leader among them."""

    def shown(text: str) -> str:
        head, *rows = (line.split() for line in session.normal(text).splitlines() if line.strip())
        statuses = sorted(row[-1] for row in rows)
        return "\n".join([" ".join(head), *sorted(f"{row[0]} of {len(row)} fields" for row in rows), *statuses])

    return shown


def directory_sizes(session: ToolSession) -> Shown:
    """Directories of each broker, whose order is nobody's business."""

    def shown(text: str) -> str:
        *said, last = session.normal(text).strip().splitlines()
        found = json.loads(last)
        for broker in found["brokers"]:
            for directory in broker["logDirs"]:
                directory["partitions"].sort(key=lambda one: one["partition"])
        found["brokers"].sort(key=lambda one: one["broker"])
        return "\n".join([*said, json.dumps(found, indent=1)])

    return shown
