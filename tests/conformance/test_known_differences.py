"""The comparison itself: a difference must be told, and a told one must still be there."""

from __future__ import annotations

import pytest

from tests.conformance import known_differences
from tests.conformance.known_differences import KnownDifference, explain


@pytest.fixture(autouse=True)
def one_known_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    told = KnownDifference("area/one", "because it is so in this test", kafka=("- b: 1",), ours=("- b: 2",))
    monkeypatch.setattr(known_differences, "known", lambda: (told,))


def test_equal_transcripts_need_no_explanation() -> None:
    assert explain("area/two", "a\nb\n", "a\nb\n") == ""


def test_an_untold_difference_fails_with_a_diff() -> None:
    problem = explain("area/two", "a\nb\n", "a\nc\n")
    assert "-b" in problem
    assert "+c" in problem


def test_a_told_difference_passes() -> None:
    assert explain("area/one", "a\n - b: 1\n", "a\n - b: 2\n") == ""


def test_another_difference_beside_a_told_one_fails() -> None:
    assert explain("area/one", "a\n - b: 1\n", "c\n - b: 2\n") != ""


def test_a_vanished_difference_fails() -> None:
    assert "Remove" in explain("area/one", "a\n - b: 1\n", "a\n - b: 1\n")


def test_a_difference_told_once_is_allowed_once() -> None:
    assert explain("area/one", "- b: 1\nx\n- b: 1\n", "- b: 2\nx\n- b: 2\n") != ""
