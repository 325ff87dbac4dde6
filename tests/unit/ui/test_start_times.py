"""The moments of a start are told once each, and only where they were asked for."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from workbench.ui import start_times
from workbench.ui.start_times import PAINTED, READY, VARIABLE, StartTimes


class _Local(QObject):
    broker_changed = Signal(int)
    running_count = 0


class _Model(QObject):
    clusters_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.local = _Local()
        self.clusters = [SimpleNamespace(local=None), SimpleNamespace(local=self.local)]


def test_not_asked_not_told(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    window = QWidget()
    qtbot.addWidget(window)
    StartTimes.watch_if_asked(window, _Model())  # type: ignore[arg-type]
    with qtbot.waitExposed(window):
        window.show()
    assert not window.findChildren(start_times.StartTimes) and capsys.readouterr().err == ""


def test_each_once_with_its_second(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(VARIABLE, "1")
    window, model = QWidget(), _Model()
    qtbot.addWidget(window)
    before = time.time()
    StartTimes.watch_if_asked(window, model)  # type: ignore[arg-type]
    model.clusters_changed.emit()
    model.local.broker_changed.emit(1)
    with qtbot.waitExposed(window):
        window.show()
    qtbot.waitUntil(lambda: PAINTED in (told := capsys.readouterr().err) and READY not in told)
    model.local.running_count = 1
    model.local.broker_changed.emit(1)
    model.local.broker_changed.emit(1)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1 and lines[0].startswith(READY)
    assert float(lines[0].removeprefix(READY)) == pytest.approx((before + time.time()) / 2, abs=5)
