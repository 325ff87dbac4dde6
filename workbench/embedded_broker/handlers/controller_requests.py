"""How a handler gets the controller's answer, and what is answered when there is none.

A broker's listener forwards to whoever controls; a controller's listener answers itself or says NOT_CONTROLLER.
Shapes of refusals: the `getErrorResponse` of each of Kafka's request classes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.topic_names import CLUSTER_METADATA_TOPIC
from workbench.embedded_broker.requests import RequestContext, Role
from workbench.wire.compiler import Message
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AllocateProducerIdsResponse,
    AlterConfigsRequest,
    AlterConfigsResponse,
    AlterPartitionReassignmentsRequest,
    AlterPartitionReassignmentsResponse,
    AlterPartitionResponse,
    AssignReplicasToDirsResponse,
    BrokerHeartbeatResponse,
    BrokerRegistrationResponse,
    ControllerRegistrationResponse,
    CreatePartitionsRequest,
    CreatePartitionsResponse,
    CreateTopicsRequest,
    CreateTopicsResponse,
    DeleteTopicsRequest,
    DeleteTopicsResponse,
    ElectLeadersRequest,
    ElectLeadersResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
    ListPartitionReassignmentsResponse,
    UnregisterBrokerResponse,
    UpdateFeaturesResponse,
)


def _any_once(names: Iterable[Any]) -> bool:
    """Topics that are named more than once are refused before anything is decided."""
    return 1 in Counter(names).values()


_TIMED: dict[type[Message], Callable[[Any], object]] = {
    CreateTopicsRequest: lambda request: _any_once(
        topic.name for topic in request.topics if topic.name != CLUSTER_METADATA_TOPIC
    ),
    DeleteTopicsRequest: lambda request: _any_once(
        [*request.topic_names, *(topic.name or topic.topic_id for topic in request.topics)]
    ),
    CreatePartitionsRequest: lambda request: _any_once(topic.name for topic in request.topics),
    ElectLeadersRequest: lambda request: request.topic_partitions != [],
    AlterPartitionReassignmentsRequest: lambda request: request.topics,
}
"""Requests whose timeout Kafka's controller heeds before it decides, and what is to be decided."""


async def ask_controller(broker: Broker, context: RequestContext, request: Message) -> Any:
    """The controller's response, or the request's own form of refusal."""
    try:
        if _is_over(request):
            raise BrokerError(ErrorCode.REQUEST_TIMED_OUT)
        return await controller_response(broker, context, request)
    except BrokerError as error:
        return refusal(request, error, context.api_version)


def _is_over(request: Any) -> bool:
    subject = _TIMED.get(type(request))
    return subject is not None and request.timeout_ms <= 0 and bool(subject(request))


async def controller_response(broker: Broker, context: RequestContext, request: Message) -> Any:
    """The controller's response. Raises BrokerError."""
    if context.connection.role is Role.CONTROLLER:
        if broker.controller is None:
            raise BrokerError(ErrorCode.NOT_CONTROLLER)
        return await broker.controller.handle(request, context.api_version, forwarded=False)
    return await broker.forward(request, context.api_version, context)


def refusal(request: Message, error: BrokerError, version: int) -> Message:
    """A response to `request` that says `error`, for every part of it where there is no place for it as a whole."""
    response = _REFUSALS[request.API_KEY](request, int(error.code), error.message)
    if isinstance(response, ElectLeadersResponse) and version == 0:
        # The only response whose oldest version has no place for an error as a whole.
        response.error_code = ErrorCode.NONE
    return response


def _create_topics(request: CreateTopicsRequest, code: int, message: str | None) -> Message:
    result = CreateTopicsResponse.CreatableTopicResult
    return CreateTopicsResponse(
        topics=[result(name=topic.name, error_code=code, error_message=message) for topic in request.topics]
    )


def _delete_topics(request: DeleteTopicsRequest, code: int, message: str | None) -> Message:
    result = DeleteTopicsResponse.DeletableTopicResult
    by_name = [result(name=name, error_code=code) for name in request.topic_names]
    both = [result(name=topic.name, topic_id=topic.topic_id, error_code=code) for topic in request.topics]
    return DeleteTopicsResponse(responses=[*by_name, *both])


def _create_partitions(request: CreatePartitionsRequest, code: int, message: str | None) -> Message:
    result = CreatePartitionsResponse.CreatePartitionsTopicResult
    return CreatePartitionsResponse(
        results=[result(name=topic.name, error_code=code, error_message=message) for topic in request.topics]
    )


def _alter_configs(request: AlterConfigsRequest, code: int, message: str | None) -> Message:
    result = AlterConfigsResponse.AlterConfigsResourceResponse
    return AlterConfigsResponse(
        responses=[
            result(
                error_code=code,
                error_message=message,
                resource_type=resource.resource_type,
                resource_name=resource.resource_name,
            )
            for resource in request.resources
        ]
    )


def _incremental_alter_configs(request: IncrementalAlterConfigsRequest, code: int, message: str | None) -> Message:
    result = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
    return IncrementalAlterConfigsResponse(
        responses=[
            result(
                error_code=code,
                error_message=message,
                resource_type=resource.resource_type,
                resource_name=resource.resource_name,
            )
            for resource in request.resources
        ]
    )


def _elect_leaders(request: ElectLeadersRequest, code: int, message: str | None) -> Message:
    result, partition_result = ElectLeadersResponse.ReplicaElectionResult, ElectLeadersResponse.PartitionResult
    return ElectLeadersResponse(
        error_code=code,
        replica_election_results=[
            result(
                topic=topic.topic,
                partition_result=[
                    partition_result(partition_id=partition_id, error_code=code, error_message=message)
                    for partition_id in topic.partitions
                ],
            )
            for topic in request.topic_partitions or []
        ],
    )


def _reassignments(request: AlterPartitionReassignmentsRequest, code: int, message: str | None) -> Message:
    topic_response = AlterPartitionReassignmentsResponse.ReassignableTopicResponse
    partition_response = AlterPartitionReassignmentsResponse.ReassignablePartitionResponse
    return AlterPartitionReassignmentsResponse(
        error_code=code,
        error_message=message,
        responses=[
            topic_response(
                name=topic.name,
                partitions=[
                    partition_response(
                        partition_index=partition.partition_index, error_code=code, error_message=message
                    )
                    for partition in topic.partitions
                ],
            )
            for topic in request.topics
        ],
    )


def _whole(response_class: Callable[..., Message]) -> Callable[[Any, int, str | None], Message]:
    return lambda request, code, message: response_class(error_code=code)


def _with_message(response_class: Callable[..., Message]) -> Callable[[Any, int, str | None], Message]:
    return lambda request, code, message: response_class(error_code=code, error_message=message)


_REFUSALS: dict[int, Callable[[Any, int, str | None], Message]] = {
    19: _create_topics,
    20: _delete_topics,
    33: _alter_configs,
    37: _create_partitions,
    43: _elect_leaders,
    44: _incremental_alter_configs,
    45: _reassignments,
    46: _with_message(ListPartitionReassignmentsResponse),
    56: _whole(AlterPartitionResponse),
    57: _with_message(UpdateFeaturesResponse),
    62: _whole(BrokerRegistrationResponse),
    63: _whole(BrokerHeartbeatResponse),
    64: _with_message(UnregisterBrokerResponse),
    67: _whole(AllocateProducerIdsResponse),
    70: _with_message(ControllerRegistrationResponse),
    73: _whole(AssignReplicasToDirsResponse),
}
