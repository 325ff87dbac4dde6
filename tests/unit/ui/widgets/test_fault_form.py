"""The form for a fault: fields by kind, reasons beside the button."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from workbench.broker_contract.messages import CLIENTS
from workbench.ui.view_models.faults_model import FAULT_CHOICES, FaultRequest
from workbench.ui.widgets.fault_form import FaultForm


def _form(qtbot: QtBot, reason: str = "") -> FaultForm:
    form = FaultForm(lambda _request: reason)
    qtbot.addWidget(form)
    form.show_brokers({1: ["/d/one"], 2: ["/d/two", "/d/three"], 3: []})
    form.show()
    return form


def _texts(combo: QComboBox) -> list[str]:
    return [combo.itemText(place) for place in range(combo.count())]


def test_fields_follow_the_kind(qtbot: QtBot) -> None:
    form = _form(qtbot)
    for choice in FAULT_CHOICES:
        form.choose(choice.kind)
        assert form.peer.isVisible() == choice.needs_peer
        assert form.delay.isVisible() == choice.needs_delay
        assert form.directory.isVisible() == choice.needs_directory
        assert choice.expect in form._expect.text()


def test_a_peer_is_another_broker_or_the_clients(qtbot: QtBot) -> None:
    form = _form(qtbot)
    form.choose("slow link", 2)
    assert _texts(form.peer) == ["broker 1", "broker 3", "all clients"]
    form.peer.setCurrentIndex(2)
    form.delay.setValue(750)
    form.duration.setCurrentIndex(0)
    assert form.request() == FaultRequest("slow link", 2, CLIENTS, 750, "", 5)
    form.choose("failing directory", 2)
    assert _texts(form.directory) == ["two", "three"]
    assert form.request().directory == "/d/two"


def test_a_clock_may_go_wrong_both_ways_but_no_delay_is_negative(qtbot: QtBot) -> None:
    form = _form(qtbot)
    form.choose("clock skew")
    form.delay.setValue(-5_000)
    assert form.request().delay_ms == -5_000
    form.choose("slow disk")
    form.delay.setValue(-5)
    assert form.request().delay_ms >= 1


def test_the_button_begins_or_says_why_not(qtbot: QtBot) -> None:
    form = _form(qtbot)
    asked: list[FaultRequest] = []
    form.begin_wanted.connect(asked.append)
    form.choose("full disk", 3)
    form.go.click()
    assert [request.node_id for request in asked] == [3]
    refused = _form(qtbot, "Broker 3 is killed.")
    assert not refused.go.isEnabled() and refused.go.toolTip() == "Broker 3 is killed."
    assert refused._reason.isVisible() and refused._reason.text() == "Broker 3 is killed."


def test_the_chosen_broker_stays_when_others_come(qtbot: QtBot) -> None:
    form = _form(qtbot)
    form.choose("pause", 2)
    form.show_brokers({1: [], 2: [], 3: [], 4: []})
    assert form.broker.currentData() == 2 and form.broker.count() == 4
