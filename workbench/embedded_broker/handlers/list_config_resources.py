"""ListConfigResources 0-1: what has configurations (KIP-1000, KIP-1142); version 0 lists client metrics only."""

from __future__ import annotations

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.embedded_broker.requests import RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ListConfigResourcesRequest, ListConfigResourcesResponse

_SUPPORTED = (
    ConfigResourceType.TOPIC,
    ConfigResourceType.BROKER,
    ConfigResourceType.BROKER_LOGGER,
    ConfigResourceType.CLIENT_METRICS,
    ConfigResourceType.GROUP,
)


@serves(ListConfigResourcesRequest, (0, 1))
def handle(broker: Broker, context: RequestContext, request: ListConfigResourcesRequest) -> ListConfigResourcesResponse:
    supported = [int(t) for t in _SUPPORTED] if context.api_version >= 1 else [int(ConfigResourceType.CLIENT_METRICS)]
    wanted = list(request.resource_types) or supported
    if not set(wanted) <= set(supported):
        return ListConfigResourcesResponse(error_code=ErrorCode.UNSUPPORTED_VERSION)
    image = broker.image
    listener = context.connection.listener
    nodes = [str(one.id) for one in image.cluster.brokers.values() if listener in one.listeners]
    with_configs = image.configs.resources
    names = {
        ConfigResourceType.GROUP: [r.name for r in with_configs if r.type is ConfigResourceType.GROUP],
        ConfigResourceType.CLIENT_METRICS: [
            r.name for r in with_configs if r.type is ConfigResourceType.CLIENT_METRICS
        ],
        ConfigResourceType.BROKER_LOGGER: nodes,
        ConfigResourceType.BROKER: nodes,
        ConfigResourceType.TOPIC: list(image.topics.by_name),
    }
    return ListConfigResourcesResponse(
        config_resources=[
            ListConfigResourcesResponse.ConfigResource(resource_name=name, resource_type=int(resource_type))
            for resource_type, found in names.items()
            if resource_type in wanted
            for name in found
        ]
    )
