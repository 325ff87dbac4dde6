"""The plan that deletes a group."""

from __future__ import annotations

import ast
import shlex
from typing import Any

from tests.helpers.fake_session import FakeSession
from workbench.ui.view_models.group_plans import delete_group


async def test_it_deletes_that_group_and_says_what_is_lost() -> None:
    session: Any = FakeSession()
    plan = delete_group(session, "localhost:9092", "my group", 6)
    assert plan.destructive and dict(plan.touches)["Committed offsets lost"] == "6"
    assert shlex.split(plan.shell)[-1] == "my group"
    ast.parse(plan.python)
    assert session.calls == []
    await plan.apply()
    assert session.calls == [("delete_group", "my group")]
