"""DeleteTopics: by name or by id, each topic answered on its own.

Invariant: what is asked twice, by name and id at once, or by neither is refused; the order of the answers says
nothing about which topics exist.
"""

from __future__ import annotations

from workbench.embedded_broker.controller.result import ControllerResult, Records
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DeleteTopicsRequest, DeleteTopicsResponse, RemoveTopicRecord
from workbench.wire.uuids import ZERO_UUID

_Result = DeleteTopicsResponse.DeletableTopicResult


def delete_topics(
    state: ControllerState, request: DeleteTopicsRequest, version: int
) -> ControllerResult[DeleteTopicsResponse]:
    """Raises INVALID_REQUEST (before version 3) or TOPIC_DELETION_DISABLED where delete.topic.enable is false."""
    if not state.settings.delete_topic_enable:
        if version < 3:
            raise BrokerError(ErrorCode.INVALID_REQUEST, "This version does not support topic deletion.")
        raise BrokerError(ErrorCode.TOPIC_DELETION_DISABLED)
    results: list[_Result] = []

    def refuse(name: str | None, topic_id: bytes, code: ErrorCode, message: str | None) -> None:
        results.append(_Result(name=name, topic_id=topic_id, error_code=code, error_message=message))

    names: list[str] = list(request.topic_names)
    ids: list[bytes] = []
    for topic in request.topics:
        if topic.name is None and topic.topic_id == ZERO_UUID:
            refuse(None, ZERO_UUID, ErrorCode.INVALID_REQUEST, "Neither topic name nor id were specified.")
        elif topic.name is None:
            ids.append(bytes(topic.topic_id))
        elif topic.topic_id == ZERO_UUID:
            names.append(topic.name)
        else:
            refuse(
                topic.name,
                topic.topic_id,
                ErrorCode.INVALID_REQUEST,
                "You may not specify both topic name and topic id.",
            )
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            refuse(name, ZERO_UUID, ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
    duplicate_ids = {topic_id for topic_id in ids if ids.count(topic_id) > 1}
    for topic_id in dict.fromkeys(ids):
        if topic_id in duplicate_ids:
            refuse(None, topic_id, ErrorCode.INVALID_REQUEST, "Duplicate topic id.")

    doomed: dict[bytes, str] = {}
    for topic_id in ids:
        if topic_id in duplicate_ids:
            continue
        name_of_id = state.image.topics.topic_name(topic_id)
        if name_of_id is None:
            refuse(None, topic_id, ErrorCode.UNKNOWN_TOPIC_ID, "This server does not host this topic ID.")
        else:
            doomed[topic_id] = name_of_id
    for name in names:
        if names.count(name) > 1:
            continue
        id_of_name = state.image.topics.topic_id(name)
        if id_of_name is None:
            refuse(
                name,
                ZERO_UUID,
                ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
                "This server does not host this topic-partition.",
            )
        elif id_of_name in duplicate_ids or id_of_name in doomed:
            doomed.pop(id_of_name, None)
            refuse(
                name,
                id_of_name,
                ErrorCode.INVALID_REQUEST,
                "The provided topic name maps to an ID that was already supplied.",
            )
        else:
            doomed[id_of_name] = name
    records = Records()
    for topic_id, name in doomed.items():
        records.add(RemoveTopicRecord(topic_id=topic_id))
        results.append(_Result(name=name, topic_id=topic_id))
    state.rng.shuffle(results)
    return ControllerResult(records.records, DeleteTopicsResponse(responses=results))
