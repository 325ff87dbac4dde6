"""Questions to an image."""

from __future__ import annotations

from dataclasses import replace

from tests.helpers.metadata_doubles import feature_records, image_of, partition, topic_id, topic_records
from workbench.embedded_broker.metadata.image import EMPTY_IMAGE, ConfigResource, ConfigResourceType

IMAGE = image_of([*feature_records(), *topic_records("a", 1, [partition([1]), partition([2])])])


def test_partitions_by_name_and_all_of_them() -> None:
    assert IMAGE.topics.partition("a", 1) == partition([2])
    assert IMAGE.topics.partition("x", 1) is None
    assert [(topic.name, index) for topic, index, _ in IMAGE.topics.all_partitions()] == [("a", 0), ("a", 1)]
    assert IMAGE.topics.topic_id("x") is None
    assert IMAGE.topics.topic_name(topic_id(9)) is None


def test_features_that_are_off_have_level_0() -> None:
    assert IMAGE.features.level("group.version") == 0
    assert IMAGE.features.level("metadata.version") == 30
    assert EMPTY_IMAGE.features.level("metadata.version") == 0


def test_content_is_compared_without_the_offset() -> None:
    later = replace(IMAGE, offset=900, epoch=7)
    assert later != IMAGE
    assert later.same_content(IMAGE)
    assert not IMAGE.same_content(EMPTY_IMAGE)
    assert EMPTY_IMAGE.is_empty
    assert not IMAGE.is_empty


def test_resources_are_written_as_kafka_writes_them() -> None:
    assert str(ConfigResource(ConfigResourceType.TOPIC, "a")) == "ConfigResource(type=TOPIC, name='a')"
    assert IMAGE.configs.of(ConfigResource(ConfigResourceType.GROUP, "g")) == {}
