"""An image as the metadata records of a snapshot.

Invariants: replaying the records on the empty image gives the same content again; the record that names
metadata.version comes first, because it decides how the rest is read (KIP-630).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from workbench.embedded_broker.metadata.features import METADATA_VERSION, MINIMUM_METADATA_VERSION
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.record_versions import encode_for
from workbench.wire.messages import (
    ClientQuotaRecord,
    ConfigRecord,
    FeatureLevelRecord,
    ProducerIdsRecord,
    TopicRecord,
)


def image_records(image: MetadataImage) -> Iterator[Any]:
    """The record messages, in the order in which Kafka writes a snapshot."""
    version = image.features.metadata_version
    if version is not None:
        yield FeatureLevelRecord(name=METADATA_VERSION, feature_level=version)
    for name, level in image.features.finalized.items():
        yield FeatureLevelRecord(name=name, feature_level=level)
    for broker in image.cluster.brokers.values():
        yield broker.to_record()
    for controller in image.cluster.controllers.values():
        yield controller.to_record()
    for topic in image.topics.by_id.values():
        yield TopicRecord(name=topic.name, topic_id=topic.id)
        for partition_id, partition in topic.partitions.items():
            yield partition.to_record(topic.id, partition_id)
    for resource, configs in image.configs.resources.items():
        for name, value in configs.items():
            yield ConfigRecord(resource_type=int(resource.type), resource_name=resource.name, name=name, value=value)
    for entity, quotas in image.client_quotas.items():
        for key, quota in quotas.items():
            yield ClientQuotaRecord(
                entity=[ClientQuotaRecord.EntityData(entity_type=t, entity_name=n) for t, n in entity],
                key=key,
                value=quota,
                remove=False,
            )
    if image.next_producer_id >= 0:
        yield ProducerIdsRecord(broker_id=-1, broker_epoch=-1, next_producer_id=image.next_producer_id)
    yield from image.acls.values()
    yield from image.scram.values()
    yield from image.delegation_tokens.values()


def image_record_values(image: MetadataImage) -> list[bytes]:
    """The records encoded for the image's metadata.version."""
    version = image.features.metadata_version or MINIMUM_METADATA_VERSION
    return [encode_for(record, version) for record in image_records(image)]
