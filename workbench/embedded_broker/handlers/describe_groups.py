"""DescribeGroups 0-6: classic groups with their members; others are "Dead", from version 6 on with an error.

Operations that the client may do are told from version 3 on, if asked for (KIP-430).
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeGroupsRequest, DescribeGroupsResponse

_FIRST_VERSION_WITH_OPERATIONS = 3
_READ, _DELETE, _DESCRIBE, _DESCRIBE_CONFIGS, _ALTER_CONFIGS = 3, 6, 8, 10, 11
GROUP_OPERATIONS = 1 << _READ | 1 << _DELETE | 1 << _DESCRIBE | 1 << _DESCRIBE_CONFIGS | 1 << _ALTER_CONFIGS
"""Bits, by the codes of AclOperation, of everything that can be done with a group."""


@serves(DescribeGroupsRequest, (0, 6))
def describe_groups(broker: Broker, context: RequestContext, request: DescribeGroupsRequest) -> DescribeGroupsResponse:
    groups = broker.groups.describe_groups(request.groups, context.api_version)
    if context.api_version >= _FIRST_VERSION_WITH_OPERATIONS and request.include_authorized_operations:
        for group in groups:
            if group.error_code == ErrorCode.NONE:
                group.authorized_operations = GROUP_OPERATIONS
    return DescribeGroupsResponse(groups=groups)
