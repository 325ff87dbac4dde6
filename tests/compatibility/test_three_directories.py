"""Three stopped brokers' directories, two programs: each serves what the other's three wrote, nothing lost either way.

A topic with three replicas on all nodes, a group's offsets, an idempotent producer's sequences, a quorum of three.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.conformance.conversation import Conversation
from tests.helpers import apache_kafka, three_nodes
from tests.helpers.record_batches import batch, describe
from tests.helpers.single_node import Program, program_under_test
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes

pytestmark = [pytest.mark.java, pytest.mark.slow, pytest.mark.timeout(300)]

GROUP = "the-group"
PARTITIONS = 3


@pytest.fixture(scope="module", autouse=True)
def _needs_java() -> None:
    reason = apache_kafka.find_reason_to_skip()
    if reason:
        pytest.skip(reason)


class Story:
    """What was written so far, in the order of writing, whoever ran the nodes."""

    def __init__(self) -> None:
        self.values: dict[str, list[bytes]] = {}
        self.producer_id = -1
        self.committed = 0
        self.cluster_id = ""
        self.topic_ids: dict[str, object] = {}

    def go_on(self, nodes: ThreeNodes, chapter: str) -> None:
        """Checks everything written before, on every replica, and writes more."""
        nodes.until(lambda: nodes.controller(), "a controller")
        for topic in self.values:
            nodes.wait_in_sync(topic)
        self._check(nodes)
        nodes.create_topic(chapter, partitions=PARTITIONS)
        self.values[chapter] = []
        if self.producer_id < 0:
            talk = Conversation(nodes.address(1))
            self.producer_id = talk.new_producer_id()
            talk.close_all()
        for topic in self.values:
            self._write(nodes, topic, f"{topic} in {chapter}".encode())
        self._commit(nodes, len(self.values))
        self._check(nodes)

    def _write(self, nodes: ThreeNodes, topic: str, value: bytes) -> None:
        identity = {"producer_id": self.producer_id, "producer_epoch": 0, "base_sequence": len(self.values[topic])}
        talk = Conversation(nodes.address(nodes.leader(topic)))
        talk.wait_for_topic(topic)
        data = batch([value], timestamp=int(time.time() * 1000), **identity)
        talk.produce(topic, data)
        talk.produce(topic, data)  # the same again: a duplicate, if the sequences before it are known
        talk.close_all()
        self.values[topic].append(value)

    def _commit(self, nodes: ThreeNodes, offset: int) -> None:
        def committed() -> bool:
            node_id = self._coordinator(nodes)
            part = {"partition_index": 0, "committed_offset": offset, "committed_metadata": "note"}
            topics = [{"name": next(iter(self.values)), "partitions": [part]}]
            group = {"group_id": GROUP, "generation_id_or_member_epoch": -1, "member_id": ""}
            answer = nodes.ask(node_id, "OffsetCommit", 7, **group, topics=topics)
            return bool(answer["topics"][0]["partitions"][0]["error_code"] == 0)

        nodes.until(committed, "offsets to be committed")
        self.committed = offset

    @staticmethod
    def _coordinator(nodes: ThreeNodes) -> int:
        def found() -> int:
            answer = nodes.ask(1, "FindCoordinator", 1, key=GROUP, key_type=0)
            return int(answer["node_id"]) if answer["error_code"] == 0 else 0

        return int(nodes.until(found, "the group's coordinator"))

    def _check(self, nodes: ThreeNodes) -> None:
        answer = nodes.ask(1, "Metadata", 12, topics=None, allow_auto_topic_creation=False)
        assert self.cluster_id in ("", answer["cluster_id"])
        self.cluster_id = answer["cluster_id"]
        for topic in answer["topics"]:
            known = self.topic_ids.setdefault(topic["name"], topic["topic_id"])
            assert topic["topic_id"] == known, topic["name"]
        for topic, expected in self.values.items():
            for node_id in NODE_IDS:
                nodes.until(
                    lambda t=topic, n=node_id, e=expected: _values(nodes, t, n) == e,
                    f"{expected} in {topic} on node {node_id}",
                    timeout_s=20,
                )
        if self.committed:
            node_id = self._coordinator(nodes)
            fields = {"group_id": GROUP, "topics": None}

            def kept() -> bool:
                topics = nodes.ask(node_id, "OffsetFetch", 7, **fields)["topics"]
                parts = [part for topic in topics for part in topic["partitions"]]
                return [(part["committed_offset"], part["metadata"]) for part in parts] == [(self.committed, "note")]

            nodes.until(kept, "the committed offset", timeout_s=20)


def _values(nodes: ThreeNodes, topic: str, node_id: int) -> list[bytes]:
    part = {"partition": 0, "fetch_offset": 0, "partition_max_bytes": 1 << 20}
    fields = {"max_wait": 0, "min_bytes": 0, "topics": [{"topic": topic, "partitions": [part]}]}
    found = nodes.ask(node_id, "Fetch", 12, **fields)["responses"][0]["partitions"][0]
    return [record["value"] for one in describe(found["records"]) if isinstance(one, dict) for record in one["records"]]


@pytest.mark.parametrize("static_voters", [False, True], ids=["dynamic quorum", "static voters"])
@pytest.mark.parametrize("first", [Program.WORKBENCH, Program.APACHE_KAFKA], ids=["ours first", "Kafka first"])
def test_each_goes_on_with_what_the_other_left(tmp_path: Path, first: Program, static_voters: bool) -> None:
    ours = program_under_test()
    programs = [ours, Program.APACHE_KAFKA] if first is Program.WORKBENCH else [Program.APACHE_KAFKA, ours]
    nodes = three_nodes.prepare(tmp_path, programs[0], static_voters=static_voters)
    story = Story()
    for chapter, program in enumerate([*programs, programs[0]]):
        with three_nodes.running(nodes.taken_over_by(program)) as running:
            story.go_on(running, f"chapter-{chapter}")
    assert not list(tmp_path.glob("d*/*-stray")), "a directory was taken for a stray one"
