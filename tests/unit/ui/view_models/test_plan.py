"""Commands of a plan are what a shell takes."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.ui.view_models.plan import shell_command, shell_word


@given(st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=30))
def test_any_word_survives_the_shell(word: str) -> None:
    assert shlex.split(shell_word(word)) == [word]


@pytest.mark.parametrize("word", ["orders", "a.b-c_d", "retention.ms=7200000", "localhost:9092,localhost:9093"])
def test_plain_words_stay_plain(word: str) -> None:
    assert shell_word(word) == word


def test_a_command_is_one_command_over_lines() -> None:
    text = shell_command("kafka-topics.sh", "localhost:9092", "--delete", "--topic orders")
    words = shlex.split(text.replace("\\\n", ""))  # a shell takes such a line end away
    assert words == ["kafka-topics.sh", "--bootstrap-server", "localhost:9092", "--delete", "--topic", "orders"]
    assert len(text.splitlines()) == 4
