"""A theme for every test of the window; an unexpected warning of Qt fails the test."""

from __future__ import annotations

import gc
import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from workbench.ui.theme import ThemeChoice, theme

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(scope="session")
def _installed(qapp: QApplication) -> None:
    theme().install(ThemeChoice.LIGHT)


@pytest.fixture(autouse=True)
def _light(_installed: None) -> Iterator[None]:
    # A worker thread must not collect Qt objects: see workbench.ui.garbage.
    gc.disable()
    theme().choose(ThemeChoice.LIGHT)
    yield
    # Without an event loop nothing deletes what was marked for deletion, and each style change would visit it.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect(0)  # all that this test made is in the youngest generation
    gc.enable()
