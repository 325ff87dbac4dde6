"""AlterConfigs 0-2: replaces all that is set on a resource (the older form; KIP-133)."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.config_preprocessing import (
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
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterConfigsRequest, AlterConfigsResponse

_Answer = AlterConfigsResponse.AlterConfigsResourceResponse


@serves(AlterConfigsRequest, (0, 2), BOTH)
async def handle(broker: Broker, context: RequestContext, request: AlterConfigsRequest) -> AlterConfigsResponse:
    if context.connection.role is Role.CONTROLLER:
        response: AlterConfigsResponse = await ask_controller(broker, context, request)
        return response
    layers = ConfigLayers(broker.image.configs, broker.node_id, broker.settings.properties)
    keys = [(resource.resource_type, resource.resource_name) for resource in request.resources]
    refused: dict[int, BrokerError] = {}
    for index, resource in enumerate(request.resources):
        try:
            check_unique(keys, keys[index])
            resource_type = check_resource_type(resource.resource_type)
            check_entries(
                [config.name for config in resource.configs],
                [config.name for config in resource.configs if config.value is None],
            )
            if resource_type is ConfigResourceType.BROKER_LOGGER:
                raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unknown resource type {resource.resource_type}")
            if resource_type is ConfigResourceType.BROKER:
                if resource.resource_name:
                    check_is_this_node(resource.resource_name, broker.node_id)
                check_broker_configs(
                    layers,
                    resource.resource_name,
                    {config.name: config.value for config in resource.configs if config.value is not None},
                )
        except BrokerError as error:
            refused[index] = error
    remaining = [resource for index, resource in enumerate(request.resources) if index not in refused]
    answers: dict[tuple[int, str], _Answer] = {}
    if remaining:
        forwarded = AlterConfigsRequest(resources=remaining, validate_only=request.validate_only)
        response = await ask_controller(broker, context, forwarded)
        answers = {(one.resource_type, one.resource_name): one for one in response.responses}
    return AlterConfigsResponse(
        responses=[
            _Answer(
                error_code=refused[index].code,
                error_message=refused[index].message,
                resource_type=key[0],
                resource_name=key[1],
            )
            if index in refused
            else answers[key]
            for index, key in enumerate(keys)
        ]
    )
