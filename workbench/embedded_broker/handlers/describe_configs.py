"""DescribeConfigs 1-4: configurations with their sources, synonyms and documentation (KIP-226, KIP-569).

An empty list of names means all of them, as null does. A broker describes itself only: clients ask each one.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable

from workbench.embedded_broker.broker import Broker
from workbench.embedded_broker.config_definitions.definition import ConfigError
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.broker_loggers import loggers
from workbench.embedded_broker.handlers.described_configs import ConfigDescriber, Entry
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers, ConfigSource
from workbench.embedded_broker.metadata.image import ConfigResource, ConfigResourceType
from workbench.embedded_broker.metadata.topic_names import invalid_topic_name_reason
from workbench.embedded_broker.requests import BOTH, RequestContext, serves
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import DescribeConfigsRequest, DescribeConfigsResponse

_Result = DescribeConfigsResponse.DescribeConfigsResult
_Resource = DescribeConfigsRequest.DescribeConfigsResource
_DESCRIBABLE = frozenset(int(known) for known in ConfigResourceType if known is not ConfigResourceType.UNKNOWN)
_MALFORMED = (
    "This most likely occurs because of a request being malformed by the client library or the message was sent to an "
    "incompatible broker. See the broker logs for more details."
)
"""What Kafka answers for every resource of a request that names an unknown type of resource."""
_DESCRIBED_TOGETHER = 20
"""How many resources are described before others are served: it takes up to a millisecond each."""
_Entries = Iterable[tuple[str, Callable[[], Entry]]]


@serves(DescribeConfigsRequest, (1, 4), BOTH)
async def handle(broker: Broker, context: RequestContext, request: DescribeConfigsRequest) -> DescribeConfigsResponse:
    if any(resource.resource_type not in _DESCRIBABLE for resource in request.resources):
        return DescribeConfigsResponse(
            results=[
                _Result(
                    error_code=ErrorCode.INVALID_REQUEST,
                    error_message=_MALFORMED,
                    resource_type=resource.resource_type,
                    resource_name=resource.resource_name,
                )
                for resource in request.resources
            ]
        )
    layers = ConfigLayers(broker.image.configs, broker.node_id, broker.settings.properties)
    describer = ConfigDescriber(layers, synonyms=request.include_synonyms, documentation=request.include_documentation)
    response = DescribeConfigsResponse()
    for index, resource in enumerate(request.resources):
        if index % _DESCRIBED_TOGETHER == _DESCRIBED_TOGETHER - 1:
            await asyncio.sleep(0)
        response.results.append(_describe(broker, describer, resource))
    return response


def _describe(broker: Broker, describer: ConfigDescriber, resource: _Resource) -> _Result:
    result = _Result(resource_type=resource.resource_type, resource_name=resource.resource_name)
    try:
        entries = _entries(broker, describer, resource)
    except BrokerError as error:
        result.error_code = error.code
        # Kafka leaves the text empty, not null, for a topic that does not exist.
        result.error_message = "" if error.code == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION else error.message
        return result
    except ConfigError:
        result.error_code, result.error_message = ErrorCode.UNKNOWN_SERVER_ERROR, None
        return result
    wanted = set(resource.configuration_keys or ())
    result.configs = [make() for name, make in entries if not wanted or name in wanted]
    return result


def _entries(broker: Broker, describer: ConfigDescriber, resource: _Resource) -> _Entries:
    name = resource.resource_name
    configs = broker.image.configs
    match resource.resource_type:
        case ConfigResourceType.TOPIC:
            reason = invalid_topic_name_reason(name)
            if reason is not None:
                raise BrokerError(ErrorCode.INVALID_TOPIC_EXCEPTION, reason)
            if name not in broker.image.topics.by_name:
                raise BrokerError(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
            return list(describer.topic(configs.topic(name)))
        case ConfigResourceType.BROKER:
            if not name:
                return describer.cluster_default()
            if _broker_id(name) != broker.node_id:
                raise BrokerError(
                    ErrorCode.INVALID_REQUEST,
                    f"Unexpected broker id, expected {broker.node_id} or empty string, but received {name}",
                )
            return list(describer.broker())
        case ConfigResourceType.BROKER_LOGGER:
            if not name:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Broker id must not be empty")
            if _broker_id(name) != broker.node_id:
                raise BrokerError(
                    ErrorCode.INVALID_REQUEST, f"Unexpected broker id, expected {broker.node_id} but received {name}"
                )
            return [(logger, _logger_entry(logger, level)) for logger, level in loggers().items()]
        case ConfigResourceType.CLIENT_METRICS:
            if not name:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Client metrics subscription name must not be empty")
            return describer.client_metrics(configs.of(ConfigResource(ConfigResourceType.CLIENT_METRICS, name)))
        case ConfigResourceType.GROUP:
            if not name:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Group name must not be empty")
            return describer.group(configs.of(ConfigResource(ConfigResourceType.GROUP, name)))
        case _:
            raise AssertionError(f"resource type {resource.resource_type} was let through")


def _logger_entry(name: str, level: str) -> Callable[[], Entry]:
    return lambda: Entry(
        name=name, value=level, config_source=int(ConfigSource.DYNAMIC_BROKER_LOGGER), documentation=""
    )


def _broker_id(name: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9]+", name):
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"Broker id must be an integer, but it is: {name}")
    return int(name)
