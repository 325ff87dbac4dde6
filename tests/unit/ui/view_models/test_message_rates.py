"""Rates from end offsets: right, never negative, gone with the topic."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.fake_session import partition, topic
from workbench.ui.view_models.message_rates import WINDOW_MS, MessageRates


def test_the_rate_is_messages_over_time() -> None:
    rates = MessageRates()
    rates.take([topic("a", partition(0, latest_offset=100))], 0)
    assert rates.rate("a", 0) is None
    rates.take([topic("a", partition(0, latest_offset=350))], 2_000)
    assert rates.rate("a", 2_000) == 125.0
    assert rates.rate("b", 2_000) is None


def test_what_is_older_than_the_window_does_not_count() -> None:
    rates = MessageRates()
    for at, end in ((0, 0), (1_000, 1_000), (20_000, 1_000), (21_000, 1_000)):
        rates.take([topic("a", partition(0, latest_offset=end))], at)
    assert rates.rate("a", 21_000 + WINDOW_MS // 2) == 0.0


def test_an_unknown_end_offset_is_not_a_point() -> None:
    rates = MessageRates()
    rates.take([topic("a", partition(0, latest_offset=None))], 0)
    rates.take([topic("a", partition(0, latest_offset=5))], 1_000)
    assert rates.rate("a", 1_000) is None


def test_a_deleted_topic_is_forgotten_and_a_new_one_of_its_name_starts_anew() -> None:
    rates = MessageRates()
    rates.take([topic("a", partition(0, latest_offset=100))], 0)
    rates.take([], 1_000)
    rates.take([topic("a", partition(0, latest_offset=3))], 2_000)
    assert rates.rate("a", 2_000) is None


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=20))
def test_no_rate_is_negative(ends: list[int]) -> None:
    rates = MessageRates()
    for place, end in enumerate(ends):
        rates.take([topic("a", partition(0, latest_offset=end))], place * 1_000)
        rate = rates.rate("a", place * 1_000)
        assert rate is None or rate >= 0
        assert all(value is None or value >= 0 for value in rates.curve("a"))
