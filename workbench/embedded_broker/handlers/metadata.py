"""Metadata 0-13: brokers, topics, partitions; creates missing topics if the client wants it (KIP-4, KIP-516).

Version 0 takes an empty list for all topics and reports replicas that cannot be reached as errors; later versions
take null. Topic ids from version 10 on in answers, from 12 on in requests. The controller named is any live broker.
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.authorized_operations import CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS
from workbench.embedded_broker.handlers.auto_topic_creation import auto_topic_creation
from workbench.embedded_broker.handlers.partition_metadata import (
    available,
    leader_endpoint,
    offline_replicas,
    some_alive_broker,
)
from workbench.embedded_broker.metadata.image import MetadataImage, TopicImage
from workbench.embedded_broker.metadata.partition_registration import NO_LEADER, PartitionRegistration
from workbench.embedded_broker.metadata.topic_names import is_internal_topic, is_valid_topic_name
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import MetadataRequest, MetadataResponse
from workbench.wire.uuids import ZERO_UUID

_TOPIC_IDS_SINCE = 12
_LISTENER_ERRORS_SINCE = 6

_Topic = MetadataResponse.MetadataResponseTopic
_Partition = MetadataResponse.MetadataResponsePartition


@serves(MetadataRequest, (0, 13))
def handle(broker: Broker, context: RequestContext, request: MetadataRequest) -> MetadataResponse:
    version = context.api_version
    image = broker.image
    if version < _TOPIC_IDS_SINCE and any(
        topic.name is None or topic.topic_id != ZERO_UUID for topic in request.topics or ()
    ):
        return _refused(request, ErrorCode.INVALID_REQUEST)
    by_name = request.topics and all(topic.topic_id == ZERO_UUID for topic in request.topics)
    if by_name and any(topic.name is None for topic in request.topics or ()):
        # Neither name nor id: no version allows it, and this is what Kafka's own failure answers.
        return _refused(request, ErrorCode.UNKNOWN_SERVER_ERROR)
    topics = _topics(broker, context, request, image)
    if version >= 8 and request.include_topic_authorized_operations:
        for topic in topics:
            if topic.error_code != ErrorCode.UNKNOWN_TOPIC_ID:
                topic.topic_authorized_operations = TOPIC_OPERATIONS
    cluster_operations = NOT_ASKED
    if 8 <= version <= 10 and request.include_cluster_authorized_operations:
        cluster_operations = CLUSTER_OPERATIONS
    listener = context.connection.listener
    return MetadataResponse(
        brokers=[
            MetadataResponse.MetadataResponseBroker(
                node_id=one.id, host=endpoint.host, port=endpoint.port, rack=one.rack
            )
            for one in image.cluster.alive_brokers()
            if (endpoint := one.listeners.get(listener)) is not None
        ],
        cluster_id=broker.cluster_id,
        controller_id=some_alive_broker(image),
        topics=topics,
        cluster_authorized_operations=cluster_operations,
    )


def _topics(broker: Broker, context: RequestContext, request: MetadataRequest, image: MetadataImage) -> list[_Topic]:
    if request.topics is None or (not request.topics and context.api_version == 0):
        return [_topic(image, topic, context) for topic in image.topics.by_name.values()]
    ids = dict.fromkeys(bytes(topic.topic_id) for topic in request.topics if topic.topic_id != ZERO_UUID)
    if ids:
        unknown = [
            _Topic(error_code=ErrorCode.UNKNOWN_TOPIC_ID, name=None, topic_id=topic_id)
            for topic_id in ids
            if topic_id not in image.topics.by_id
        ]
        known = [_topic(image, found, context) for topic_id in ids if (found := image.topics.by_id.get(topic_id))]
        return [*unknown, *known]
    found_topics: list[_Topic] = []
    missing: list[str] = []
    for name in dict.fromkeys(topic.name for topic in request.topics if topic.name is not None):
        topic = image.topics.by_name.get(name)
        if topic is None:
            missing.append(name)
        else:
            found_topics.append(_topic(image, topic, context))
    creatable = [name for name in missing if is_valid_topic_name(name)]
    if creatable and request.allow_auto_topic_creation and broker.settings.flag("auto.create.topics.enable"):
        auto_topic_creation(broker).create(creatable, context)
    return found_topics + [
        _Topic(
            error_code=(
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION if is_valid_topic_name(name) else ErrorCode.INVALID_TOPIC_EXCEPTION
            ),
            name=name,
            is_internal=is_internal_topic(name),
        )
        for name in missing
    ]


def _topic(image: MetadataImage, topic: TopicImage, context: RequestContext) -> _Topic:
    return _Topic(
        name=topic.name,
        topic_id=topic.id,
        is_internal=is_internal_topic(topic.name),
        partitions=[_partition(image, index, partition, context) for index, partition in topic.partitions.items()],
    )


def _partition(
    image: MetadataImage, index: int, partition: PartitionRegistration, context: RequestContext
) -> _Partition:
    listener = context.connection.listener
    only_available = context.api_version == 0
    replicas = available(image, partition.replicas, listener) if only_available else list(partition.replicas)
    isr = available(image, partition.isr, listener) if only_available else list(partition.isr)
    error = ErrorCode.NONE
    leader = partition.leader
    if leader_endpoint(image, partition, listener) is None:
        known = leader in image.cluster.brokers
        error = (
            ErrorCode.LISTENER_NOT_FOUND
            if known and context.api_version >= _LISTENER_ERRORS_SINCE
            else ErrorCode.LEADER_NOT_AVAILABLE
        )
        leader = NO_LEADER
    elif len(replicas) < len(partition.replicas) or len(isr) < len(partition.isr):
        error = ErrorCode.REPLICA_NOT_AVAILABLE
    return _Partition(
        error_code=error,
        partition_index=index,
        leader_id=leader,
        leader_epoch=partition.leader_epoch,
        replica_nodes=replicas,
        isr_nodes=isr,
        offline_replicas=offline_replicas(image, partition, listener),
    )


def _refused(request: MetadataRequest, error: ErrorCode) -> MetadataResponse:
    """A request that is not allowed."""
    return MetadataResponse(
        topics=[
            _Topic(error_code=error, name=topic.name or "", topic_id=topic.topic_id) for topic in request.topics or ()
        ],
        error_code=error,
    )
