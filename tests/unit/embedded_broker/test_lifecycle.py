"""A broker's place in the cluster, against a controller that answers as told."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from tests.helpers.eventually import eventually
from tests.helpers.metadata_doubles import directory_id
from tests.helpers.replica_broker import ReplicaBroker
from workbench.embedded_broker import lifecycle as lifecycle_module
from workbench.embedded_broker.controller_channel import ControllerChannel
from workbench.embedded_broker.errors import BrokerError
from workbench.embedded_broker.lifecycle import BrokerLifecycle, LifecycleState
from workbench.system.known_error import KnownError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    BrokerHeartbeatRequest,
    BrokerHeartbeatResponse,
    BrokerRegistrationRequest,
    BrokerRegistrationResponse,
)


class Controller:
    """Lets brokers in and out; `registrations` and `heartbeats` may be given outcomes to come first."""

    def __init__(self) -> None:
        self.registrations: list[Any] = []
        self.heartbeats: list[Any] = []
        self.asked: list[Any] = []
        self.lets_go = True
        self.unfences = True
        self.epoch = 200

    async def ask(self, request: Any, version: int, timeout_s: float) -> Any:
        request.encode(version)
        self.asked.append(request)
        await asyncio.sleep(0)
        outcomes = self.registrations if isinstance(request, BrokerRegistrationRequest) else self.heartbeats
        if outcomes:
            outcome = outcomes.pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            kind: Any = (
                BrokerRegistrationResponse
                if isinstance(request, BrokerRegistrationRequest)
                else BrokerHeartbeatResponse
            )
            return kind(error_code=outcome)
        if isinstance(request, BrokerRegistrationRequest):
            self.epoch += 1
            return BrokerRegistrationResponse(broker_epoch=self.epoch)
        return BrokerHeartbeatResponse(
            is_caught_up=True,
            is_fenced=request.want_fence or not self.unfences,
            should_shut_down=request.want_shut_down and self.lets_go,
        )

    def beats(self) -> list[BrokerHeartbeatRequest]:
        return [one for one in self.asked if isinstance(one, BrokerHeartbeatRequest)]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lifecycle_module, "RETRY_S", 0.001)


def lifecycle(**settings: str) -> tuple[BrokerLifecycle, Controller, ReplicaBroker]:
    values = {"broker.heartbeat.interval.ms": "5", "broker.rack": "r1"} | settings
    broker = ReplicaBroker(**values)
    controller = Controller()
    return BrokerLifecycle(broker, cast(ControllerChannel, controller), [directory_id(1)]), controller, broker


async def test_registration_tells_who_it_is() -> None:
    one, controller, broker = lifecycle()
    await one.register(77)
    (request,) = controller.asked
    assert (request.broker_id, request.cluster_id, request.rack) == (1, broker.cluster_id, "r1")
    assert [(each.name, each.port) for each in request.listeners] == [("PLAINTEXT", 9092)], "not the controller's"
    assert request.log_dirs == [directory_id(1)] and request.previous_broker_epoch == 77
    assert {each.name for each in request.features} >= {"metadata.version", "kraft.version"}
    assert broker.broker_epoch == 201


async def test_the_incarnation_is_that_of_the_process() -> None:
    one, controller, _ = lifecycle()
    await one.register(-1)
    await one.register(201)
    other, other_controller, _ = lifecycle()
    await other.register(-1)
    first, again = (bytes(request.incarnation_id) for request in controller.asked)
    assert first == again != bytes(other_controller.asked[0].incarnation_id)


@pytest.mark.parametrize(
    "trouble",
    [BrokerError(ErrorCode.REQUEST_TIMED_OUT), ErrorCode.NOT_CONTROLLER, ErrorCode.DUPLICATE_BROKER_REGISTRATION],
)
async def test_what_may_pass_is_waited_for(trouble: Any) -> None:
    one, controller, broker = lifecycle()
    controller.registrations = [trouble, trouble]
    await one.register(-1)
    assert len(controller.asked) == 3 and broker.broker_epoch == 201


@pytest.mark.parametrize(
    ("code", "words", "timeout_ms"),
    [
        (ErrorCode.INCONSISTENT_CLUSTER_ID, "another cluster", "60000"),
        (ErrorCode.UNSUPPORTED_VERSION, "features", "60000"),
        (ErrorCode.DUPLICATE_BROKER_REGISTRATION, "same node.id", "1"),
        (ErrorCode.NOT_CONTROLLER, "did not register", "1"),
    ],
)
async def test_what_cannot_pass_is_for_a_person(code: ErrorCode, words: str, timeout_ms: str) -> None:
    one, controller, _ = lifecycle(**{"initial.broker.registration.timeout.ms": timeout_ms})
    controller.registrations = [code] * 10_000
    with pytest.raises(KnownError, match=words) as refused:
        await one.register(-1)
    assert refused.value.remedy


async def test_it_stays_fenced_until_it_is_ready_and_leaves_when_let_go() -> None:
    one, controller, _ = lifecycle()
    await one.register(-1)
    running = asyncio.ensure_future(one.run())
    await eventually(lambda: len(controller.beats()) >= 2, "it sends heartbeats")
    assert all(beat.want_fence for beat in controller.beats()) and one.state is LifecycleState.STARTING
    one.unfence_when_caught_up()
    await asyncio.wait_for(one.wait_until_unfenced(), 5)
    assert one.state is LifecycleState.RUNNING and not controller.beats()[-1].want_fence
    assert controller.beats()[-1].broker_epoch == 201
    assert await one.leave(5) is True
    await asyncio.wait_for(running, 5)
    assert controller.beats()[-1].want_shut_down
    assert one.state is LifecycleState.GONE


async def test_news_wake_a_fenced_broker() -> None:
    one, controller, _ = lifecycle(**{"broker.heartbeat.interval.ms": "60000"})
    controller.unfences = False
    await one.register(-1)
    one.unfence_when_caught_up()
    running = asyncio.ensure_future(one.run())
    await eventually(lambda: len(controller.beats()) == 1, "the first heartbeat")
    controller.unfences = True
    one.metadata_changed()
    await asyncio.wait_for(one.wait_until_unfenced(), 0.4)
    before = len(controller.beats())
    one.metadata_changed()
    await asyncio.sleep(0.01)
    assert len(controller.beats()) == before, "a running broker keeps its interval"
    running.cancel()


async def test_it_does_not_wait_for_ever_to_be_let_go() -> None:
    one, controller, _ = lifecycle()
    controller.lets_go = False
    await one.register(-1)
    one.unfence_when_caught_up()
    running = asyncio.ensure_future(one.run())
    await one.wait_until_unfenced()
    assert await one.leave(0.03) is False
    await asyncio.wait_for(running, 5)


async def test_without_controllers_it_leaves_all_the_same() -> None:
    """The last brokers of a cluster that stops have no majority that could let them go."""
    one, controller, _ = lifecycle()
    await one.register(-1)
    one.unfence_when_caught_up()
    running = asyncio.ensure_future(one.run())
    await one.wait_until_unfenced()
    controller.heartbeats = [BrokerError(ErrorCode.REQUEST_TIMED_OUT)] * 100
    assert await asyncio.wait_for(one.leave(60), 5) is True
    await asyncio.wait_for(running, 5)


async def test_a_broker_that_never_ran_leaves_at_once() -> None:
    one, controller, _ = lifecycle()
    assert await one.leave(60) is True
    assert controller.asked == []


async def test_a_registration_that_is_out_of_date_is_renewed() -> None:
    one, controller, broker = lifecycle()
    await one.register(-1)
    one.unfence_when_caught_up()
    controller.heartbeats = [ErrorCode.STALE_BROKER_EPOCH]
    running = asyncio.ensure_future(one.run())
    await eventually(lambda: broker.broker_epoch == 202, "it registers again")
    again = [one for one in controller.asked if isinstance(one, BrokerRegistrationRequest)][-1]
    assert again.previous_broker_epoch == 201
    await asyncio.wait_for(one.wait_until_unfenced(), 5)
    running.cancel()


async def test_lost_heartbeats_are_followed_by_others() -> None:
    one, controller, _ = lifecycle()
    await one.register(-1)
    one.unfence_when_caught_up()
    controller.heartbeats = [BrokerError(ErrorCode.REQUEST_TIMED_OUT), ErrorCode.UNKNOWN_SERVER_ERROR]
    running = asyncio.ensure_future(one.run())
    await asyncio.wait_for(one.wait_until_unfenced(), 5)
    assert len(controller.beats()) >= 3
    running.cancel()
