"""DescribeConfigs: values, sources, synonyms, secrets, refusals."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.helpers.handler_doubles import context, handler_broker
from tests.helpers.metadata_doubles import partition, topic_records
from workbench.embedded_broker.handlers.describe_configs import handle
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import ConfigRecord, DescribeConfigsRequest, DescribeConfigsResponse

TOPIC, BROKER, LOGGER, METRICS, GROUP = 2, 4, 8, 16, 32
UNDER_TEST = handler_broker(
    [
        *topic_records("a", 1, [partition([1])], {"retention.ms": "5"}),
        ConfigRecord(resource_type=4, resource_name="", name="log.segment.bytes", value="2097152"),
        ConfigRecord(resource_type=4, resource_name="1", name="num.io.threads", value="16"),
        ConfigRecord(resource_type=32, resource_name="g", name="consumer.session.timeout.ms", value="50000"),
        ConfigRecord(resource_type=16, resource_name="m", name="interval.ms", value="1000"),
    ],
    {"log.retention.hours": "2", "ssl.keystore.password": "secret", "my.plugin": "x", "num.io.threads": "12"},
)


def answer(version: int, request: DescribeConfigsRequest) -> DescribeConfigsResponse:
    return asyncio.run(handle(UNDER_TEST, context(version), request))  # type: ignore[arg-type]


def describe(
    kind: int, name: str, *keys: str, version: int = 4, **more: Any
) -> tuple[DescribeConfigsResponse.DescribeConfigsResult, dict[str, Any]]:
    resource = DescribeConfigsRequest.DescribeConfigsResource(
        resource_type=kind, resource_name=name, configuration_keys=list(keys) or None
    )
    values = {"include_synonyms": True} | more
    response = answer(version, DescribeConfigsRequest(resources=[resource], **values))
    (result,) = response.results
    return result, {entry.name: entry for entry in result.configs}


def synonyms(entry: Any) -> list[tuple[str, str, int]]:
    return [(s.name, s.value, s.source) for s in entry.synonyms]


def test_a_topic() -> None:
    result, entries = describe(TOPIC, "a")
    assert result.error_code == 0
    assert len(entries) == 33
    retention = entries["retention.ms"]
    assert (retention.value, retention.config_source, retention.config_type) == ("5", 1, 5)
    assert synonyms(retention) == [("retention.ms", "5", 1)]
    segment = entries["segment.bytes"]
    assert (segment.value, segment.config_source) == ("2097152", 3)
    assert synonyms(segment) == [("log.segment.bytes", "2097152", 3), ("log.segment.bytes", "1073741824", 5)]
    assert (entries["flush.ms"].value, entries["flush.ms"].config_source) == ("9223372036854775807", 5)


def test_some_keys_or_all_of_them() -> None:
    assert set(describe(TOPIC, "a", "retention.ms", "nope")[1]) == {"retention.ms"}
    resource = DescribeConfigsRequest.DescribeConfigsResource(
        resource_type=TOPIC, resource_name="a", configuration_keys=[]
    )
    response = answer(4, DescribeConfigsRequest(resources=[resource]))
    assert len(response.results[0].configs) == 33
    assert response.results[0].configs[0].synonyms == []


def test_many_at_once_keep_their_order() -> None:
    resource = DescribeConfigsRequest.DescribeConfigsResource
    request = DescribeConfigsRequest(
        resources=[resource(resource_type=GROUP, resource_name=f"g{index}") for index in range(50)]
    )
    assert [result.resource_name for result in answer(4, request).results] == [f"g{index}" for index in range(50)]


def test_documentation_on_request() -> None:
    assert describe(TOPIC, "a")[1]["retention.ms"].documentation is None
    assert "deleted" in describe(TOPIC, "a", include_documentation=True)[1]["retention.ms"].documentation


def test_a_broker() -> None:
    _, entries = describe(BROKER, "1")
    threads = entries["num.io.threads"]
    assert (threads.value, threads.config_source, threads.read_only) == ("16", 2, False)
    assert synonyms(threads) == [("num.io.threads", "16", 2), ("num.io.threads", "12", 4), ("num.io.threads", "8", 5)]
    assert entries["log.retention.ms"].value is None
    assert (entries["log.retention.hours"].value, entries["log.retention.hours"].config_source) == ("2", 4)
    assert entries["node.id"].read_only
    assert (entries["broker.id"].value, entries["broker.id"].config_source) == ("1", 4)
    assert not any(name.startswith("internal.") for name in entries)


def test_secrets_and_what_nobody_knows_are_not_told() -> None:
    _, entries = describe(BROKER, "1")
    for name in ("ssl.keystore.password", "my.plugin"):
        assert (entries[name].value, entries[name].is_sensitive) == (None, True)
        assert all(synonym.value is None for synonym in entries[name].synonyms)
    assert entries["my.plugin"].config_type == 0


def test_what_holds_for_all_brokers() -> None:
    _, entries = describe(BROKER, "")
    assert {name: (e.value, e.config_source) for name, e in entries.items()} == {
        "log.segment.bytes": ("2097152", 3),
        "min.insync.replicas": ("1", 3),
    }
    assert synonyms(entries["log.segment.bytes"]) == [("log.segment.bytes", "2097152", 3)]


def test_groups_and_client_metrics_exist_as_soon_as_they_are_asked_for() -> None:
    _, entries = describe(GROUP, "g")
    timeout = entries["consumer.session.timeout.ms"]
    assert (timeout.value, timeout.config_source) == ("50000", 8)
    assert synonyms(timeout)[-1] == ("group.consumer.session.timeout.ms", "45000", 5)
    assert describe(GROUP, "other")[1]["share.auto.offset.reset"].value == "latest"
    assert describe(METRICS, "m")[1]["interval.ms"].config_source == 7
    assert describe(METRICS, "other")[1]["interval.ms"].config_source == 5


def test_loggers() -> None:
    entries = describe(LOGGER, "1")[1]
    assert entries["root"].value in ("ERROR", "WARN", "INFO", "DEBUG")
    assert entries["root"].config_source == 6


@pytest.mark.parametrize(
    ("kind", "name", "code"),
    [
        (TOPIC, "x", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION),
        (TOPIC, "a b", ErrorCode.INVALID_TOPIC_EXCEPTION),
        (BROKER, "7", ErrorCode.INVALID_REQUEST),
        (BROKER, "x", ErrorCode.INVALID_REQUEST),
        (LOGGER, "", ErrorCode.INVALID_REQUEST),
        (LOGGER, "7", ErrorCode.INVALID_REQUEST),
        (METRICS, "", ErrorCode.INVALID_REQUEST),
        (GROUP, "", ErrorCode.INVALID_REQUEST),
        (64, "x", ErrorCode.INVALID_REQUEST),
    ],
)
def test_refused(kind: int, name: str, code: ErrorCode) -> None:
    result, entries = describe(kind, name)
    assert result.error_code == code
    assert entries == {}


def test_an_unknown_kind_fails_the_whole_request() -> None:
    resource = DescribeConfigsRequest.DescribeConfigsResource
    request = DescribeConfigsRequest(
        resources=[resource(resource_type=TOPIC, resource_name="a"), resource(resource_type=1, resource_name="b")]
    )
    response = answer(4, request)
    assert [result.error_code for result in response.results] == [ErrorCode.INVALID_REQUEST] * 2
