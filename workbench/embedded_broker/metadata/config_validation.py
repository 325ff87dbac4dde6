"""Whether a set of configurations may stand on a resource, with Kafka's reasons.

Sources: ControllerConfigurationValidator, LogConfig.validate, GroupConfig.validate, ClientMetricsConfigs.validate,
DynamicBrokerConfig.validate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from workbench.embedded_broker.config_definitions.catalog import (
    broker_configs,
    client_metrics_configs,
    dynamic_broker_configs,
    group_configs,
    is_per_broker,
    topic_configs,
)
from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigError, ConfigValue
from workbench.embedded_broker.config_definitions.synonyms import GROUP_SYNONYMS, listener_override
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import ConfigResource, ConfigResourceType
from workbench.embedded_broker.metadata.topic_names import invalid_topic_name_reason
from workbench.wire.error_codes import ErrorCode

_DYNAMIC_SECURITY_CONFIGS = frozenset(
    {
        "ssl.keystore.type",
        "ssl.keystore.location",
        "ssl.keystore.password",
        "ssl.key.password",
        "ssl.truststore.type",
        "ssl.truststore.location",
        "ssl.truststore.password",
        "ssl.keystore.certificate.chain",
        "ssl.keystore.key",
        "ssl.truststore.certificates",
    }
)


def validate_resource_name(resource: ConfigResource) -> None:
    """Raises BrokerError for a name that the resource's type cannot have."""
    match resource.type:
        case ConfigResourceType.TOPIC:
            if not resource.name:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Default topic resources are not allowed.")
            reason = invalid_topic_name_reason(resource.name)
            if reason is not None:
                raise BrokerError(ErrorCode.INVALID_TOPIC_EXCEPTION, reason)
        case ConfigResourceType.BROKER:
            if not resource.name:
                return
            if not re.fullmatch(r"[+-]?[0-9]+", resource.name) or abs(int(resource.name)) >= 1 << 31:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Unable to parse broker name as a base 10 number.")
            if int(resource.name) < 0:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Invalid negative broker ID.")
        case ConfigResourceType.GROUP:
            if not resource.name:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Default group resources are not allowed.")
        case ConfigResourceType.CLIENT_METRICS:
            if not resource.name:
                raise BrokerError(ErrorCode.INVALID_REQUEST, "Subscription name can't be empty")
        case _:
            raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unknown resource type {resource.type.name}")


def validate_configs(
    resource: ConfigResource,
    configs: Mapping[str, str],
    existing: Mapping[str, str],
    layers: ConfigLayers,
) -> None:
    """Whether `configs` may be all that is set on `resource`, where `existing` is set now.

    Raises BrokerError (its code and message are the answer) or ConfigError (to be answered as INVALID_CONFIG).
    """
    validate_resource_name(resource)
    match resource.type:
        case ConfigResourceType.TOPIC:
            _validate_topic_configs(configs, existing, layers)
        case ConfigResourceType.CLIENT_METRICS:
            _validate_client_metrics(configs)
        case ConfigResourceType.GROUP:
            _validate_group(configs, layers)
        case _:
            return


def _validate_topic_configs(configs: Mapping[str, str], existing: Mapping[str, str], layers: ConfigLayers) -> None:
    definitions = topic_configs()
    for name in configs:
        if name not in definitions:
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"Unknown topic config name: {name}")
    values = {
        name: definition.parse(layers.topic_config(name, configs).value)
        for name, definition in definitions.items()
        if not definition.internal or name in configs
    }
    shortest, longest = _long(values["min.compaction.lag.ms"]), _long(values["max.compaction.lag.ms"])
    if shortest > longest:
        raise BrokerError(
            ErrorCode.INVALID_CONFIG,
            f"conflict topic config setting min.compaction.lag.ms ({shortest}) > max.compaction.lag.ms ({longest})",
        )
    if values["remote.storage.enable"]:
        raise ConfigError(
            "Tiered Storage functionality is disabled in the broker. "
            "Topic cannot be configured with remote log storage."
        )
    if existing.get("remote.storage.enable", "false").lower() == "true" and not values["remote.log.delete.on.disable"]:
        raise BrokerError(
            ErrorCode.INVALID_CONFIG,
            "It is invalid to disable remote storage without deleting remote data. If you want to keep the remote "
            "data and turn to read only, please set `remote.storage.enable=true,remote.log.copy.disable=true`. "
            "If you want to disable remote storage and delete all remote data, please set "
            "`remote.storage.enable=false,remote.log.delete.on.disable=true`.",
        )


def _validate_client_metrics(configs: Mapping[str, str]) -> None:
    definitions = client_metrics_configs()
    for name, text in configs.items():
        definition = definitions.get(name)
        if definition is None:
            raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unknown client metrics configuration: {name}")
        value = definition.parse(text)
        if name == "interval.ms" and not 100 <= _long(value) <= 3_600_000:
            raise BrokerError(
                ErrorCode.INVALID_REQUEST,
                f"Invalid value {value} for interval.ms, interval must be between 100 and 3600000 (1 hour)",
            )
        if name == "match":
            assert isinstance(value, list)
            _validate_match(value)


