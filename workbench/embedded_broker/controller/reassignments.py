"""AlterPartitionReassignments and ListPartitionReassignments (KIP-455, KIP-860).

Invariants: while a reassignment runs, the replicas are the target's followed by those to be removed; cancelling
gives the replicas that were there before; a cancel that would leave nobody in sync is an unclean election and needs
the topic to allow it.
"""

from __future__ import annotations

from collections.abc import Sequence

from workbench.embedded_broker.controller.leader_updates import TopicFacts, change_builder
from workbench.embedded_broker.controller.manual_assignment import check_manual_assignment
from workbench.embedded_broker.controller.partition_change import Election, without
from workbench.embedded_broker.controller.result import ControllerResult, Records, api_error
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.image import MetadataImage, TopicImage
from workbench.embedded_broker.metadata.partition_registration import PartitionRegistration
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    ListPartitionReassignmentsRequest,
    ListPartitionReassignmentsResponse,
    PartitionChangeRecord,
)

_TopicResponse = AlterPartitionReassignmentsResponse.ReassignableTopicResponse
_PartitionResponse = AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
_OngoingTopic = ListPartitionReassignmentsResponse.OngoingTopicReassignment
_OngoingPartition = ListPartitionReassignmentsResponse.OngoingPartitionReassignment


def alter_partition_reassignments(
    state: ControllerState, request: AlterPartitionReassignmentsRequest
) -> ControllerResult[AlterPartitionReassignmentsResponse]:
    """Each partition is answered on its own."""
    if not request.topics:
        # Kafka answers nothing with the response's defaults, of which an empty message is one.
        return ControllerResult([], AlterPartitionReassignmentsResponse(error_message=""))
    response = AlterPartitionReassignmentsResponse(
        error_message=None, allow_replication_factor_change=request.allow_replication_factor_change
    )
    records = Records()
    facts = TopicFacts(state)
    for topic_data in request.topics:
        answers: list[_PartitionResponse] = []
        response.responses.append(_TopicResponse(name=topic_data.name, partitions=answers))
        for target in topic_data.partitions:
            answer = _PartitionResponse(partition_index=target.partition_index, error_message=None)
            try:
                record = _reassign(
                    state,
                    topic_data.name,
                    target.partition_index,
                    target.replicas,
                    facts,
                    allow_factor_change=request.allow_replication_factor_change,
                )
                if record is not None:
                    records.add(record)
            except BrokerError as error:
                failure = api_error(error)
                answer.error_code, answer.error_message = failure.code, failure.message
            answers.append(answer)
    return ControllerResult(records.records, response)


def _reassign(
    state: ControllerState,
    name: str,
    partition_id: int,
    replicas: Sequence[int] | None,
    facts: TopicFacts,
    *,
    allow_factor_change: bool,
) -> PartitionChangeRecord | None:
    topic = state.image.topics.by_name.get(name)
    if topic is None:
        raise BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"Unable to find a topic named {name}.")
    partition = topic.partitions.get(partition_id)
    if partition is None:
        raise BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"Unable to find partition {name}:{partition_id}.")
    if replicas is None:
        return _cancel(state, topic, partition_id, partition, facts)
    check_manual_assignment(state, replicas, None)
    if not allow_factor_change:
        current = (
            len((set(partition.replicas) | set(partition.adding_replicas)) - set(partition.removing_replicas))
            if partition.is_reassigning
            else len(partition.replicas)
        )
        if current != len(replicas):
            raise BrokerError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                f"The replication factor is changed from {current} to {len(replicas)}",
            )
    removing = sorted(set(partition.replicas) - set(replicas))
    adding = sorted(set(replicas) - set(partition.replicas))
    builder = change_builder(state, topic, partition_id, partition, facts)
    builder.replicas = [*replicas, *removing]
    if removing:
        builder.removing = removing
    if adding:
        builder.adding = adding
    return builder.build()


def _cancel(
    state: ControllerState,
    topic: TopicImage,
    partition_id: int,
    partition: PartitionRegistration,
    facts: TopicFacts,
) -> PartitionChangeRecord | None:
    if not partition.is_reassigning:
        raise BrokerError(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS)
    replicas = without(partition.replicas, *partition.adding_replicas)
    isr = without(partition.isr, *partition.adding_replicas)
    if not isr:
        if not replicas:
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                "Invalid replica assignment: addingReplicas contains all replicas.",
            )
        isr = [replicas[0]]
        if not facts.unclean(topic.name):
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"Unable to revert partition assignment for {topic.name}:{partition_id} because it would require an "
                "unclean leader election.",
            )
    builder = change_builder(state, topic, partition_id, partition, facts)
    if facts.unclean(topic.name):
        builder.election = Election.UNCLEAN
    builder.isr = isr
    builder.replicas = replicas
    builder.removing = []
    builder.adding = []
    return builder.build()


def list_partition_reassignments(
    image: MetadataImage, request: ListPartitionReassignmentsRequest
) -> ListPartitionReassignmentsResponse:
    """What runs, as of the committed image; unknown topics and partitions are left out."""
    response = ListPartitionReassignmentsResponse(error_message=None)
    wanted: list[tuple[TopicImage, Sequence[int]]] = []
    if request.topics is None:
        wanted = [(topic, sorted(topic.partitions)) for topic in image.topics.by_id.values()]
    else:
        for topic_data in request.topics:
            topic = image.topics.by_name.get(topic_data.name)
            if topic is not None:
                wanted.append((topic, topic_data.partition_indexes))
    for topic, partition_ids in wanted:
        ongoing = [
            _OngoingPartition(
                partition_index=partition_id,
                replicas=list(partition.replicas),
                adding_replicas=list(partition.adding_replicas),
                removing_replicas=list(partition.removing_replicas),
            )
            for partition_id in partition_ids
            if (partition := topic.partitions.get(partition_id)) is not None and partition.is_reassigning
        ]
        if ongoing:
            response.topics.append(_OngoingTopic(name=topic.name, partitions=ongoing))
    return response
