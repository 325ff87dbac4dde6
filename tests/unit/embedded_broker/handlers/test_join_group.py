"""JoinGroup over the wire, version by version."""

from __future__ import annotations

import asyncio

import pytest

from tests.helpers.handled_broker import HandledBroker
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeGroupsRequest, JoinGroupRequest, JoinGroupResponse


def request(member: str = "", *, group: str = "g", version: int = 9, rebalance_ms: int = 30_000) -> JoinGroupRequest:
    made = JoinGroupRequest(
        group_id=group,
        session_timeout_ms=7_000,
        member_id=member,
        protocol_type="consumer",
        protocols=[JoinGroupRequest.JoinGroupRequestProtocol(name="range", metadata=b"r")],
    )
    if version >= 1:
        made.rebalance_timeout_ms = rebalance_ms
    return made


async def join(broker: HandledBroker, version: int) -> JoinGroupResponse:
    response = await broker.ask(request(version=version), version)
    if version >= 4:
        assert response.error_code == ErrorCode.MEMBER_ID_REQUIRED
        response = await broker.ask(request(response.member_id, version=version), version)
    assert isinstance(response, JoinGroupResponse)
    return response


@pytest.mark.parametrize("version", range(10))
async def test_the_first_member_leads_its_first_generation(version: int) -> None:
    response = await join(HandledBroker(), version)
    assert (response.error_code, response.generation_id, response.protocol_name) == (0, 1, "range")
    assert response.leader == response.member_id
    assert response.member_id.startswith("app-")
    assert [(member.member_id, member.metadata) for member in response.members] == [(response.member_id, b"r")]
    assert response.protocol_type == ("consumer" if version >= 7 else None)


@pytest.mark.parametrize("version", range(10))
async def test_a_refusal_has_no_protocol(version: int) -> None:
    response = await HandledBroker().ask(request(group="", version=version), version)
    assert (response.error_code, response.generation_id, response.leader) == (ErrorCode.INVALID_GROUP_ID, -1, "")
    assert response.protocol_name == ("" if version < 7 else None)


async def test_version_0_takes_the_session_s_timeout_for_the_rebalance() -> None:
    broker = HandledBroker()
    await join(broker, 0)
    group = broker.groups.runtime.read(
        broker.groups.partition_for("g"), lambda shard: shard._registry.find_classic("g")
    )
    assert group is not None
    assert group.rebalance_timeout_ms == 7_000


async def test_the_answer_waits_for_the_rebalance() -> None:
    broker = HandledBroker(group_initial_rebalance_delay_ms=20)
    first = asyncio.ensure_future(broker.ask(request(version=3), 3, client="a"))
    second = asyncio.ensure_future(broker.ask(request(version=3), 3, client="b"))
    await asyncio.sleep(0)
    assert not first.done()
    responses = [await first, await second]
    assert {response.generation_id for response in responses} == {1}
    assert sorted(len(response.members) for response in responses) == [0, 2]


async def test_the_client_s_name_and_address_are_kept() -> None:
    broker = HandledBroker()
    await join(broker, 9)
    response = await broker.ask(DescribeGroupsRequest(groups=["g"]), 6)
    (member,) = response.groups[0].members
    assert (member.client_id, member.client_host) == ("app", "/127.0.0.1")
