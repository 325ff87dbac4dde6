"""AlterPartition: a leader proposes a new ISR (KIP-497, KIP-841, KIP-903).

Invariants: only the current leader, at the current leader and partition epoch, may propose; no fenced, leaving or
restarted broker enters an ISR; a proposal that completes a reassignment may move the leader, which the proposer
learns as NEW_LEADER_ELECTED.
"""

from __future__ import annotations

from workbench.embedded_broker.controller.leader_updates import TopicFacts, change_builder
from workbench.embedded_broker.controller.partition_change import Election
from workbench.embedded_broker.controller.result import ControllerResult
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.metadata.image import TopicImage
from workbench.embedded_broker.metadata.partition_registration import (
    LEADER_RECOVERED,
    LEADER_RECOVERING,
    NO_LEADER_CHANGE,
    PartitionRegistration,
)
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterPartitionRequest, AlterPartitionResponse, PartitionChangeRecord

_Proposal = AlterPartitionRequest.PartitionData
_Answer = AlterPartitionResponse.PartitionData
_UNKNOWN_EPOCH = -1


def alter_partition(
    state: ControllerState, request: AlterPartitionRequest, version: int
) -> ControllerResult[AlterPartitionResponse]:
    """Raises STALE_BROKER_EPOCH for a proposer that is not the registered process."""
    response = AlterPartitionResponse()
    if not request.topics:
        return ControllerResult([], response)
    state.check_broker_epoch(request.broker_id, request.broker_epoch)
    records: list[PartitionChangeRecord] = []
    facts = TopicFacts(state)
    for topic_data in request.topics:
        answers: list[_Answer] = []
        response.topics.append(AlterPartitionResponse.TopicData(topic_id=topic_data.topic_id, partitions=answers))
        topic = state.image.topics.by_id.get(bytes(topic_data.topic_id))
        for proposal in topic_data.partitions:
            if topic is None:
                answers.append(_Answer(partition_index=proposal.partition_index, error_code=ErrorCode.UNKNOWN_TOPIC_ID))
                continue
            isr = (
                [(broker.broker_id, broker.broker_epoch) for broker in proposal.new_isr_with_epochs]
                if version >= 3
                else [(broker_id, _UNKNOWN_EPOCH) for broker_id in proposal.new_isr]
            )
            answers.append(_alter(state, request.broker_id, topic, proposal, isr, facts, records))
    return ControllerResult(list(records), response)


def _alter(
    state: ControllerState,
    broker_id: int,
    topic: TopicImage,
    proposal: _Proposal,
    isr: list[tuple[int, int]],
    facts: TopicFacts,
    records: list[PartitionChangeRecord],
) -> _Answer:
    index = proposal.partition_index
    partition = topic.partitions.get(index)
    error = _refusal(state, broker_id, partition, proposal, isr)
    if partition is None or error != ErrorCode.NONE:
        return _Answer(partition_index=index, error_code=error)
    builder = change_builder(state, topic, index, partition, facts)
    if facts.unclean(topic.name):
        builder.election = Election.UNCLEAN
    builder.isr = [replica for replica, _ in isr]
    builder.leader_recovery_state = proposal.leader_recovery_state
    record = builder.build()
    if record is not None:
        records.append(record)
        partition = partition.merge(record)
        if record.leader not in (broker_id, NO_LEADER_CHANGE):
            return _Answer(partition_index=index, error_code=ErrorCode.NEW_LEADER_ELECTED)
    return _Answer(
        partition_index=index,
        leader_id=partition.leader,
        leader_epoch=partition.leader_epoch,
        isr=list(partition.isr),
        leader_recovery_state=partition.leader_recovery_state,
        partition_epoch=partition.partition_epoch,
    )


def _refusal(
    state: ControllerState,
    broker_id: int,
    partition: PartitionRegistration | None,
    proposal: _Proposal,
    isr: list[tuple[int, int]],
) -> ErrorCode:
    if partition is None:
        return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    # An epoch from the future means that the proposer has seen a later controller than this one.
    if proposal.leader_epoch > partition.leader_epoch or proposal.partition_epoch > partition.partition_epoch:
        return ErrorCode.NOT_CONTROLLER
    if proposal.leader_epoch < partition.leader_epoch:
        return ErrorCode.FENCED_LEADER_EPOCH
    if broker_id != partition.leader:
        return ErrorCode.INVALID_REQUEST
    if proposal.partition_epoch < partition.partition_epoch:
        return ErrorCode.INVALID_UPDATE_VERSION
    members = [replica for replica, _ in isr]
    if not members or len(set(members)) != len(members) or not set(members) <= set(partition.replicas):
        return ErrorCode.INVALID_REQUEST
    if partition.leader not in members:
        return ErrorCode.INVALID_REQUEST
    if proposal.leader_recovery_state == LEADER_RECOVERING and (
        len(members) > 1 or partition.leader_recovery_state == LEADER_RECOVERED
    ):
        return ErrorCode.INVALID_REQUEST
    for replica, epoch in isr:
        broker = state.image.cluster.brokers.get(replica)
        if broker is None or not broker.active or epoch not in (_UNKNOWN_EPOCH, broker.epoch):
            return ErrorCode.INELIGIBLE_REPLICA
    return ErrorCode.NONE
