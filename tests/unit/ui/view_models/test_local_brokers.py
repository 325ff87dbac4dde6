"""The embedded cluster's face: events become signals, states become troubles."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from workbench.broker_contract.messages import MetricsSample
from workbench.cluster.events import BrokerLogged, BrokerPhaseChanged, BrokerSampled, LogLevel, LogLine
from workbench.cluster.policy import BrokerPhase, Failure
from workbench.cluster.rates import BrokerRates
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.rate_history import RateHistory


def _handle(phase: BrokerPhase, failure: Failure | None = None) -> Any:
    return SimpleNamespace(phase=phase, failure=failure)


def _brokers(**handles: Any) -> LocalBrokers:
    made = LocalBrokers(Path("/nowhere"), RateHistory("local", None))
    by_id = {int(name[1:]): handle for name, handle in handles.items()}
    made.cluster = SimpleNamespace(brokers=by_id, bootstrap="localhost:9092")  # type: ignore[assignment]
    return made


def test_a_sample_becomes_a_rate_and_the_first_of_a_process_does_not() -> None:
    brokers = _brokers(n1=_handle(BrokerPhase.RUNNING))
    sample = MetricsSample(at_ms=1, uptime_ms=1000)
    brokers._observe(BrokerSampled(1, sample, BrokerRates()))
    assert list(brokers.rates.of(1)) == []
    brokers._observe(BrokerSampled(1, sample, BrokerRates(interval_ms=1000, bytes_in=5.0, requests=2.0)))
    assert [(found.bytes_in, found.requests) for found in brokers.rates.of(1)] == [(5.0, 2.0)]


def test_lines_and_phases_are_told() -> None:
    brokers = _brokers(n1=_handle(BrokerPhase.RUNNING))
    lines: list[Any] = []
    changed: list[int] = []
    brokers.logged.connect(lambda node, line: lines.append((node, line.text)))
    brokers.broker_changed.connect(changed.append)
    brokers._observe(BrokerLogged(1, LogLine(0, LogLevel.INFO, "hello")))
    brokers._observe(BrokerPhaseChanged(1, BrokerPhase.KILLED, None, None, 0))
    assert lines == [(1, "hello")] and changed == [1]


def test_troubles_leave_running_and_starting_brokers_out() -> None:
    brokers = _brokers(
        n1=_handle(BrokerPhase.RUNNING),
        n2=_handle(BrokerPhase.STARTING),
        n3=_handle(BrokerPhase.STOPPED),
        n4=_handle(BrokerPhase.KILLED),
        n5=_handle(BrokerPhase.FAILED, Failure("The disk is full.", "Free some space.")),
    )
    troubles = {trouble.node_id: trouble for trouble in brokers.troubles()}
    assert sorted(troubles) == [3, 4, 5]
    assert troubles[3].on_purpose and not troubles[4].on_purpose
    assert troubles[5].sentence == "The disk is full."
    assert brokers.running_count == 1 and brokers.any_process


def test_before_it_is_opened_it_has_nothing() -> None:
    brokers = LocalBrokers(Path("/nowhere"), RateHistory("local", None))
    assert (brokers.handles, brokers.bootstrap, brokers.running_count) == ({}, "", 0)
