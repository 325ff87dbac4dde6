"""The throttles of a broker as leader and as follower, as the configurations of the newest metadata have them (KIP-73).

Rates are dynamic configurations of brokers, `(leader|follower).replication.throttled.rate`; what they hold for is
named by topics, `(leader|follower).replication.throttled.replicas`: `partition:broker` pairs, or `*`.

Source: kafka.server.TopicConfigHandler, BrokerConfigHandler.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.embedded_broker.replication.throttle import UNLIMITED, ReplicationThrottle

if TYPE_CHECKING:
    from workbench.embedded_broker.metadata.delta import MetadataDelta
    from workbench.embedded_broker.metadata.image import MetadataImage
    from workbench.embedded_broker.quorum.contract import LeaderAndEpoch

LEADER, FOLLOWER = "leader", "follower"


def throttled_partitions(text: str, node_id: int) -> frozenset[int] | None:
    """Partitions that a list of replicas names for `node_id`; None for all of them."""
    entries = [entry.strip() for entry in text.split(",")]
    if "".join(entries) == "*":
        return None
    pairs = [entry.split(":") for entry in entries if entry]
    return frozenset(int(index) for index, broker in pairs if int(broker) == node_id)


class ReplicationThrottles:
    """Both sides' of one broker; a metadata publisher."""

    def __init__(self, node_id: int, now_ms: Callable[[], int], *, samples: int = 11, sample_ms: int = 1_000) -> None:
        """`samples` and `sample_ms` are `replication.quota.window.num` and `replication.quota.window.size.seconds`."""
        self._node_id = node_id
        self.leader = ReplicationThrottle(now_ms, samples, sample_ms)
        self.follower = ReplicationThrottle(now_ms, samples, sample_ms)

    def on_controller_change(self, leader: LeaderAndEpoch) -> None:
        """Who controls makes no difference to throttles."""

    def on_metadata_update(self, delta: MetadataDelta, image: MetadataImage) -> None:
        """Follows changes of configurations."""
        if delta.configs is None:
            return
        for resource in delta.configs.changes:
            if resource.type is ConfigResourceType.TOPIC:
                self._follow_topic(resource.name, image)
            elif resource.type is ConfigResourceType.BROKER:
                self._follow_broker(image)

    def _sides(self) -> tuple[tuple[str, ReplicationThrottle], ...]:
        return (LEADER, self.leader), (FOLLOWER, self.follower)

    def _follow_topic(self, topic: str, image: MetadataImage) -> None:
        configs = image.configs.topic(topic)
        for side, throttle in self._sides():
            text = configs.get(f"{side}.replication.throttled.replicas")
            if text:
                throttle.throttle(topic, throttled_partitions(text, self._node_id))
            else:
                throttle.release(topic)

    def _follow_broker(self, image: MetadataImage) -> None:
        own, of_all = image.configs.broker(self._node_id), image.configs.cluster_default()
        for side, throttle in self._sides():
            name = f"{side}.replication.throttled.rate"
            throttle.limit = int(own.get(name) or of_all.get(name) or UNLIMITED)
