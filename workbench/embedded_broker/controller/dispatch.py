"""Which decision belongs to which request of the controller's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.embedded_broker.controller.alter_partition import alter_partition
from workbench.embedded_broker.controller.brokers import (
    register_broker,
    register_controller,
    unregister_broker,
)
from workbench.embedded_broker.controller.configs import alter_configs, incremental_alter_configs
from workbench.embedded_broker.controller.directories import assign_replicas_to_directories
from workbench.embedded_broker.controller.elections import elect_leaders
from workbench.embedded_broker.controller.features import update_features
from workbench.embedded_broker.controller.partitions import create_partitions
from workbench.embedded_broker.controller.producer_ids import allocate_producer_ids
from workbench.embedded_broker.controller.reassignments import alter_partition_reassignments
from workbench.embedded_broker.controller.result import ControllerResult
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.controller.topic_deletion import delete_topics
from workbench.embedded_broker.controller.topics import create_topics
from workbench.system.quick_dataclass import dataclass
from workbench.wire.messages import (
    AllocateProducerIdsRequest,
    AlterConfigsRequest,
    AlterPartitionReassignmentsRequest,
    AlterPartitionRequest,
    AssignReplicasToDirsRequest,
    BrokerRegistrationRequest,
    ControllerRegistrationRequest,
    CreatePartitionsRequest,
    CreateTopicsRequest,
    DeleteTopicsRequest,
    ElectLeadersRequest,
    IncrementalAlterConfigsRequest,
    UnregisterBrokerRequest,
    UpdateFeaturesRequest,
)


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """What a decision may know beside the request; `next_offset` is where its first record will lie."""

    version: int
    next_offset: int
    now_ms: int
    forwarded: bool


Decide = Callable[[ControllerState, Any, DecisionContext], ControllerResult[Any]]

DECISIONS: dict[int, Decide] = {
    CreateTopicsRequest.API_KEY: lambda s, r, c: create_topics(s, r, forwarded=c.forwarded),
    DeleteTopicsRequest.API_KEY: lambda s, r, c: delete_topics(s, r, c.version),
    CreatePartitionsRequest.API_KEY: lambda s, r, c: create_partitions(s, r),
    AlterConfigsRequest.API_KEY: lambda s, r, c: alter_configs(s, r, forwarded=c.forwarded),
    IncrementalAlterConfigsRequest.API_KEY: lambda s, r, c: incremental_alter_configs(s, r, forwarded=c.forwarded),
    AlterPartitionRequest.API_KEY: lambda s, r, c: alter_partition(s, r, c.version),
    ElectLeadersRequest.API_KEY: lambda s, r, c: elect_leaders(s, r),
    AlterPartitionReassignmentsRequest.API_KEY: lambda s, r, c: alter_partition_reassignments(s, r),
    AssignReplicasToDirsRequest.API_KEY: lambda s, r, c: assign_replicas_to_directories(s, r),
    BrokerRegistrationRequest.API_KEY: lambda s, r, c: register_broker(
        s, r, c.version, next_offset=c.next_offset, now_ms=c.now_ms
    ),
    ControllerRegistrationRequest.API_KEY: lambda s, r, c: register_controller(s, r),
    UnregisterBrokerRequest.API_KEY: lambda s, r, c: unregister_broker(s, r),
    AllocateProducerIdsRequest.API_KEY: lambda s, r, c: allocate_producer_ids(s, r),
    UpdateFeaturesRequest.API_KEY: lambda s, r, c: update_features(s, r, c.version),
}
"""By API key; heartbeats and reads are the driver's, because they touch sessions or the committed image."""
