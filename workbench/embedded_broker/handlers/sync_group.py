"""SyncGroup 0-5: the leader brings the assignment, everybody gets theirs; protocol names from version 5 on."""

from __future__ import annotations

from collections.abc import Awaitable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import SyncGroupRequest, SyncGroupResponse

_FIRST_VERSION_NAMING_PROTOCOL = 5


@serves(SyncGroupRequest, (0, 5))
def sync_group(
    broker: Broker, context: RequestContext, request: SyncGroupRequest
) -> SyncGroupResponse | Awaitable[SyncGroupResponse]:
    if context.api_version >= _FIRST_VERSION_NAMING_PROTOCOL and None in (request.protocol_type, request.protocol_name):
        return SyncGroupResponse(error_code=ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    return broker.groups.sync(request)
