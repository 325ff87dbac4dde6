"""Heartbeat over the wire, version by version."""

from __future__ import annotations

import pytest

from tests.helpers.handled_broker import HandledBroker
from tests.unit.embedded_broker.handlers.test_join_group import join
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import HeartbeatRequest


@pytest.mark.parametrize("version", range(5))
async def test_a_member_lives(version: int) -> None:
    broker = HandledBroker()
    member = (await join(broker, 9)).member_id
    good = await broker.ask(HeartbeatRequest(group_id="g", generation_id=1, member_id=member), version)
    bad = await broker.ask(HeartbeatRequest(group_id="g", generation_id=2, member_id=member), version)
    assert [good.error_code, bad.error_code] == [ErrorCode.NONE, ErrorCode.ILLEGAL_GENERATION]
