"""DeleteTopics."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import carry_out, partition, state_of, topic_id, topic_records
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.controller.topic_deletion import delete_topics
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DeleteTopicsRequest
from workbench.wire.uuids import ZERO_UUID

State = DeleteTopicsRequest.DeleteTopicState


def cluster(**settings: object) -> ControllerState:
    records = [*topic_records("a", 1, [partition([1])], {"segment.ms": "7"}), *topic_records("b", 2, [partition([1])])]
    return state_of(records=records, **settings)  # type: ignore[arg-type]


def delete(state: ControllerState, request: DeleteTopicsRequest, version: int = 6) -> list[tuple[object, ...]]:
    response = carry_out(state, delete_topics(state, request, version))
    return sorted(((r.name or "", bytes(r.topic_id), r.error_code) for r in response.responses), key=repr)


def test_by_name_and_by_id() -> None:
    state = cluster()
    request = DeleteTopicsRequest(topics=[State(name="a"), State(name=None, topic_id=topic_id(2))])
    assert delete(state, request) == [("a", topic_id(1), 0), ("b", topic_id(2), 0)]
    assert not state.image.topics.by_name
    assert state.image.configs.topic("a") == {}


def test_old_versions_name_only() -> None:
    state = cluster()
    assert delete(state, DeleteTopicsRequest(topic_names=["a", "x"]), 5) == [
        ("a", topic_id(1), 0),
        ("x", ZERO_UUID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
    ]


def test_what_makes_no_sense_is_refused_and_deletes_nothing() -> None:
    state = cluster()
    request = DeleteTopicsRequest(
        topics=[
            State(name=None),
            State(name="a", topic_id=topic_id(1)),
            State(name="a"),
            State(name="a"),
            State(name=None, topic_id=topic_id(9)),
            State(name=None, topic_id=topic_id(8)),
            State(name=None, topic_id=topic_id(8)),
            State(name="b"),
            State(name=None, topic_id=topic_id(2)),
        ]
    )
    invalid = ErrorCode.INVALID_REQUEST
    assert sorted(delete(state, request), key=repr) == sorted(
        [
            ("", ZERO_UUID, invalid),
            ("a", topic_id(1), invalid),
            ("a", ZERO_UUID, invalid),
            ("", topic_id(9), ErrorCode.UNKNOWN_TOPIC_ID),
            ("", topic_id(8), invalid),
            ("b", topic_id(2), invalid),
        ],
        key=repr,
    )
    assert set(state.image.topics.by_name) == {"a", "b"}


@pytest.mark.parametrize(("version", "code"), [(2, ErrorCode.INVALID_REQUEST), (6, ErrorCode.TOPIC_DELETION_DISABLED)])
def test_deletion_may_be_disabled(version: int, code: ErrorCode) -> None:
    with pytest.raises(BrokerError) as error:
        delete(cluster(delete_topic_enable=False), DeleteTopicsRequest(), version)
    assert error.value.code == code
