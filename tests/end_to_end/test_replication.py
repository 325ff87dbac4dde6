"""Replication under faults, after Kafka's own system test: nothing acknowledged is lost, doubled or out of order.

Three brokers, three replicas, min.insync.replicas 2, a thousand records a second from an idempotent producer. One of
each fault runs with the other tests, five of each as `slow`; WORKBENCH_KILL_ROUNDS=200 and `-m slow -k many_kills` runs
as many kills as one has time for. TESTED_BROKER=apache-kafka holds the same test with Apache Kafka.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator

import pytest

from tests.helpers import three_nodes
from tests.helpers.single_node import program_under_test
from tests.helpers.three_nodes import NODE_IDS, ThreeNodes

pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")

from tests.end_to_end.replicated_writer import ReplicatedWriter, check

pytestmark = pytest.mark.external_client

PARTITIONS = 3
SETTINGS = {
    "broker.session.timeout.ms": "3000",
    "broker.heartbeat.interval.ms": "500",
    "replica.lag.time.max.ms": "3000",
    "min.insync.replicas": "2",
}
"""A broker is missed after three seconds instead of nine, so that a test has time for more than one."""


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ThreeNodes]:
    prepared = three_nodes.prepare(tmp_path_factory.mktemp("three"), program_under_test(), settings=SETTINGS)
    with three_nodes.running(prepared):
        yield prepared


class Play:
    """A cluster under load and its faults; each ends with everything running again."""

    def __init__(self, nodes: ThreeNodes, topic: str) -> None:
        self.nodes = nodes
        self.topic = topic
        nodes.create_topic(topic, partitions=PARTITIONS, min_insync_replicas="2")
        self.writer = ReplicatedWriter(nodes.bootstrap, topic, PARTITIONS)
        self.writer.start()
        self.writer.wait_for(500)

    def kill_leader(self) -> None:
        self._kill(self.nodes.leader(self.topic))

    def kill_controller(self) -> None:
        self._kill(self.nodes.controller())

    def _kill(self, node_id: int) -> None:
        self.nodes.kill([node_id])
        self._goes_on_without(node_id)
        self.nodes.start([node_id])

    def stop_leader(self) -> None:
        node_id = self.nodes.leader(self.topic)
        self.nodes.stop([node_id])
        self._goes_on_without(node_id)
        self.nodes.start([node_id])

    def pause_leader(self) -> None:
        node_id = self.nodes.leader(self.topic)
        self.nodes.pause(node_id)
        self._goes_on_without(node_id)
        self.nodes.resume(node_id)

    def bounce_all(self) -> None:
        for node_id in NODE_IDS:
            self.nodes.stop([node_id])
            self.nodes.start([node_id])
            self.nodes.wait_in_sync(self.topic)

    def _goes_on_without(self, node_id: int) -> None:
        """Another leader for every partition, and a thousand records acknowledged by it."""
        self.nodes.until(
            lambda: all(part["leader_id"] not in (-1, node_id) for part in self.nodes.partitions(self.topic)),
            f"other leaders than node {node_id}",
            timeout_s=30,
        )
        self.writer.wait_for(1000)

    def settle(self) -> None:
        """Everything in sync again, and written on."""
        self.nodes.wait_in_sync(self.topic)
        self.writer.wait_for(500)

    def end(self) -> None:
        self.writer.finish()
        check(self.nodes, self.writer)


FAULTS: dict[str, Callable[[Play], None]] = {
    "the leader killed": Play.kill_leader,
    "the leader stopped": Play.stop_leader,
    "the leader paused": Play.pause_leader,
    "the controller killed": Play.kill_controller,
    "a rolling bounce": Play.bounce_all,
}


def _play(nodes: ThreeNodes, topic: str, faults: list[Callable[[Play], None]]) -> None:
    play = Play(nodes, topic)
    try:
        for fault in faults:
            fault(play)
            play.settle()
        play.end()
    finally:
        play.writer.stop()
        _all_running(nodes)


def _all_running(nodes: ThreeNodes) -> None:
    """What a failed test left paused or dead runs again, for the next one."""
    for node_id in list(nodes._paused):
        nodes.resume(node_id)
    missing = [node_id for node_id in NODE_IDS if not nodes.is_running(node_id)]
    if missing:
        nodes.start(missing)


def test_one_of_each_fault(nodes: ThreeNodes) -> None:
    _play(nodes, "one-of-each", list(FAULTS.values()))


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS)
def test_five_times(nodes: ThreeNodes, fault: str) -> None:
    _play(nodes, "five-times-" + fault.replace(" ", "-"), [FAULTS[fault]] * 5)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_kills(nodes: ThreeNodes) -> None:
    """Leaders, controllers and others killed in turn, the next one when all replicas are in sync again."""
    rounds = int(os.environ.get("WORKBENCH_KILL_ROUNDS", "20"))
    seed = int(os.environ.get("WORKBENCH_KILL_SEED", random.randrange(1_000_000)))
    print(f"WORKBENCH_KILL_SEED={seed}")
    chance = random.Random(seed)
    done = 0
    while done < rounds:
        play = Play(nodes, f"many-{done}")
        try:
            for _ in range(min(20, rounds - done)):
                _kill_one(play, chance)
                done += 1
            play.end()
        finally:
            play.writer.stop()
            _all_running(nodes)
        print(f"{done} kills, {play.writer.count} records, {play.writer.longest_silence_s:.1f} s at most without")


def _kill_one(play: Play, chance: random.Random) -> None:
    """Not all of them are missed by the others: some are back before their session ends."""
    nodes = play.nodes
    victim = chance.choice([nodes.leader(play.topic), nodes.controller(), chance.choice(NODE_IDS)])
    nodes.kill([victim])
    if chance.random() < 0.5:
        nodes.until(
            lambda: all(part["leader_id"] not in (-1, victim) for part in nodes.partitions(play.topic)),
            f"other leaders than node {victim}",
        )
        play.writer.wait_for(200)
    nodes.start([victim])
    nodes.wait_in_sync(play.topic)
    play.writer.wait_for(300)
