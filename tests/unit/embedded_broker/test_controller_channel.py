"""The way to whoever controls: patience, retries, and what is not retried."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from workbench.embedded_broker import controller_channel
from workbench.embedded_broker.controller_channel import ControllerChannel
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.quorum.contract import LeaderAndEpoch
from workbench.embedded_broker.requests import ConnectionContext, ConnectionId, RequestContext, Role
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    AllocateProducerIdsRequest,
    AllocateProducerIdsResponse,
    BrokerHeartbeatRequest,
    BrokerHeartbeatResponse,
    CreateTopicsRequest,
    DescribeQuorumRequest,
    DescribeQuorumResponse,
)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller_channel, "RETRY_BACKOFF_S", 0.001)


CONTEXT = RequestContext(19, 7, 1, "app", ConnectionContext(ConnectionId("1"), "PLAINTEXT", Role.BROKER, "127.0.0.1"))


class Cluster:
    """Who leads, and what each attempt to ask comes to."""

    def __init__(self, *outcomes: Any, node_id: int = 1, leader: int | None = 2, local: bool = False) -> None:
        self.outcomes = list(outcomes)
        self.leader = leader
        self.sent: list[tuple[int, Any]] = []
        self.timeouts_s: list[float] = []
        self.channel = ControllerChannel(
            node_id,
            self if local else None,
            lambda: LeaderAndEpoch(self.leader, 1),
            self,  # type: ignore[arg-type]
            self.ask_quorum,
        )

    def _outcome(self) -> Any:
        outcome = self.outcomes.pop(0) if len(self.outcomes) > 1 else self.outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def send(self, node_id: int, message: Any, version: int, timeout_s: float) -> Any:
        self.sent.append((node_id, message))
        self.timeouts_s.append(timeout_s)
        return self._outcome()

    async def ask_quorum(self, context: Any, message: Any) -> Any:
        return DescribeQuorumResponse()

    async def handle(self, message: Any, version: int, *, forwarded: bool) -> Any:
        self.sent.append((0, message))
        assert not forwarded
        return self._outcome()


BEAT = BrokerHeartbeatRequest(broker_id=1)
GOOD = BrokerHeartbeatResponse()


async def test_the_leaders_answer_is_ours() -> None:
    cluster = Cluster(GOOD)
    assert await cluster.channel.ask(BEAT, 1) is GOOD
    assert cluster.sent == [(2, BEAT)]


async def test_in_process_where_we_lead() -> None:
    cluster = Cluster(GOOD, leader=1, local=True)
    assert await cluster.channel.ask(BEAT, 1) is GOOD
    assert cluster.sent == [(0, BEAT)]


@pytest.mark.parametrize(
    "trouble",
    [
        OSError("refused"),
        TimeoutError(),
        BrokerError(ErrorCode.NOT_CONTROLLER),
        BrokerHeartbeatResponse(error_code=ErrorCode.NOT_CONTROLLER),
    ],
)
@pytest.mark.parametrize("local", [True, False])
async def test_trouble_on_the_way_is_tried_again(trouble: Any, local: bool) -> None:
    cluster = Cluster(trouble, trouble, GOOD, leader=1 if local else 2, local=local)
    assert await cluster.channel.ask(BEAT, 1) is GOOD
    assert len(cluster.sent) == 3


async def test_other_errors_are_the_askers() -> None:
    refused = BrokerHeartbeatResponse(error_code=ErrorCode.STALE_BROKER_EPOCH)
    assert await Cluster(refused).channel.ask(BEAT, 1) is refused


async def test_a_refusal_in_process_looks_as_it_does_from_afar() -> None:
    """A broker that is also the controller has to learn that its registration is out of date, as any other."""
    refused = BrokerError(ErrorCode.STALE_BROKER_EPOCH)
    response = await Cluster(refused, leader=1, local=True).channel.ask(BEAT, 1)
    assert isinstance(response, BrokerHeartbeatResponse)
    assert response.error_code == ErrorCode.STALE_BROKER_EPOCH


async def test_time_is_over_while_nobody_leads_and_a_new_leader_is_found() -> None:
    cluster = Cluster(GOOD, leader=None)
    with pytest.raises(BrokerError) as error:
        await cluster.channel.ask(BEAT, 1, 0.02)
    assert error.value.code is ErrorCode.REQUEST_TIMED_OUT and cluster.sent == []

    async def elect() -> None:
        await asyncio.sleep(0.01)
        cluster.leader = 3

    asked, _ = await asyncio.gather(cluster.channel.ask(BEAT, 1, 10), elect())
    assert asked is GOOD and cluster.sent == [(3, BEAT)]


async def test_a_clients_request_is_forwarded_for_a_minute_and_refused_without_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two attempts fit into the minute, so that a controller that stands still is left for the next one."""
    assert controller_channel.FORWARD_TIMEOUT_S == 60
    cluster = Cluster(TimeoutError())
    monkeypatch.setattr(controller_channel, "FORWARD_TIMEOUT_S", 0.02)
    with pytest.raises(BrokerError) as error:
        await cluster.channel.forward(CreateTopicsRequest(timeout_ms=1), 7, CONTEXT)
    assert (error.value.code, error.value.message) == (ErrorCode.REQUEST_TIMED_OUT, None)
    assert len(cluster.sent) > 1
    cluster.outcomes = [GOOD]
    await cluster.channel.ask(BEAT, 1, 50)
    assert cluster.timeouts_s[-1] == 30


async def test_what_is_for_the_quorum_waits_for_a_leader_and_is_answered_here_if_that_is_us() -> None:
    cluster = Cluster(GOOD, leader=None, local=True)

    async def elect() -> None:
        await asyncio.sleep(0.01)
        cluster.leader = 1

    asked, _ = await asyncio.gather(cluster.channel.forward(DescribeQuorumRequest(), 2, CONTEXT), elect())
    assert isinstance(asked, DescribeQuorumResponse) and cluster.sent == []


async def test_an_observer_that_the_quorum_names_as_leader_does_not_answer_itself() -> None:
    """Without a controller of our own there is nothing in process to ask."""
    cluster = Cluster(AllocateProducerIdsResponse(producer_id_len=1), leader=2)
    response = await cluster.channel.ask(AllocateProducerIdsRequest(), 0)
    assert response.producer_id_len == 1 and cluster.sent[0][0] == 2
