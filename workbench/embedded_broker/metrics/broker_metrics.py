"""Counters by API and topic since the process began.

Invariant: counters never fall; those of a deleted topic are forgotten. Bytes count record data, not frames, and
replication apart from clients, as Kafka's BytesInPerSec, BytesOutPerSec, ReplicationBytesInPerSec and
ReplicationBytesOutPerSec do.
"""

from __future__ import annotations

from workbench.embedded_broker.metrics.latencies import LatencyHistogram


class TopicTraffic:
    """One topic's share."""

    __slots__ = ("bytes_in", "bytes_out", "messages_in", "messages_out")

    def __init__(self) -> None:
        self.bytes_in = 0
        self.bytes_out = 0
        self.messages_in = 0
        self.messages_out = 0


class ApiTraffic:
    """One API's requests."""

    __slots__ = ("count", "latencies")

    def __init__(self) -> None:
        self.count = 0
        self.latencies = LatencyHistogram()


class BrokerMetrics:
    """Counted into by handlers, read by whoever takes samples."""

    def __init__(self) -> None:
        self.apis: dict[int, ApiTraffic] = {}
        self.topics: dict[str, TopicTraffic] = {}
        self.changed_topics: set[str] = set()
        self.requests = 0
        self.bytes_in = 0
        self.bytes_out = 0
        self.messages_in = 0
        self.messages_out = 0
        self.replication_bytes_in = 0
        self.replication_bytes_out = 0
        self.network_bytes_in_closed = 0
        self.network_bytes_out_closed = 0
        self.error_responses = 0
        self.client_errors: dict[int, int] = {}

    def request_done(self, api_key: int, seconds: float) -> None:
        """One request answered `seconds` after its last byte came in."""
        self.requests += 1
        api = self.apis.get(api_key)
        if api is None:
            api = self.apis[api_key] = ApiTraffic()
        api.count += 1
        api.latencies.observe(seconds)

    def _topic(self, topic: str) -> TopicTraffic:
        self.changed_topics.add(topic)
        traffic = self.topics.get(topic)
        if traffic is None:
            traffic = self.topics[topic] = TopicTraffic()
        return traffic

    def produced(self, topic: str, size_bytes: int, messages: int) -> None:
        self.bytes_in += size_bytes
        self.messages_in += messages
        traffic = self._topic(topic)
        traffic.bytes_in += size_bytes
        traffic.messages_in += messages

    def fetched(self, topic: str, size_bytes: int) -> None:
        self.bytes_out += size_bytes
        self._topic(topic).bytes_out += size_bytes

    def consumed(self, topic: str, messages: int) -> None:
        """A consumer moved on by `messages` offsets since its last fetch."""
        self.messages_out += messages
        self._topic(topic).messages_out += messages

    def refused(self, error_code: int) -> None:
        """A client was answered with an error for one partition."""
        self.client_errors[error_code] = self.client_errors.get(error_code, 0) + 1

    def forget_topic(self, topic: str) -> None:
        """The topic was deleted; one of the same name begins anew."""
        self.topics.pop(topic, None)
