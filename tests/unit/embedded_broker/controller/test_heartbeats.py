"""Sessions of brokers: time-outs, and what a heartbeat leads to."""

from __future__ import annotations

import pytest

from workbench.embedded_broker.controller.heartbeats import BrokerControlState, BrokerHeartbeats

FENCED, UNFENCED, LEAVING, GO = (
    BrokerControlState.FENCED,
    BrokerControlState.UNFENCED,
    BrokerControlState.CONTROLLED_SHUTDOWN,
    BrokerControlState.SHUTDOWN_NOW,
)


def sessions(*brokers: int) -> BrokerHeartbeats:
    result = BrokerHeartbeats(9_000)
    for broker in brokers:
        result.register(broker)
    return result


def state(
    found: BrokerHeartbeats,
    *,
    fenced: bool,
    want_fence: bool = False,
    want_shut_down: bool = False,
    offset: int = 10,
    leaderships: bool = False,
    active: frozenset[int] = frozenset(),
) -> BrokerControlState:
    return found.next_state(
        1,
        fenced=fenced,
        want_fence=want_fence,
        want_shut_down=want_shut_down,
        metadata_offset=offset,
        register_record_offset=10,
        has_leaderships=leaderships,
        active_brokers=active,
    )[1]


def test_a_session_lasts_so_long_and_for_one_process() -> None:
    found = sessions(1)
    assert not found.has_valid_session(1, 5, 0)
    found.contact(1, 5, 1_000)
    assert found.has_valid_session(1, 5, 9_999)
    assert not found.has_valid_session(1, 5, 10_000)
    assert not found.has_valid_session(1, 6, 1_001)
    assert found.next_expiry_ms() == 10_000


def test_expired_sessions_are_told_once_oldest_first() -> None:
    found = sessions(1, 2, 3)
    found.contact(2, 7, 5)
    found.contact(1, 8, 6)
    found.contact(3, 9, 9_000)
    assert found.expired(9_006) == [(2, 7), (1, 8)]
    assert found.expired(9_006) == []
    assert sessions().next_expiry_ms() is None


def test_strangers_have_no_session() -> None:
    found = sessions()
    found.contact(1, 5, 0)
    assert not found.has_valid_session(1, 5, 0)
    with pytest.raises(KeyError):
        found.session(1)


@pytest.mark.parametrize(
    ("fenced", "wishes", "expected"),
    [
        (True, {}, UNFENCED),
        (True, {"offset": 9}, FENCED),
        (True, {"want_fence": True}, FENCED),
        (True, {"want_shut_down": True}, GO),
        (False, {}, UNFENCED),
        (False, {"want_fence": True}, FENCED),
        (False, {"want_fence": True, "want_shut_down": True}, GO),
        (False, {"want_shut_down": True}, GO),
        (False, {"want_shut_down": True, "leaderships": True}, LEAVING),
    ],
)
def test_what_a_heartbeat_leads_to(fenced: bool, wishes: dict[str, bool], expected: BrokerControlState) -> None:
    assert state(sessions(1), fenced=fenced, **wishes) is expected  # type: ignore[arg-type]


def test_leaving_waits_for_leaders_to_move_and_for_the_others_to_know() -> None:
    found = sessions(1, 2)
    found.begin_controlled_shutdown(1, 50)
    found.begin_controlled_shutdown(1, 90)
    assert found.session(1).controlled_shutdown_offset == 50
    active = frozenset({1, 2})
    found.touch(2, fenced=False, metadata_offset=49)
    assert state(found, fenced=False, want_shut_down=True, leaderships=True, active=active) is LEAVING
    assert state(found, fenced=False, want_shut_down=True, active=active) is LEAVING
    found.touch(2, fenced=False, metadata_offset=50)
    assert state(found, fenced=False, want_shut_down=True, active=active) is GO


def test_the_last_broker_may_go_at_once() -> None:
    found = sessions(1)
    found.begin_controlled_shutdown(1, 50)
    assert state(found, fenced=False, want_shut_down=True, active=frozenset({1})) is GO


def test_fencing_ends_a_controlled_shutdown() -> None:
    found = sessions(1)
    found.begin_controlled_shutdown(1, 50)
    found.touch(1, fenced=True, metadata_offset=60)
    assert not found.session(1).shutting_down


def test_a_new_process_starts_with_unknown_offsets() -> None:
    found = sessions(1)
    found.contact(1, 5, 0)
    found.touch(1, fenced=False, metadata_offset=60)
    found.forget_unless_contacted(1)
    assert found.session(1).metadata_offset == -1
    assert found.has_valid_session(1, 5, 1)
    found.remove(1)
    assert found.lowest_active_offset(frozenset({1})) > 1 << 60
