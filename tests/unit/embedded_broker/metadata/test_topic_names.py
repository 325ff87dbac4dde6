"""What a topic may be called."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.metadata.topic_names import (
    has_collision_characters,
    invalid_topic_name_reason,
    is_internal_topic,
    is_valid_topic_name,
    unified_name,
)


@pytest.mark.parametrize("name", ["a", "A.b_c-9", "a" * 249, "...", "__consumer_offsets"])
def test_good_names(name: str) -> None:
    assert is_valid_topic_name(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "Topic name is invalid: the empty string is not allowed"),
        (".", "Topic name is invalid: '.' is not allowed"),
        ("..", "Topic name is invalid: '..' is not allowed"),
        (
            "ü",
            "Topic name is invalid: 'ü' contains one or more characters other than ASCII alphanumerics, '.', '_' "
            "and '-'",
        ),
        ("a b", "contains one or more characters"),
        ("a\n", "contains one or more characters"),
        ("a" * 250, "is longer than the max allowed length 249"),
    ],
)
def test_bad_names(name: str, reason: str) -> None:
    assert reason in (invalid_topic_name_reason(name) or "")


def test_collisions() -> None:
    assert has_collision_characters("a.b")
    assert not has_collision_characters("a-b")
    assert unified_name("a.b_c") == unified_name("a_b.c")


def test_internal_topics() -> None:
    assert is_internal_topic("__share_group_state")
    assert not is_internal_topic("__cluster_metadata")
