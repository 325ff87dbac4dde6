"""A real Kafka cluster for a program's own tests.

    from workbench.testing import kafka_cluster          # in conftest.py: a pytest fixture, one cluster a test

    def test_orders(kafka_cluster):
        producer = KafkaProducer(bootstrap_servers=kafka_cluster.bootstrap)
        ...
        kafka_cluster.kill_broker(1)

- `running_cluster`: `RunningCluster`, an embedded cluster held by a program without an event loop of its own.
- `fixtures`: the pytest fixtures `kafka_cluster` (a new one for each test) and `shared_kafka_cluster` (one for all).
"""

from __future__ import annotations

from workbench.testing.running_cluster import RunningCluster

__all__ = ["RunningCluster", "kafka_cluster", "shared_kafka_cluster"]


def __getattr__(name: str) -> object:
    # The fixtures import pytest, which a program that only wants a cluster need not have.
    if name in ("kafka_cluster", "shared_kafka_cluster"):
        from workbench.testing import fixtures

        return getattr(fixtures, name)
    raise AttributeError(name)
