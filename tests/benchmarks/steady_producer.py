"""Writes so many records of 100 bytes a second until its input ends: `python -m tests.benchmarks.steady_producer
BOOTSTRAP TOPIC RATE`. Prints the rate that it reached."""

from __future__ import annotations

import sys
import threading
import time

from confluent_kafka import Producer

EVERY_S = 0.01


def main() -> None:
    bootstrap, topic, rate = sys.argv[1], sys.argv[2], int(sys.argv[3])
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, "queue.buffering.max.messages": 1_000_000})
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    value = b"0123456789" * 10
    began = time.perf_counter()
    sent = 0
    while not ended.is_set():
        due = int((time.perf_counter() - began) * rate)
        for _ in range(due - sent):
            producer.produce(topic, value)
        sent = due
        producer.poll(0)
        time.sleep(EVERY_S)
    left = producer.flush(10)
    print(int((sent - left) / (time.perf_counter() - began)))


if __name__ == "__main__":
    main()
