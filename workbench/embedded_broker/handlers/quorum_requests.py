"""How a handler gets the answer of the metadata quorum's leader.

A controller's listener answers itself, be it with NOT_LEADER_OR_FOLLOWER; a broker's listener forwards to the leader.
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.quorum.wire_replies import error_to_wire
from workbench.embedded_broker.requests import Answer, RequestContext, Role
from workbench.wire.compiler import Message
from workbench.wire.messages import AddRaftVoterRequest, DescribeQuorumRequest, RemoveRaftVoterRequest

QUORUM_REQUESTS: frozenset[type[Message]] = frozenset(
    (AddRaftVoterRequest, DescribeQuorumRequest, RemoveRaftVoterRequest)
)
"""What clients ask of the quorum and brokers forward, bare or in an Envelope."""


async def ask_quorum_leader(broker: Broker, context: RequestContext, request: Message) -> Answer:
    """The leader's response; the own node's where it leads or where no leader is known."""
    leader_id = broker.quorum.leader_and_epoch.leader_id
    if context.connection.role is Role.CONTROLLER or leader_id in (None, broker.node_id):
        return await broker.ask_quorum(context, request)
    try:
        response: Message = await broker.forward(request, context.api_version, context)
    except BrokerError as error:
        if broker.quorum.leader_and_epoch.leader_id == broker.node_id:
            # This node was elected while the request was on its way to the leader before.
            return await broker.ask_quorum(context, request)
        return error_to_wire(request, error.code)
    return response
