"""Programs that write to a cluster and read from it, for screenshots: orders, clicks, payments, two groups.

Real clients in threads of this process; the values are drawn from a seeded generator.
"""

from __future__ import annotations

import contextlib
import json
import random
import threading
import time
from typing import Any

TOPICS = (("orders", 6), ("clicks", 6), ("payments", 3), ("customers", 3), ("inventory", 3))
READERS = (
    ("orders", "billing-1", "order-billing"),
    ("orders", "billing-2", "order-billing"),
    ("orders", "billing-3", "order-billing"),
    ("clicks", "sessionizer-1", "clicks-sessionizer"),
)
WRITER: dict[str, Any] = {"linger_ms": 20, "compression_type": "gzip", "enable_idempotence": False}
"""Not idempotent: once a batch that was sent expires (delivery_timeout_ms), kafka-python 3.0's idempotent producer
is without an id for good and writes no more, be it to this broker or to Apache Kafka's."""
STATUSES = ("PAID", "PAID", "PAID", "FAILED", "NEW", "SHIPPED")
CURRENCIES = ("EUR", "USD", "GBP")


class DemoLoad:
    """`start` makes the topics and begins, `stop` ends; both block, so they belong into a worker thread."""

    def __init__(self, bootstrap: str, seed: int = 7) -> None:
        self._bootstrap = bootstrap
        self._random = random.Random(seed)
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Makes the topics that are missing and starts writing and reading."""
        from kafka import KafkaAdminClient

        admin = KafkaAdminClient(bootstrap_servers=self._bootstrap)
        present = set(admin.list_topics())
        copies = min(3, len(admin.describe_cluster()["brokers"]))
        wanted = {
            name: {"num_partitions": count, "replication_factor": copies}
            for name, count in TOPICS
            if name not in present
        }
        if wanted:
            admin.create_topics(wanted)
        admin.close()
        self._begin("writer", self._write)
        for topic, client_id, group in READERS:
            self._begin(client_id, self._read, topic, client_id, group)

    def stop(self) -> None:
        """Ends every program."""
        self._end.set()
        for thread in self._threads:
            thread.join(timeout=5)

    def _begin(self, name: str, work: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=work, args=arguments, name=f"demo {name}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _write(self) -> None:
        from kafka import KafkaProducer
        from kafka.errors import KafkaTimeoutError

        producer = KafkaProducer(bootstrap_servers=self._bootstrap, **WRITER)
        number = 0
        while not self._end.wait(0.05 + self._random.random() * 0.06):
            for _ in range(self._random.randint(5, 12)):
                number += 1
                self._write_some(producer, number)
        with contextlib.suppress(KafkaTimeoutError):
            producer.close(timeout=1)

    def _write_some(self, producer: Any, number: int) -> None:
        draw = self._random
        key = f"ord-{88_412_000 + number}".encode()
        order = {
            "orderId": key.decode(),
            "customerId": f"C-{draw.randint(10_000, 60_000)}",
            "status": draw.choice(STATUSES),
            "total": round(draw.random() * 600, 2),
            "currency": draw.choice(CURRENCIES),
            "items": [{"sku": f"KB-{draw.randint(10, 99)}", "quantity": draw.randint(1, 3)}],
            "coupon": None,
        }
        headers = [("source", b"order-api"), ("content-type", b"application/json")]
        producer.send("orders", json.dumps(order).encode(), key=key, headers=headers)
        click = {"page": draw.choice(("/", "/cart", "/pay")), "user": draw.randint(1, 999)}
        for _ in range(3):
            producer.send("clicks", json.dumps(click).encode(), key=str(click["user"]).encode())
        if number % 3 == 0:
            payment = {"paymentId": number, "amount": order["total"], "captured": draw.random() > 0.2}
            producer.send("payments", json.dumps(payment).encode(), key=key)
        if number % 40 == 0:
            producer.send("inventory", json.dumps({"sku": "KB-11", "left": draw.randint(0, 90)}).encode(), key=b"KB-11")

    def _read(self, topic: str, client_id: str, group: str) -> None:
        from kafka import KafkaConsumer

        consumer = KafkaConsumer(
            topic,
            bootstrap_servers=self._bootstrap,
            group_id=group,
            client_id=client_id,
            auto_offset_reset="earliest",
            auto_commit_interval_ms=1000,
        )
        while not self._end.is_set():
            consumer.poll(timeout_ms=300)
            time.sleep(0.05)
        consumer.close(autocommit=True)
