"""DescribeTopicPartitions 0: topics page by page, with eligible leader replicas (KIP-966).

Topics come in order of name; the cursor names where the next page begins. Never creates a topic.
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.authorized_operations import TOPIC_OPERATIONS
from workbench.embedded_broker.handlers.partition_metadata import leader_endpoint, offline_replicas
from workbench.embedded_broker.metadata.image import MetadataImage
from workbench.embedded_broker.metadata.partition_registration import NO_LEADER, PartitionRegistration
from workbench.embedded_broker.metadata.topic_names import is_internal_topic, is_valid_topic_name
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse

MAX_PARTITIONS = 2_000

_Topic = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic
_Partition = DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition
_Cursor = DescribeTopicPartitionsResponse.Cursor


@serves(DescribeTopicPartitionsRequest, (0, 0))
def handle(
    broker: Broker, context: RequestContext, request: DescribeTopicPartitionsRequest
) -> DescribeTopicPartitionsResponse:
    image = broker.image
    cursor = request.cursor
    start = cursor.topic_name if cursor is not None else ""
    everything = not request.topics
    names = sorted(
        name
        for name in (image.topics.by_name if everything else {topic.name for topic in request.topics})
        if name >= start
    )
    if cursor is not None and ((not everything and cursor.topic_name not in names) or cursor.partition_index < 0):
        return _refused(request, ErrorCode.INVALID_REQUEST)
    if cursor is None and "" in names:
        # Kafka takes the empty name for that of the cursor, and fails on there being none.
        return _refused(request, ErrorCode.UNKNOWN_SERVER_ERROR)
    response = DescribeTopicPartitionsResponse()
    remaining = max(1, min(MAX_PARTITIONS, request.response_partition_limit))
    for name in names:
        if remaining == 0:
            response.next_cursor = _Cursor(topic_name=name, partition_index=0)
            break
        topic = image.topics.by_name.get(name)
        if topic is None:
            response.topics.append(_unknown(name))
            continue
        first = cursor.partition_index if cursor is not None and name == cursor.topic_name else 0
        end = min(len(topic.partitions), first + remaining)
        partitions = [
            _partition(image, index, topic.partitions[index], context.connection.listener)
            for index in range(first, end)
            if index in topic.partitions
        ]
        response.topics.append(
            _Topic(
                name=name,
                topic_id=topic.id,
                is_internal=is_internal_topic(name),
                partitions=partitions,
                topic_authorized_operations=TOPIC_OPERATIONS,
            )
        )
        if end < len(topic.partitions):
            response.next_cursor = _Cursor(topic_name=name, partition_index=end)
            break
        remaining -= len(partitions)
    return response


def _refused(request: DescribeTopicPartitionsRequest, code: ErrorCode) -> DescribeTopicPartitionsResponse:
    return DescribeTopicPartitionsResponse(
        topics=[_Topic(name=topic.name, error_code=code) for topic in request.topics]
    )


def _unknown(name: str) -> _Topic:
    valid = is_valid_topic_name(name)
    return _Topic(
        error_code=ErrorCode.UNKNOWN_TOPIC_OR_PARTITION if valid else ErrorCode.INVALID_TOPIC_EXCEPTION,
        name=name,
        is_internal=is_internal_topic(name),
        topic_authorized_operations=TOPIC_OPERATIONS,
    )


def _partition(image: MetadataImage, index: int, partition: PartitionRegistration, listener: str) -> _Partition:
    has_leader = leader_endpoint(image, partition, listener) is not None
    return _Partition(
        partition_index=index,
        leader_id=partition.leader if has_leader else NO_LEADER,
        leader_epoch=partition.leader_epoch,
        replica_nodes=list(partition.replicas),
        isr_nodes=list(partition.isr),
        eligible_leader_replicas=list(partition.elr),
        last_known_elr=list(partition.last_known_elr),
        offline_replicas=offline_replicas(image, partition, listener),
    )
