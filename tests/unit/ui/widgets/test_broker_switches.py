"""Switches of each broker: which fit its state, and why the others do not."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from tests.helpers.played_cluster import played_model
from workbench.cluster.policy import BrokerPhase
from workbench.ui.widgets.broker_switches import TONES, BrokerSwitches


@pytest.mark.parametrize(
    ("phase", "enabled"),
    [
        (BrokerPhase.RUNNING, "pause stop kill"),
        (BrokerPhase.PAUSED, "pause stop kill"),
        (BrokerPhase.KILLED, "start"),
        (BrokerPhase.STOPPED, "start"),
        (BrokerPhase.FAILED, "start"),
        (BrokerPhase.STARTING, "stop kill"),
        (BrokerPhase.STOPPING, "kill"),
    ],
)
def test_switches_fit_the_state(qtbot: QtBot, phase: BrokerPhase, enabled: str) -> None:
    model = played_model(2)
    assert model.local is not None
    model.local.handles[2].phase = phase  # type: ignore[misc]
    switches = BrokerSwitches(lambda _action, _node: None)
    qtbot.addWidget(switches)
    switches.show_brokers(model)
    line = switches.lines[2]
    buttons = {"start": line.start, "pause": line.pause, "stop": line.stop, "kill": line.kill}
    assert [name for name, button in buttons.items() if button.isEnabled()] == sorted(
        enabled.split(), key=list(buttons).index
    )
    for button in buttons.values():
        assert button.isEnabled() or f"broker 2 is {phase.value}" in button.toolTip()


def test_a_switch_runs_its_action_for_its_broker(qtbot: QtBot) -> None:
    ran: list[tuple[str, str]] = []
    switches = BrokerSwitches(lambda action, node: ran.append((action, node)))
    qtbot.addWidget(switches)
    switches.show_brokers(played_model(3))
    switches.lines[3].kill.click()
    switches.lines[1].pause.click()
    assert ran == [("broker.kill", "3"), ("broker.pause", "1")]


def test_every_phase_has_a_tone() -> None:
    assert {phase.value for phase in BrokerPhase} <= set(TONES)
