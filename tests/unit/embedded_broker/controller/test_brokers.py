"""Registration, heartbeats, fencing, leaving."""

from __future__ import annotations

from typing import Any

import pytest

from tests.helpers.metadata_doubles import (
    CLUSTER_ID,
    carry_out,
    directory_id,
    partition,
    partition_of,
    state_of,
    topic_records,
)
from workbench.embedded_broker.controller.brokers import (
    HeartbeatDecision,
    broker_heartbeat,
    expired_session_records,
    register_broker,
    register_controller,
    unregister_broker,
)
from workbench.embedded_broker.controller.state import ControllerState
from workbench.embedded_broker.errors import BrokerError
from workbench.wire.error_codes import ErrorCode
from workbench.wire.messages import (
    BrokerHeartbeatRequest,
    BrokerRegistrationRequest,
    ControllerRegistrationRequest,
    UnregisterBrokerRequest,
)

Feature = BrokerRegistrationRequest.Feature
FEATURES = {"metadata.version": (7, 30), "kraft.version": (0, 1), "eligible.leader.replicas.version": (0, 1)}


def registration(broker_id: int = 4, incarnation: bytes = b"n" * 16, **more: Any) -> BrokerRegistrationRequest:
    features = more.pop("features", FEATURES)
    values: dict[str, Any] = {
        "cluster_id": CLUSTER_ID,
        "log_dirs": [directory_id(broker_id)],
        "rack": "r",
        "listeners": [BrokerRegistrationRequest.Listener(name="PLAINTEXT", host="h", port=9092)],
    }
    return BrokerRegistrationRequest(
        broker_id=broker_id,
        incarnation_id=incarnation,
        features=[
            Feature(name=name, min_supported_version=low, max_supported_version=high)
            for name, (low, high) in features.items()
        ],
        **(values | more),
    )


def register(state: ControllerState, request: BrokerRegistrationRequest, version: int = 4, now_ms: int = 0) -> int:
    response = carry_out(
        state,
        register_broker(state, request, version, next_offset=state.image.offset + 1, now_ms=now_ms),
    )
    epoch: int = response.broker_epoch
    return epoch


def beat(state: ControllerState, broker_id: int = 4, **more: Any) -> HeartbeatDecision:
    epoch = state.image.cluster.broker_epoch(broker_id)
    values = {"broker_epoch": epoch, "current_metadata_offset": state.image.offset} | more
    decision: HeartbeatDecision = carry_out(
        state, broker_heartbeat(state, BrokerHeartbeatRequest(broker_id=broker_id, **values))
    )
    return decision


def test_a_new_broker_is_fenced_until_it_caught_up() -> None:
    state = state_of()
    epoch = register(state, registration())
    broker = state.image.cluster.brokers[4]
    assert (broker.epoch, broker.fenced, broker.rack, broker.directories) == (epoch, True, "r", (directory_id(4),))
    behind = beat(state, current_metadata_offset=epoch - 1).response
    assert (behind.is_fenced, behind.is_caught_up) == (True, False)
    assert beat(state, want_fence=True).response.is_fenced
    caught_up = beat(state).response
    assert (caught_up.is_fenced, caught_up.is_caught_up) == (False, True)
    assert not state.image.cluster.brokers[4].fenced


def test_the_epoch_is_where_the_log_ended() -> None:
    state = state_of()
    end = state.image.offset + 1
    assert register(state, registration()) == end


def test_the_same_process_may_register_again() -> None:
    state = state_of()
    epoch = register(state, registration())
    beat(state)
    state.heartbeats.contact(4, epoch, 0)
    assert register(state, registration(rack="s")) == epoch
    broker = state.image.cluster.brokers[4]
    assert (broker.rack, broker.fenced) == ("s", False)


def test_another_process_waits_for_the_session_to_end() -> None:
    state = state_of()
    epoch = register(state, registration())
    state.heartbeats.contact(4, epoch, 0)
    elsewhere = registration(incarnation=b"m" * 16, log_dirs=[directory_id(9)])
    with pytest.raises(BrokerError) as error:
        register(state, elsewhere, now_ms=8_999)
    assert error.value.code == ErrorCode.DUPLICATE_BROKER_REGISTRATION
    assert register(state, elsewhere, now_ms=9_000) > epoch


