"""aiokafka: producer and grouped consumer on one event loop."""

from __future__ import annotations

import asyncio
import secrets

import pytest

pytestmark = pytest.mark.external_client

aiokafka = pytest.importorskip("aiokafka", reason="aiokafka is not installed")


async def test_round_trip_with_a_group(bootstrap: str) -> None:
    topic = f"aiokafka-{secrets.token_hex(3)}"
    async with asyncio.timeout(60):
        for codec in (None, "gzip", "snappy", "lz4", "zstd"):
            producer = aiokafka.AIOKafkaProducer(
                bootstrap_servers=bootstrap, compression_type=codec, enable_idempotence=True
            )
            async with producer:
                for number in range(10):
                    await producer.send_and_wait(topic, f"{codec}-{number}".encode(), key=b"k", headers=[("h", b"x")])
        consumer = aiokafka.AIOKafkaConsumer(
            topic,
            bootstrap_servers=bootstrap,
            group_id=f"{topic}-group",
            auto_offset_reset="earliest",
            enable_auto_commit=False,
        )
        async with consumer:
            messages = [await consumer.getone() for _ in range(50)]
            await consumer.commit()
            part = aiokafka.TopicPartition(topic, 0)
            assert await consumer.committed(part) == 50
            assert (await consumer.end_offsets([part]))[part] == 50
            assert await consumer.offsets_for_times({part: 1}) != {}
    expected = [
        f"{codec}-{number}".encode() for codec in (None, "gzip", "snappy", "lz4", "zstd") for number in range(10)
    ]
    assert [message.value for message in messages] == expected
    assert {message.headers for message in messages} == {(("h", b"x"),)}
