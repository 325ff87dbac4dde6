"""AlterConfigs and IncrementalAlterConfigs at the controller."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import carry_out, partition, partition_of, state_of, topic_records
from workbench.embedded_broker.controller.configs import alter_configs, incremental_alter_configs
from workbench.embedded_broker.controller.state import ControllerState
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import AlterConfigsRequest, ConfigRecord, IncrementalAlterConfigsRequest

SET, DELETE, APPEND, SUBTRACT = range(4)
TOPIC, BROKER, GROUP = 2, 4, 32


def cluster(*more: Any, elr: bool = True, **settings: Any) -> ControllerState:
    records = topic_records("a", 1, [partition([1, 2], [1], elr=(2,))], {"retention.ms": "5"})
    return state_of(records=[*records, *more], elr=elr, **settings)


def change(
    state: ControllerState, *operations: tuple[str, int, str | None], kind: int = TOPIC, name: str = "a", **more: Any
) -> tuple[int, str | None]:
    forwarded = more.pop("forwarded", True)
    request = IncrementalAlterConfigsRequest(
        resources=[
            IncrementalAlterConfigsRequest.AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[
                    IncrementalAlterConfigsRequest.AlterableConfig(name=n, config_operation=o, value=v)
                    for n, o, v in operations
                ],
            )
        ],
        **more,
    )
    (answer,) = carry_out(state, incremental_alter_configs(state, request, forwarded=forwarded)).responses
    return answer.error_code, answer.error_message


def replace(state: ControllerState, configs: dict[str, str | None], *, kind: int = TOPIC, name: str = "a") -> int:
    request = AlterConfigsRequest(
        resources=[
            AlterConfigsRequest.AlterConfigsResource(
                resource_type=kind,
                resource_name=name,
                configs=[AlterConfigsRequest.AlterableConfig(name=n, value=v) for n, v in configs.items()],
            )
        ]
    )
    (answer,) = carry_out(state, alter_configs(state, request)).responses
    code: int = answer.error_code
    return code


def test_set_delete_append_subtract() -> None:
    state = cluster()
    assert change(state, ("segment.ms", SET, "7"), ("retention.ms", DELETE, None)) == (0, None)
    assert state.image.configs.topic("a") == {"segment.ms": "7"}
    change(state, ("cleanup.policy", APPEND, "compact"), ("segment.ms", DELETE, None))
    assert state.image.configs.topic("a") == {"cleanup.policy": "delete,compact"}
    change(state, ("cleanup.policy", SUBTRACT, "delete,compact"))
    assert state.image.configs.topic("a") == {"cleanup.policy": ""}


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        (("nope", SET, "1"), ErrorCode.INVALID_CONFIG),
        (("nope", DELETE, None), ErrorCode.NONE),
        (("nope", APPEND, "x"), ErrorCode.INVALID_CONFIG),
        (("retention.ms", APPEND, "1"), ErrorCode.INVALID_CONFIG),
        (("retention.ms", SET, "-2"), ErrorCode.INVALID_CONFIG),
        (("segment.ms", DELETE, None), ErrorCode.NONE),
        (("retention.ms", SET, "1" * 40_000), ErrorCode.INVALID_CONFIG),
        (("retention.ms", 9, "1"), ErrorCode.UNKNOWN_SERVER_ERROR),
    ],
)
def test_single_operations(operation: tuple[str, int, str | None], code: ErrorCode) -> None:
    state = cluster()
    before = dict(state.image.configs.topic("a"))
    assert change(state, operation)[0] == code
    assert state.image.configs.topic("a") == before


def test_one_bad_key_stops_the_whole_resource() -> None:
    state = cluster()
    assert change(state, ("segment.ms", SET, "7"), ("retention.ms", SET, "x"))[0] == ErrorCode.INVALID_CONFIG
    assert state.image.configs.topic("a") == {"retention.ms": "5"}


def test_validating_changes_nothing() -> None:
    state = cluster()
    assert change(state, ("segment.ms", SET, "7"), validate_only=True)[0] == 0
    assert state.image.configs.topic("a") == {"retention.ms": "5"}


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        (TOPIC, "x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (TOPIC, "a b", ErrorCode.INVALID_TOPIC_EXCEPTION),
        (BROKER, "9", ErrorCode.BROKER_ID_NOT_REGISTERED),
        (BROKER, "x", ErrorCode.INVALID_REQUEST),
        (64, "x", ErrorCode.UNSUPPORTED_VERSION),
        (0, "x", ErrorCode.UNSUPPORTED_VERSION),
        (BROKER, "1", ErrorCode.NONE),
        (BROKER, "", ErrorCode.NONE),
    ],
)
def test_resources(kind: int, name: str, code: ErrorCode) -> None:
    assert change(cluster(), ("log.cleaner.threads", DELETE, None), kind=kind, name=name)[0] == code


def test_brokers_get_a_record_even_for_the_value_they_have() -> None:
    state = cluster()
    change(state, ("num.io.threads", SET, "9"), kind=BROKER, name="1")
    before = state.image.offset
    change(state, ("num.io.threads", SET, "9"), kind=BROKER, name="1")
    assert state.image.offset == before + 1
    change(state, ("retention.ms", SET, "5"))
    assert state.image.offset == before + 1


def test_min_isr_belongs_to_the_cluster_and_topics_while_elr_is_on() -> None:
    state = cluster()
    assert change(state, ("min.insync.replicas", SET, "1"), kind=BROKER, name="1")[0] == ErrorCode.INVALID_CONFIG
    assert change(state, ("min.insync.replicas", DELETE, None), kind=BROKER, name="")[0] == ErrorCode.INVALID_CONFIG
    assert change(state, ("min.insync.replicas", SET, "2"), kind=BROKER, name="")[0] == 0
    assert partition_of(state, "a").elr == ()
    without = cluster(elr=False)
    assert change(without, ("min.insync.replicas", SET, "1"), kind=BROKER, name="1")[0] == 0
    assert partition_of(without, "a").elr == (2,)


def test_a_topics_min_isr_clears_its_own_elr() -> None:
    state = cluster(*topic_records("b", 2, [partition([1, 2], [1], elr=(2,))]))
    assert change(state, ("min.insync.replicas", SET, "2"))[0] == 0
    assert partition_of(state, "a").elr == ()
    assert partition_of(state, "b").elr == (2,)


def test_cordoning_through_the_controller_may_only_shrink() -> None:
    state = cluster(ConfigRecord(resource_type=4, resource_name="1", name="cordoned.log.dirs", value="/a,/b"))
    wish = ("cordoned.log.dirs", SET, "/a")
    assert change(state, wish, kind=BROKER, name="1", forwarded=False)[0] == 0
    wish = ("cordoned.log.dirs", SET, "/a,/c")
    assert change(state, wish, kind=BROKER, name="1", forwarded=False)[0] == ErrorCode.INVALID_CONFIG
    assert change(state, wish, kind=BROKER, name="1")[0] == 0
    old = cluster(metadata_version=29)
    assert change(old, wish, kind=BROKER, name="1")[0] == ErrorCode.INVALID_CONFIG


def test_the_older_form_removes_what_it_does_not_name() -> None:
    state = cluster()
    assert replace(state, {"segment.ms": "7"}) == 0
    assert state.image.configs.topic("a") == {"segment.ms": "7"}
    assert replace(state, {"segment.ms": "x"}) == ErrorCode.INVALID_CONFIG
    assert replace(state, {}) == 0
    assert state.image.configs.topic("a") == {}
    assert replace(state, {}, name="x") == ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    assert replace(state, {}, kind=8, name="1") == ErrorCode.INVALID_REQUEST
    assert replace(state, {}, kind=64) == ErrorCode.UNSUPPORTED_VERSION
    assert replace(state, {}, kind=BROKER, name="") == ErrorCode.INVALID_CONFIG


def test_groups_may_be_configured_before_they_exist() -> None:
    state = cluster()
    assert change(state, ("consumer.session.timeout.ms", SET, "50000"), kind=GROUP, name="g")[0] == 0
    assert change(state, ("consumer.session.timeout.ms", SET, "5"), kind=GROUP, name="g")[0] == ErrorCode.INVALID_CONFIG


def test_a_resource_named_twice_is_refused_once() -> None:
    resource = IncrementalAlterConfigsRequest.AlterConfigsResource(resource_type=TOPIC, resource_name="a")
    request = IncrementalAlterConfigsRequest(resources=[resource, resource])
    (answer,) = incremental_alter_configs(cluster(), request).response.responses
    assert (answer.error_code, answer.error_message) == (ErrorCode.INVALID_REQUEST, "Duplicate resource.")
