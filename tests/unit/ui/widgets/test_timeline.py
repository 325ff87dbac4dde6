"""The timeline's drawing: follows now, stands still, zooms, and tells everything in words too."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from workbench.broker_contract.messages import ChangeKind, ChangeReported
from workbench.cluster.events import BrokerPhaseChanged, ClusterChanged, FaultBegan
from workbench.cluster.policy import BrokerPhase
from workbench.ui.theme import ThemeChoice, theme
from workbench.ui.view_models.timeline_model import TimelineModel
from workbench.ui.widgets import timeline
from workbench.ui.widgets.timeline import LANE_PX, NAME_PX, Timeline


def _model() -> TimelineModel:
    model = TimelineModel()
    now = time.time_ns() // 1_000_000
    for phase, ago in ((BrokerPhase.STARTING, 29_000), (BrokerPhase.RUNNING, 28_000), (BrokerPhase.KILLING, 15_000)):
        model.take(BrokerPhaseChanged(2, phase, None, None, now - ago))
    model.take(ClusterChanged(1, ChangeReported(ChangeKind.ISR_SHRANK, now - 6_000, 19)))
    model.take(FaultBegan("f1", "slow disk of broker 1", (1,), now - 5_000))
    return model


def _shown(qtbot: QtBot, model: TimelineModel | None = None) -> Timeline:
    view = Timeline()
    qtbot.addWidget(view)
    view.resize(1000, 200)
    view.show_model(model or _model())
    view.show()
    view.grab()
    return view


def test_it_follows_now_until_it_is_paused(qtbot: QtBot) -> None:
    view = _shown(qtbot)
    assert not view.is_paused and view.words().endswith("to now")
    first, last = view.shown_range()
    assert last - first == 30_000 and last >= time.time_ns() // 1_000_000
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.is_paused and view.words().startswith("paused at")
    held = view.shown_range()
    assert view.shown_range() == held
    QTest.keyClick(view, Qt.Key.Key_End)
    assert not view.is_paused


def test_keys_move_and_zoom_and_go_to_the_first_cause(qtbot: QtBot) -> None:
    view = _shown(qtbot)
    before = view.shown_range()
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view.is_paused and view.shown_range()[1] < before[1]
    QTest.keyClick(view, Qt.Key.Key_Minus)
    first, last = view.shown_range()
    assert last - first == 60_000
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Plus)
    QTest.keyClick(view, Qt.Key.Key_Home)
    first, last = view.shown_range()
    assert view.is_paused and last - first == 10_000
    model = view._model
    assert model is not None
    cause = model.causes(time.time_ns() // 1_000_000)[0]
    assert cause.at_ms - first == 2_500, "a quarter of the width"
    for _ in range(50):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert not view.is_paused, "moved to the newest it follows again"


def test_what_is_drawn_is_told_under_the_pointer_and_by_keys(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr(timeline.QToolTip, "showText", lambda _place, words, _view: shown.append(words))
    view = _shown(qtbot)
    lane_of_broker_two = next(place for place, lane in enumerate(view._lanes) if lane.key == "broker-2")
    words = {
        view.words_at(QPoint(x, lane_of_broker_two * theme().px(LANE_PX) + theme().px(9)))
        for x in range(theme().px(NAME_PX), 1000, 5)
    }
    assert any("running" in found for found in words)
    assert any("not yet fenced" in found for found in words)
    assert view.words_at(QPoint(2, 2)) == ""
    told = set()
    for _ in range(len(view._places)):
        QTest.keyClick(view, Qt.Key.Key_Down)
        told.add(view.accessibleDescription())
    assert any("19 ISRs shrink" in found for found in told)
    assert set(shown) == told
    assert view.accessibleName()


def test_it_draws_in_dark_and_without_anything(qtbot: QtBot) -> None:
    view = _shown(qtbot)
    light = view.grab().toImage()
    theme().choose(ThemeChoice.DARK)
    assert view.grab().toImage() != light
    view.show_model(None)
    assert not view.grab().isNull()
    assert _shown(qtbot, TimelineModel())._lanes[0].key == "fault"
