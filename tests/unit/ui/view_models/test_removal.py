"""What taking a broker out means and what hinders it."""

from __future__ import annotations

import pytest

from tests.helpers.fake_session import partition, topic
from workbench.cluster.plan import new_spec
from workbench.ui.view_models.removal import hindrances, lowered_in_words, refused_writes, removal

THREE, FOUR, ONE = (new_spec("local", count, 9092, {}, lambda: "id") for count in (3, 4, 1))
RUN = {1: "running", 2: "running", 3: "running"}


def test_replicas_go_to_the_others_or_become_fewer() -> None:
    topics = (topic("a", partition(0, 3, (3, 1)), partition(1, 1, (1, 2))), topic("b", partition(0, 3, (3, 1, 2))))
    found = removal(THREE, 3, topics)
    assert [(move.topic, move.after) for move in found.moves] == [("a", (2, 1)), ("b", (1, 2))]
    assert (found.lowered, found.led, found.left) == (("b",), 2, (1, 2))
    assert (found.voters_before, found.voters_after) == ((1, 2, 3), (1,))
    assert lowered_in_words(found) == ("b has a replica on every broker, and 2 are left: it keeps one replica less.")
    assert refused_writes(found, {"a": 2, "b": 3}) == ("b",)


def test_another_broker_takes_the_vote() -> None:
    found = removal(FOUR, 2, ())
    assert (found.voters_before, found.voters_after, found.moves) == ((1, 2, 3), (1, 3, 4), ())


@pytest.mark.parametrize(
    ("phases", "words"),
    [
        (RUN, ""),
        ({**RUN, 2: "killed"}, "without a majority"),
        ({**RUN, 4: "stopped"}, "to take replicas over"),
    ],
)
def test_who_has_to_run(phases: dict[int, str], words: str) -> None:
    spec = FOUR if 4 in phases else THREE
    found = hindrances(spec, 3, phases, ())
    assert (words in found[0]) if words else not found


def test_the_only_broker_stays() -> None:
    assert "only broker" in hindrances(ONE, 1, {1: "running"}, ())[0]


def test_a_broker_that_is_down_can_go_unless_it_alone_has_something() -> None:
    down = {**RUN, 3: "killed"}
    safe = topic("safe", partition(0, 1, (3, 1), (1,)))
    assert hindrances(THREE, 3, down, (safe,)) == []
    alone = topic("alone", *(partition(number, None, (3,), (3,)) for number in range(5)))
    (told,) = hindrances(THREE, 3, down, (safe, alone))
    assert "alone-0, alone-1, alone-2 and 2 more" in told
