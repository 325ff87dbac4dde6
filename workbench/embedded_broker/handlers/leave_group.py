"""LeaveGroup 0-5: before version 3 one member, whose error stands at the top; then several, also by instance id."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.coordinators.pending_answer import then
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.messages import LeaveGroupRequest, LeaveGroupResponse

_FIRST_VERSION_WITH_MEMBERS = 3


@serves(LeaveGroupRequest, (0, 5))
def leave_group(
    broker: Broker, context: RequestContext, request: LeaveGroupRequest
) -> LeaveGroupResponse | Awaitable[LeaveGroupResponse]:
    if context.api_version >= _FIRST_VERSION_WITH_MEMBERS:
        return broker.groups.leave(request)
    normalized = LeaveGroupRequest(
        group_id=request.group_id, members=[LeaveGroupRequest.MemberIdentity(member_id=request.member_id)]
    )

    def finish(response: LeaveGroupResponse) -> LeaveGroupResponse:
        return LeaveGroupResponse(error_code=response.error_code or response.members[0].error_code)

    return then(broker.groups.leave(normalized), finish)
