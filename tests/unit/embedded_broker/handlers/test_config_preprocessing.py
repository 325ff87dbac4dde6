"""What a broker checks of a change of configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from tests.helpers.metadata_doubles import feature_records, image_of
from workbench.embedded_broker.controller.configs import ConfigOperation
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.handlers.config_preprocessing import (
    altered_broker_configs,
    check_broker_configs,
    check_entries,
    check_is_this_node,
    check_resource_type,
    check_unique,
)
from workbench.embedded_broker.metadata.effective_configs import ConfigLayers
from workbench.embedded_broker.metadata.image import ConfigResourceType
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ConfigRecord

SET, DELETE, APPEND, SUBTRACT = (
    ConfigOperation.SET,
    ConfigOperation.DELETE,
    ConfigOperation.APPEND,
    ConfigOperation.SUBTRACT,
)


def layers(dynamic: Mapping[str, Mapping[str, str]], static: Mapping[str, str] | None = None) -> ConfigLayers:
    records = [
        ConfigRecord(resource_type=4, resource_name=broker, name=name, value=value)
        for broker, configs in dynamic.items()
        for name, value in configs.items()
    ]
    return ConfigLayers(image_of([*feature_records(elr=False), *records]).configs, 1, static or {})


def test_a_resource_appears_once_and_its_entries_too() -> None:
    check_unique([(2, "a"), (4, "a")], (2, "a"))
    check_entries(["x", "y"], [])
    for broken in (
        lambda: check_unique([(2, "a"), (2, "a")], (2, "a")),
        lambda: check_entries(["x", "x"], []),
        lambda: check_entries(["x", "y"], ["y"]),
    ):
        with pytest.raises(BrokerError) as refused:
            broken()
        assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_types_of_resources_are_known_or_refused() -> None:
    assert check_resource_type(2) is ConfigResourceType.TOPIC
    for unknown in (0, 1, 77, -1):
        with pytest.raises(BrokerError):
            check_resource_type(unknown)


@pytest.mark.parametrize("name", ["2", "one", "", "1x"])
def test_a_broker_takes_changes_for_itself_alone(name: str) -> None:
    check_is_this_node("1", 1)
    with pytest.raises(BrokerError):
        check_is_this_node(name, 1)


@pytest.mark.parametrize(("value", "is_allowed"), [("4", True), ("16", True), ("8", True), ("3", False), ("17", False)])
def test_pools_of_threads_at_most_double_or_halve(value: str, is_allowed: bool) -> None:
    known = layers({}, {"num.io.threads": "8"})
    if is_allowed:
        check_broker_configs(known, "1", {"num.io.threads": value})
    else:
        with pytest.raises(BrokerError) as refused:
            check_broker_configs(known, "1", {"num.io.threads": value})
        assert refused.value.code is ErrorCode.INVALID_REQUEST


def test_what_cannot_be_changed_while_running_is_refused() -> None:
    with pytest.raises(BrokerError):
        check_broker_configs(layers({}), "1", {"node.id": "7"})


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([("log.retention.ms", SET, "7")], {"log.retention.ms": "7"}),
        ([("log.retention.ms", SET, "7"), ("log.retention.ms", DELETE, None)], {}),
        ([("log.cleanup.policy", APPEND, "compact")], {"log.cleanup.policy": "delete,compact"}),
        ([("log.cleanup.policy", APPEND, "delete")], {"log.cleanup.policy": "delete"}),
        (
            [("log.cleanup.policy", SET, "delete,compact"), ("log.cleanup.policy", SUBTRACT, "delete")],
            {"log.cleanup.policy": "compact"},
        ),
    ],
)
def test_steps_are_carried_out_on_what_is_set(
    steps: Sequence[tuple[str, int, str | None]], expected: dict[str, str]
) -> None:
    assert altered_broker_configs(layers({"1": {}}), "1", steps) == expected
    kept = layers({"": {"log.segment.bytes": "2097152"}})
    assert altered_broker_configs(kept, "", steps) == {"log.segment.bytes": "2097152"} | expected


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (("no.such.config", APPEND, "x"), ErrorCode.INVALID_CONFIG),
        (("log.retention.ms", APPEND, "7"), ErrorCode.INVALID_CONFIG),
        (("log.retention.ms", 9, "7"), ErrorCode.INVALID_REQUEST),
    ],
)
def test_steps_that_mean_nothing(step: tuple[str, int, str], code: ErrorCode) -> None:
    with pytest.raises(BrokerError) as refused:
        altered_broker_configs(layers({}), "1", [step])
    assert refused.value.code is code
