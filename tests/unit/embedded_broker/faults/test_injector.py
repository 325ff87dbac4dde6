"""What the rules in force mean."""

from __future__ import annotations

import errno
import threading
import time

import pytest

from workbench.broker_contract.messages import CLIENTS, FaultKind, FaultRule
from workbench.embedded_broker.faults.injector import FaultInjector


def rule(kind: FaultKind, **fields: object) -> FaultRule:
    return FaultRule("f", kind, **fields)  # type: ignore[arg-type]


def test_without_rules_nothing_is_touched() -> None:
    injector = FaultInjector()
    assert not injector.touches_requests and not injector.touches_disk and injector.clock_skew_ms == 0
    injector.before_write("/logs/t-0/x.log")


@pytest.mark.parametrize(
    ("client_id", "peer"),
    [
        ("broker-2-fetcher-1", "2"),
        ("broker-13", "13"),
        ("raft-client-3", "3"),
        ("app", CLIENTS),
        ("my-broker-2", CLIENTS),
        ("", CLIENTS),
    ],
)
def test_peers_are_told_by_their_client_ids(client_id: str, peer: str) -> None:
    assert FaultInjector.peer_of(client_id) == peer


def test_links_are_cut_or_slow_by_peer() -> None:
    injector = FaultInjector()
    injector.set_rules((rule(FaultKind.CUT_LINK, peer="2"), rule(FaultKind.SLOW_LINK, peer=CLIENTS, delay_ms=250)))
    assert injector.is_cut("2") and not injector.is_cut("3") and not injector.is_cut(CLIENTS)
    assert injector.link_delay_s(CLIENTS) == 0.25 and injector.link_delay_s("2") == 0.0
    assert injector.touches_requests and not injector.touches_disk


def test_a_full_disk_takes_no_writes_but_can_be_read() -> None:
    injector = FaultInjector()
    injector.set_rules((rule(FaultKind.FULL_DISK),))
    injector.before_read("/logs/x")
    with pytest.raises(OSError) as refused:
        injector.before_write("/logs/x")
    assert refused.value.errno == errno.ENOSPC


def test_a_failing_directory_fails_below_it_only() -> None:
    injector = FaultInjector()
    injector.set_rules((rule(FaultKind.FAILING_DIRECTORY, path="/logs/b"),))
    injector.before_write("/logs/a/x")
    for ask in (injector.before_read, injector.before_write):
        with pytest.raises(OSError) as refused:
            ask("/logs/b/x")
        assert refused.value.errno == errno.EIO


def test_a_slow_disk_takes_its_time() -> None:
    injector = FaultInjector()
    injector.set_rules((rule(FaultKind.SLOW_DISK, delay_ms=20), rule(FaultKind.SLOW_DISK, delay_ms=5)))
    took: list[float] = []

    def write() -> None:
        began = time.monotonic()
        assert not injector.before_write("/logs/x")
        took.append(time.monotonic() - began)

    worker = threading.Thread(target=write)
    worker.start()
    worker.join()
    assert took[0] >= 0.019, "the slowest rule counts"
    assert injector.owed_s == 0


def test_a_slow_disk_never_stops_the_event_loop() -> None:
    """Or the quorum that it leads would miss it; what the writes should have taken is counted for who answers."""
    injector = FaultInjector()
    injector.set_rules((rule(FaultKind.SLOW_DISK, delay_ms=5_000),))
    began = time.monotonic()
    assert injector.before_write("/logs/x") and injector.before_write("/logs/y")
    assert time.monotonic() - began < 1 and injector.owed_s == 10.0
    assert injector.touches_requests
    injector.set_rules(())
    assert not injector.before_write("/logs/x")
    assert injector.owed_s == 10.0 and not injector.touches_requests


def test_new_rules_replace_the_old_ones_and_are_told() -> None:
    injector = FaultInjector()
    heard: list[bool] = []
    injector.on_change(lambda: heard.append(injector.touches_requests))
    injector.set_rules((rule(FaultKind.CUT_LINK, peer="2"), rule(FaultKind.CLOCK_SKEW, delay_ms=-5_000)))
    assert injector.clock_skew_ms == -5_000
    injector.set_rules(())
    assert injector.clock_skew_ms == 0 and not injector.is_cut("2")
    assert heard == [True, False]
