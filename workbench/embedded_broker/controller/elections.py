"""ElectLeaders, and the elections that the controller holds by itself (KIP-460).

Invariant: a preferred election moves leadership only to an in-sync preferred replica; an unclean one only fills a
partition that has no leader.
"""

from __future__ import annotations

from workbench.embedded_broker.controller.leader_updates import (
    TopicFacts,
    change_builder,
    partitions_without_leader,
)
from workbench.embedded_broker.controller.partition_change import Election
from workbench.embedded_broker.controller.result import NO_ERROR, ApiError, ControllerResult, Records
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ElectLeadersRequest, ElectLeadersResponse, PartitionChangeRecord

MAX_ELECTIONS_PER_SCAN = 1_000

_TYPES = {0: Election.PREFERRED, 1: Election.UNCLEAN}
_Result = ElectLeadersResponse.ReplicaElectionResult
_PartitionResult = ElectLeadersResponse.PartitionResult


def elect_leaders(state: ControllerState, request: ElectLeadersRequest) -> ControllerResult[ElectLeadersResponse]:
    """Without a list of partitions, all are tried and those that need nothing are left out of the answer."""
    election = _TYPES.get(request.election_type)
    if election is None:
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unknown election type {request.election_type}")
    records = Records()
    facts = TopicFacts(state)
    response = ElectLeadersResponse()
    everything = request.topic_partitions is None
    wanted = (
        [(topic.name, list(topic.partitions)) for topic in state.image.topics.by_name.values()]
        if request.topic_partitions is None
        else [(topic.topic, list(topic.partitions)) for topic in request.topic_partitions]
    )
    for name, partition_ids in wanted:
        results: list[_PartitionResult] = []
        response.replica_election_results.append(_Result(topic=name, partition_result=results))
        for partition_id in partition_ids:
            error = _elect(state, name, partition_id, election, facts, records)
            if not everything or error.code != ErrorCode.ELECTION_NOT_NEEDED:
                results.append(
                    _PartitionResult(partition_id=partition_id, error_code=error.code, error_message=error.message)
                )
    return ControllerResult(records.records, response)


def _elect(
    state: ControllerState, name: str, partition_id: int, election: Election, facts: TopicFacts, records: Records
) -> ApiError:
    topic = state.image.topics.by_name.get(name)
    if topic is None:
        return ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such topic as {name}")
    partition = topic.partitions.get(partition_id)
    if partition is None:
        return ApiError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, f"No such partition as {name}-{partition_id}")
    if partition.has_preferred_leader if election is Election.PREFERRED else partition.has_leader:
        return ApiError(ErrorCode.ELECTION_NOT_NEEDED, "Leader election not needed for topic partition.")
    builder = change_builder(state, topic, partition_id, partition, facts)
    builder.election = election
    record = builder.build()
    if record is None:
        if election is Election.PREFERRED:
            return ApiError(ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE, "The preferred leader was not available.")
        return ApiError(ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE, "Eligible topic partition leaders are not available.")
    records.add(record)
    return NO_ERROR


def preferred_leader_records(state: ControllerState) -> list[PartitionChangeRecord]:
    """Moves leadership back to preferred replicas, at most MAX_ELECTIONS_PER_SCAN at once."""
    facts = TopicFacts(state)
    records: list[PartitionChangeRecord] = []
    for topic, partition_id, partition in state.image.topics.all_partitions():
        if partition.has_preferred_leader:
            continue
        if len(records) >= MAX_ELECTIONS_PER_SCAN:
            break
        builder = change_builder(state, topic, partition_id, partition, facts)
        builder.election = Election.PREFERRED
        record = builder.build()
        if record is not None:
            records.append(record)
    return records


def unclean_leader_records(state: ControllerState) -> list[PartitionChangeRecord]:
    """Gives leaders to partitions without one where their topic allows losing records."""
    facts = TopicFacts(state)
    records = Records()
    for topic, partition_id, _ in partitions_without_leader(state):
        if len(records.records) >= MAX_ELECTIONS_PER_SCAN:
            break
        if facts.unclean(topic.name):
            _elect(state, topic.name, partition_id, Election.UNCLEAN, facts, records)
    return list(records.records)
