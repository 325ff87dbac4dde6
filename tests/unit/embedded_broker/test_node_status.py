"""What a node tells of itself."""

from __future__ import annotations

import asyncio

from tests.helpers.eventually import eventually
from tests.helpers.metadata_doubles import partition
from tests.helpers.partition_logs import batch
from tests.helpers.replica_broker import NOW_MS, ReplicaBroker
from tests.helpers.served_broker import ServedBroker
from workbench.embedded_broker.node_status import NodeStatus
from workbench.storage.log.append_result import AppendOrigin
from workbench.wire.api_keys import ApiKey


def test_gauges_are_of_now() -> None:
    broker = ReplicaBroker()
    broker.create("t", (1, 2), (2, 1), partition((1, 2), (1,)), partition((2, 3), (), -1))
    replica = broker.replicas.partitions["t", 0]
    replica.append_as_leader(batch(b"x" * 100), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    sample = NodeStatus(broker).sample()
    assert (sample.partitions, sample.leaders) == (3, 2)
    assert (sample.under_replicated_partitions, sample.offline_partitions) == (1, 1)
    assert sample.log_size_bytes == replica.log.size_bytes > 100
    assert not sample.active_controller and sample.connections == 0
    assert sample.memory_bytes >= 0 and sample.cpu_ms > 0


def test_a_node_that_has_no_replicas_yet_can_be_asked() -> None:
    broker = ReplicaBroker()
    del broker.replicas
    sample = NodeStatus(broker).sample()
    assert (sample.partitions, sample.offline_partitions, sample.log_size_bytes) == (0, 0, 0)


def test_only_changed_topics_and_apis_with_requests_are_told() -> None:
    broker = ReplicaBroker()
    status = NodeStatus(broker)
    metrics = broker.metrics
    metrics.produced("t", 500, 5)
    metrics.fetched("u", 200)
    metrics.request_done(ApiKey.PRODUCE, 0.002)
    metrics.request_done(ApiKey.PRODUCE, 0.008)
    metrics.request_done(12345, 0.001)
    metrics.refused(19)
    metrics.refused(19)
    first = status.sample()
    assert first.client_errors == {"NOT_ENOUGH_REPLICAS": 2}
    assert set(first.topics) == {"t", "u"}
    assert (first.topics["t"].bytes_in, first.topics["t"].messages_in, first.topics["u"].bytes_out) == (500, 5, 200)
    assert first.requests_by_api == {"Produce": 2, "12345": 1}
    latency = first.latencies_by_api["Produce"]
    assert latency.count == 2 and latency.max_ms == 8.0 and 1.8 <= latency.p50_ms <= 2.0
    metrics.produced("t", 100, 1)
    second = status.sample()
    assert set(second.topics) == {"t"} and second.topics["t"].bytes_in == 600, "counters go on from the start"
    assert second.latencies_by_api == {} and second.requests == 3
    assert (second.bytes_in, second.messages_in) == (600, 6)


def test_the_size_of_the_logs_is_not_counted_for_every_sample() -> None:
    broker = ReplicaBroker()
    replica = broker.create("t", (1,))
    status = NodeStatus(broker)
    before = status.sample().log_size_bytes
    replica.append_as_leader(batch(b"x" * 100), acks=1, now_ms=NOW_MS, origin=AppendOrigin.CLIENT)
    assert status.sample().log_size_bytes == before
    status._log_size_at -= 10
    assert status.sample().log_size_bytes > before


async def test_connections_as_they_are() -> None:
    broker = ReplicaBroker()
    async with ServedBroker(broker) as served:
        _, writer = await asyncio.open_connection("127.0.0.1", served.port)
        await eventually(lambda: broker.connections, "it is accepted")
        (one,) = NodeStatus(broker).connections()
        assert one.peer == "{}:{}".format(*writer.get_extra_info("sockname"))
        assert one.listener == "PLAINTEXT" and one.principal == "User:ANONYMOUS" and one.requests == 0
        sample = NodeStatus(broker).sample()
        assert abs(one.opened_at_ms - sample.at_ms) < 5_000 and sample.connections == 1
