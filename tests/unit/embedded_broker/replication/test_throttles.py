"""Throttles follow the configurations of brokers and topics, and what they stand on in the metadata."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import feature_records
from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.embedded_broker.metadata.loader import MetadataLoader
from workbench.embedded_broker.metadata.record_versions import record_version
from workbench.embedded_broker.quorum.contract import CommittedBatch
from workbench.embedded_broker.replication.throttle import UNLIMITED
from workbench.embedded_broker.replication.throttles import ReplicationThrottles, throttled_partitions
from workbench.wire.compiler import Message
from workbench.wire.messages import ConfigRecord
from workbench.wire.record_values import encode_metadata_record


@pytest.mark.parametrize(
    ("text", "partitions"),
    [
        ("*", None),
        (" * ", None),
        ("0:1,1:2,2:1", {0, 2}),
        ("0:1, 3:1 ,", {0, 3}),
        ("0:2", set()),
    ],
)
def test_a_list_names_partitions_for_brokers(text: str, partitions: set[int] | None) -> None:
    assert throttled_partitions(text, 1) == partitions


class Followed:
    """Broker 1's throttles behind a metadata log."""

    def __init__(self) -> None:
        self.throttles = ReplicationThrottles(1, lambda: 0)
        self.loader = MetadataLoader()
        self.loader.add_publisher(self.throttles)
        self.offset = 0
        self.commit(*feature_records())

    def commit(self, *changes: Message) -> None:
        version = self.loader.image.features.metadata_version or 30
        values = tuple(encode_metadata_record(change, record_version(change, version)) for change in changes)
        batch = CommittedBatch(self.offset, self.offset + len(values) - 1, 1, 0, values)
        self.offset += len(values)
        self.loader.handle_commit([batch])

    def set(self, resource: ConfigResourceType, of: str, name: str, value: str | None) -> None:
        self.commit(ConfigRecord(resource_type=resource.value, resource_name=of, name=name, value=value))


@pytest.mark.parametrize("side", ["leader", "follower"])
def test_replicas_are_named_by_topics(side: str) -> None:
    followed = Followed()
    throttle, other = followed.throttles.leader, followed.throttles.follower
    if side == "follower":
        throttle, other = other, throttle
    followed.set(ConfigResourceType.TOPIC, "t", f"{side}.replication.throttled.replicas", "0:1,1:2")
    assert throttle.is_throttled("t", 0) and not throttle.is_throttled("t", 1) and other.is_idle
    followed.set(ConfigResourceType.TOPIC, "t", f"{side}.replication.throttled.replicas", "*")
    assert throttle.is_throttled("t", 1)
    followed.set(ConfigResourceType.TOPIC, "t", "retention.ms", "1000")
    assert throttle.is_throttled("t", 1), "other configurations change nothing"
    followed.set(ConfigResourceType.TOPIC, "t", f"{side}.replication.throttled.replicas", None)
    assert throttle.is_idle
    followed.set(ConfigResourceType.TOPIC, "t", f"{side}.replication.throttled.replicas", "")
    assert throttle.is_idle


def test_the_rate_is_the_brokers_or_that_of_all() -> None:
    followed = Followed()
    leader, follower = followed.throttles.leader, followed.throttles.follower
    name = "leader.replication.throttled.rate"
    assert leader.limit == UNLIMITED
    followed.set(ConfigResourceType.BROKER, "2", name, "5")
    assert leader.limit == UNLIMITED, "another broker's"
    followed.set(ConfigResourceType.BROKER, "", name, "1000")
    assert leader.limit == 1000 and follower.limit == UNLIMITED
    followed.set(ConfigResourceType.BROKER, "1", name, "2000")
    assert leader.limit == 2000
    followed.set(ConfigResourceType.BROKER, "1", name, "0")
    assert leader.limit == 0
    followed.set(ConfigResourceType.BROKER, "1", name, None)
    assert leader.limit == 1000
    followed.set(ConfigResourceType.BROKER, "", name, None)
    assert leader.limit == UNLIMITED