def test_a_process_that_holds_the_same_directories_need_not_wait() -> None:
    state = state_of()
    epoch = register(state, registration())
    beat(state)
    state.heartbeats.contact(4, epoch, 0)
    assert register(state, registration(incarnation=b"m" * 16), now_ms=1) > epoch
    assert state.image.cluster.brokers[4].fenced


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (registration(cluster_id="other"), ErrorCode.INCONSISTENT_CLUSTER_ID),
        (registration(is_migrating_zk_broker=True), ErrorCode.BROKER_ID_NOT_REGISTERED),
        (registration(log_dirs=[]), ErrorCode.INVALID_REGISTRATION),
        (registration(log_dirs=[(1).to_bytes(16)]), ErrorCode.INVALID_REGISTRATION),
        (registration(log_dirs=[directory_id(4)] * 2), ErrorCode.INVALID_REGISTRATION),
        (registration(log_dirs=[directory_id(2)]), ErrorCode.INVALID_REGISTRATION),
        (registration(features={}), ErrorCode.INVALID_REGISTRATION),
        (registration(features=FEATURES | {"metadata.version": (7, 29)}), ErrorCode.UNSUPPORTED_VERSION),
        (registration(features={"metadata.version": (7, 30)}), ErrorCode.UNSUPPORTED_VERSION),
    ],
)
def test_refused(request_: BrokerRegistrationRequest, code: ErrorCode) -> None:
    with pytest.raises(BrokerError) as error:
        register(state_of(), request_)
    assert error.value.code == code


@pytest.mark.parametrize(("version", "clean", "elr"), [(4, True, (4,)), (4, False, ()), (2, True, ())])
def test_what_the_former_process_left_counts_only_if_it_ended_cleanly(
    version: int, clean: bool, elr: tuple[int, ...]
) -> None:
    state = state_of((1, 4), topic_records("a", 1, [partition([4], leader=4)]))
    again = registration(incarnation=b"m" * 16, previous_broker_epoch=104 if clean else -1)
    register(state, again, version, now_ms=9_000)
    assert partition_of(state, "a").elr == elr
    beat(state)
    # Even after an unclean end the only replica leads again, as the last known leader.
    assert partition_of(state, "a").leader == 4
    assert partition_of(state, "a").leader_recovery_state == (0 if elr else 1)


def test_heartbeats_of_strangers_and_of_the_past_are_refused() -> None:
    state = state_of()
    for broker_id, epoch in ((9, 1), (2, 55)):
        with pytest.raises(BrokerError) as error:
            broker_heartbeat(state, BrokerHeartbeatRequest(broker_id=broker_id, broker_epoch=epoch))
        assert error.value.code == ErrorCode.STALE_BROKER_EPOCH


def test_leaving_in_order() -> None:
    state = state_of(records=topic_records("a", 1, [partition([2, 3]), partition([3, 2])]))
    decision = beat(state, 2, want_shut_down=True)
    assert decision.in_controlled_shutdown
    assert not decision.response.should_shut_down
    assert partition_of(state, "a", 0).leader == 3
    state.heartbeats.begin_controlled_shutdown(2, state.image.offset)
    for other in (1, 3):
        beat(state, other)
    assert beat(state, 2, want_shut_down=True).response.should_shut_down
    assert state.image.cluster.brokers[2].fenced
    assert not state.heartbeats.session(2).shutting_down


def test_a_broker_without_leaderships_may_go_at_once() -> None:
    state = state_of()
    assert beat(state, 2, want_shut_down=True).response.should_shut_down
    before = state.image
    assert beat(state, 2, want_shut_down=True).response.should_shut_down
    assert state.image is before


def test_directories_that_failed_or_are_cordoned_are_noted() -> None:
    state = state_of(records=topic_records("a", 1, [partition([2, 3])]))
    beat(state, 2, offline_log_dirs=[directory_id(2)], cordoned_log_dirs=[directory_id(2)])
    assert partition_of(state, "a").leader == 3
    assert state.image.cluster.brokers[2].cordoned_directories == (directory_id(2),)


def test_silence_fences() -> None:
    state = state_of(records=topic_records("a", 1, [partition([2, 3])]))
    assert expired_session_records(state, 2, 55) == []
    assert expired_session_records(state, 9, 55) == []
    carry_out(state, expired_session_records(state, 2, 102))
    assert state.image.cluster.brokers[2].fenced
    assert partition_of(state, "a").leader == 3
    assert expired_session_records(state, 2, 102) == []


def test_unregistering() -> None:
    state = state_of(records=topic_records("a", 1, [partition([2, 3])]))
    carry_out(state, unregister_broker(state, UnregisterBrokerRequest(broker_id=2)))
    assert set(state.image.cluster.brokers) == {1, 3}
    with pytest.raises(BrokerError) as error:
        unregister_broker(state, UnregisterBrokerRequest(broker_id=2))
    assert error.value.code == ErrorCode.BROKER_ID_NOT_REGISTERED


def test_controllers_register() -> None:
    state = state_of()
    request = ControllerRegistrationRequest(
        controller_id=7,
        incarnation_id=b"c" * 16,
        listeners=[ControllerRegistrationRequest.Listener(name="CONTROLLER", host="h", port=9193)],
        features=[
            ControllerRegistrationRequest.Feature(
                name="metadata.version", min_supported_version=7, max_supported_version=30
            )
        ],
    )
    carry_out(state, register_controller(state, request))
    assert state.image.cluster.controllers[7].listeners["CONTROLLER"].host == "h"
    with pytest.raises(BrokerError) as error:
        register_controller(state_of(metadata_version=14, elr=False), request)
    assert error.value.code == ErrorCode.UNSUPPORTED_VERSION
