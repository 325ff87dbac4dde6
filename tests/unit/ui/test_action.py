"""An action and its refusal are values."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from workbench.ui.action import Action, Unavailable


def test_a_refusal_may_come_without_a_remedy_and_never_changes() -> None:
    plain = Unavailable("Nothing runs.")
    assert (plain.remedy_action, plain.remedy_label) == ("", "")
    with pytest.raises(FrozenInstanceError):
        plain.reason = "x"  # type: ignore[misc]


def test_an_action_runs_what_it_was_given() -> None:
    seen: list[str] = []
    action = Action("a.b", "Do it", "File", lambda _commands, argument: seen.append(argument))
    action.run(None, "now")  # type: ignore[arg-type]
    assert seen == ["now"] and action.why_not is None
    assert replace(action, keys="F5").keys == "F5"
