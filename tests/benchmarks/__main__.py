"""Takes turns between the contestants and prints one table with ratios."""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from tests.benchmarks import measures
from tests.benchmarks.contestants import ApacheKafka, Contestant, Ours


def _measure(contestant: Contestant, lines: Path, rounds: int, failover: bool) -> dict[str, float]:
    size = lines.stat().st_size
    found = {"first record, s": measures.first_record_s(contestant)}
    measures.quiet()
    found["idle CPU, % of a core"] = measures.idle_cpu_percent(contestant)
    found["topic creation, ms"] = measures.topic_creation_ms(contestant)
    found["group join, ms"] = measures.join_group_ms(contestant)
    found["latency p50, us"], found["latency p99, us"] = measures.latency_us(contestant)
    produced, consumed = [], []
    for _ in range(rounds):
        topic = measures._topic(contestant)
        produced.append(measures.produce_mb_s(contestant, lines, topic))
        consumed.append(measures.consume_mb_s(contestant, topic, size))
    found["produce 1 KiB, MB/s"] = median(produced)
    found["consume 1 KiB, MB/s"] = median(consumed)
    found["memory after load, MB"] = contestant.memory_bytes() / 1e6
    if contestant.brokers > 1:
        measures.make_topics(contestant, 100, 3)
        measures.settle(contestant)
        found["idle CPU with 300 partitions, %"] = measures.idle_cpu_percent(contestant)
    if failover:
        for ends, how in (("clean stop", signal.SIGTERM), ("kill -9", signal.SIGKILL)):
            for of_controller in (False, True):
                whose = "the controller" if of_controller else "a leader"
                found[f"{ends} of {whose}, ms"] = measures.failover_ms(contestant, how, of_controller=of_controller)
                measures.settle(contestant)
    return found


def _with_many_topics(contestant: Contestant, topics: int) -> dict[str, float]:
    """A cluster of its own with `topics` of three partitions, started for the second time."""
    contestant.start()
    measures.wait_for_brokers(contestant)
    began = time.perf_counter()
    measures.make_topics(contestant, topics, 3)
    found = {"making the topics, s": time.perf_counter() - began}
    measures.settle(contestant)
    contestant.stop()
    measures.quiet()
    found["start, s"] = measures.start_s(contestant)
    measures.settle(contestant)
    found["idle CPU, % of a core"] = measures.idle_cpu_percent(contestant, 30)
    found["memory, MB"] = contestant.memory_bytes() / 1e6
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--brokers", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=3, help="turns of producing and consuming for each side")
    parser.add_argument("--megabytes", type=int, default=500)
    parser.add_argument("--port", type=int, default=31092)
    parser.add_argument("--no-failover", action="store_true")
    parser.add_argument("--topics", type=int, help="only: start and rest of a cluster that has so many topics")
    given = parser.parse_args()
    results: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines"
        measures.make_lines(lines, given.megabytes)
        makers: list[Callable[[int, int], Contestant]] = [ApacheKafka, Ours]
        for turn, make in enumerate(makers):
            contestant = make(given.brokers, given.port + 20 * turn)
            try:
                if given.topics:
                    results[contestant.name] = _with_many_topics(contestant, given.topics)
                    continue
                failover = given.brokers > 1 and not given.no_failover
                results[contestant.name] = _measure(contestant, lines, given.rounds, failover)
            finally:
                contestant.remove()
    ours, theirs = results[Ours.name], results[ApacheKafka.name]
    print(f"{given.brokers} broker(s){'':28}{'workbench':>12}{'Apache Kafka':>14}{'better by':>11}")
    for name, value in ours.items():
        other = theirs[name]
        less = "MB/s" not in name
        ratio = (other / value if less else value / other) if value and other else float("nan")
        print(f"{name:<40}{value:>12.2f}{other:>14.2f}{ratio:>10.1f}x")


if __name__ == "__main__":
    main()
