"""Configs with their layers, and changes to them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.helpers.tiny_broker import TinyBroker
from workbench.client.errors import ClientError
from workbench.client.model import ConfigSource, ConfigSynonym, ConfigType
from workbench.client.session import ClusterSession
from workbench.wire.api_keys import ApiKey
from workbench.wire.messages import DescribeConfigsResponse, IncrementalAlterConfigsResponse


@pytest.fixture
async def session(broker: TinyBroker) -> AsyncIterator[ClusterSession]:
    made = ClusterSession(broker.bootstrap)
    yield made
    await made.close()


def describe(request: Any) -> DescribeConfigsResponse:
    assert request.include_synonyms and request.include_documentation
    entry = DescribeConfigsResponse.DescribeConfigsResourceResult
    synonym = DescribeConfigsResponse.DescribeConfigsSynonym
    configs = [
        entry(name="retention.ms", value="5", config_source=1, config_type=5, synonyms=[synonym(name="a", source=4)]),
        entry(name="password", value=None, is_sensitive=True, config_source=4, config_type=9),
        entry(name="b.default", value="1", config_source=3, config_type=77, documentation="words"),
    ]
    resource = request.resources[0]
    return DescribeConfigsResponse(
        results=[DescribeConfigsResponse.DescribeConfigsResult(resource_name=resource.resource_name, configs=configs)]
    )


async def test_entries_by_name_with_their_layers(session: ClusterSession, broker: TinyBroker) -> None:
    broker.on(ApiKey.DESCRIBE_CONFIGS, describe)
    default, password, retention = await session.topic_configs("orders")
    assert (default.source, default.is_default, default.type) == (ConfigSource.DEFAULT_BROKER, True, ConfigType.UNKNOWN)
    assert default.documentation == "words"
    assert (password.value, password.sensitive) == (None, True)
    assert (retention.source, retention.is_default, retention.type) == (ConfigSource.TOPIC, False, ConfigType.LONG)
    assert retention.synonyms == (ConfigSynonym("a", "", ConfigSource.STATIC_BROKER),)
    broker_default, broker_password, _ = await session.broker_configs(1)
    assert (broker_default.is_default, broker_password.is_default) == (False, False)


async def test_setting_and_putting_back(session: ClusterSession, broker: TinyBroker) -> None:
    codes = iter([(0, None), (40, "Invalid value x for configuration retention.ms")])

    def answer(request: Any) -> IncrementalAlterConfigsResponse:
        code, words = next(codes)
        part = IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
        return IncrementalAlterConfigsResponse(responses=[part(error_code=code, error_message=words)])

    broker.on(ApiKey.INCREMENTAL_ALTER_CONFIGS, answer)
    await session.alter_topic_configs("orders", {"retention.ms": "5", "cleanup.policy": None})
    (request,) = broker.asked("IncrementalAlterConfigsRequest")
    changes = [(c.name, c.config_operation, c.value) for c in request.resources[0].configs]
    assert changes == [("retention.ms", 0, "5"), ("cleanup.policy", 1, None)]
    with pytest.raises(ClientError) as caught:
        await session.alter_broker_configs(None, {"retention.ms": "x"}, validate_only=True)
    assert caught.value.sentence == "Invalid value x for configuration retention.ms."
    assert broker.asked("IncrementalAlterConfigsRequest")[1].resources[0].resource_name == ""
