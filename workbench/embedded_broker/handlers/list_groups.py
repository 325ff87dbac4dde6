"""ListGroups 0-5: the groups that this broker coordinates, by state from version 4 on and by type from 5 on."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.messages import ListGroupsRequest, ListGroupsResponse


@serves(ListGroupsRequest, (0, 5))
def list_groups(broker: Broker, context: RequestContext, request: ListGroupsRequest) -> ListGroupsResponse:
    return broker.groups.list_groups(request.states_filter, request.types_filter)
