"""Who waits for an offset, and who gave up."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.embedded_broker.replication.events import Waiter
from workbench.embedded_broker.replication.waiting_requests import WaitingRequests
from workbench.wire.error_codes import ErrorCode


def waiter() -> Waiter:
    def answered(code: ErrorCode) -> None:
        """Is only told apart here."""

    return answered


def test_they_are_handed_out_once_by_offset_and_arrival() -> None:
    waiting = WaitingRequests()
    first, second, third = waiter(), waiter(), waiter()
    waiting.add(5, second)
    waiting.add(3, first)
    waiting.add(5, third)
    assert len(waiting) == 3
    assert waiting.take_up_to(2) == ()
    assert waiting.take_up_to(5) == (first, second, third)
    assert waiting.take_up_to(5) == () and not waiting


def test_who_gave_up_is_not_handed_out() -> None:
    waiting = WaitingRequests()
    one, other = waiter(), waiter()
    waiting.add(1, one)
    waiting.add(2, other)
    assert waiting.remove(one) and not waiting.remove(one)
    assert len(waiting) == 1
    assert waiting.take_up_to(9) == (other,)
    waiting.add(1, one)
    waiting.add(2, other)
    waiting.remove(other)
    assert waiting.take_all() == (one,)
    assert waiting.places == 0 and waiting.take_all() == ()


@pytest.mark.parametrize(
    "order", [lambda found: found, lambda found: found[::-1], lambda found: Random(1).sample(found, 500)]
)
def test_places_of_those_who_gave_up_are_freed(order: Callable[[list[Waiter]], list[Waiter]]) -> None:
    """A partition that cannot commit takes write after write, and each gives up at its timeout."""
    waiting = WaitingRequests()
    everyone = [waiter() for _ in range(500)]
    for offset, one in enumerate(everyone):
        waiting.add(offset, one)
    for left, one in enumerate(order(everyone)):
        assert waiting.remove(one)
        assert len(waiting) == 499 - left
        assert waiting.places <= 2 * len(waiting) + 1
    assert waiting.places == 0


@given(st.integers(0, 10**6))
def test_they_go_by_offset_whoever_gives_up(seed: int) -> None:
    random = Random(seed)
    waiting = WaitingRequests()
    there: list[tuple[int, int, Waiter]] = []
    for number in range(random.randrange(1, 60)):
        if there and random.random() < 0.45:
            _, _, one = there.pop(random.randrange(len(there)))
            assert waiting.remove(one)
        else:
            there.append((random.randrange(100), number, waiter()))
            waiting.add(there[-1][0], there[-1][2])
    up_to = random.randrange(100)
    assert waiting.take_up_to(up_to) == tuple(one for offset, _, one in sorted(there) if offset <= up_to)
    assert waiting.take_all() == tuple(one for offset, _, one in sorted(there) if offset > up_to)
