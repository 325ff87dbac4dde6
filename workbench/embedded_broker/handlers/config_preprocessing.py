"""What a broker itself checks of a change of configurations before the controller decides.

Invariants: a broker takes changes for itself or for all brokers, never for another one; dynamic broker settings are
checked here because only a broker knows its file. Source: kafka.server.ConfigAdminManager.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from workbench.embedded_broker.config_definitions.catalog import broker_configs
from workbench.embedded_broker.config_definitions.definition import ConfigError, ConfigType
from workbench.embedded_broker.controller.configs import ConfigOperation
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.broker_values import current_broker_properties, usable_dynamic_configs
from workbench.embedded_broker.metadata.config_validation import validate_dynamic_broker_configs
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.wire.error_codes import ErrorCode

_THREAD_COUNTS = ("background.threads", "num.io.threads", "num.recovery.threads.per.data.dir", "num.replica.fetchers")


def check_unique(keys: Sequence[tuple[int, str]], key: tuple[int, str]) -> None:
    if keys.count(key) > 1:
        raise BrokerError(ErrorCode.INVALID_REQUEST, "Each resource must appear at most once.")


def check_entries(names: Sequence[str], nulls: Sequence[str]) -> None:
    """`names` are all configurations of one resource, `nulls` those that lack the value they need."""
    if len(set(names)) != len(names):
        raise BrokerError(ErrorCode.INVALID_REQUEST, "Error due to duplicate config keys")
    if nulls:
        raise BrokerError(ErrorCode.INVALID_REQUEST, "Null value not supported for : " + ", ".join(nulls))


def check_resource_type(resource_type: int) -> ConfigResourceType:
    try:
        known = ConfigResourceType(resource_type)
    except ValueError:
        known = ConfigResourceType.UNKNOWN
    if known is ConfigResourceType.UNKNOWN:
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unknown resource type {resource_type}")
    return known


def check_is_this_node(name: str, node_id: int) -> None:
    if not re.fullmatch(r"[+-]?[0-9]+", name):
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"Node id must be an integer, but it is: {name}")
    if int(name) != node_id:
        raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unexpected broker id, expected {node_id}, but received {name}")


def check_broker_configs(layers: ConfigLayers, name: str, configs: Mapping[str, str]) -> None:
    """Whether `configs` may be all that is dynamically set on broker `name`, or on all with an empty name."""
    per_broker = bool(name)
    try:
        validate_dynamic_broker_configs(configs, per_broker=per_broker)
        _check_thread_counts(layers, configs)
    except ConfigError as error:
        raise BrokerError(ErrorCode.INVALID_REQUEST, str(error)) from error


def _check_thread_counts(layers: ConfigLayers, configs: Mapping[str, str]) -> None:
    """Kafka lets a pool of threads at most double or halve at once; tools rely on the refusal."""
    current = current_broker_properties(layers)
    for name in _THREAD_COUNTS:
        text = configs.get(name)
        if text is None:
            continue
        definition = broker_configs()[name]
        old, new = definition.parse(current.get(name, definition.default)), definition.parse(text)
        assert isinstance(old, int) and isinstance(new, int)
        problem = None
        if new < old // 2:
            problem = f"value should be at least half the current value {old}"
        elif new > old * 2:
            problem = f"value should not be greater than double the current value {old}"
        if problem is not None:
            raise ConfigError(
                "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation "
                f"failed for {name}={new}, {problem} for configuration Invalid dynamic configuration"
            )


def altered_broker_configs(
    layers: ConfigLayers, name: str, operations: Sequence[tuple[str, int, str | None]]
) -> dict[str, str]:
    """What will be set on a broker after (configuration, operation, value) steps."""
    stored = layers.configs.broker(int(name)) if name else layers.configs.cluster_default()
    configs = usable_dynamic_configs(stored, per_broker=bool(name))
    for config, operation, value in operations:
        match operation:
            case ConfigOperation.SET:
                assert value is not None
                configs[config] = value
            case ConfigOperation.DELETE:
                configs.pop(config, None)
            case ConfigOperation.APPEND | ConfigOperation.SUBTRACT:
                configs[config] = _listed(configs, config, operation, value or "")
            case _:
                raise BrokerError(ErrorCode.INVALID_REQUEST, f"Unknown operations type {operation}")
    return configs


def _listed(configs: Mapping[str, str], config: str, operation: int, value: str) -> str:
    definition = broker_configs().get(config)
    if definition is None:
        raise BrokerError(ErrorCode.INVALID_CONFIG, f"Unknown config name: {config}")
    verb = ConfigOperation(operation).name.lower()
    if definition.type is not ConfigType.LIST:
        raise BrokerError(ErrorCode.INVALID_CONFIG, f"Config value {verb} is not allowed for config key: {config}")
    text = configs.get(config, definition.default) or ""
    old = text.split(",") if text else []
    given = value.split(",")
    if operation == ConfigOperation.APPEND:
        return ",".join([*old, *(part for part in given if part not in old)])
    for part in given:
        if part in old:
            old.remove(part)
    return ",".join(old)
