"""The quorum's table and what its state means."""

from __future__ import annotations

import pytest

from workbench.client.model import QuorumDescription, QuorumVoter
from workbench.ui.view_models.quorum_rows import majority_words, quorum_rows


def _quorum(voters: int, observers: int = 0) -> QuorumDescription:
    replicas = [QuorumVoter(node, 100 - node, 9_000, 8_000, True) for node in range(1, voters + 1)]
    replicas += [QuorumVoter(10 + node, 50, None, None, False) for node in range(observers)]
    return QuorumDescription(2, 7, 98, tuple(replicas))


def test_leader_first_then_voters_then_observers() -> None:
    rows = quorum_rows(_quorum(3, 1), {1: 0, 2: 1, 3: 2}, frozenset({3}), 10_000)
    assert [(row.voter.node_id, row.role) for row in rows] == [
        (2, "leader"),
        (1, "voter"),
        (3, "voter"),
        (10, "observer"),
    ]
    assert [row.lag for row in rows] == [1, 0, 2, 49]
    assert rows[0].fetched_ms_ago is None, "a leader does not fetch"
    assert (rows[1].fetched_ms_ago, rows[1].caught_up_ms_ago) == (1_000, 2_000)
    assert rows[2].is_down and rows[3].fetched_ms_ago is None


@pytest.mark.parametrize(
    ("voters", "down", "tone", "words"),
    [
        (1, set(), "info", "1 voter"),
        (3, set(), "ok", "one may be lost"),
        (5, set(), "ok", "2 may be lost"),
        (3, {1}, "warn", "one more loss"),
        (3, {1, 3}, "err", "no majority"),
    ],
)
def test_what_can_be_lost_still(voters: int, down: set[int], tone: str, words: str) -> None:
    found, its_tone = majority_words(_quorum(voters), frozenset(down))
    assert its_tone == tone and words in found
