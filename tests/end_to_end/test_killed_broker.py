"""kill -9 of the broker under load, again and again: nothing acknowledged is lost, nothing is doubled.

A sample runs with the other tests; WORKBENCH_KILL_ROUNDS=1000 and `-m slow` run as many rounds as one has time for.
A failing run prints its seed.
"""

from __future__ import annotations

import os
import random
import threading
from collections import Counter
from pathlib import Path

import pytest

from tests.conformance.conversation import Conversation
from tests.end_to_end.unbroken_writer import UnbrokenWriter, values_in
from tests.helpers import single_node
from tests.helpers.single_node import SingleNode, program_under_test

SAMPLE_ROUNDS = 4


def test_a_sample_of_kills(tmp_path: Path) -> None:
    _kill_again_and_again(tmp_path, SAMPLE_ROUNDS)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_many_kills(tmp_path: Path) -> None:
    _kill_again_and_again(tmp_path, int(os.environ.get("WORKBENCH_KILL_ROUNDS", "50")))


def _kill_again_and_again(directory: Path, rounds: int) -> None:
    seed = int(os.environ.get("WORKBENCH_KILL_SEED", random.randrange(1_000_000)))
    print(f"WORKBENCH_KILL_SEED={seed}")
    chance = random.Random(seed)
    program = program_under_test()
    few = {"offsets.topic.num.partitions": "1", "log.segment.bytes": "1048576"}
    node = SingleNode(single_node.prepare(directory, program, settings=few), program)
    node.start()
    try:
        talk = Conversation(node.bootstrap)
        topics = {idempotent: talk.create_topic(f"idempotent-{idempotent}") for idempotent in (True, False)}
        talk.close_all()
        writers = {kind: UnbrokenWriter(node.bootstrap, topic, idempotent=kind) for kind, topic in topics.items()}
        for round_number in range(rounds):
            _write_until_killed(node, list(writers.values()), chance)
            node.start()
            if round_number % 20 == 19 or round_number == rounds - 1:
                for idempotent, writer in writers.items():
                    writer.finish()
                    _check(node.bootstrap, writer, idempotent)
        for writer in writers.values():
            assert len(writer.acknowledged) > rounds, "there was load when the broker was killed"
            writer.close()
        node.stop()
    finally:
        node.kill()


def _write_until_killed(node: SingleNode, writers: list[UnbrokenWriter], chance: random.Random) -> None:
    failures: list[BaseException] = []

    def write(writer: UnbrokenWriter) -> None:
        try:
            writer.write_for(20)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in writers]
    for thread in threads:
        thread.start()
    threads[0].join(chance.uniform(0.05, 0.4))
    node.kill()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def _check(bootstrap: str, writer: UnbrokenWriter, idempotent: bool) -> None:
    found = values_in(bootstrap, writer.topic)
    lost = set(writer.acknowledged) - set(found)
    assert not lost, f"{len(lost)} acknowledged records are gone, the first is {min(lost)}"
    if idempotent:
        doubled = [value for value, count in Counter(found).items() if count > 1]
        assert not doubled, f"{len(doubled)} records are there twice, the first is {doubled[0]}"
        assert found == sorted(found), "the order of the records"
