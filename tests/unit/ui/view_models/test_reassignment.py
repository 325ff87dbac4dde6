"""Where leaders belong, and layouts of replicas that are even and move as little as they must."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.fake_session import partition, topic
from workbench.ui.view_models.reassignment import (
    bytes_to_copy,
    copied_fraction,
    leaders_away,
    reassignment_json,
    spread,
)


def test_leaders_away_from_home_and_whether_they_may_return() -> None:
    topics = [
        topic("a", partition(0, 1, (1, 2)), partition(1, 1, (2, 1)), partition(2, 3, (2, 3), (3,))),
        topic("b", partition(0, None, (2,), ())),
    ]
    found = leaders_away(topics)
    assert [(part.partition, part.home, part.can_return) for part in found] == [(1, 2, True), (2, 2, False)]


def test_raising_replication_keeps_what_is_there() -> None:
    one = topic("a", *(partition(number, 1, (1,)) for number in range(6)))
    moves = spread(one, (1, 2, 3), 3)
    assert len(moves) == 6
    assert all(set(move.after) == {1, 2, 3} and move.removed == () for move in moves)
    assert bytes_to_copy(moves) == 6 * 2 * 100
    leaders = [move.after[0] for move in moves]
    assert {leaders.count(node) for node in (1, 2, 3)} == {2}


def test_a_broker_taken_off_the_list_loses_every_replica() -> None:
    three = topic("a", partition(0, 1, (1, 2)), partition(1, 2, (2, 3)), partition(2, 3, (3, 1)))
    moves = spread(three, (2, 3), 2)
    assert all(1 not in move.after for move in moves)
    assert {move.partition for move in moves} >= {0, 2}


def test_racks_are_spread_first() -> None:
    one = topic("a", partition(0, 1, (1,)))
    (move,) = spread(one, (1, 2, 3), 2, {1: "x", 2: "x", 3: "y"})
    assert set(move.after) == {1, 3}


def test_too_few_brokers_are_refused() -> None:
    with pytest.raises(ValueError, match="3 replicas do not fit"):
        spread(topic("a"), (1, 2), 3)


@given(
    count=st.integers(1, 12),
    nodes=st.integers(1, 6),
    copies=st.integers(1, 6),
    seed=st.randoms(use_true_random=False),
)
def test_every_layout_has_the_wanted_replicas_on_allowed_brokers(
    count: int, nodes: int, copies: int, seed: object
) -> None:
    allowed = tuple(range(1, nodes + 1))
    wanted = min(copies, nodes)
    everywhere = list(range(1, 8))
    parts = []
    for number in range(count):
        seed.shuffle(everywhere)  # type: ignore[attr-defined]
        replicas = tuple(everywhere[:2])
        parts.append(partition(number, replicas[0], replicas))
    laid = {part.partition: part.replicas for part in parts}
    laid.update({move.partition: move.after for move in spread(topic("a", *parts), allowed, wanted)})
    for replicas in laid.values():
        assert len(replicas) == len(set(replicas)) == wanted and set(replicas) <= set(allowed)


def test_the_file_for_kafkas_tool() -> None:
    moves = spread(topic("a", partition(0, 1, (1,))), (1, 2), 2)
    assert json.loads(reassignment_json(moves)) == {
        "version": 1,
        "partitions": [{"topic": "a", "partition": 0, "replicas": [1, 2]}],
    }


def test_how_far_a_copy_is() -> None:
    part = partition(0, 1, (1, 2, 3), replica_sizes_bytes={1: 200, 2: 50})
    assert copied_fraction(part, (2,)) == 0.25
    assert copied_fraction(part, (2, 3)) == 0.0
    assert copied_fraction(part, ()) is None
    assert copied_fraction(partition(0, None, (1,)), (2,)) is None
