"""confluent-kafka (librdkafka): admin, an idempotent producer with every codec, consumers that share a topic."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.external_client

confluent_kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
admin_module = pytest.importorskip("confluent_kafka.admin", reason="confluent-kafka is not installed")


@pytest.fixture
def topic(bootstrap: str) -> str:
    name = f"confluent-{secrets.token_hex(3)}"
    admin = admin_module.AdminClient({"bootstrap.servers": bootstrap})
    admin.create_topics([admin_module.NewTopic(name, 3, 1)])[name].result(15)
    return name


def _consumer(bootstrap: str, group: str, **more: Any) -> Any:
    settings = {"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"}
    return confluent_kafka.Consumer({**settings, "enable.auto.commit": False, **more})


def _poll(consumers: list[Any], done: Callable[[], bool], take: Callable[[Any], object], timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not done() and time.monotonic() < deadline:
        for consumer in consumers:
            message = consumer.poll(0.05)
            if message is not None:
                assert message.error() is None, message.error()
                take(message)
    assert done(), "not all that was expected came in time"


def test_every_codec_idempotently(bootstrap: str, topic: str) -> None:
    delivered: list[int] = []

    def on_delivery(error: Any, message: Any) -> None:
        assert error is None, error
        delivered.append(message.offset())

    codecs = ("none", "gzip", "snappy", "lz4", "zstd")
    for codec in codecs:
        producer = confluent_kafka.Producer(
            {"bootstrap.servers": bootstrap, "compression.type": codec, "enable.idempotence": True, "linger.ms": 5}
        )
        for number in range(100):
            producer.produce(topic, f"{codec}-{number}" * 10, key=codec, partition=1, on_delivery=on_delivery)
        assert producer.flush(20) == 0
    assert delivered == list(range(500))
    consumer = _consumer(bootstrap, f"{topic}-reader")
    consumer.assign([confluent_kafka.TopicPartition(topic, 1, 0)])
    values: list[bytes] = []
    _poll([consumer], lambda: len(values) >= 500, lambda message: values.append(message.value()))
    consumer.close()
    assert values == [(f"{codec}-{number}" * 10).encode() for codec in codecs for number in range(100)]


def test_two_consumers_share_and_take_over(bootstrap: str, topic: str) -> None:
    group = f"{topic}-group"
    first, second = (_consumer(bootstrap, group, **{"session.timeout.ms": 6000}) for _ in range(2))
    for consumer in (first, second):
        consumer.subscribe([topic])
    _poll([first, second], lambda: len(first.assignment()) * len(second.assignment()) == 2, lambda _: None)
    owned = [part.partition for consumer in (first, second) for part in consumer.assignment()]
    assert sorted(owned) == [0, 1, 2]
    producer = confluent_kafka.Producer({"bootstrap.servers": bootstrap})
    for number in range(30):
        producer.produce(topic, str(number), partition=number % 3)
    assert producer.flush(20) == 0
    values: list[int] = []
    _poll([first, second], lambda: len(values) >= 30, lambda message: values.append(int(message.value())))
    assert sorted(values) == list(range(30))
    for consumer in (first, second):
        consumer.commit(asynchronous=False)
    second.close()
    _poll([first], lambda: len(first.assignment()) == 3, lambda _: None)
    committed = first.committed([confluent_kafka.TopicPartition(topic, number) for number in range(3)], 10)
    assert [part.offset for part in committed] == [10, 10, 10]
    first.close()


def test_admin(bootstrap: str, topic: str) -> None:
    admin = admin_module.AdminClient({"bootstrap.servers": bootstrap})
    admin.create_partitions([admin_module.NewPartitions(topic, 5)])[topic].result(15)
    resource = admin_module.ConfigResource(
        admin_module.RESOURCE_TOPIC,
        topic,
        incremental_configs=[
            admin_module.ConfigEntry("retention.ms", "123456", incremental_operation=admin_module.AlterConfigOpType.SET)
        ],
    )
    admin.incremental_alter_configs([resource])[resource].result(15)
    described = admin.describe_configs([resource])[resource].result(15)
    assert described["retention.ms"].value == "123456"
    assert len(admin.describe_cluster().result(15).nodes) >= 1
    assert len(admin.list_topics(topic, 15).topics[topic].partitions) == 5
    admin.delete_topics([topic])[topic].result(15)
    assert topic not in admin.list_topics(timeout=15).topics
