"""IncrementalAlterConfigs 0-1: sets, removes, appends to and subtracts from configurations (KIP-339)."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.controller.configs import ConfigOperation
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.broker_loggers import alter_loggers
from workbench.embedded_broker.handlers.config_preprocessing import (
    altered_broker_configs,
    check_broker_configs,
    check_entries,
    check_is_this_node,
    check_resource_type,
    check_unique,
)
from workbench.embedded_broker.handlers.controller_requests import ask_controller
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.embedded_broker.requests import BOTH, RequestContext, Role, serves
from workbench.wire.messages import IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse

_Answer = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
_Resource = IncrementalAlterConfigsRequest.AlterConfigsResource


@serves(IncrementalAlterConfigsRequest, (0, 1), BOTH)
async def handle(
    broker: Broker, context: RequestContext, request: IncrementalAlterConfigsRequest
) -> IncrementalAlterConfigsResponse:
    if context.connection.role is Role.CONTROLLER:
        return await _on_controller(broker, context, request)
    layers = ConfigLayers(broker.image.configs, broker.node_id, broker.settings.properties)
    keys = [(resource.resource_type, resource.resource_name) for resource in request.resources]
    answers: dict[tuple[int, str], _Answer] = {}
    done: dict[int, _Answer] = {}
    for index, resource in enumerate(request.resources):
        answer = _Answer(resource_type=keys[index][0], resource_name=keys[index][1], error_message=None)
        try:
            check_unique(keys, keys[index])
            if _preprocess(broker, layers, resource, validate_only=request.validate_only):
                done[index] = answer
        except BrokerError as error:
            answer.error_code, answer.error_message = error.code, error.message
            done[index] = answer
    remaining = [resource for index, resource in enumerate(request.resources) if index not in done]
    if remaining:
        forwarded = IncrementalAlterConfigsRequest(resources=remaining, validate_only=request.validate_only)
        response = await ask_controller(broker, context, forwarded)
        answers = {(one.resource_type, one.resource_name): one for one in response.responses}
    return IncrementalAlterConfigsResponse(
        responses=[done[index] if index in done else answers[key] for index, key in enumerate(keys)]
    )


async def _on_controller(
    broker: Broker, context: RequestContext, request: IncrementalAlterConfigsRequest
) -> IncrementalAlterConfigsResponse:
    """A controller leaves checks to itself, apart from its own loggers."""
    done: list[_Answer] = []
    remaining: list[_Resource] = []
    for resource in request.resources:
        if resource.resource_type != ConfigResourceType.BROKER_LOGGER:
            remaining.append(resource)
            continue
        answer = _Answer(resource_type=resource.resource_type, resource_name=resource.resource_name, error_message=None)
        try:
            alter_loggers(broker.node_id, resource, validate_only=request.validate_only)
        except BrokerError as error:
            answer.error_code, answer.error_message = error.code, error.message
        done.append(answer)
    response = IncrementalAlterConfigsResponse()
    if remaining:
        forwarded = IncrementalAlterConfigsRequest(resources=remaining, validate_only=request.validate_only)
        response = await ask_controller(broker, context, forwarded)
    response.responses.extend(done)
    return response


def _preprocess(broker: Broker, layers: ConfigLayers, resource: _Resource, *, validate_only: bool) -> bool:
    """True if nothing is left for the controller. Raises BrokerError."""
    check_entries(
        [config.name for config in resource.configs],
        [
            config.name
            for config in resource.configs
            if config.value is None and config.config_operation != ConfigOperation.DELETE
        ],
    )
    match check_resource_type(resource.resource_type):
        case ConfigResourceType.BROKER_LOGGER:
            alter_loggers(broker.node_id, resource, validate_only=validate_only)
            return True
        case ConfigResourceType.BROKER:
            if resource.resource_name:
                check_is_this_node(resource.resource_name, broker.node_id)
            operations = [(config.name, config.config_operation, config.value) for config in resource.configs]
            configs = altered_broker_configs(layers, resource.resource_name, operations)
            check_broker_configs(layers, resource.resource_name, configs)
            return False
        case _:
            return False
