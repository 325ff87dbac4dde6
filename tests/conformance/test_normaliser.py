"""What the normaliser takes out of an answer, and what it must leave in."""

from __future__ import annotations

import time
import uuid
from typing import Any

import pytest

from tests.conformance.normaliser import Normaliser

TOPIC_ID = uuid.UUID("01234567-89ab-cdef-0123-456789abcdef")
SUFFIX = "-1a2b3c4d"


@pytest.fixture
def normaliser() -> Normaliser:
    return Normaliser(SUFFIX)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"error_code": 3}, {"error_code": "UNKNOWN_TOPIC_OR_PARTITION"}),
        ({"error_message": "anything", "documentation": None}, {"error_message": "<message>", "documentation": None}),
        ({"error_message": ""}, {"error_message": ""}),
        ({"host": "h", "port": 1, "cluster_id": None}, {"host": "<host>", "port": "<port>", "cluster_id": None}),
        ({"name": "alpha" + SUFFIX}, {"name": "alpha"}),
        ({"timestamp": 1_700_000_000_000, "offset": -1}, {"timestamp": 1_700_000_000_000, "offset": -1}),
        ({"topic_id": uuid.UUID(int=0)}, {"topic_id": "<zero id>"}),
        ({"producer_id": -1, "session_id": 0, "leader": ""}, {"producer_id": -1, "session_id": 0, "leader": ""}),
        ({"leader": 1}, {"leader": 1}),
    ],
)
def test_values(normaliser: Normaliser, given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert normaliser.answer(given) == expected


def test_the_time_of_the_run_becomes_now(normaliser: Normaliser) -> None:
    assert normaliser.answer({"log_append_time": int(time.time() * 1000)}) == {"log_append_time": "<now>"}


def test_the_same_id_keeps_its_number(normaliser: Normaliser) -> None:
    first, second, again = (normaliser.answer({"producer_id": number}) for number in (5000, 6000, 5000))
    assert [first, second, again] == [
        {"producer_id": "<producer 1>"},
        {"producer_id": "<producer 2>"},
        {"producer_id": "<producer 1>"},
    ]


def test_a_member_id_tells_whom_it_was_made_of(normaliser: Normaliser) -> None:
    member = f"client{SUFFIX}-{uuid.uuid4()}"
    assert normaliser.answer({"member_id": member}) == {"member_id": "<member 1 of client>"}
    assert normaliser.answer({"leader": member}) == {"leader": "<member 1 of client>"}


def test_topic_ids_are_known_by_their_topic(normaliser: Normaliser) -> None:
    normaliser.learn({"topics": [{"name": "alpha" + SUFFIX, "topic_id": TOPIC_ID}]})
    assert normaliser.answer({"topic_id": TOPIC_ID}) == {"topic_id": "<id of alpha>"}


def test_lists_are_sorted_by_name_but_synonyms_are_not(normaliser: Normaliser) -> None:
    both = [{"name": "b"}, {"name": "a"}]
    assert normaliser.answer({"topics": both, "synonyms": both}) == {
        "topics": [{"name": "a"}, {"name": "b"}],
        "synonyms": [{"name": "b"}, {"name": "a"}],
    }
