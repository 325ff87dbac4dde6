"""ListOffsets 1-11: the offset of a time, or one of the special ones (KIP-734, KIP-405, KIP-1005, KIP-1023).

-1 latest (high watermark, or last stable offset with read_committed), -2 earliest, -3 that of the largest timestamp,
-4 earliest on local disk (all of it is local here), -5 and -6 are of tiered storage, which has no offsets here. The
time told for -1 and -2 is -1.
"""

from __future__ import annotations

from collections import Counter

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.replication.partition import Partition
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ListOffsetsRequest, ListOffsetsResponse

LATEST, EARLIEST, MAX_TIMESTAMP, EARLIEST_LOCAL, LATEST_TIERED, EARLIEST_PENDING_UPLOAD = -1, -2, -3, -4, -5, -6
_SINCE_VERSION = {
    LATEST: 0,
    EARLIEST: 0,
    MAX_TIMESTAMP: 7,
    EARLIEST_LOCAL: 8,
    LATEST_TIERED: 9,
    EARLIEST_PENDING_UPLOAD: 11,
}
CONSUMER = -1
DEBUGGING_CONSUMER = -2
"""Replica ids of ListOffsets: a consumer asks the leader; a debugging one takes any replica's word."""

PartitionAnswer = ListOffsetsResponse.ListOffsetsPartitionResponse


def _last_fetchable(partition: Partition, request: ListOffsetsRequest) -> int:
    if request.replica_id != CONSUMER:
        return partition.log.log_end_offset
    return partition.last_stable_offset if request.isolation_level == 1 else partition.high_watermark


def _epoch_at(partition: Partition, offset: int) -> int:
    epoch = partition.log.leader_epochs.epoch_for_offset(offset)
    return -1 if epoch is None else epoch


def _answer(
    partition: Partition, wanted: ListOffsetsRequest.ListOffsetsPartition, request: ListOffsetsRequest, version: int
) -> PartitionAnswer:
    log = partition.log
    answer = PartitionAnswer(partition_index=wanted.partition_index)
    last_fetchable = _last_fetchable(partition, request)
    leadership = partition.leadership
    # Right after an election the high watermark may still lag behind what was acknowledged before (KIP-207).
    not_available = (
        request.replica_id == CONSUMER
        and leadership is not None
        and leadership.high_watermark < leadership.leader_epoch_start_offset
    )
    not_available_code = ErrorCode.OFFSET_NOT_AVAILABLE if version >= 5 else ErrorCode.LEADER_NOT_AVAILABLE
    timestamp = wanted.timestamp
    if timestamp == LATEST:
        if not_available:
            raise BrokerError(not_available_code)
        answer.offset = last_fetchable
        answer.leader_epoch = partition.leader_epoch
    elif timestamp in (EARLIEST, EARLIEST_LOCAL):
        answer.offset = log.log_start_offset
        earliest = log.leader_epochs.earliest_entry
        if earliest is not None and earliest.start_offset <= log.log_start_offset:
            answer.leader_epoch = _epoch_at(partition, log.log_start_offset)
    elif timestamp in (LATEST_TIERED, EARLIEST_PENDING_UPLOAD):
        answer.leader_epoch = -1
    else:
        found = log.offset_of_max_timestamp() if timestamp == MAX_TIMESTAMP else log.offset_for_timestamp(timestamp)
        if found is None or found.offset >= last_fetchable:
            if not_available:
                raise BrokerError(not_available_code)
        else:
            answer.offset = found.offset
            answer.timestamp = found.timestamp
            answer.leader_epoch = -1 if found.leader_epoch is None else found.leader_epoch
    if version < 4:
        answer.leader_epoch = -1
    return answer


@serves(ListOffsetsRequest, (1, 11))
def handle(broker: Broker, context: RequestContext, request: ListOffsetsRequest) -> ListOffsetsResponse:
    if request.isolation_level not in (0, 1):
        return _refuse(request)
    version = context.api_version
    named = Counter((topic.name, one.partition_index) for topic in request.topics for one in topic.partitions)
    told: dict[str, ListOffsetsResponse.ListOffsetsTopicResponse] = {}
    for topic in request.topics:
        for wanted in topic.partitions:
            place = topic.name, wanted.partition_index
            if place not in named:
                continue  # named more than once, and answered already
            try:
                if named.pop(place) > 1:
                    raise BrokerError(ErrorCode.INVALID_REQUEST)
                if wanted.timestamp < 0 and version < _SINCE_VERSION.get(wanted.timestamp, 99):
                    raise BrokerError(ErrorCode.UNSUPPORTED_VERSION)
                if request.replica_id == DEBUGGING_CONSUMER:
                    found = broker.replicas.partitions.get(place)
                    if found is None:
                        raise broker.replicas.missing(*place)
                    found.check_leader_epoch(wanted.current_leader_epoch)
                    partition = found
                else:
                    partition = broker.replicas.leader_of(*place, wanted.current_leader_epoch)
                answer = _answer(partition, wanted, request, version)
            except BrokerError as error:
                answer = PartitionAnswer(partition_index=wanted.partition_index, error_code=error.code)
            if topic.name not in told:
                told[topic.name] = ListOffsetsResponse.ListOffsetsTopicResponse(name=topic.name)
            told[topic.name].partitions.append(answer)
    return ListOffsetsResponse(topics=list(told.values()))


def _refuse(request: ListOffsetsRequest) -> ListOffsetsResponse:
    """Everything that was named, as it was named, with the error of a request that means nothing."""
    return ListOffsetsResponse(
        topics=[
            ListOffsetsResponse.ListOffsetsTopicResponse(
                name=topic.name,
                partitions=[
                    PartitionAnswer(partition_index=one.partition_index, error_code=ErrorCode.UNKNOWN_SERVER_ERROR)
                    for one in topic.partitions
                ],
            )
            for topic in request.topics
        ]
    )
