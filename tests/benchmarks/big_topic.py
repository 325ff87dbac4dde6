"""Fills a topic with millions of records in seconds: batches made once, their times patched, sent ahead of answers.

    python -m tests.benchmarks.big_topic BOOTSTRAP TOPIC MESSAGES    (the topic has to exist, with 4 partitions)

Values are JSON of 100 bytes, batches as large as a producer's default (16 KiB), timestamps a millisecond apart, so
`MESSAGES` records span `MESSAGES / 4` milliseconds up to now.
"""

from __future__ import annotations

import random
import struct
import sys
import time

from workbench.client.browse.broker_socket import BrokerSocket
from workbench.records import NewRecord, build_batch
from workbench.records.builder import seal
from workbench.records.layout import BASE_TIMESTAMP_AT
from workbench.wire.messages import ProduceRequest, ProduceResponse

PARTITIONS = 4
VALUE_BYTES = 100
BATCH_RECORDS = 145
TEMPLATES = 64
AHEAD = 5
SOUGHT = "customer-4711"
"""Stands in one value of all templates, so in one record of 9280."""

_TIMES = struct.Struct(">qq")


def make_templates() -> list[bytearray]:
    """Batches of different values at time 0."""
    chance = random.Random(7)
    made = []
    for number in range(TEMPLATES):
        records = []
        for place in range(BATCH_RECORDS):
            customer = SOUGHT if number == place == 20 else f"customer-{chance.randrange(1000, 4700)}"
            start = f'{{"order":{chance.randrange(10**6):06d},"customer":"{customer}","amount":{chance.random():.4f},'
            text = (start + '"note":"' + "x" * VALUE_BYTES)[: VALUE_BYTES - 2] + '"}'
            records.append(NewRecord(place, None, text.encode()))
        made.append(build_batch(records))
    return made


def fill(host: str, port: int, topic: str, messages: int) -> int:
    """Writes at least `messages` records and returns how many."""
    templates = make_templates()
    sent = answered = 0
    turns = -(-messages // (PARTITIONS * BATCH_RECORDS))
    begin_ms = time.time_ns() // 1_000_000 - turns * BATCH_RECORDS
    connection = BrokerSocket(host, port, {}, "benchmark")

    def check() -> None:
        answer: ProduceResponse = connection.receive()
        for part in answer.responses[0].partition_responses:
            assert part.error_code == 0, part

    for turn in range(turns):
        data = []
        for partition in range(PARTITIONS):
            batch = templates[(turn + partition) % TEMPLATES]
            at_ms = begin_ms + turn * BATCH_RECORDS
            _TIMES.pack_into(batch, BASE_TIMESTAMP_AT, at_ms, at_ms + BATCH_RECORDS - 1)
            seal(batch)
            data.append(ProduceRequest.PartitionProduceData(index=partition, records=bytes(batch)))
        topics = [ProduceRequest.TopicProduceData(name=topic, partition_data=data)]
        request = ProduceRequest(transactional_id=None, acks=1, timeout_ms=30_000, topic_data=topics)
        connection.send(request, ProduceResponse, highest=12)
        sent += 1
        if sent - answered >= AHEAD:
            check()
            answered += 1
    for _ in range(sent - answered):
        check()
    connection.close()
    return turns * PARTITIONS * BATCH_RECORDS


def main() -> None:
    address, topic, messages = sys.argv[1:]
    host, _, port = address.rpartition(":")
    print(fill(host, int(port), topic, int(messages)))


if __name__ == "__main__":
    main()
