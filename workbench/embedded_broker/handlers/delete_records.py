"""DeleteRecords 0-2: moves a partition's log start; what is below is gone for readers at once (KIP-107).

-1 means the high watermark. Waits until every live replica has moved its log start.
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.produce import INTERNAL_TOPICS
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DeleteRecordsRequest, DeleteRecordsResponse

HIGH_WATERMARK = -1


def _delete(broker: Broker, topic: str, index: int, offset: int) -> int:
    """The low watermark after the deletion. Raises BrokerError."""
    if topic in INTERNAL_TOPICS:
        raise BrokerError(ErrorCode.INVALID_TOPIC_EXCEPTION)
    partition = broker.replicas.leader_of(topic, index)
    if not partition.log.config.delete and partition.log.config.compact:
        raise BrokerError(ErrorCode.POLICY_VIOLATION)
    high_watermark = partition.high_watermark
    target = high_watermark if offset == HIGH_WATERMARK else offset
    if target < 0 or target > high_watermark:
        raise BrokerError(ErrorCode.OFFSET_OUT_OF_RANGE)
    try:
        partition.log.advance_log_start_offset(target)
    except OSError as error:
        broker.replicas.storage_failed(topic, index, error)
        raise BrokerError(ErrorCode.KAFKA_STORAGE_ERROR) from error
    return partition.log.log_start_offset


@serves(DeleteRecordsRequest, (0, 2))
def handle(broker: Broker, context: RequestContext, request: DeleteRecordsRequest) -> DeleteRecordsResponse:
    response = DeleteRecordsResponse()
    for topic in request.topics:
        told = DeleteRecordsResponse.DeleteRecordsTopicResult(name=topic.name)
        response.topics.append(told)
        for wanted in topic.partitions:
            answer = DeleteRecordsResponse.DeleteRecordsPartitionResult(
                partition_index=wanted.partition_index, low_watermark=-1
            )
            try:
                answer.low_watermark = _delete(broker, topic.name, wanted.partition_index, wanted.offset)
            except BrokerError as error:
                answer.error_code = error.code
            told.partitions.append(answer)
    return response
