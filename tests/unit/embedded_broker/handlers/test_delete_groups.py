"""DeleteGroups over the wire, version by version."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_join_group import join, request
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DeleteGroupsRequest


@pytest.mark.parametrize("version", range(3))
async def test_each_group_once(version: int) -> None:
    broker = HandledBroker()
    await join(broker, 9)
    await broker.ask(request(group="empty"), 9)
    asked = DeleteGroupsRequest(groups_names=["g", "empty", "unknown", "empty"])
    response = await broker.ask(asked, version)
    assert {result.group_id: result.error_code for result in response.results} == {
        "g": ErrorCode.NON_EMPTY_GROUP,
        "empty": ErrorCode.NONE,
        "unknown": ErrorCode.GROUP_ID_NOT_FOUND,
    }
    assert len(response.results) == 3
