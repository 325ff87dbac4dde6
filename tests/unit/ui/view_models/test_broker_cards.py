"""Cards of foreign and of own brokers."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.helpers.fake_session import FakeSession, partition, topic
from tests.helpers.played_cluster import played_model
from workbench.broker_contract.messages import ChangeKind, ChangeReported, MetricsSample
from workbench.cluster.events import ClusterChanged
from workbench.cluster.policy import BrokerPhase, Failure
from workbench.cluster.rates import BrokerRates
from workbench.ui.bridge import Bridge
from workbench.ui.view_models.broker_cards import broker_cards
from workbench.ui.view_models.cluster_model import ClusterModel
from workbench.ui.view_models.local_brokers import LocalBrokers
from workbench.ui.view_models.rate_history import RateHistory


def _model(local: LocalBrokers | None = None) -> ClusterModel:
    rates = local.rates if local is not None else RateHistory("c", None)
    made = ClusterModel(Bridge(), "c", "localhost:9092", rank=4, rates=rates, local=local)
    session = FakeSession(brokers=2)
    made.description, made.quorum = session.description, session.quorum
    made.topics = (topic("a", partition(0, 1, (1, 2)), partition(1, 2, (1, 2))),)
    return made


def _own(phase: BrokerPhase, failure: Failure | None = None) -> ClusterModel:
    local = LocalBrokers(Path("/nowhere"), RateHistory("c", None))
    handle: Any = SimpleNamespace(
        phase=phase,
        failure=failure,
        spec=SimpleNamespace(port=9092),
        last_sample=MetricsSample(1, 65_000, memory_bytes=50 * 2**20, log_size_bytes=2**30),
        rates=BrokerRates(1000, bytes_in=2048.0, bytes_out=0.0, cpu=0.06),
        reported_state=None,
        progress=0.4,
        phase_since_ms=int(time.time() * 1000) - 12_000,
    )
    local.cluster = SimpleNamespace(brokers={1: handle}, bootstrap="localhost:9092")  # type: ignore[assignment]
    return _model(local)


def test_a_foreign_broker_has_no_switches() -> None:
    first, second = broker_cards(_model())
    assert (first.node_id, first.rank, first.is_controller) == (1, 0, True)
    assert not second.is_controller and not first.embedded
    assert first.lines[0] == "<b>1</b> leader, <b>2</b> of 2 in sync"
    assert "localhost:9092" in first.lines[1] and "disk 200 B" in first.lines[2]


def test_an_own_running_broker_tells_its_figures() -> None:
    card = broker_cards(_own(BrokerPhase.RUNNING))[0]
    assert card.embedded and card.has_process and not card.alarm
    assert card.lines[1] == "in <b>2.0 KiB/s</b>, out <b>0 B/s</b>"
    assert card.lines[2] == "CPU 6 %, 50.0 MiB, disk 1.0 GiB"
    assert card.foot == "port 9092, up 65 s"


@pytest.mark.parametrize(
    ("phase", "alarm", "words"),
    [
        (BrokerPhase.KILLED, True, "Killed <b>12 s</b> ago"),
        (BrokerPhase.STOPPED, False, "Stopped <b>12 s</b> ago"),
        (BrokerPhase.STARTING, False, "40%"),
    ],
)
def test_a_broker_that_is_down_says_since_when(phase: BrokerPhase, alarm: bool, words: str) -> None:
    card = broker_cards(_own(phase))[0]
    assert words in card.lines[0] and card.alarm is alarm


def test_a_failure_is_told_on_the_card() -> None:
    card = broker_cards(_own(BrokerPhase.FAILED, Failure("The port is taken.")))[0]
    assert card.lines[1] == "The port is taken." and card.alarm


def test_a_killed_broker_of_several_tells_its_process_and_whether_it_is_fenced() -> None:
    model = played_model(3)
    assert model.local is not None
    model.topics = (topic("a", partition(0, 2, (2, 1)), partition(1, 1, (1, 2))),)
    handle: Any = model.local.handles[2]
    handle.become(BrokerPhase.KILLING)
    handle.become(BrokerPhase.KILLED)
    card = broker_cards(model)[1]
    assert "(SIGKILL, pid 4002)" in card.lines[0] and card.spark == () and card.alarm
    assert card.lines[1] == "Not fenced yet: still in 2 ISRs"
    assert card.lines[2] == "Its log, 1.0 MiB, is kept on disk"
    fenced = ChangeReported(ChangeKind.BROKER_FENCED, handle.phase_since_ms + 9_000, 1, (), (2,))
    model.local._observe(ClusterChanged(1, fenced))
    assert broker_cards(model)[1].lines[1].endswith(", 9.0 s later")


def test_leaders_away_from_home_are_told_apart() -> None:
    model = played_model(2)
    model.topics = (topic("a", partition(0, 1, (2, 1)), partition(1, 1, (1, 2))),)
    assert broker_cards(model)[0].lines[0] == "<b>1</b> <i>+1</i> leaders, <b>2</b> of 2 in sync"


def test_a_paused_broker_shows_no_figures_of_before() -> None:
    card = broker_cards(_own(BrokerPhase.PAUSED))[0]
    assert card.lines[1] == "Stands still for <b>12 s</b> (SIGSTOP)"
    assert not any("KiB/s" in line for line in card.lines) and card.spark == ()


def test_a_broker_that_ended_by_itself_restarts() -> None:
    card = broker_cards(_own(BrokerPhase.WAITING))[0]
    assert card.lines[0] == "Ended <b>12 s</b> ago, restarts by itself"
