"""How a handler gets the answer of the metadata quorum's leader.

A controller's listener answers itself, be it with NOT_LEADER_OR_FOLLOWER; a broker's listener forwards to the leader.
"""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.quorum.wire_replies import error_to_wire
from workbench.embedded_broker.requests import Answer, RequestContext, Role
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AddRaftVoterRequest,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
    RemoveRaftVoterRequest,
)

QUORUM_REQUESTS: frozenset[type[Message]] = frozenset(
    (AddRaftVoterRequest, DescribeQuorumRequest, RemoveRaftVoterRequest)
)
"""What clients ask of the quorum and brokers forward, bare or in an Envelope."""
_SENTENCES = {ErrorCode.REQUEST_TIMED_OUT: "The request timed out."}


async def ask_quorum_leader(broker: Broker, context: RequestContext, request: Message) -> Answer:
    """The leader's response; the own node's where it leads."""
    leader_id = broker.quorum.leader_and_epoch.leader_id
    if context.connection.role is Role.CONTROLLER or leader_id == broker.node_id:
        return await broker.ask_quorum(context, request)
    try:
        response: Message = await broker.forward(request, context.api_version, context)
    except BrokerError as error:
        if broker.quorum.leader_and_epoch.leader_id == broker.node_id:
            # This node was elected while the request was on its way to the leader before.
            return await broker.ask_quorum(context, request)
        if isinstance(request, DescribeQuorumRequest):
            # What nobody could answer is no matter of the partition that was asked about.
            return DescribeQuorumResponse(error_code=error.code, error_message=_SENTENCES.get(error.code))
        return error_to_wire(request, error.code)
    return response
