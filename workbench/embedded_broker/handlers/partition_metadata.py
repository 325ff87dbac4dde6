"""What clients are told about a partition, in Metadata and DescribeTopicPartitions alike.

Source: KRaftMetadataCache. A replica counts as offline if its broker is fenced, gone, without the asked listener, or
says that the replica's directory failed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.partition_registration import NO_LEADER, PartitionRegistration
from workbench.embedded_broker.metadata.registrations import Endpoint


def leader_endpoint(image: MetadataImage, partition: PartitionRegistration, listener: str) -> Endpoint | None:
    """Where the leader offers `listener`; None without a leader or if it does not."""
    broker = image.cluster.brokers.get(partition.leader) if partition.leader != NO_LEADER else None
    return None if broker is None else broker.listeners.get(listener)


def offline_replicas(image: MetadataImage, partition: PartitionRegistration, listener: str) -> list[int]:
    offline: list[int] = []
    for replica, directory in zip(partition.replicas, partition.directories, strict=True):
        broker = image.cluster.brokers.get(replica)
        if (
            broker is None
            or broker.fenced
            or listener not in broker.listeners
            or not broker.has_online_directory(directory)
        ):
            offline.append(replica)
    return offline


def available(image: MetadataImage, replicas: Sequence[int], listener: str) -> list[int]:
    """Those of `replicas` whose broker can be reached on `listener`."""
    return [replica for replica in replicas if image.cluster.endpoint(replica, listener) is not None]


def some_alive_broker(image: MetadataImage) -> int:
    """The broker named as controller to clients: any, because every broker forwards; -1 if there is none."""
    alive = [broker.id for broker in image.cluster.alive_brokers()]
    return random.choice(alive) if alive else -1
