"""Fetch sessions: what is left out when nothing changed, and how a session is made, continued and lost."""

from __future__ import annotations

from typing import Any

from tests.conformance.conversation import Conversation
from tests.conformance.registry import scenario
from tests.conformance.scenarios.fetch import brief, fetch_fields


def _session(session_id: int, epoch: int, topics: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "max_wait": 0,
        "min_bytes": 0,
        "session_id": session_id,
        "session_epoch": epoch,
        "topics": topics or [],
        **more,
    }


@scenario
def life(talk: Conversation) -> None:
    """Made, continued without naming anything, changed, forgotten, closed."""
    name = talk.create_topic("sessions", partitions=2)
    talk.produce_values(name, b"zero")
    both = fetch_fields(name)["topics"]
    both[0]["partitions"].append({**both[0]["partitions"][0], "partition": 1})
    talk.title("made")
    made = talk.ask("Fetch", 12, **_session(0, 0, both))
    session = made["session_id"]
    talk.title("continued: the record is there still")
    talk.ask("Fetch", 12, **_session(session, 1), only=brief)
    talk.title("the offset moves: nothing to say")
    talk.ask("Fetch", 12, **_session(session, 2, fetch_fields(name, 1)["topics"]), only=brief)
    talk.title("partition 1 gets a record")
    talk.produce_values(name, b"one", partition=1)
    talk.ask("Fetch", 12, **_session(session, 3), only=brief)
    talk.title("partition 1 is forgotten")
    forgotten = [{"topic": name, "partitions": [1]}]
    talk.ask("Fetch", 12, **_session(session, 4, forgotten_topics_data=forgotten), only=brief)
    talk.title("closed, with a question of its own")
    talk.ask("Fetch", 12, **_session(session, -1, fetch_fields(name)["topics"]), only=brief)
    talk.title("gone")
    talk.ask("Fetch", 12, **_session(session, 5), only=brief)


@scenario
def by_id(talk: Conversation) -> None:
    """From version 13 a session is kept by topic ids."""
    name = talk.create_topic("by-id")
    its_id = talk.topic_id(name)
    made = talk.ask("Fetch", 16, **_session(0, 0, fetch_fields(its_id)["topics"]), only=brief)
    session = made["session_id"]
    talk.produce_values(name, b"v")
    talk.ask("Fetch", 16, **_session(session, 1), only=brief)
    talk.title("continued by names where it was made by ids")
    talk.ask("Fetch", 12, **_session(session, 2, fetch_fields(name)["topics"]), only=brief)
    talk.title("made by names, continued by ids")
    made = talk.ask("Fetch", 12, **_session(0, 0, fetch_fields(name)["topics"]), only=brief)
    talk.ask("Fetch", 16, **_session(made["session_id"], 1, fetch_fields(its_id)["topics"]), only=brief)


@scenario
def wrong(talk: Conversation) -> None:
    """Unknown sessions, epochs that are skipped or repeated, epochs of no session."""
    name = talk.create_topic("wrong")
    topics = fetch_fields(name)["topics"]
    session = talk.ask("Fetch", 12, **_session(0, 0, topics), only=brief)["session_id"]
    for what, its_id, epoch in (
        ("epoch skipped", session, 2),
        ("epoch repeated", session, 0),
        ("right epoch after the wrong ones", session, 1),
        ("negative epoch", session, -2),
        ("unknown session", 123_456, 1),
        ("unknown session closed", 123_456, -1),
        ("no session but an epoch", 0, 1),
        ("negative session", -1, 1),
    ):
        talk.title(what)
        talk.ask("Fetch", 12, **_session(its_id, epoch, topics), only=brief)


@scenario
def full_again(talk: Conversation) -> None:
    """Epoch 0 with a session's id replaces that session by a new one."""
    name = talk.create_topic("again")
    topics = fetch_fields(name)["topics"]
    first = talk.ask("Fetch", 12, **_session(0, 0, topics), only=brief)["session_id"]
    second = talk.ask("Fetch", 12, **_session(first, 0, topics), only=brief)["session_id"]
    talk.note("another id", first != second)
    talk.ask("Fetch", 12, **_session(first, 1), only=brief)
    talk.ask("Fetch", 12, **_session(second, 1), only=brief)


@scenario
def with_errors(talk: Conversation) -> None:
    """A partition in error stays in every answer until it is well."""
    name = talk.create_topic("errors")
    topics = fetch_fields(name, 99)["topics"]
    session = talk.ask("Fetch", 12, **_session(0, 0, topics), only=brief)["session_id"]
    talk.ask("Fetch", 12, **_session(session, 1), only=brief)
    talk.ask("Fetch", 12, **_session(session, 2, fetch_fields(name, 0)["topics"]), only=brief)
    talk.ask("Fetch", 12, **_session(session, 3), only=brief)
    unknown = fetch_fields(talk.name("unknown"))["topics"]
    session = talk.ask("Fetch", 12, **_session(0, 0, unknown), only=brief)["session_id"]
    talk.ask("Fetch", 12, **_session(session, 1), only=brief)
    talk.create_topic("unknown")
    talk.ask("Fetch", 12, **_session(session, 2), only=brief)


@scenario
def empty(talk: Conversation) -> None:
    """A session of no partitions is not made."""
    talk.ask("Fetch", 12, **_session(0, 0))
    talk.ask("Fetch", 7, **_session(0, 0))
