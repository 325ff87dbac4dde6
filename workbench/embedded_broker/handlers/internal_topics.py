"""How the topics that the coordinators write to are created when they are first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.embedded_broker.metadata.topic_names import (
    GROUP_METADATA_TOPIC,
    SHARE_GROUP_STATE_TOPIC,
    TRANSACTION_STATE_TOPIC,
)
from workbench.wire.messages import CreateTopicsRequest

if TYPE_CHECKING:
    from workbench.embedded_broker.settings import BrokerSettings

_PREFIXES = {
    GROUP_METADATA_TOPIC: "offsets.topic.",
    TRANSACTION_STATE_TOPIC: "transaction.state.log.",
    SHARE_GROUP_STATE_TOPIC: "share.coordinator.state.topic.",
}


def creatable_internal_topic(settings: BrokerSettings, name: str) -> CreateTopicsRequest.CreatableTopic:
    """The topic as Kafka creates it, from the settings that begin with its prefix. Raises KeyError for other topics."""
    prefix = _PREFIXES[name]
    configs = {"compression.type": "producer", "segment.bytes": settings.text(prefix + "segment.bytes")}
    if name == GROUP_METADATA_TOPIC:
        configs["cleanup.policy"] = "compact"
    else:
        configs["min.insync.replicas"] = settings.text(prefix + "min.isr")
    if name == TRANSACTION_STATE_TOPIC:
        configs |= {
            "cleanup.policy": "compact",
            "compression.type": "uncompressed",
            "unclean.leader.election.enable": "false",
        }
    elif name == SHARE_GROUP_STATE_TOPIC:
        configs |= {"cleanup.policy": "delete", "retention.ms": "-1"}
    return CreateTopicsRequest.CreatableTopic(
        name=name,
        num_partitions=settings.integer(prefix + "num.partitions"),
        replication_factor=settings.integer(prefix + "replication.factor"),
        configs=[CreateTopicsRequest.CreatableTopicConfig(name=key, value=value) for key, value in configs.items()],
    )
