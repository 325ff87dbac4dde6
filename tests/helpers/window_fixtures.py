"""What every test with widgets needs: a theme, and garbage that no worker thread collects.

The folders' `conftest.py` import these fixtures; importing this module first chooses a platform without a screen.
"""

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


def fail_on_warnings(folder: Path, items: list[pytest.Item]) -> None:
    """An unexpected warning of Qt fails the tests below `folder`."""
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.qt_log_level_fail("WARNING"))
            item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints"))


@pytest.fixture(scope="session")
def _installed(qapp: QApplication) -> None:
    theme().install(ThemeChoice.LIGHT)


@pytest.fixture(scope="module", autouse=True)
def _collected_here(_installed: None) -> Iterator[None]:
    """Widgets in cycles end on this thread: a later test's worker thread that collects them crashes in Qt."""
    gc.disable()
    yield
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def _light(_collected_here: None) -> Iterator[None]:
    theme().choose(ThemeChoice.LIGHT)
    yield
    # Without an event loop nothing deletes what was marked for deletion, and each style change would visit it.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect(0)  # nearly all that this test made is in the youngest generation


__all__ = ["_collected_here", "_installed", "_light", "fail_on_warnings"]
