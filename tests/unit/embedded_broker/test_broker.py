"""What handlers ask of a broker."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.helpers.replica_broker import PROPERTIES, ReplicaBroker
from workbench.broker_contract.messages import FaultKind, FaultRule
from workbench.embedded_broker.broker import Broker, NodeEndpoint
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.embedded_broker.requests import BROKER, ConnectionContext, ConnectionId, RequestContext
from workbench.embedded_broker.settings import settings_from
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import CreateTopicsRequest, VoteRequest


def test_endpoints_are_those_of_the_metadata() -> None:
    broker = ReplicaBroker(racks={2: "r2"})
    assert broker.endpoint_of(2, "PLAINTEXT") == NodeEndpoint(2, "host2", 9092, "r2")
    assert broker.endpoint_of(2, "OTHER") is None and broker.endpoint_of(9, "PLAINTEXT") is None
    broker.fence(2)
    assert broker.endpoint_of(2, "PLAINTEXT") is None


def test_it_is_the_active_controller_only_where_it_has_one_and_leads() -> None:
    broker = ReplicaBroker()
    broker.metadata.handle_leader_change(LeaderAndEpoch(1, 3))
    assert not broker.is_active_controller, "an observer has no controller"
    broker.controller = object()  # type: ignore[assignment]
    assert broker.is_active_controller
    broker.metadata.handle_leader_change(LeaderAndEpoch(2, 4))
    assert not broker.is_active_controller


def test_its_clock_is_as_wrong_as_the_faults_say() -> None:
    broker = Broker(settings_from(PROPERTIES, Path("x")), "cluster")
    before = broker.now_ms()
    broker.faults.set_rules((FaultRule("f", FaultKind.CLOCK_SKEW, delay_ms=10_000_000),))
    assert broker.now_ms() - before >= 10_000_000


def test_kraft_version_is_told_from_level_1_on(monkeypatch: pytest.MonkeyPatch) -> None:
    broker = Broker(settings_from(PROPERTIES, Path("x")), "cluster")

    class Quorum:
        kraft_version = 0

    broker.quorum = Quorum()  # type: ignore[assignment]
    assert broker.finalized_kraft_version() == {}
    monkeypatch.setattr(Quorum, "kraft_version", 1)
    assert broker.finalized_kraft_version() == {"kraft.version": 1}


def test_supported_features_are_spans() -> None:
    features = ReplicaBroker().supported_features()
    assert features["metadata.version"].min <= features["metadata.version"].max
    assert "kraft.version" in features


async def test_administrative_requests_go_the_way_that_was_set() -> None:
    broker = ReplicaBroker()
    seen: list[tuple[object, int, RequestContext]] = []
    context = RequestContext(19, 7, 1, "app", ConnectionContext(ConnectionId("c"), "PLAINTEXT", BROKER, "h"))

    async def forward(message: Any, version: int, one: RequestContext) -> str:
        seen.append((message, version, one))
        return "answer"

    broker.set_forward(forward)
    request = CreateTopicsRequest()
    assert await broker.forward(request, 7, context) == "answer"
    assert seen == [(request, 7, context)]


async def test_a_quorum_request_of_another_cluster_is_refused_without_asking() -> None:
    broker = ReplicaBroker()
    context = RequestContext(52, 2, 1, "app", ConnectionContext(ConnectionId("c"), "CONTROLLER", BROKER, "h"))
    response: Any = await broker.ask_quorum(context, VoteRequest(cluster_id="another", topics=[]))
    assert response.error_code == ErrorCode.INCONSISTENT_CLUSTER_ID
