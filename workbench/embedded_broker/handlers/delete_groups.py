"""DeleteGroups 0-2: empty groups and what they have committed."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.messages import DeleteGroupsRequest, DeleteGroupsResponse


@serves(DeleteGroupsRequest, (0, 2))
async def delete_groups(broker: Broker, context: RequestContext, request: DeleteGroupsRequest) -> DeleteGroupsResponse:
    group_ids = list(dict.fromkeys(request.groups_names))
    return DeleteGroupsResponse(results=await broker.groups.delete_groups(group_ids))
