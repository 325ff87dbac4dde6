"""OffsetFetch 1-10: one group before version 8, then several; topics by id from version 10 on; null means all topics.

Version 1 has no error of its own for the group: every partition carries it.
"""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.coordinators.pending_answer import then
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import OffsetFetchRequest, OffsetFetchResponse
from workbench.wire.uuids import ZERO_UUID

_FIRST_VERSION_WITH_GROUP_ERROR = 2
_FIRST_VERSION_WITH_GROUPS = 8
_FIRST_VERSION_WITH_TOPIC_IDS = 10

_Group = OffsetFetchRequest.OffsetFetchRequestGroup
_Topic = OffsetFetchRequest.OffsetFetchRequestTopics
_GroupAnswer = OffsetFetchResponse.OffsetFetchResponseGroup
_TopicAnswer = OffsetFetchResponse.OffsetFetchResponseTopics
_PartitionAnswer = OffsetFetchResponse.OffsetFetchResponsePartitions


@serves(OffsetFetchRequest, (1, 10))
def offset_fetch(
    broker: Broker, context: RequestContext, request: OffsetFetchRequest
) -> OffsetFetchResponse | Awaitable[OffsetFetchResponse]:
    version = context.api_version
    if version >= _FIRST_VERSION_WITH_GROUPS:
        groups = request.groups
    else:
        topics = None
        if request.topics is not None:
            topics = [_Topic(name=topic.name, partition_indexes=topic.partition_indexes) for topic in request.topics]
        groups = [_Group(group_id=request.group_id, topics=topics)]
    outcomes = [_fetch_group(broker, group, version, request.require_stable) for group in groups]
    answers = [outcome for outcome in outcomes if isinstance(outcome, _GroupAnswer)]
    if len(answers) == len(outcomes):
        return _response(answers, version)

    async def gather() -> OffsetFetchResponse:
        return _response([o if isinstance(o, _GroupAnswer) else await o for o in outcomes], version)

    return gather()


def _fetch_group(
    broker: Broker, group: _Group, version: int, require_stable: bool
) -> _GroupAnswer | Awaitable[_GroupAnswer]:
    by_id = version >= _FIRST_VERSION_WITH_TOPIC_IDS
    asked = group.topics
    unknown: list[_TopicAnswer] = []
    if by_id and asked is not None:
        known = []
        for topic in asked:
            topic.name = broker.image.topics.topic_name(topic.topic_id) or ""
            if topic.name:
                known.append(topic)
            else:
                unknown.append(_failed(topic, ErrorCode.UNKNOWN_TOPIC_ID))
        group.topics = known

    def finish(answer: _GroupAnswer) -> _GroupAnswer:
        if answer.error_code != ErrorCode.NONE:
            if version < _FIRST_VERSION_WITH_GROUP_ERROR:
                answer.topics = [_failed(topic, ErrorCode(answer.error_code)) for topic in asked or []]
            return answer
        answer.topics.extend(unknown)
        if by_id and asked is None:
            _name_by_id(broker, answer)
        return answer

    return then(broker.groups.fetch_offsets(group, require_stable=require_stable), finish)


def _name_by_id(broker: Broker, answer: _GroupAnswer) -> None:
    """Topics that do not exist any more have no id to tell them by, and are left out."""
    for topic in answer.topics:
        if topic.topic_id == ZERO_UUID:
            topic.topic_id = broker.image.topics.topic_id(topic.name) or ZERO_UUID
    answer.topics = [topic for topic in answer.topics if topic.topic_id != ZERO_UUID]


def _failed(topic: _Topic, code: ErrorCode) -> _TopicAnswer:
    return _TopicAnswer(
        name=topic.name,
        topic_id=topic.topic_id,
        partitions=[
            _PartitionAnswer(partition_index=index, committed_offset=-1, metadata="", error_code=code)
            for index in topic.partition_indexes
        ],
    )


def _response(groups: list[_GroupAnswer], version: int) -> OffsetFetchResponse:
    if version >= _FIRST_VERSION_WITH_GROUPS:
        return OffsetFetchResponse(groups=groups)
    (group,) = groups
    return OffsetFetchResponse(
        error_code=group.error_code,
        topics=[
            OffsetFetchResponse.OffsetFetchResponseTopic(
                name=topic.name,
                partitions=[
                    OffsetFetchResponse.OffsetFetchResponsePartition(
                        partition_index=entry.partition_index,
                        committed_offset=entry.committed_offset,
                        committed_leader_epoch=entry.committed_leader_epoch,
                        metadata=entry.metadata,
                        error_code=entry.error_code,
                    )
                    for entry in topic.partitions
                ],
            )
            for topic in group.topics
        ],
    )
