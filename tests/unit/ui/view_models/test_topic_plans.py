"""Plans for topics: what they say is what they do."""

from __future__ import annotations

import ast
import json
import shlex
from typing import Any

import pytest

from tests.helpers.fake_session import FakeSession, partition, topic
from workbench.ui.view_models import topic_plans

BOOTSTRAP = "localhost:9092"


def _session() -> Any:
    return FakeSession()


async def test_create_checks_first_and_undo_deletes() -> None:
    session = _session()
    plan = topic_plans.create_topic(session, BOOTSTRAP, "new", 3, 1, {"retention.ms": "1000"})
    assert session.calls == []
    assert plan.check is not None and plan.undo_work is not None
    await plan.check()
    await plan.apply()
    await plan.undo_work()
    assert session.calls == [
        ("create_topic", "new", 3, 1, {"retention.ms": "1000"}, True),
        ("create_topic", "new", 3, 1, {"retention.ms": "1000"}, False),
        ("delete_topic", "new"),
    ]
    assert "+   retention.ms=1000" in plan.difference
    words = shlex.split(plan.shell)
    assert words[words.index("--partitions") + 1] == "3"
    assert words[words.index("--config") + 1] == "retention.ms=1000"


async def test_delete_names_every_topic_and_deletes_them() -> None:
    session = _session()
    topics = (topic("a", partition(0), partition(1)), topic("b"))
    plan = topic_plans.delete_topics(session, BOOTSTRAP, topics)
    assert plan.destructive and len(plan.difference) == 2
    assert dict(plan.touches)["Messages deleted"] == "30"
    await plan.apply()
    assert session.calls == [("delete_topic", "a"), ("delete_topic", "b")]


async def test_add_partitions_tells_old_and_new() -> None:
    session = _session()
    plan = topic_plans.add_partitions(session, BOOTSTRAP, topic("a", partition(0), partition(1)), 5)
    assert "-   partitions 2" in plan.difference and "+   partitions 5" in plan.difference
    assert plan.undo_work is None
    await plan.apply()
    assert session.calls == [("add_partitions", "a", 5, False)]


async def test_purge_deletes_what_was_there_when_it_was_planned() -> None:
    session = _session()
    full, empty = partition(0, latest_offset=10), partition(1, earliest_offset=7, latest_offset=7)
    unknown = partition(2, earliest_offset=None, latest_offset=None)
    plan = topic_plans.purge(session, BOOTSTRAP, topic("a", full, empty, unknown))
    assert plan.destructive and plan.difference == ("- a-0  offsets 0 to 9",)
    await plan.apply()
    assert session.calls == [("purge", "a", {0: 10})]
    document = json.loads(shlex.split(plan.shell.splitlines()[0])[1])
    assert document["partitions"] == [{"topic": "a", "partition": 0, "offset": 10}]


@pytest.mark.parametrize("number", range(4))
def test_python_of_every_plan_compiles(number: int) -> None:
    session = _session()
    plan = (
        topic_plans.create_topic(session, BOOTSTRAP, "n", 1, 1, {"a": "b"}),
        topic_plans.add_partitions(session, BOOTSTRAP, topic("n"), 2),
        topic_plans.purge(session, BOOTSTRAP, topic("n")),
        topic_plans.delete_topics(session, BOOTSTRAP, (topic("n"), topic("m"))),
    )[number]
    ast.parse(plan.python)


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("", "needs a name"),
        (".", "cannot be called"),
        ("..", "cannot be called"),
        ("a" * 250, "249"),
        ("with space", "space"),
        ("ümlaut", "ü"),
        ("orders", "exists"),
        ("a_b", "Collides"),
    ],
)
def test_names_that_kafka_refuses_are_refused_with_the_reason(name: str, part: str) -> None:
    assert part in topic_plans.name_fault(name, frozenset({"orders", "a.b"}))


@pytest.mark.parametrize("name", ["a", "a" * 249, "A-b_c.9", "..."])
def test_names_that_kafka_takes(name: str) -> None:
    assert topic_plans.name_fault(name, frozenset({"orders"})) == ""