_SELECTORS = (
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
)


def _validate_match(patterns: list[str]) -> None:
    for pattern in patterns:
        name, _, expression = pattern.partition("=")
        if not expression or "=" in expression or name.strip() not in _SELECTORS:
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"Illegal client matching pattern: {pattern}")
        try:
            re.compile(expression.strip())
        except re.error as error:
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"Illegal client matching pattern: {pattern}") from error


_GROUP_RANGES: Mapping[str, tuple[str | None, str | None]] = {
    "consumer.heartbeat.interval.ms": (
        "group.consumer.min.heartbeat.interval.ms",
        "group.consumer.max.heartbeat.interval.ms",
    ),
    "consumer.session.timeout.ms": ("group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"),
    "consumer.assignment.interval.ms": (
        "group.consumer.min.assignment.interval.ms",
        "group.consumer.max.assignment.interval.ms",
    ),
    "share.heartbeat.interval.ms": ("group.share.min.heartbeat.interval.ms", "group.share.max.heartbeat.interval.ms"),
    "share.session.timeout.ms": ("group.share.min.session.timeout.ms", "group.share.max.session.timeout.ms"),
    "share.record.lock.duration.ms": (
        "group.share.min.record.lock.duration.ms",
        "group.share.max.record.lock.duration.ms",
    ),
    "share.delivery.count.limit": (
        "group.share.min.delivery.count.limit",
        "group.share.max.delivery.count.limit",
    ),
    "share.partition.max.record.locks": (
        "group.share.min.partition.max.record.locks",
        "group.share.max.partition.max.record.locks",
    ),
    "share.assignment.interval.ms": (
        "group.share.min.assignment.interval.ms",
        "group.share.max.assignment.interval.ms",
    ),
    "streams.heartbeat.interval.ms": (
        "group.streams.min.heartbeat.interval.ms",
        "group.streams.max.heartbeat.interval.ms",
    ),
    "streams.session.timeout.ms": ("group.streams.min.session.timeout.ms", "group.streams.max.session.timeout.ms"),
    "streams.num.standby.replicas": (None, "group.streams.max.standby.replicas"),
    "streams.assignment.interval.ms": (
        "group.streams.min.assignment.interval.ms",
        "group.streams.max.assignment.interval.ms",
    ),
}


def _validate_group(configs: Mapping[str, str], layers: ConfigLayers) -> None:
    definitions = group_configs()
    for name in configs:
        if name not in definitions:
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"Unknown group config name: {name}")
    values: dict[str, int] = {}
    for name, definition in definitions.items():
        text = configs.get(name)
        if text is None:
            synonym = GROUP_SYNONYMS.get(name)
            text = layers.broker_config(synonym) if synonym is not None else definition.default
        value = definition.parse(text)
        if isinstance(value, int):
            values[name] = value
    for name, (lowest_name, highest_name) in _GROUP_RANGES.items():
        lowest = layers.broker_config(lowest_name) if lowest_name is not None else None
        highest = layers.broker_config(highest_name) if highest_name is not None else None
        if lowest is not None and values[name] < int(lowest):
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"{name} must be greater than or equal to {lowest_name}")
        if highest is not None and values[name] > int(highest):
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"{name} must be less than or equal to {highest_name}")
    for kind in ("consumer", "share", "streams"):
        session, heartbeat = f"{kind}.session.timeout.ms", f"{kind}.heartbeat.interval.ms"
        if values[session] <= values[heartbeat]:
            raise BrokerError(ErrorCode.INVALID_CONFIG, f"{session} must be greater than {heartbeat}")


def validate_dynamic_broker_configs(configs: Mapping[str, str], *, per_broker: bool) -> None:
    """Whether `configs` may be all that is dynamically set on one broker or, without `per_broker`, on all.

    Unknown names are accepted: a plug-in may know them (KIP-226). Raises ConfigError.
    """
    static = broker_configs()
    dynamic = dynamic_broker_configs()
    _refuse(
        [name for name in configs if name in static and name not in dynamic], "Cannot update these configs dynamically"
    )
    _refuse(
        [name for name in configs if name in _DYNAMIC_SECURITY_CONFIGS],
        "These security configs can be dynamically updated only per-listener using the listener prefix",
    )
    for name, text in configs.items():
        definition: ConfigDefinition | None = dynamic.get(listener_override(name) or name)
        if definition is not None:
            definition.parse(text)
    if not per_broker:
        _refuse(
            [name for name in configs if is_per_broker(name)],
            "Cannot update these configs at default cluster level, broker id must be specified",
        )


def _refuse(names: list[str], reason: str) -> None:
    if names:
        raise ConfigError(f"{reason}: [{', '.join(names)}]")


def _long(value: ConfigValue) -> int:
    assert isinstance(value, int)
    return value
