"""What the node tells about itself over the control channel: counters, gauges, connections."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.broker_contract.messages import ConnectionInfo, LatencySummary, MetricsSample, TopicCounters
from workbench.embedded_broker.requests import APIS
from workbench.system.process_usage import process_usage
from workbench.wire.error_codes import ErrorCode

if TYPE_CHECKING:
    from workbench.embedded_broker.broker import Broker

LOG_SIZE_EVERY_S = 5.0


class NodeStatus:
    """A MetricsSource over one broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._started = time.monotonic()
        self._log_size_bytes = 0
        self._log_size_at = float("-inf")

    def sample(self) -> MetricsSample:
        broker = self._broker
        metrics = broker.metrics
        replicas = getattr(broker, "replicas", None)
        usage = process_usage()
        latencies = {}
        for key, traffic in metrics.apis.items():
            histogram = traffic.latencies
            if histogram.count:
                latencies[self._name(key)] = LatencySummary(
                    histogram.count,
                    histogram.percentile_ms(0.5),
                    histogram.percentile_ms(0.99),
                    histogram.max_s * 1000,
                )
                histogram.clear()
        changed, metrics.changed_topics = metrics.changed_topics, set()
        topics = {
            topic: TopicCounters(one.bytes_in, one.bytes_out, one.messages_in, one.messages_out)
            for topic in changed
            if (one := metrics.topics.get(topic)) is not None
        }
        now = time.monotonic()
        if replicas is not None and now - self._log_size_at >= LOG_SIZE_EVERY_S:
            self._log_size_at = now
            self._log_size_bytes = sum(
                log.size_bytes for directory in replicas.directories for log in directory.logs.values()
            )
        partitions = [] if replicas is None else list(replicas.partitions.values())
        return MetricsSample(
            at_ms=time.time_ns() // 1_000_000,
            uptime_ms=int((now - self._started) * 1000),
            bytes_in=metrics.bytes_in,
            bytes_out=metrics.bytes_out,
            messages_in=metrics.messages_in,
            messages_out=metrics.messages_out,
            replication_bytes_in=metrics.replication_bytes_in,
            replication_bytes_out=metrics.replication_bytes_out,
            network_bytes_in=metrics.network_bytes_in_closed + sum(c.bytes_in for c in broker.connections),
            network_bytes_out=metrics.network_bytes_out_closed + sum(c.bytes_out for c in broker.connections),
            requests=metrics.requests,
            requests_by_api={self._name(key): traffic.count for key, traffic in metrics.apis.items()},
            error_responses=metrics.error_responses,
            client_errors={ErrorCode(code).name: count for code, count in metrics.client_errors.items()},
            topics=topics,
            latencies_by_api=latencies,
            connections=len(broker.connections),
            partitions=len(partitions),
            leaders=sum(1 for partition in partitions if partition.is_leader),
            under_replicated_partitions=0 if replicas is None else replicas.under_replicated(),
            offline_partitions=0 if replicas is None else replicas.offline_partitions(),
            active_controller=broker.is_active_controller,
            log_size_bytes=self._log_size_bytes,
            memory_bytes=usage.memory_bytes,
            cpu_ms=usage.cpu_ms,
            open_files=usage.open_files,
            open_files_limit=usage.open_files_limit,
        )

    def connections(self) -> Sequence[ConnectionInfo]:
        since_ms = time.time() * 1000 - time.monotonic() * 1000
        return [
            ConnectionInfo(
                connection_id=one.context.connection_id,
                peer=one.peer,
                listener=one.context.listener,
                client_id=one.client_id,
                client_software=one.context.client_software_name,
                client_software_version=one.context.client_software_version,
                principal=one.context.principal,
                opened_at_ms=int(one.opened_at * 1000 + since_ms),
                last_request_at_ms=int(one.last_active * 1000 + since_ms),
                last_api=one.last_api,
                requests=one.requests,
                bytes_in=one.bytes_in,
                bytes_out=one.bytes_out,
            )
            for one in self._broker.connections
        ]

    @staticmethod
    def _name(api_key: int) -> str:
        api = APIS.get(api_key)
        return str(api_key) if api is None else api.name
