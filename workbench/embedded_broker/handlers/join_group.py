"""JoinGroup 0-9: answered when the rebalance has everybody, or at once with what keeps the member out.

Version 0 has no rebalance timeout: the session's counts. Before version 7 there is no null for a protocol that is not
chosen; from it on an empty name becomes null.
"""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.coordinators.pending_answer import then
from workbench.embedded_broker.handlers.caller import caller_of
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.messages import JoinGroupRequest, JoinGroupResponse

_FIRST_VERSION_WITH_NULL_PROTOCOL = 7


@serves(JoinGroupRequest, (0, 9))
def join_group(
    broker: Broker, context: RequestContext, request: JoinGroupRequest
) -> JoinGroupResponse | Awaitable[JoinGroupResponse]:
    version = context.api_version
    if version == 0:
        request.rebalance_timeout_ms = request.session_timeout_ms

    def finish(response: JoinGroupResponse) -> JoinGroupResponse:
        if version < _FIRST_VERSION_WITH_NULL_PROTOCOL:
            response.protocol_name = response.protocol_name or ""
        else:
            response.protocol_name = response.protocol_name or None
        return response

    return then(broker.groups.join(caller_of(context), request), finish)
