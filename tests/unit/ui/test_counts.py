"""Every noun in its two forms; nothing known and nothing wrong have words of their own."""

from __future__ import annotations

import inspect

from workbench.ui import counts


def test_every_noun_has_a_singular() -> None:
    nouns = [
        found for name, found in inspect.getmembers(counts, inspect.isfunction) if found.__module__ == counts.__name__
    ]
    plain = [noun for noun in nouns if len(inspect.signature(noun).parameters) == 1]
    assert len(plain) > 8
    for noun in plain:
        one, many = noun(1), noun(2)
        assert one.startswith("1 ") and many.startswith("2 ") and many[2:] == f"{one[2:]}s"


def test_messages_that_nobody_counted() -> None:
    assert counts.messages(None) == "no data"
    assert counts.messages(1_284_306) == "1,284,306 messages"


def test_problems_are_told_gravest_first() -> None:
    assert counts.problems(1, 3) == "1 error, 3 warnings"
    assert counts.problems(0, 1) == "1 warning"
    assert counts.problems(0, 0) == ""
