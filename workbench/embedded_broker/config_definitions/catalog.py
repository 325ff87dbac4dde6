"""Look-ups over all configuration definitions.

Invariant: each table is built once, when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from workbench.embedded_broker.config_definitions.definition import ConfigDefinition, ConfigType, Importance, UpdateMode
from workbench.embedded_broker.config_definitions.synonyms import broker_synonyms, listener_override
from workbench.embedded_broker.config_definitions.validators import Range

_LARGEST_LONG = "9223372036854775807"

_CLUSTER_LEVEL_LISTENER_CONFIGS = frozenset({"max.connections", "max.connection.creation.rate", "num.network.threads"})


@cache
def broker_configs() -> Mapping[str, ConfigDefinition]:
    """What a properties file may hold, by name."""
    from workbench.embedded_broker.config_definitions.broker_coordinator_configs import COORDINATOR_CONFIGS
    from workbench.embedded_broker.config_definitions.broker_log_configs import LOG_CONFIGS
    from workbench.embedded_broker.config_definitions.broker_security_configs import SECURITY_CONFIGS
    from workbench.embedded_broker.config_definitions.broker_server_configs import SERVER_CONFIGS

    every = (*SERVER_CONFIGS, *LOG_CONFIGS, *COORDINATOR_CONFIGS, *SECURITY_CONFIGS)
    return MappingProxyType({definition.name: definition for definition in every})


@cache
def broker_quota_configs() -> Mapping[str, ConfigDefinition]:
    """Broker configurations that exist only dynamically: the replication throttles, in bytes a second."""
    names = (
        "leader.replication.throttled.rate",
        "follower.replication.throttled.rate",
        "replica.alter.log.dirs.io.max.bytes.per.second",
    )
    return MappingProxyType(
        {
            name: ConfigDefinition(name, ConfigType.LONG, _LARGEST_LONG, Range(0), update_mode=UpdateMode.CLUSTER_WIDE)
            for name in names
        }
    )


@cache
def dynamic_broker_configs() -> Mapping[str, ConfigDefinition]:
    """Broker configurations that may change while brokers run."""
    dynamic = {n: d for n, d in broker_configs().items() if d.update_mode is not UpdateMode.READ_ONLY}
    return MappingProxyType({**dynamic, **broker_quota_configs()})


@cache
def topic_configs() -> Mapping[str, ConfigDefinition]:
    from workbench.embedded_broker.config_definitions.topic_configs import TOPIC_CONFIGS

    return MappingProxyType({definition.name: definition for definition in TOPIC_CONFIGS})


@cache
def group_configs() -> Mapping[str, ConfigDefinition]:
    from workbench.embedded_broker.config_definitions.group_configs import GROUP_CONFIGS

    return MappingProxyType({definition.name: definition for definition in GROUP_CONFIGS})


@cache
def client_metrics_configs() -> Mapping[str, ConfigDefinition]:
    from workbench.embedded_broker.config_definitions.client_metrics_configs import CLIENT_METRICS_CONFIGS

    return MappingProxyType({definition.name: definition for definition in CLIENT_METRICS_CONFIGS})


def broker_config(name: str) -> ConfigDefinition | None:
    """The definition behind a name in a broker's configuration, listener overrides included; None if unknown."""
    definition = broker_configs().get(name) or broker_quota_configs().get(name)
    if definition is not None:
        return definition
    for synonym in broker_synonyms(name):
        definition = broker_configs().get(synonym)
        if definition is not None:
            return definition
    return None


def is_per_broker(name: str) -> bool:
    """Whether a dynamic configuration can only be set on one broker, not on all."""
    definition = broker_configs().get(name)
    if definition is not None:
        return definition.update_mode is UpdateMode.PER_BROKER
    rest = listener_override(name)
    return rest is not None and rest not in _CLUSTER_LEVEL_LISTENER_CONFIGS


__all__ = [
    "ConfigDefinition",
    "ConfigType",
    "Importance",
    "UpdateMode",
    "broker_config",
    "broker_configs",
    "broker_quota_configs",
    "client_metrics_configs",
    "dynamic_broker_configs",
    "group_configs",
    "is_per_broker",
    "topic_configs",
]
