"""LeaveGroup over the wire: one member before version 3, several from it on."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_join_group import join
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import LeaveGroupRequest


@pytest.mark.parametrize("version", range(3))
async def test_one_member_s_error_stands_at_the_top(version: int) -> None:
    broker = HandledBroker()
    member = (await join(broker, 9)).member_id
    answers = [
        await broker.ask(LeaveGroupRequest(group_id=group, member_id=who), version)
        for group, who in (("g", "ghost"), ("unknown", member), ("", member), ("g", member))
    ]
    assert [answer.error_code for answer in answers] == [
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.UNKNOWN_MEMBER_ID,
        ErrorCode.INVALID_GROUP_ID,
        ErrorCode.NONE,
    ]


@pytest.mark.parametrize("version", range(3, 6))
async def test_several_members_have_an_error_each(version: int) -> None:
    broker = HandledBroker()
    member = (await join(broker, 9)).member_id
    identities = [LeaveGroupRequest.MemberIdentity(member_id=who) for who in ("ghost", member)]
    response = await broker.ask(LeaveGroupRequest(group_id="g", members=identities), version)
    assert response.error_code == ErrorCode.NONE
    assert [(m.member_id, m.error_code) for m in response.members] == [
        ("ghost", ErrorCode.UNKNOWN_MEMBER_ID),
        (member, ErrorCode.NONE),
    ]
