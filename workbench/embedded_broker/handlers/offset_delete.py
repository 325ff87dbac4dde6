"""OffsetDelete 0: forgets offsets of a group, for topics that nobody in it is subscribed to (KIP-496)."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.coordinators.pending_answer import then
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetDeleteRequest, OffsetDeleteResponse

_Topic = OffsetDeleteRequest.OffsetDeleteRequestTopic
_TopicAnswer = OffsetDeleteResponse.OffsetDeleteResponseTopic
_PartitionAnswer = OffsetDeleteResponse.OffsetDeleteResponsePartition


@serves(OffsetDeleteRequest, (0, 0))
def offset_delete(
    broker: Broker, context: RequestContext, request: OffsetDeleteRequest
) -> OffsetDeleteResponse | Awaitable[OffsetDeleteResponse]:
    answers: dict[str, _TopicAnswer] = {}
    accepted: list[_Topic] = []
    for topic in request.topics:
        image = broker.image.topics.by_name.get(topic.name)
        partitions = {} if image is None else image.partitions
        unknown = [entry for entry in topic.partitions if entry.partition_index not in partitions]
        known = [entry for entry in topic.partitions if entry.partition_index in partitions]
        if unknown or image is None:
            answer = answers.setdefault(topic.name, _TopicAnswer(name=topic.name))
            answer.partitions.extend(
                _PartitionAnswer(partition_index=entry.partition_index, error_code=ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
                for entry in unknown
            )
        if known:
            accepted.append(_Topic(name=topic.name, partitions=known))

    def finish(response: OffsetDeleteResponse) -> OffsetDeleteResponse:
        if response.error_code != ErrorCode.NONE or not answers:
            return response
        for topic in response.topics:
            answers.setdefault(topic.name, _TopicAnswer(name=topic.name)).partitions.extend(topic.partitions)
        return OffsetDeleteResponse(topics=list(answers.values()))

    return then(broker.groups.delete_offsets(OffsetDeleteRequest(group_id=request.group_id, topics=accepted)), finish)
