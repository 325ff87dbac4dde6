"""What clients are told about a partition."""

from __future__ import annotations

from typing import Any

from tests.helpers.metadata_doubles import directory_id, feature_records, image_of, partition, register_broker_record
from workbench.embedded_broker.handlers.partition_metadata import (
    available,
    leader_endpoint,
    offline_replicas,
    some_alive_broker,
)
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration


def image(*records: Any) -> MetadataImage:
    return image_of([*feature_records(), *records])


def brokers(*fenced: int) -> MetadataImage:
    return image(*(register_broker_record(one, fenced=one in fenced) for one in (1, 2, 3)))


def test_the_leaders_place_on_the_asked_listener() -> None:
    known = brokers()
    found = leader_endpoint(known, partition((2, 1)), "PLAINTEXT")
    assert found is not None and found.host == "host2"
    assert leader_endpoint(known, partition((2, 1)), "OTHER") is None
    assert leader_endpoint(known, partition((2, 1), (), -1), "PLAINTEXT") is None
    assert leader_endpoint(known, partition((9,)), "PLAINTEXT") is None


def test_replicas_are_offline_for_any_of_four_reasons() -> None:
    one = partition((1, 2, 3))
    assert offline_replicas(brokers(), one, "PLAINTEXT") == []
    assert offline_replicas(brokers(2), one, "PLAINTEXT") == [2]
    assert offline_replicas(brokers(), one, "OTHER") == [1, 2, 3]
    assert offline_replicas(brokers(), partition((1, 9)), "PLAINTEXT") == [9]
    failed = PartitionRegistration(
        replicas=(1, 2), directories=(directory_id(1), directory_id(2, 7)), isr=(1,), leader=1
    )
    assert offline_replicas(brokers(), failed, "PLAINTEXT") == [2], "its directory is not among the broker's"


def test_available_are_those_that_can_be_reached() -> None:
    assert available(brokers(2), (3, 2, 1, 9), "PLAINTEXT") == [3, 1]


def test_some_broker_that_is_alive_stands_for_the_controller() -> None:
    assert {some_alive_broker(brokers(2)) for _ in range(60)} == {1, 3}
    assert some_alive_broker(brokers(1, 2, 3)) == -1
