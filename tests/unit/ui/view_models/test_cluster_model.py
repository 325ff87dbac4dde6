"""One cluster, polled: what it learns, how it meets trouble, when it asks for what."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.helpers.fake_session import FakeSession, partition, topic
from workbench.ui.bridge import Bridge
from workbench.ui.view_models import cluster_model
from workbench.ui.view_models.cluster_model import ClusterModel, ClusterState, with_sizes_of
from workbench.ui.view_models.rate_history import RateHistory


async def _turns(count: int = 30) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Play:
    def __init__(self) -> None:
        self.session: Any = FakeSession()
        self.bridge = Bridge()
        self.model = ClusterModel(
            self.bridge,
            "staging",
            "localhost:9092",
            rank=4,
            rates=RateHistory("staging", None),
            open_session=lambda _bootstrap: self.session,
        )

    async def poll(self) -> None:
        self.model.refresh()
        await _turns()


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    made = Play()
    made.bridge.spawn(made.model.follow(), "follow")
    await _turns()
    yield made
    await made.bridge.close()
    assert made.session.closed


async def test_it_connects_and_knows_what_is_there(play: Play) -> None:
    model = play.model
    assert model.state is ClusterState.RUNNING
    assert [found.name for found in model.user_topics] == ["orders"]
    assert [group.group_id for group in model.groups] == ["billing"]
    assert model.quorum is not None and model.quorum.leader_epoch == 4
    assert model.why_not_write() == ""


async def test_it_ends_even_where_an_answer_comes_in_the_turn_that_cancels_it(play: Play) -> None:
    arrived = asyncio.get_running_loop().create_future()

    async def describe_quorum() -> object:
        return await arrived

    play.session.describe_quorum = describe_quorum
    await play.poll()
    arrived.set_result(play.session.quorum)
    await asyncio.wait_for(asyncio.shield(play.bridge.close()), 10)
    assert play.session.closed


async def test_a_new_topic_is_told_and_an_unchanged_list_is_not(play: Play) -> None:
    told: list[int] = []
    play.model.topics_changed.connect(lambda: told.append(len(play.model.topics)))
    await play.poll()
    assert told == []
    play.session.topics.append(topic("payments"))
    await play.poll()
    assert told == [3]


async def test_a_lost_connection_keeps_what_was_known_and_comes_back(play: Play) -> None:
    play.session.down = True
    await play.poll()
    model = play.model
    assert model.state is ClusterState.UNREACHABLE
    assert "No broker answers" in model.unreachable
    assert model.topic("orders") is not None
    assert model.problem_counts() == (1, 0)
    assert "unreachable" in model.why_not_write()
    play.session.down = False
    await play.poll()
    assert model.state is ClusterState.RUNNING and model.unreachable == ""
    assert play.session.calls.count(("connect",)) >= 2


async def test_lags_are_asked_only_while_somebody_looks(play: Play) -> None:
    await play.poll()
    assert ("group_lag", "billing") not in play.session.calls
    play.model.watch_lag(play)
    await _turns()
    assert play.model.lag_of("billing") == 6
    play.model.unwatch_lag(play)
    play.session.calls.clear()
    await play.poll()
    assert ("group_lag", "billing") not in play.session.calls


async def test_offsets_of_many_partitions_are_asked_seldom(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster_model, "MANY_PARTITIONS", 2)
    play.session.calls.clear()
    await play.poll()
    play.model._kick.set()
    await _turns()
    assert [call for call in play.session.calls if call[0] == "list_topics"] == [
        ("list_topics", True, True),
        ("list_topics", False, False),
    ]


async def test_a_read_only_cluster_is_written_to_only_when_unlocked(play: Play) -> None:
    play.model.read_only = True
    assert "read-only" in play.model.why_not_write()
    play.model.unlocked_until_ms = 2**62
    assert play.model.why_not_write() == ""


async def test_series_are_ranks_among_all_node_ids(play: Play) -> None:
    play.session.topics = [topic("a", partition(0, 30, (30, 7)))]
    await play.poll()
    assert play.model.node_ids == (1, 7, 30)
    assert [play.model.series(node) for node in (1, 7, 30)] == [0, 1, 2]


async def test_forgetting_leaves_nothing(play: Play) -> None:
    play.model.forget_seen()
    assert (play.model.topics, play.model.groups, play.model.seen_ms) == ((), (), None)


def test_sizes_stay_where_they_were_not_asked_for() -> None:
    old = [topic("a", partition(0, size_bytes=500), partition(1, size_bytes=7))]
    new = [topic("a", partition(0, size_bytes=None), partition(1, size_bytes=9), partition(2, size_bytes=None))]
    sized = with_sizes_of(new, old)[0]
    assert [part.size_bytes for part in sized.partitions] == [500, 9, None]
