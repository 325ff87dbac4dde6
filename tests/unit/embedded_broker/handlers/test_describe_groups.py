"""DescribeGroups over the wire, version by version."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_join_group import join
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeGroupsRequest

NOT_TOLD = -(2**31)


@pytest.mark.parametrize("version", range(7))
async def test_known_and_unknown_groups(version: int) -> None:
    broker = HandledBroker()
    await join(broker, 9)
    response = await broker.ask(DescribeGroupsRequest(groups=["g", "unknown"]), version)
    known, unknown = response.groups
    assert (known.group_state, known.protocol_type, len(known.members)) == ("CompletingRebalance", "consumer", 1)
    assert unknown.group_state == "Dead"
    assert unknown.error_code == (ErrorCode.GROUP_ID_NOT_FOUND if version >= 6 else ErrorCode.NONE)
    assert known.authorized_operations == NOT_TOLD


@pytest.mark.parametrize("version", range(3, 7))
async def test_operations_are_told_if_asked_for(version: int) -> None:
    broker = HandledBroker()
    await join(broker, 9)
    request = DescribeGroupsRequest(groups=["g", "unknown"], include_authorized_operations=True)
    known, unknown = (await broker.ask(request, version)).groups
    read_delete_describe_and_configs = 0b1101_0100_1000
    assert known.authorized_operations == read_delete_describe_and_configs
    assert unknown.authorized_operations == (NOT_TOLD if version >= 6 else read_delete_describe_and_configs)
