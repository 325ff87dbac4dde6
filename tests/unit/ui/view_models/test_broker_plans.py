"""Plans that move leaders and replicas: difference, the same by hand, and what they ask of the cluster."""

from __future__ import annotations

from typing import Any

from tests.helpers.fake_session import FakeSession, partition, topic
from workbench.ui.view_models.broker_plans import elect_preferred, reassign
from workbench.ui.view_models.reassignment import leaders_away, spread


async def test_only_leaders_whose_home_is_in_sync_are_elected() -> None:
    session: Any = FakeSession(brokers=3)
    topics = [topic("a", partition(0, 1, (2, 1)), partition(1, 1, (3, 1), (1,)))]
    plan = elect_preferred(session, "localhost:9092", leaders_away(topics))
    assert plan.difference == (
        "- a-0  leader 1",
        "+ a-0  leader 2",
        "  a-1  stays: broker 3 is not in sync",
    )
    assert "--election-type preferred" in plan.shell
    assert 'admin.elect_leaders(0, {"a": [0]})' in plan.python
    await plan.apply()
    assert session.calls == [("elect_preferred_leaders", {"a": [0]})]


async def test_a_move_can_be_taken_back() -> None:
    session: Any = FakeSession(brokers=3)
    moves = spread(topic("a", partition(0, 1, (1, 2))), (2, 3), 2)
    plan = reassign(session, "localhost:9092", moves)
    assert plan.difference == ("- a-0  replicas 1, 2", "+ a-0  replicas 2, 3")
    assert dict(plan.touches) == {"Replicas to copy": "1", "Data to copy": "100 B"}
    assert "kafka-reassign-partitions.sh" in plan.shell and '"replicas": [2, 3]' in plan.shell
    assert 'TopicPartition("a", 0): [2, 3]' in plan.python
    await plan.apply()
    assert plan.undo_work is not None
    await plan.undo_work()
    assert session.calls == [("reassign", {("a", 0): (2, 3)}), ("reassign", {("a", 0): (1, 2)})]
