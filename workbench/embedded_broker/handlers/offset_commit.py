"""OffsetCommit 2-10: topics by name, from version 10 on by id; only partitions that exist reach the group."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.coordinators.pending_answer import then
from workbench.embedded_broker.handlers.caller import caller_of
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetCommitRequest, OffsetCommitResponse
from workbench.wire.uuids import ZERO_UUID

_FIRST_VERSION_WITH_TOPIC_IDS = 10

_Topic = OffsetCommitRequest.OffsetCommitRequestTopic
_Partition = OffsetCommitRequest.OffsetCommitRequestPartition
_TopicAnswer = OffsetCommitResponse.OffsetCommitResponseTopic
_PartitionAnswer = OffsetCommitResponse.OffsetCommitResponsePartition


class _Answers:
    """The response while it is put together: one entry per topic, by whatever the version names topics with."""

    def __init__(self, by_id: bool) -> None:
        self._by_id = by_id
        self._topics: dict[str | bytes, _TopicAnswer] = {}

    def add(self, topic_id: bytes, name: str, partitions: list[_PartitionAnswer]) -> None:
        key = topic_id if self._by_id else name
        answer = self._topics.get(key)
        if answer is None:
            answer = self._topics[key] = _TopicAnswer(name=name, topic_id=topic_id)
        answer.partitions.extend(partitions)

    def merged_with(self, response: OffsetCommitResponse) -> OffsetCommitResponse:
        """Where nothing was answered before, the group's response goes out as it is, a topic named twice included."""
        if not self._topics:
            return response
        for topic in response.topics:
            self.add(topic.topic_id, topic.name, topic.partitions)
        return self.response()

    def response(self) -> OffsetCommitResponse:
        return OffsetCommitResponse(topics=list(self._topics.values()))


def _refused(partitions: list[_Partition], code: ErrorCode) -> list[_PartitionAnswer]:
    return [_PartitionAnswer(partition_index=entry.partition_index, error_code=code) for entry in partitions]


@serves(OffsetCommitRequest, (2, 10))
def offset_commit(
    broker: Broker, context: RequestContext, request: OffsetCommitRequest
) -> OffsetCommitResponse | Awaitable[OffsetCommitResponse]:
    topics = broker.image.topics
    by_id = context.api_version >= _FIRST_VERSION_WITH_TOPIC_IDS
    answers = _Answers(by_id)
    accepted: list[_Topic] = []
    for topic in request.topics:
        image = topics.by_id.get(topic.topic_id) if by_id else topics.by_name.get(topic.name)
        if image is None:
            code = ErrorCode.UNKNOWN_TOPIC_ID if by_id else ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
            answers.add(topic.topic_id if by_id else ZERO_UUID, topic.name, _refused(topic.partitions, code))
            continue
        known = [entry for entry in topic.partitions if entry.partition_index in image.partitions]
        unknown = [entry for entry in topic.partitions if entry.partition_index not in image.partitions]
        if unknown:
            answers.add(image.id, image.name, _refused(unknown, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
        if known:
            accepted.append(_Topic(name=image.name, topic_id=image.id, partitions=known))
    if not accepted:
        return answers.response()
    request.topics = accepted
    return then(broker.groups.commit_offsets(caller_of(context), request), answers.merged_with)
