"""SyncGroup over the wire, version by version."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_join_group import join
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import SyncGroupRequest


@pytest.mark.parametrize("version", range(6))
async def test_the_leader_gets_what_it_assigned(version: int) -> None:
    broker = HandledBroker()
    member = (await join(broker, 9)).member_id
    request = SyncGroupRequest(
        group_id="g",
        generation_id=1,
        member_id=member,
        assignments=[SyncGroupRequest.SyncGroupRequestAssignment(member_id=member, assignment=b"mine")],
    )
    if version >= 5:
        request.protocol_type, request.protocol_name = "consumer", "range"
    response = await broker.ask(request, version)
    assert (response.error_code, response.assignment) == (ErrorCode.NONE, b"mine")
    assert response.protocol_name == ("range" if version >= 5 else None)


@pytest.mark.parametrize(("protocol_type", "protocol_name"), [(None, "range"), ("consumer", None), (None, None)])
async def test_version_5_has_to_name_type_and_protocol(protocol_type: str | None, protocol_name: str | None) -> None:
    request = SyncGroupRequest(group_id="g", protocol_type=protocol_type, protocol_name=protocol_name)
    response = await HandledBroker().ask(request, 5)
    assert response.error_code == ErrorCode.INCONSISTENT_GROUP_PROTOCOL
