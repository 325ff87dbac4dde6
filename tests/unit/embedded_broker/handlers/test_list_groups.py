"""ListGroups over the wire, version by version."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_join_group import join, request
from workbench.wire.messages import ListGroupsRequest


@pytest.mark.parametrize("version", range(6))
async def test_all_groups_of_all_partitions(version: int) -> None:
    broker = HandledBroker()
    await join(broker, 9)
    for group in ("h", "i", "j"):
        await broker.ask(request(group=group, version=3), 3)
    response = await broker.ask(ListGroupsRequest(), version)
    assert sorted(group.group_id for group in response.groups) == ["g", "h", "i", "j"]
    group = response.groups[0]
    assert group.protocol_type == "consumer"
    assert group.group_state == ("CompletingRebalance" if version >= 4 else "")
    assert group.group_type == ("classic" if version >= 5 else "")


async def test_by_state_and_by_type() -> None:
    broker = HandledBroker()
    await join(broker, 9)
    found = await broker.ask(ListGroupsRequest(states_filter=["completingrebalance"]), 4)
    none = await broker.ask(ListGroupsRequest(states_filter=["Stable"]), 4)
    of_type = await broker.ask(ListGroupsRequest(types_filter=["consumer"]), 5)
    assert [len(response.groups) for response in (found, none, of_type)] == [1, 0, 0]
