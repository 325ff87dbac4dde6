"""DescribeCluster 0-2: who is in the cluster; version 1 asks controllers too (KIP-919), 2 fenced brokers (KIP-1073)."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.handlers.authorized_operations import CLUSTER_OPERATIONS, NOT_ASKED
from workbench.embedded_broker.handlers.partition_metadata import some_alive_broker
from workbench.embedded_broker.requests import BOTH, RequestContext, Role, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeClusterRequest, DescribeClusterResponse

BROKERS, CONTROLLERS = 1, 2
_NAMES = {BROKERS: "BROKER", CONTROLLERS: "CONTROLLER"}
_Broker = DescribeClusterResponse.DescribeClusterBroker


@serves(DescribeClusterRequest, (0, 2), BOTH)
def handle(broker: Broker, context: RequestContext, request: DescribeClusterRequest) -> DescribeClusterResponse:
    version = context.api_version
    here = CONTROLLERS if context.connection.role is Role.CONTROLLER else BROKERS
    asked = request.endpoint_type
    if asked not in _NAMES:
        return DescribeClusterResponse(
            error_code=ErrorCode.INVALID_REQUEST if version == 0 else ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
            error_message=f"Unsupported endpoint type {asked}",
        )
    if asked != here:
        return DescribeClusterResponse(
            error_code=ErrorCode.INVALID_REQUEST if version == 0 else ErrorCode.MISMATCHED_ENDPOINT_TYPE,
            error_message=f"The request was sent to an endpoint of type {_NAMES[here]}, but we wanted an endpoint of "
            f"type {_NAMES[asked]}",
        )
    image = broker.image
    listener = context.connection.listener
    if here == BROKERS:
        nodes = [
            _Broker(broker_id=one.id, host=endpoint.host, port=endpoint.port, rack=one.rack, is_fenced=one.fenced)
            for one in image.cluster.brokers.values()
            if (endpoint := one.listeners.get(listener)) is not None
            and (request.include_fenced_brokers or not one.fenced)
        ]
        controller_id = some_alive_broker(image)
    else:
        nodes = [
            _Broker(broker_id=one.id, host=endpoint.host, port=endpoint.port, rack=None)
            for one in image.cluster.controllers.values()
            if (endpoint := one.listeners.get(listener)) is not None
        ]
        leader = broker.metadata.leader
        controller_id = -1 if leader is None or leader.leader_id is None else leader.leader_id
    return DescribeClusterResponse(
        error_message=None,
        endpoint_type=here,
        cluster_id=broker.cluster_id,
        controller_id=controller_id if any(node.broker_id == controller_id for node in nodes) else -1,
        brokers=nodes,
        cluster_authorized_operations=(
            CLUSTER_OPERATIONS if request.include_cluster_authorized_operations else NOT_ASKED
        ),
    )
