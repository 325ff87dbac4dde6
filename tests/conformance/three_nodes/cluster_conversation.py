"""A conversation with three nodes: a speaker for each, topics placed by hand, answers without what chance decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.conformance.conversation import Conversation, Speaker
from tests.conformance.normaliser import Normaliser
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes
from tests.helpers.wire_connection import WireConnection

_UNORDERED = {"isr_nodes", "eligible_leader_replicas", "last_known_elr", "offline_replicas"}
"""Replicas have an order that means something; these are sets."""


class ClusterNormaliser(Normaliser):
    """Any broker may be told as the controller, and sets of brokers come in any order."""

    def answer(self, value: Any) -> Any:
        return super().answer(_without_chance(value))


def _without_chance(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {key: _without_chance(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return sorted(value) if name in _UNORDERED else [_without_chance(item) for item in value]
    if name == "controller_id" and isinstance(value, int) and value in NODE_IDS:
        return "<a broker>"
    return value


class NodeSpeaker(Speaker):
    """A connection to one of the nodes; its lines begin with the node's id."""

    def __init__(self, conversation: Conversation, node_id: int, address: str) -> None:
        super().__init__(conversation, str(node_id), "tester")
        self.address = address

    @property
    def connection(self) -> WireConnection:
        if self._connection is None:
            self._connection = WireConnection(self.address)
        return self._connection


class ClusterConversation(Conversation):
    """What one scenario says to the nodes; itself speaks to node 1."""

    def __init__(self, nodes: ThreeNodes) -> None:
        super().__init__(nodes.address(1))
        self.nodes = nodes
        self.normaliser = ClusterNormaliser(self._suffix)
        self._to = {node_id: NodeSpeaker(self, node_id, nodes.address(node_id)) for node_id in NODE_IDS}
        self._speakers += self._to.values()

    def at(self, node_id: int) -> Speaker:
        """The connection to a node."""
        return self._to[node_id]

    def place(self, label: str, *replicas: list[int], **configs: str) -> str:
        """A new topic whose partitions have these replicas, the leader first; it is led when this returns."""
        name = self.name(label)
        wanted = [{"name": key.replace("_", "."), "value": value} for key, value in configs.items()]
        placed = [{"partition_index": index, "broker_ids": ids} for index, ids in enumerate(replicas)]
        topic = {"name": name, "num_partitions": -1, "replication_factor": -1, "configs": wanted, "assignments": placed}
        answer = self.setup("CreateTopics", 7, topics=[topic], timeout=10_000)
        self.normaliser.learn(answer)
        assert answer["topics"][0]["error_code"] == 0, answer
        for node_id in NODE_IDS:
            self.until_seen(name, lambda parts: all(part["leader_id"] >= 0 for part in parts), node_id=node_id)
        for index, ids in enumerate(replicas):
            self.until_led(name, index, ids[0])
        return name

    def partitions_of(self, name: str, *, node_id: int = 1) -> list[dict[str, Any]]:
        asked = [{"name": name, "topic_id": None}]
        answer = self.at(node_id).setup("Metadata", 12, topics=asked, allow_auto_topic_creation=False)
        return sorted(answer["topics"][0]["partitions"], key=lambda part: int(part["partition_index"]))

    def until_seen(self, name: str, holds: Any, *, node_id: int = 1) -> None:
        """Returns when the node's metadata of the topic is as `holds` wants the partitions."""

        def seen() -> bool:
            parts = self.partitions_of(name, node_id=node_id)
            return bool(parts) and bool(holds(parts))

        self.until(seen, f"node {node_id} to see {name} as expected", 40)

    def until_led(self, name: str, partition: int, leader: int) -> None:
        """Returns when that node answers as the partition's leader."""
        asked = [{"name": name, "partitions": [{"partition_index": partition, "timestamp": -1}]}]

        def led() -> bool:
            answer = self.at(leader).setup("ListOffsets", 7, replica_id=-1, topics=asked)
            return bool(answer["topics"][0]["partitions"][0]["error_code"] == 0)

        self.until(led, f"node {leader} to lead {name}-{partition}", 40)

    def until_isr(self, name: str, *isr: int, partition: int = 0) -> None:
        self.until_seen(name, lambda parts: set(parts[partition]["isr_nodes"]) == set(isr))

    def write(self, line: str) -> None:
        """Lines of the first speaker are those of node 1."""
        super().write("1" + line if line.startswith(("> ", "< ")) else line)
