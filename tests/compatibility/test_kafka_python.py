"""kafka-python of three generations, each in a process of its own, through producer, consumer and admin client."""

from __future__ import annotations

import json
import secrets
from pathlib import Path

import pytest

from tests.helpers.installed_clients import KAFKA_PYTHON, ClientProgram, kafka_python

pytestmark = pytest.mark.external_client

PROGRAM = """
import json, sys
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient, NewPartitions, NewTopic
import kafka

bootstrap, topic, group = {bootstrap!r}, {topic!r}, {group!r}
seen = {{"version": kafka.__version__}}

admin = KafkaAdminClient(bootstrap_servers=bootstrap)
admin.create_topics([NewTopic(topic, 2, 1, topic_configs={{"retention.ms": "3600000"}})])
admin.create_partitions({{topic: NewPartitions(3)}})
seen["listed"] = topic in admin.list_topics()

for codec in (None, "gzip", "lz4", "zstd"):
    producer = KafkaProducer(bootstrap_servers=bootstrap, compression_type=codec, acks="all", linger_ms=5)
    for number in range(5):
        sent = producer.send(topic, key=b"k%d" % number, value=str(codec).encode() + b"-%d" % number,
                             headers=[("codec", str(codec).encode())], partition=number % 3)
    seen["offset of " + str(codec)] = sent.get(timeout=20).offset
    producer.flush()
    producer.close()

consumer = KafkaConsumer(topic, bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest",
                         enable_auto_commit=False, consumer_timeout_ms=15000)
values, headers = [], set()
for message in consumer:
    values.append((message.partition, message.offset, message.value.decode()))
    headers.update(value.decode() for name, value in message.headers)
    if len(values) == 20:
        break
seen["values"], seen["headers"] = sorted(values), sorted(headers)
consumer.commit()
parts = [TopicPartition(topic, number) for number in range(3)]
seen["committed"] = [consumer.committed(part) for part in parts]
seen["begin"] = sorted(consumer.beginning_offsets(parts).values())
seen["end"] = sorted(consumer.end_offsets(parts).values())
seen["by time"] = sorted(found.offset for found in consumer.offsets_for_times({{part: 1 for part in parts}}).values())
consumer.seek(parts[0], 2)
seen["position"] = consumer.position(parts[0])
consumer.close()
print(json.dumps(seen))
"""


@pytest.mark.parametrize("version", KAFKA_PYTHON)
def test_round_trip(version: str, bootstrap: str, tmp_path: Path) -> None:
    run = secrets.token_hex(3)
    source = PROGRAM.format(bootstrap=bootstrap, topic=f"round-trip-{run}", group=f"round-trip-{run}")
    with ClientProgram(source, library=kafka_python(version), directory=tmp_path, name="round_trip") as program:
        seen = json.loads(program.finish().splitlines()[-1])
    assert seen["version"] == version
    assert seen["listed"]
    expected = [
        [partition, place * counts + index, f"{codec}-{partition + 3 * index}"]
        for partition, counts in ((0, 2), (1, 2), (2, 1))
        for place, codec in enumerate(("None", "gzip", "lz4", "zstd"))
        for index in range(counts)
    ]
    assert seen["values"] == sorted(expected)
    assert seen["headers"] == ["None", "gzip", "lz4", "zstd"]
    assert seen["committed"] == [8, 8, 4]
    assert (seen["begin"], seen["end"], seen["by time"]) == ([0, 0, 0], [4, 8, 8], [0, 0, 0])
    assert seen["position"] == 2
