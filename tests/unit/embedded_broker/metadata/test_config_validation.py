"""What may be set on which resource."""

from __future__ import annotations

import pytest

from tests.helpers.metadata_doubles import image_of
from workbench.embedded_broker.config_definitions.definition import ConfigError
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.metadata.config_validation import (
    validate_configs,
    validate_dynamic_broker_configs,
    validate_resource_name,
)
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import ConfigResource, ConfigResourceType
from workbench.wire.error_codes import ErrorCode

LAYERS = ConfigLayers(image_of([]).configs, 1, {})
TOPIC, BROKER, GROUP, METRICS = (
    ConfigResourceType.TOPIC,
    ConfigResourceType.BROKER,
    ConfigResourceType.GROUP,
    ConfigResourceType.CLIENT_METRICS,
)


def refusal(kind: ConfigResourceType, configs: dict[str, str], existing: dict[str, str] | None = None) -> object:
    """The code that refuses, or ConfigError, or None."""
    try:
        validate_configs(ConfigResource(kind, "x"), configs, existing or {}, LAYERS)
    except BrokerError as error:
        return error.code
    except ConfigError:
        return ConfigError
    return None


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        (TOPIC, "", ErrorCode.INVALID_REQUEST),
        (TOPIC, "a b", ErrorCode.INVALID_TOPIC_EXCEPTION),
        (BROKER, "x", ErrorCode.INVALID_REQUEST),
        (BROKER, "-4", ErrorCode.INVALID_REQUEST),
        (BROKER, "99999999999", ErrorCode.INVALID_REQUEST),
        (GROUP, "", ErrorCode.INVALID_REQUEST),
        (METRICS, "", ErrorCode.INVALID_REQUEST),
        (ConfigResourceType.BROKER_LOGGER, "1", ErrorCode.INVALID_REQUEST),
    ],
)
def test_names(kind: ConfigResourceType, name: str, code: ErrorCode) -> None:
    with pytest.raises(BrokerError) as error:
        validate_resource_name(ConfigResource(kind, name))
    assert error.value.code == code


def test_good_names() -> None:
    for kind, name in ((TOPIC, "t"), (BROKER, ""), (BROKER, "7"), (GROUP, "g"), (METRICS, "m")):
        validate_resource_name(ConfigResource(kind, name))


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ({"retention.ms": "1"}, None),
        ({"nope": "1"}, ErrorCode.INVALID_CONFIG),
        ({"retention.ms": "x"}, ConfigError),
        ({"retention.ms": "-2"}, ConfigError),
        ({"cleanup.policy": ""}, None),
        ({"cleanup.policy": "rot"}, ConfigError),
        ({"min.compaction.lag.ms": "9", "max.compaction.lag.ms": "8"}, ErrorCode.INVALID_CONFIG),
        ({"remote.storage.enable": "true"}, ConfigError),
        ({"segment.bytes": "1048575"}, ConfigError),
        ({"leader.replication.throttled.replicas": "0:1,1:2"}, None),
        ({"leader.replication.throttled.replicas": "a"}, ConfigError),
    ],
)
def test_topics(configs: dict[str, str], expected: object) -> None:
    assert refusal(TOPIC, configs) == expected


def test_tiered_storage_is_not_turned_off_by_the_way() -> None:
    assert refusal(TOPIC, {}, {"remote.storage.enable": "true"}) == ErrorCode.INVALID_CONFIG
    assert refusal(TOPIC, {"remote.log.delete.on.disable": "true"}, {"remote.storage.enable": "true"}) is None


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ({"consumer.session.timeout.ms": "50000"}, None),
        ({"consumer.session.timeout.ms": "500"}, ErrorCode.INVALID_CONFIG),
        ({"consumer.session.timeout.ms": "70000"}, ErrorCode.INVALID_CONFIG),
        ({"share.auto.offset.reset": "by_duration:PT5M"}, None),
        ({"share.auto.offset.reset": "by_duration:5M"}, ConfigError),
        ({"streams.num.standby.replicas": "3"}, ErrorCode.INVALID_CONFIG),
        ({"nope": "3"}, ErrorCode.INVALID_CONFIG),
    ],
)
def test_groups(configs: dict[str, str], expected: object) -> None:
    assert refusal(GROUP, configs) == expected


@pytest.mark.parametrize(
    ("configs", "expected"),
    [
        ({"interval.ms": "100", "metrics": "a,b", "match": "client_id=.*"}, None),
        ({"interval.ms": "99"}, ErrorCode.INVALID_REQUEST),
        ({"nope": "99"}, ErrorCode.INVALID_REQUEST),
        ({"match": "client_id"}, ErrorCode.INVALID_CONFIG),
        ({"match": "colour=red"}, ErrorCode.INVALID_CONFIG),
        ({"match": "client_id=("}, ErrorCode.INVALID_CONFIG),
    ],
)
def test_client_metrics(configs: dict[str, str], expected: object) -> None:
    assert refusal(METRICS, configs) == expected


@pytest.mark.parametrize(
    ("configs", "per_broker", "message"),
    [
        ({"node.id": "5"}, True, "Cannot update these configs dynamically: [node.id]"),
        ({"ssl.keystore.location": "/k"}, True, "using the listener prefix: [ssl.keystore.location]"),
        ({"listener.name.x.ssl.keystore.location": "/k"}, False, "broker id must be specified"),
        ({"log.cleaner.threads": "x"}, True, "Invalid value x for configuration log.cleaner.threads"),
        ({"leader.replication.throttled.rate": "-1"}, True, "Value must be at least 0"),
    ],
)
def test_dynamic_broker_settings_that_are_refused(configs: dict[str, str], per_broker: bool, message: str) -> None:
    with pytest.raises(ConfigError, match=message.replace("[", r"\[").replace("]", r"\]")):
        validate_dynamic_broker_configs(configs, per_broker=per_broker)


def test_dynamic_broker_settings_that_are_fine() -> None:
    validate_dynamic_broker_configs({"listener.name.x.ssl.keystore.location": "/k"}, per_broker=True)
    validate_dynamic_broker_configs({"log.retention.ms": "5", "somebody.elses": "v"}, per_broker=False)
    validate_dynamic_broker_configs({"listener.name.x.max.connections": "5"}, per_broker=False)
