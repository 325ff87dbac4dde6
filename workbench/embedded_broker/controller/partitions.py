"""CreatePartitions: topics only grow, and keep their replication factor.

Invariant: new partitions are numbered on from the last, and records already in the log are not touched.
"""

from __future__ import annotations

from workbench.embedded_broker.controller.manual_assignment import (
    active_replicas,
    check_manual_assignment,
    new_partition,
    usable_brokers,
)
from workbench.embedded_broker.controller.placement import StripedReplicaPlacer
from workbench.embedded_broker.controller.result import (
    MAX_RECORDS_PER_USER_OPERATION,
    ControllerResult,
    Records,
    api_error,
)
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreatePartitionsRequest, CreatePartitionsResponse

_Topic = CreatePartitionsRequest.CreatePartitionsTopic
_Result = CreatePartitionsResponse.CreatePartitionsTopicResult


def create_partitions(
    state: ControllerState, request: CreatePartitionsRequest
) -> ControllerResult[CreatePartitionsResponse]:
    """Each topic is answered on its own; all records go out in one batch."""
    names = [topic.name for topic in request.topics]
    results = [
        _Result(name=name, error_code=ErrorCode.INVALID_REQUEST, error_message="Duplicate topic name.")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    records = Records()
    for topic in request.topics:
        if names.count(topic.name) > 1:
            continue
        try:
            _grow(state, topic, records)
        except Exception as error:
            failure = api_error(error)
            results.append(_Result(name=topic.name, error_code=failure.code, error_message=failure.message))
        else:
            results.append(_Result(name=topic.name))
    result = ControllerResult(records.records, CreatePartitionsResponse(results=results))
    return result.without_records() if request.validate_only else result


def _grow(state: ControllerState, wanted: _Topic, records: Records) -> None:
    topic = state.image.topics.by_name.get(wanted.name)
    if topic is None:
        raise BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    count = len(topic.partitions)
    if wanted.count == count:
        raise BrokerError(ErrorCode.INVALID_PARTITIONS, f"Topic already has {count} partition(s).")
    if wanted.count < count:
        raise BrokerError(
            ErrorCode.INVALID_PARTITIONS,
            f"The topic {wanted.name} currently has {count} partition(s); {wanted.count} would not be an increase.",
        )
    additional = wanted.count - count
    if wanted.assignments is not None and len(wanted.assignments) != additional:
        raise BrokerError(
            ErrorCode.INVALID_REPLICA_ASSIGNMENT,
            f"Attempted to add {additional} additional partition(s), but only {len(wanted.assignments)} assignment(s) "
            "were specified.",
        )
    replication_factor = len(topic.partitions[0].replicas)
    room = MAX_RECORDS_PER_USER_OPERATION - len(records.records)
    if wanted.assignments is not None:
        placements = [list(assignment.broker_ids) for assignment in wanted.assignments]
    else:
        # One more than may be written is enough to refuse: nobody waits for the places of billions.
        placer = StripedReplicaPlacer(usable_brokers(state), state.rng)
        placements = placer.place(min(additional, room + 1), replication_factor)
    partitions = []
    for index, replicas in enumerate(placements, count):
        if wanted.assignments is not None:
            check_manual_assignment(state, replicas, replication_factor)
        isr = active_replicas(state, replicas)
        if not isr and wanted.assignments is not None:
            raise BrokerError(
                ErrorCode.INVALID_REPLICA_ASSIGNMENT,
                f"All brokers specified in the manual partition assignment for partition {index} are fenced or in "
                "controlled shutdown.",
            )
        if not isr:
            raise BrokerError(
                ErrorCode.INVALID_REPLICATION_FACTOR,
                f"Unable to replicate the partition {replication_factor} time(s): All brokers are currently fenced "
                "or in controlled shutdown.",
            )
        partitions.append(new_partition(state, replicas, isr).to_record(topic.id, index))
    if additional > room:
        raise BrokerError(ErrorCode.UNKNOWN_SERVER_ERROR)
    records.add(*partitions)
