"""Configs of topics and brokers: read with every layer they may come from, changed one by one."""

from __future__ import annotations

from collections.abc import Mapping

from workbench.client.failures import check
from workbench.client.link import ClusterLink
from workbench.client.model import ConfigEntry, ConfigSource, ConfigSynonym, ConfigType
from workbench.wire.messages import (
    DescribeConfigsRequest,
    DescribeConfigsResponse,
    IncrementalAlterConfigsRequest,
    IncrementalAlterConfigsResponse,
)

TOPIC, BROKER, GROUP = 2, 4, 32
"""Resource types (ConfigResource.Type)."""

_SET, _DELETE = 0, 1
_SOURCES = {
    1: ConfigSource.TOPIC,
    2: ConfigSource.BROKER,
    3: ConfigSource.DEFAULT_BROKER,
    4: ConfigSource.STATIC_BROKER,
    5: ConfigSource.DEFAULT,
    6: ConfigSource.BROKER_LOGGER,
    7: ConfigSource.CLIENT_METRICS,
    8: ConfigSource.GROUP,
}
_TYPES = {
    1: ConfigType.BOOLEAN,
    2: ConfigType.STRING,
    3: ConfigType.INT,
    4: ConfigType.SHORT,
    5: ConfigType.LONG,
    6: ConfigType.DOUBLE,
    7: ConfigType.LIST,
    8: ConfigType.CLASS,
    9: ConfigType.PASSWORD,
}
_NOT_THE_RESOURCES_OWN = frozenset({ConfigSource.DEFAULT, ConfigSource.STATIC_BROKER, ConfigSource.DEFAULT_BROKER})


async def describe_configs(link: ClusterLink, resource_type: int, name: str) -> tuple[ConfigEntry, ...]:
    """Every config by name. A broker's are asked of that broker, since only it knows its properties file."""
    request = DescribeConfigsRequest(
        resources=[
            DescribeConfigsRequest.DescribeConfigsResource(
                resource_type=resource_type, resource_name=name, configuration_keys=None
            )
        ],
        include_synonyms=True,
        include_documentation=True,
    )
    answer = await link.send(request, DescribeConfigsResponse, node_id=_owner(resource_type, name))
    result = answer.results[0]
    check(result.error_code, result.error_message, name)
    return tuple(sorted((_entry(config, resource_type) for config in result.configs), key=lambda entry: entry.name))


def _owner(resource_type: int, name: str) -> int | None:
    return int(name) if resource_type == BROKER and name else None


def _entry(config: DescribeConfigsResponse.DescribeConfigsResourceResult, resource_type: int) -> ConfigEntry:
    source = _SOURCES.get(config.config_source, ConfigSource.UNKNOWN)
    inherited = source in _NOT_THE_RESOURCES_OWN if resource_type == TOPIC else source is ConfigSource.DEFAULT
    return ConfigEntry(
        name=config.name,
        value=config.value,
        source=source,
        is_default=inherited,
        read_only=config.read_only,
        sensitive=config.is_sensitive,
        documentation=config.documentation,
        type=_TYPES.get(config.config_type, ConfigType.UNKNOWN),
        synonyms=tuple(
            ConfigSynonym(synonym.name, synonym.value, _SOURCES.get(synonym.source, ConfigSource.UNKNOWN))
            for synonym in config.synonyms
        ),
    )


async def alter_configs(
    link: ClusterLink, resource_type: int, name: str, changes: Mapping[str, str | None], validate_only: bool
) -> None:
    """None deletes a key, which puts back what lies below it."""
    request = IncrementalAlterConfigsRequest(
        resources=[
            IncrementalAlterConfigsRequest.AlterConfigsResource(
                resource_type=resource_type,
                resource_name=name,
                configs=[
                    IncrementalAlterConfigsRequest.AlterableConfig(
                        name=key, config_operation=_DELETE if value is None else _SET, value=value
                    )
                    for key, value in changes.items()
                ],
            )
        ],
        validate_only=validate_only,
    )
    answer = await link.send(
        request, IncrementalAlterConfigsResponse, node_id=_owner(resource_type, name), repeatable=False
    )
    result = answer.responses[0]
    check(result.error_code, result.error_message, "" if result.error_message else name)
